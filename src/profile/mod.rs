//! What names an ecosystem, and which of a registry's projects it selects.
//!
//! A profile is one TOML file. The files in `profiles/` are compiled into the program; a folder of
//! the user's own adds more, and a file with the same name replaces a built-in one. [`Profiles`]
//! reads and checks them, [`Rules`] decide which projects are selected. Nothing here talks to a
//! registry. `cli` reads profiles, the pipeline applies the rules.
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
//!
//! [npm]                                   # packages of npm for the same collection
//! keywords = ["volto-addon"]              # in any case
//! scopes = ["@plone"]
//! organisations = ["plone"]               # every package that the organisation lists
//! names = ["some-package"]
//! exclude = ["another-package"]
//! ```

mod builtin;
mod check;
mod definition;
mod error;
mod file;
mod finding;
pub(crate) mod nearest;
mod newer;
mod npm;
mod official;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::path::Path;

pub use builtin::BUILTIN_PROFILES;
pub use check::validate_classifiers;
pub use definition::{HistoryText, Profile};
pub use error::ProfileError;
pub use finding::{Finding, Location, Severity};
pub use official::classifier_list_version;
pub use rules::{Match, Rules, Selection};

use error::ProfileFileError;

/// A profile's file is a page of text.
const FILE_SIZE_LIMIT: u64 = 1_000_000;

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
    /// A broken profile is an error only when it is [asked for](Profiles::get).
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
                Err(failure) => {
                    let finding = error(&key, &shown, failure.to_string());
                    self.replace(&key, None, vec![finding]);
                }
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

    /// Errors about profiles whose pages could not be reached, because something else has the address
    /// that begins with their key.
    pub fn find_taken_keys(&self, is_taken: impl Fn(&str) -> bool) -> Vec<Finding> {
        let taken = self
            .profiles
            .values()
            .filter(|profile| is_taken(&profile.key));
        let finding = |profile: &Profile| {
            let message = format!(
                "a profile cannot be called `{}`, because `pyfa serve` has something else at that \
                 address; rename the file",
                profile.key
            );
            error(&profile.key, &profile.file, message)
        };
        taken.map(finding).collect()
    }
}

fn is_key(key: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    !key.is_empty() && key.bytes().all(allowed)
}

fn read_text(file: &Path) -> Result<String, ProfileFileError> {
    let size = file.metadata()?.len();
    if size > FILE_SIZE_LIMIT {
        return Err(ProfileFileError::TooLarge {
            size,
            limit: FILE_SIZE_LIMIT,
        });
    }
    Ok(std::fs::read_to_string(file)?)
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
