//! Semantic versions, as npm reads them, with numbers of any size.
//!
//! Today's registry takes strict versions only; very old packages have loose ones (`v1.2.3`,
//! `1.2.3beta`), which are read as npm reads them. Grammar and order: <https://semver.org>.

use std::cmp::Ordering;

use super::version::Number;

/// The longest version; npm refuses longer ones.
const LONGEST: usize = 256;

/// A version of three numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemanticVersion<'v> {
    /// Major, minor and patch.
    pub numbers: [Number<'v>; 3],
    /// What follows the first dash, without build metadata; empty for a release.
    pub pre_release: &'v str,
}

/// A part of a pre-release between dots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identifier<'v> {
    /// Digits alone: compared by value, and below every text.
    Number(Number<'v>),
    /// Letters, digits and dashes: compared by ASCII.
    Text(&'v str),
}

impl<'v> SemanticVersion<'v> {
    /// Reads a version; `None` for other text.
    #[must_use]
    pub fn parse(text: &'v str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let text = text.trim().trim_start_matches(['v', '=', ' ']);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (major, rest) = text.split_once('.')?;
        let (minor, rest) = rest.split_once('.')?;
        let end = rest.find(|character: char| !character.is_ascii_digit());
        let (patch, rest) = rest.split_at(end.unwrap_or(rest.len()));
        let pre_release = rest.strip_prefix('-').unwrap_or(rest);
        let is_whole = rest.is_empty()
            || pre_release.split('.').all(|identifier| {
                let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
                !identifier.is_empty() && identifier.bytes().all(is_allowed)
            });
        if !is_whole {
            return None;
        }
        Some(Self {
            numbers: [
                Number::read(major)?,
                Number::read(minor)?,
                Number::read(patch)?,
            ],
            pre_release,
        })
    }

    /// Whether it is no pre-release.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.pre_release.is_empty()
    }

    /// The parts of the pre-release.
    pub fn identifiers(&self) -> impl Iterator<Item = Identifier<'v>> {
        let parts = self.pre_release.split('.').filter(|part| !part.is_empty());
        parts.map(|part| Number::read(part).map_or(Identifier::Text(part), Identifier::Number))
    }
}

/// By precedence: numbers, then pre-releases below the release, then identifier by identifier.
impl Ord for SemanticVersion<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| self.is_stable().cmp(&other.is_stable()))
            .then_with(|| self.identifiers().cmp(other.identifiers()))
    }
}

impl PartialOrd for SemanticVersion<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::SemanticVersion;

    #[test]
    fn loose_versions_are_read_and_other_text_is_not() {
        for (text, pre_release) in [
            ("1.2.3", ""),
            ("v1.2.3", ""),
            ("=1.2.3+build.5", ""),
            ("1.2.3-alpha.1", "alpha.1"),
            ("1.2.3beta", "beta"),
            ("5.6.0-forward-compat.0", "forward-compat.0"),
        ] {
            let version = SemanticVersion::parse(text);
            assert_eq!(
                version.map(|it| it.pre_release),
                Some(pre_release),
                "{text}"
            );
        }
        let long = format!("1.0.0-{}", "a".repeat(300));
        for text in [
            "",
            "1",
            "1.2",
            "1.2.x",
            "1.2.3-",
            "1.2.3-a..b",
            "1.2.3.4",
            "a.b.c",
            &long,
        ] {
            assert_eq!(SemanticVersion::parse(text), None, "{text}");
        }
    }
}
