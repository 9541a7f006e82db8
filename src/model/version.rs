//! Versions as defined by PEP 440, with numbers of any size.
//!
//! PyPI serves numbers that do not fit into 64 bits (`20991231235959999999`), and PEP 440 sets no
//! limit, so a number is kept as its digits. All code that orders releases compares [`Version`]s:
//! documents, sort keys, advisories, the files of a project. A version borrows the text that it was
//! parsed from.
//!
//! Grammar and order: <https://peps.python.org/pep-0440/#appendix-b-parsing-version-strings-with-regular-expressions>
//! and "Summary of permitted suffixes and relative ordering" on the same page.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

/// A valid version. Different spellings of a version (`1.0`, `v1.00`, `1`) are equal.
#[derive(Debug, Clone)]
pub struct Version<'v> {
    /// 0 if none is written.
    pub epoch: Number<'v>,
    /// As written; at least one.
    release: Vec<Number<'v>>,
    /// An alpha, a beta or a release candidate.
    pub pre: Option<(PreRelease, Number<'v>)>,
    /// A post-release.
    pub post: Option<Number<'v>>,
    /// A development release.
    pub dev: Option<Number<'v>>,
    /// The local version, after the `+`.
    pub local: Vec<LocalSegment<'v>>,
}

/// The kinds of pre-releases, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PreRelease {
    /// `a`
    Alpha,
    /// `b`
    Beta,
    /// `rc`
    Candidate,
}

impl PreRelease {
    /// The normal spelling.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alpha => "a",
            Self::Beta => "b",
            Self::Candidate => "rc",
        }
    }
}

/// A segment of a local version. Text orders before numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocalSegment<'v> {
    /// Letters, or letters and digits, in lower case.
    Text(Cow<'v, str>),
    /// Only digits.
    Number(Number<'v>),
}

/// A whole number of any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'v>(
    /// Digits without leading zeros; `0` for zero.
    &'v str,
);

impl<'v> Number<'v> {
    const ZERO: Self = Self("0");

    /// The number of these ASCII digits; `None` for another text.
    #[must_use]
    pub fn read(digits: &'v str) -> Option<Self> {
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self::new(digits))
    }

    /// `digits` must be ASCII digits, at least one.
    fn new(digits: &'v str) -> Self {
        let significant = digits.trim_start_matches('0');
        if significant.is_empty() {
            Self::ZERO
        } else {
            Self(significant)
        }
    }

    /// The digits, without leading zeros.
    #[must_use]
    pub fn digits(self) -> &'v str {
        self.0
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.0.len(), self.0).cmp(&(other.0.len(), other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of versions with the same release numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stage<'v> {
    DevelopmentOnly,
    PreRelease(PreRelease, Number<'v>),
    Final,
}

/// Development releases order before the release that they precede.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Development<'v> {
    Release(Number<'v>),
    Done,
}

impl<'v> Version<'v> {
    /// Parses a version; `None` if it is not valid by PEP 440.
    #[must_use]
    pub fn parse(text: &'v str) -> Option<Self> {
        let mut scanner = Scanner { rest: text.trim() };
        scanner.skip_letters(&["v"]);
        let mut first = scanner.number()?;
        let mut epoch = Number::ZERO;
        if scanner.skip(b'!') {
            epoch = first;
            first = scanner.number()?;
        }
        let mut release = Vec::with_capacity(4);
        release.push(first);
        while let Some(number) = scanner.attempt(|scanner| {
            scanner.skip(b'.').then_some(())?;
            scanner.number()
        }) {
            release.push(number);
        }
        let pre = scanner
            .suffix(&["alpha", "a"])
            .map(|number| (PreRelease::Alpha, number))
            .or_else(|| {
                let number = scanner.suffix(&["beta", "b"])?;
                Some((PreRelease::Beta, number))
            })
            .or_else(|| {
                let number = scanner.suffix(&["rc", "preview", "pre", "c"])?;
                Some((PreRelease::Candidate, number))
            });
        let post = scanner
            .attempt(|scanner| {
                scanner.skip(b'-').then_some(())?;
                scanner.number()
            })
            .or_else(|| scanner.suffix(&["post", "rev", "r"]));
        let dev = scanner.suffix(&["dev"]);
        let mut local = Vec::new();
        if scanner.skip(b'+') {
            local.push(scanner.local_segment()?);
            while scanner.skip_separator() {
                local.push(scanner.local_segment()?);
            }
        }
        scanner.rest.is_empty().then_some(Self {
            epoch,
            release,
            pre,
            post,
            dev,
            local,
        })
    }

    /// The release numbers without trailing zeros, which have no meaning; empty for `0.0`.
    #[must_use]
    pub fn release(&self) -> &[Number<'v>] {
        let last = self
            .release
            .iter()
            .rposition(|number| *number != Number::ZERO);
        &self.release[..last.map_or(0, |last| last + 1)]
    }

    /// Whether it is neither a pre-release nor a development release.
    #[must_use]
    pub fn is_stable(&self) -> bool {
        self.pre.is_none() && self.dev.is_none()
    }

    fn stage(&self) -> Stage<'v> {
        match self.pre {
            Some((kind, number)) => Stage::PreRelease(kind, number),
            None if self.post.is_none() && self.dev.is_some() => Stage::DevelopmentOnly,
            None => Stage::Final,
        }
    }

    fn development(&self) -> Development<'v> {
        self.dev.map_or(Development::Done, Development::Release)
    }
}

impl Ord for Version<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| self.release().cmp(other.release()))
            .then_with(|| self.stage().cmp(&other.stage()))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| self.development().cmp(&other.development()))
            .then_with(|| self.local.cmp(&other.local))
    }
}

impl PartialOrd for Version<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version<'_> {}

/// The normal form of PEP 440, with trailing zeros as written.
impl fmt::Display for Version<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.epoch != Number::ZERO {
            write!(formatter, "{}!", self.epoch.0)?;
        }
        for (position, number) in self.release.iter().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            write!(formatter, "{dot}{}", number.0)?;
        }
        if let Some((kind, number)) = self.pre {
            write!(formatter, "{}{}", kind.as_str(), number.0)?;
        }
        if let Some(number) = self.post {
            write!(formatter, ".post{}", number.0)?;
        }
        if let Some(number) = self.dev {
            write!(formatter, ".dev{}", number.0)?;
        }
        for (position, segment) in self.local.iter().enumerate() {
            formatter.write_str(if position == 0 { "+" } else { "." })?;
            formatter.write_str(match segment {
                LocalSegment::Text(text) => text,
                LocalSegment::Number(number) => number.0,
            })?;
        }
        Ok(())
    }
}

/// Parses a text from its start. Everything it consumes is ASCII.
struct Scanner<'v> {
    rest: &'v str,
}

impl<'v> Scanner<'v> {
    /// Runs `read`, and goes back to the current position if it fails.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let found = read(self);
        if found.is_none() {
            self.rest = before;
        }
        found
    }

    /// Consumes bytes as long as they match.
    fn take(&mut self, matches: impl Fn(u8) -> bool) -> &'v str {
        let length = self.rest.bytes().take_while(|byte| matches(*byte)).count();
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn number(&mut self) -> Option<Number<'v>> {
        let digits = self.take(|byte| byte.is_ascii_digit());
        (!digits.is_empty()).then(|| Number::new(digits))
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_next = self.rest.as_bytes().first() == Some(&byte);
        if is_next {
            self.rest = &self.rest[1..];
        }
        is_next
    }

    fn skip_separator(&mut self) -> bool {
        self.skip(b'.') || self.skip(b'-') || self.skip(b'_')
    }

    /// Skips the first of `words` that comes next, ignoring case.
    fn skip_letters(&mut self, words: &[&str]) -> bool {
        for word in words {
            if let Some((start, rest)) = self.rest.split_at_checked(word.len())
                && start.eq_ignore_ascii_case(word)
            {
                self.rest = rest;
                return true;
            }
        }
        false
    }

    /// Consumes one of `words` and its number, which is 0 if none is written.
    fn suffix(&mut self, words: &[&str]) -> Option<Number<'v>> {
        self.attempt(|scanner| {
            scanner.skip_separator();
            scanner.skip_letters(words).then_some(())?;
            scanner.skip_separator();
            Some(scanner.number().unwrap_or(Number::ZERO))
        })
    }

    fn local_segment(&mut self) -> Option<LocalSegment<'v>> {
        let text = self.take(|byte| byte.is_ascii_alphanumeric());
        if text.is_empty() {
            return None;
        }
        Some(if text.bytes().all(|byte| byte.is_ascii_digit()) {
            LocalSegment::Number(Number::new(text))
        } else if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            LocalSegment::Text(text.to_ascii_lowercase().into())
        } else {
            LocalSegment::Text(text.into())
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::Version;

    #[test]
    fn numbers_have_no_limit() {
        let ascending = [
            "1.0.dev20240229123456789012",
            "1.0.dev20240229123456789013",
            "1.0a18446744073709551616",
            "1.0",
            "1.0+abc",
            "1.0+99999999999999999999",
            "1.0+100000000000000000000",
            "1.0.post18446744073709551616",
            "18446744073709551615",
            "18446744073709551616",
            "20991231235959999999",
            "1000000000000000000000000000000000000000",
            "18446744073709551616!0.1",
        ];
        for pair in ascending.windows(2) {
            let [one, other] = pair else { unreachable!() };
            assert!(
                Version::parse(one).unwrap() < Version::parse(other).unwrap(),
                "{one} {other}"
            );
        }
        let long = "9".repeat(400);
        assert_eq!(Version::parse(&long).unwrap().to_string(), long);
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for (one, other, normal) in [
            ("v1.0", "1", "1.0"),
            (" 1.00 ", "1.0.0", "1.0"),
            ("1.0-ALPHA", "1.0a0", "1.0a0"),
            ("1.0a-", "1.0a", "1.0a0"),
            ("1.0_beta.2", "1.0b2", "1.0b2"),
            ("1.0preview3", "1.0c3", "1.0rc3"),
            ("1.0-1", "1.0.r1", "1.0.post1"),
            ("1.0.rev", "1.0.post", "1.0.post0"),
            ("1.0.post-dev1", "1.0.post0dev01", "1.0.post0.dev1"),
            ("1.0a--1", "1.0a0.post1", "1.0a0.post1"),
            ("0!1.0", "1.0", "1.0"),
            ("1.0+Ubuntu-01", "1+ubuntu.1", "1.0+ubuntu.1"),
        ] {
            let (one, other) = (Version::parse(one).unwrap(), Version::parse(other).unwrap());
            assert_eq!(one, other);
            assert_eq!(one.to_string(), normal);
        }
    }

    #[test]
    fn other_texts_are_not_versions() {
        for text in [
            "",
            "v",
            "1.",
            ".1",
            "1..0",
            "1.0+",
            "1.0+a..b",
            "1.0+é",
            "1.0x",
            "1.0 1",
            "1!",
            "!1",
            "1.0dev1post1",
            "1.0+a+b",
            "１.0",
            "first try",
            "1.0-",
            "1.0--1",
            "2004b-é",
        ] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn small_numbers_are_parsed_like_the_reference_does(
            one in "v?(0!|1!)?[0-2]{1,2}(\\.[0-2]){0,2}[-._]?(a|b|c|rc|alpha|Beta|pre)?[-._]?[0-2]?[-._]?(post|rev|r)?[-._]?[0-2]?[-._]?(dev)?[-._]?[0-2]?(\\+[aB0-2]{1,2}([-._][aB0-2]{1,2})?)?",
            other in "[0-2](\\.[0-2]){0,2}(a|b|rc)?[0-2]?(\\.post[0-2])?(\\.dev[0-2])?(\\+[a0-2]{1,2})?",
        ) {
            let reference: Option<pep440_rs::Version> = one.parse().ok();
            let version = Version::parse(&one);
            prop_assert_eq!(version.is_some(), reference.is_some(), "{}", one);
            if let (Some(version), Some(reference)) = (version, reference) {
                prop_assert_eq!(version.to_string(), reference.to_string());
                prop_assert_eq!(version.is_stable(), reference.is_stable());
                if let (Some(second), Ok(reference_second)) = (Version::parse(&other), other.parse::<pep440_rs::Version>()) {
                    prop_assert_eq!(version.cmp(&second), reference.cmp(&reference_second), "{} {}", one, other);
                }
            }
        }

        #[test]
        fn any_text_is_parsed_without_a_panic(text in ".{0,20}") {
            let _ = Version::parse(&text);
        }
    }
}
