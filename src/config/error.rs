//! What can be wrong with the configuration.
//!
//! Every error names the place: the file and its line, or the variable. None repeats a secret.

use std::io;

use super::kind::InvalidValue;
use crate::database::SettingError;

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file of the configuration is there and cannot be read.
    #[error("cannot read the configuration: {0}")]
    File(io::Error),
    /// A line of `.env` that sets one of our settings makes no sense.
    #[error(
        "{file} line {line}: {name} cannot be read; check for a missing quote, or spaces outside quotes"
    )]
    DotenvLine {
        file: String,
        line: usize,
        name: &'static str,
    },
    /// `pyfa.toml` is no TOML.
    #[error("{file} line {line}: {reason}")]
    Syntax {
        file: String,
        line: usize,
        reason: String,
    },
    /// A key of `pyfa.toml` that is no setting.
    #[error("{file} line {line}: unknown key {key:?}; the nearest is `{nearest}`")]
    UnknownKey {
        file: String,
        line: usize,
        key: String,
        nearest: &'static str,
    },
    /// A key of `pyfa.toml` holds a list or a section where one value belongs.
    #[error("{file} line {line}: `{key}` takes a single value, not a list or a section")]
    NotOneValue {
        file: String,
        line: usize,
        key: String,
    },
    /// A value does not fit its setting. Secrets are masked in `shown`.
    #[error("{name} from {origin}: {shown:?} {reason}")]
    Value {
        name: &'static str,
        origin: String,
        shown: String,
        reason: InvalidValue,
    },
    /// A server is named and no key for it.
    #[error(
        "{because} is set in {origin}, but TYPESENSE_API_KEY is not set; set it to a Typesense key with write access"
    )]
    MissingApiKey {
        because: &'static str,
        origin: String,
    },
    /// The address of the database, which may hold a password and is not shown.
    #[error("PYFA_DATABASE from {origin}: {reason}")]
    Database {
        origin: String,
        reason: SettingError,
    },
    /// The table of settings and the types below disagree.
    #[error("the settings contradict each other (a bug in pyfa); please report it: {0}")]
    Inconsistent(Box<figment::Error>),
}

impl ConfigError {
    /// What the layers hold does not fit the types that it is read into.
    pub(super) fn inconsistent(error: figment::Error) -> Self {
        Self::Inconsistent(Box::new(error))
    }
}
