//! What names an ecosystem, and which of a registry's projects it selects.
//!
//! A profile is one TOML file. Those of `profiles/` are compiled into the program; a folder of
//! the user's adds more, and a file of the same name replaces one. [`Profiles`] reads and checks
//! them, [`Rules`] judge projects. Nothing here speaks to a registry. `cli` reads profiles, the
//! pipeline asks the rules.
//!
//! ```toml
//! name = "Plone"
//! description = "Add-ons for the content management system Plone."
//! classifiers = ["Framework :: Plone"]    # and their children
//! include = ["some-project"]              # selected whatever its classifiers
//! exclude = ["another-project"]           # never selected
//! name_pattern = "^collective-"           # selects as `include` does, by normalised name
//! registry = "pypi"
//! history_text = "full"                   # "latest": older releases carry no long text
//! ```

mod builtin;
mod check;
mod file;
pub(crate) mod nearest;
mod newer;
mod official;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use builtin::BUILTIN_PROFILES;
pub use check::{Finding, Location, Severity, validate_classifiers};
pub use official::classifier_list_version;
pub use rules::{Match, Rules, Selection};

/// A profile's file is a page of text.
const FILE_SIZE_LIMIT: u64 = 1_000_000;

/// The rules that select projects, and the settings of their collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The file's name without `.toml`; the collection's name unless another is asked for.
    pub key: String,
    /// The name to show.
    pub name: String,
    /// A sentence or nothing.
    pub description: String,
    /// What selects a project.
    pub rules: Rules,
    /// Where the projects come from.
    pub registry: Registry,
    /// Which releases carry their long text.
    pub history_text: HistoryText,
    /// The file that defines the profile, to show.
    pub file: String,
}

/// Where a profile's projects come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Registry {
    /// The Python Package Index, or whatever `PYPI_BASE_URL` names.
    #[default]
    PyPi,
}

/// Which releases carry their long text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HistoryText {
    /// All of them.
    #[default]
    Full,
    /// Only the latest of each project.
    Latest,
}

/// Why a profile or a classifier cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    /// The folder itself cannot be read.
    #[error("cannot read the profiles in {}: {reason}; check PROFILES_DIR", folder.display())]
    Folder { folder: PathBuf, reason: io::Error },
    /// No file has this key.
    #[error(
        "there is no profile {key:?}; the nearest is \"{nearest}\" (available: {})",
        known.join(", ")
    )]
    Unknown {
        key: String,
        nearest: String,
        known: Vec<String>,
    },
    /// Its file has errors, all of which are listed.
    #[error("the profile {key:?} has errors: {}", sentences(findings))]
    Broken { key: String, findings: Vec<Finding> },
    /// Classifiers of the command line are misspelt.
    #[error("{}", sentences(.0))]
    Classifiers(Vec<Finding>),
}

fn sentences(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// All profiles, built in and the user's, and what was found about them.
#[derive(Debug, Clone)]
pub struct Profiles {
    profiles: BTreeMap<String, Profile>,
    findings: Vec<Finding>,
}

impl Profiles {
    /// Reads the built-in profiles and those of `folder` (`*.toml`), which come second and
    /// replace built-in ones of the same key.
    ///
    /// A broken profile is an error only for who [asks for it](Profiles::get).
    ///
    /// # Errors
    ///
    /// [`ProfileError::Folder`] where the folder cannot be read.
    pub fn load(folder: Option<&Path>) -> Result<Self, ProfileError> {
        let mut profiles = Self {
            profiles: BTreeMap::new(),
            findings: Vec::new(),
        };
        for (key, text) in BUILTIN_PROFILES {
            profiles.add(key, &format!("profiles/{key}.toml (built in)"), text);
        }
        if let Some(folder) = folder {
            profiles
                .add_folder(folder)
                .map_err(|reason| ProfileError::Folder {
                    folder: folder.to_owned(),
                    reason,
                })?;
        }
        Ok(profiles)
    }

    fn add_folder(&mut self, folder: &Path) -> io::Result<()> {
        let mut files = BTreeSet::new();
        for entry in folder.read_dir()? {
            let file = entry?.path();
            let hidden = file
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !hidden && file.extension() == Some(OsStr::new("toml")) {
                files.insert(file);
            }
        }
        for file in files {
            let key = file.file_stem().unwrap_or_default().to_string_lossy();
            let shown = file.display().to_string();
            match read_text(&file) {
                Ok(text) => self.add(&key, &shown, &text),
                Err(message) => self.replace(&key, None, vec![error(&key, &shown, message)]),
            }
        }
        Ok(())
    }

    fn add(&mut self, key: &str, file: &str, text: &str) {
        let (profile, findings) = if is_key(key) {
            file::read_profile(key, file, text)
        } else {
            let message = "the name of a profile's file may only contain lower-case letters, digits, \
                           `-` and `_`, because its collection gets the same name";
            (None, vec![error(key, file, message.to_owned())])
        };
        self.replace(key, profile, findings);
    }

    fn replace(&mut self, key: &str, profile: Option<Profile>, findings: Vec<Finding>) {
        self.profiles.remove(key);
        self.findings
            .retain(|finding| finding.profile.as_deref() != Some(key));
        self.findings.extend(findings);
        self.profiles
            .extend(profile.map(|profile| (key.to_owned(), profile)));
    }

    /// The profile `key`.
    ///
    /// # Errors
    ///
    /// [`ProfileError::Unknown`] where there is none, [`ProfileError::Broken`] where something in it
    /// is wrong.
    pub fn get(&self, key: &str) -> Result<&Profile, ProfileError> {
        if let Some(profile) = self.profiles.get(key) {
            return Ok(profile);
        }
        let findings: Vec<_> = self
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .filter(|finding| finding.profile.as_deref() == Some(key))
            .cloned()
            .collect();
        if !findings.is_empty() {
            return Err(ProfileError::Broken {
                key: key.to_owned(),
                findings,
            });
        }
        let known = self.profiles.keys().map(String::as_str);
        Err(ProfileError::Unknown {
            key: nearest::shortened(key).to_owned(),
            nearest: nearest::nearest(key, ".", known)
                .unwrap_or_default()
                .to_owned(),
            known: self.profiles.keys().cloned().collect(),
        })
    }

    /// All sound profiles, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.values()
    }

    /// Errors, warnings and notes about all profiles, in the order of their files.
    #[must_use]
    pub fn check(&self) -> &[Finding] {
        &self.findings
    }
}

fn is_key(key: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !key.is_empty() && key.bytes().all(allowed)
}

fn read_text(file: &Path) -> Result<String, String> {
    let size = file.metadata().map_err(|error| error.to_string())?.len();
    if size > FILE_SIZE_LIMIT {
        return Err(format!(
            "the file has {size} bytes; the limit is {FILE_SIZE_LIMIT}"
        ));
    }
    std::fs::read_to_string(file).map_err(|error| error.to_string())
}

fn error(key: &str, file: &str, message: String) -> Finding {
    Finding {
        severity: Severity::Error,
        profile: Some(key.to_owned()),
        location: Some(Location {
            file: file.to_owned(),
            line: 1,
        }),
        message,
    }
}
