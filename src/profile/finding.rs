//! A finding: what is wrong with a profile or a classifier, or worth knowing about it, and where.
//!
//! Plain data. Made by [`check`](super::check) and [`file`](super::file), printed by `cli`.

use std::fmt;

use serde::Serialize;

/// One remark about a profile, or about a classifier given on the command line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// The profile's key; `None` for the command line.
    pub profile: Option<String>,
    /// Where it stands; `None` for the command line.
    pub location: Option<Location>,
    /// A sentence without its full stop.
    pub message: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know; nothing needs to be done.
    Note,
    /// Probably not meant so; it is used as it stands.
    Warning,
    /// The profile cannot be used.
    Error,
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// As it was found, or `profiles/KEY.toml (built in)`.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} line {}", self.file, self.line)
    }
}

/// Place and message; the severity is the reader's to show.
impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(location) = &self.location {
            write!(formatter, "{location}: ")?;
        }
        formatter.write_str(&self.message)
    }
}
