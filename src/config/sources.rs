//! Where settings are looked for: working directory, environment, flags.
//!
//! The process's own environment is read in [`Sources::from_process`] and nowhere else, and never
//! changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, io};

/// What a configuration is made of, apart from the files it names.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// `pyfa.toml` and `.env` are looked for here; relative paths start here.
    pub working_dir: PathBuf,
    /// Variables by name; those that are no settings are ignored.
    pub environment: BTreeMap<String, String>,
    /// Values of command-line flags, by the names of the settings they set.
    pub flags: BTreeMap<String, String>,
}

impl Sources {
    /// The working directory and environment of this process.
    ///
    /// # Errors
    ///
    /// Where the working directory is gone or may not be read.
    pub fn from_process(flags: BTreeMap<String, String>) -> io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one door for settings")]
        let environment = env::vars_os()
            .map(|(name, value)| (lossy(&name), lossy(&value)))
            .collect();
        Ok(Self {
            working_dir: env::current_dir()?,
            environment,
            flags,
        })
    }

    /// `path`, seen from the working directory; `~/` is the user's home folder.
    pub(super) fn resolve(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.environment.get("HOME")) {
            (Ok(below), Some(home)) => Path::new(home).join(below),
            _ => self.working_dir.join(path),
        }
    }

    /// `path` as people know it: without the working directory.
    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.working_dir)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}
