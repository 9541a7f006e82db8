//! Why a profile or a classifier cannot be used.

use std::io;
use std::path::PathBuf;

use super::finding::Finding;

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

/// Why a profile's file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProfileFileError {
    #[error("the file has {size} bytes; the limit is {limit}")]
    TooLarge { size: u64, limit: u64 },
    #[error(transparent)]
    Io(#[from] io::Error),
}
