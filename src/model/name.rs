//! The normalised name of a project: the key of the ledger and of the cache.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// A project name as the registry compares it: lower case, runs of `-`, `_` and `.` as one `-`
/// (PEP 503). Display names keep their spelling in documents; everything else uses this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProjectName(Box<str>);

impl ProjectName {
    /// Normalises `name`, whatever its spelling.
    #[must_use]
    pub fn new(name: &str) -> Self {
        if is_normalized(name) {
            return Self(name.into());
        }
        let mut normalized = String::with_capacity(name.len());
        for character in name.trim().chars() {
            if matches!(character, '-' | '_' | '.') {
                if !normalized.ends_with('-') {
                    normalized.push('-');
                }
            } else {
                normalized.extend(character.to_lowercase());
            }
        }
        Self(normalized.into())
    }

    /// The normalised text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_normalized(name: &str) -> bool {
    let mut previous = 0;
    name.bytes().all(|byte| {
        let separator_run = byte == b'-' && previous == b'-';
        previous = byte;
        !separator_run && matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')
    })
}

impl fmt::Display for ProjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ProjectName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::ProjectName;

    #[test]
    fn spellings_of_one_project_are_equal() {
        for spelling in [
            "plone.api",
            "Plone_API",
            "plone-api",
            "PLONE--._api",
            " plone.api ",
        ] {
            assert_eq!(ProjectName::new(spelling).as_str(), "plone-api");
        }
    }
}
