//! The normalised name of a project: the key of the ledger and of the cache.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use super::text::is_hidden;

/// A project name as the registry compares it: for PyPI in lower case, with runs of `-`, `_` and
/// `.` as one `-` (PEP 503). Documents keep the project's own spelling; everything else uses this.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ProjectName(Box<str>);

/// The longest name in bytes; those on PyPI have fewer than a hundred.
const LONGEST: usize = 255;

impl ProjectName {
    /// Normalises an untrusted `name`; `None` for what cannot be a name: empty text, more than 255
    /// bytes, invisible characters.
    #[must_use]
    pub fn read(name: &str) -> Option<Self> {
        let is_seen = |character: char| !character.is_control() && !is_hidden(character);
        let is_name = name.len() <= LONGEST && name.chars().all(is_seen);
        is_name
            .then(|| Self::new(name))
            .filter(|name| !name.as_str().is_empty())
    }

    /// Normalises `name`.
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

    /// A name of a registry that compares names as they are written, such as npm.
    #[must_use]
    pub fn as_written(name: &str) -> Self {
        Self(name.into())
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

/// As it was serialized: in the form of its registry.
impl<'de> Deserialize<'de> for ProjectName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::as_written(&String::deserialize(deserializer)?))
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

    #[test]
    fn unreadable_text_is_not_a_name() {
        assert_eq!(
            ProjectName::read("Plone_API"),
            Some(ProjectName::new("plone-api"))
        );
        assert_eq!(ProjectName::read("é"), Some(ProjectName::new("é")));
        let long = "a".repeat(256);
        for text in ["", " ", "a\nb", "a\u{1b}[2J", "a\u{202e}b", &long] {
            assert_eq!(ProjectName::read(text), None, "{text:?}");
        }
        assert!(ProjectName::read(&long[1..]).is_some());
    }
}
