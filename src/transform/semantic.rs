//! The version fields of semantic versions.
//!
//! `version_order` is a text of digits and lower-case letters whose plain order is the precedence of
//! semantic versions:
//!
//! | part | code |
//! |---|---|
//! | number | as in [`version_order`](super::version_order): a letter for the count of its digits, then the digits |
//! | major, minor, patch | three numbers |
//! | release, or pre-release | `1`, or `0` |
//! | identifier of digits | `1` and the number |
//! | other identifier | `2`, its characters, `0` |
//! | character | `-` as `1`; a digit after a `2`; a capital as a small letter after a `3`; a small letter as it is |
//! | end of the identifiers | `0` |
//!
//! `18.0.0` is `b18a0a01`, `18.0.0-alpha.46` is `b18a0a002alpha01b460`. What is not a version begins
//! with a digit and so sorts below everything else. `version_sortable` has the form of PEP 440's: the
//! first word of the pre-release says whether it is an alpha, a beta or a candidate, and anything
//! else comes below these. Several pre-releases can share it; `version_order` tells them apart.

use super::version_fields::{VersionFields, clipped, fixed, zero};
use super::version_order::push_number;
use crate::model::{Identifier, Number, SemanticVersion};

/// The version fields of `raw`.
pub(super) fn semantic_fields(raw: &str) -> VersionFields {
    let Some(version) = SemanticVersion::parse(raw) else {
        return VersionFields::of_unknown(raw);
    };
    let [major, minor, patch] = version.numbers;
    VersionFields {
        major: clipped(major),
        minor: clipped(minor),
        bugfix: clipped(patch),
        postfix: version.pre_release.to_owned(),
        sortable: sortable(&version),
        order: order(&version),
    }
}

fn sortable(version: &SemanticVersion<'_>) -> String {
    let [major, minor, patch] = version.numbers.map(fixed);
    if version.is_stable() {
        return format!("1.{major}.{minor}.{patch}.0000.0000");
    }
    let lowered = version.pre_release.to_ascii_lowercase();
    let end = lowered.find(|character: char| !character.is_ascii_lowercase());
    let (word, rest) = lowered.split_at(end.unwrap_or(lowered.len()));
    let kind = match word {
        "alpha" | "a" => 1,
        "beta" | "b" => 2,
        "rc" | "c" | "candidate" | "pre" | "preview" => 3,
        _ => 0,
    };
    let digits = rest.trim_start_matches(['.', '-']);
    let end = digits.find(|character: char| !character.is_ascii_digit());
    let number = digits.get(..end.unwrap_or(digits.len()));
    let number = number.and_then(Number::read).map_or_else(zero, fixed);
    format!("0.{major}.{minor}.{patch}.{kind:04}.{number}")
}

fn order(version: &SemanticVersion<'_>) -> String {
    let mut text = String::with_capacity(16);
    for number in version.numbers {
        push_number(&mut text, number);
    }
    if version.is_stable() {
        text.push('1');
        return text;
    }
    text.push('0');
    for identifier in version.identifiers() {
        match identifier {
            Identifier::Number(number) => {
                text.push('1');
                push_number(&mut text, number);
            }
            Identifier::Text(identifier) => {
                text.push('2');
                identifier
                    .chars()
                    .for_each(|character| push_character(&mut text, character));
                text.push('0');
            }
        }
    }
    text.push('0');
    text
}

fn push_character(text: &mut String, character: char) {
    match character {
        '-' => text.push('1'),
        '0'..='9' => {
            text.push('2');
            text.push(character);
        }
        'A'..='Z' => {
            text.push('3');
            text.push(character.to_ascii_lowercase());
        }
        other => text.push(other),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use proptest::prelude::*;

    use super::{SemanticVersion, semantic_fields};

    #[test]
    fn versions_as_front_ends_know_them() {
        for (raw, sortable, postfix, order) in [
            ("18.0.0", "1.0018.0000.0000.0000.0000", "", "b18a0a01"),
            (
                "18.0.0-alpha.46",
                "0.0018.0000.0000.0001.0046",
                "alpha.46",
                "b18a0a002alpha01b460",
            ),
            (
                "1.0.0-rc1",
                "0.0001.0000.0000.0003.0001",
                "rc1",
                "a1a0a002rc2100",
            ),
            (
                "6.5.2-canary.ab7533ed",
                "0.0006.0005.0002.0000.0000",
                "canary.ab7533ed",
                "a6a5a202canary02ab27252323ed00",
            ),
            ("1.0.0+build", "1.0001.0000.0000.0000.0000", "", "a1a0a01"),
            ("first try", "0.0000.0000.0000.0000.0000", "", "0firsttry"),
        ] {
            let fields = semantic_fields(raw);
            assert_eq!(
                (&*fields.sortable, &*fields.postfix, &*fields.order),
                (sortable, postfix, order),
                "{raw}"
            );
        }
    }

    fn version() -> impl Strategy<Value = String> {
        let number = "(0|[1-9][0-9]{0,2}|[1-9][0-9]{11})";
        let identifier = "(0|[1-9][0-9]{0,3}|[a-cA-C-][a-c0-9A-C-]{0,4}|[0-9]{1,2}[a-c-])";
        format!("{number}\\.{number}\\.{number}(-{identifier}(\\.{identifier}){{0,3}})?")
            .prop_map_regex()
    }

    /// A strategy of the texts that a pattern describes.
    trait Pattern {
        fn prop_map_regex(self) -> proptest::string::RegexGeneratorStrategy<String>;
    }

    impl Pattern for String {
        fn prop_map_regex(self) -> proptest::string::RegexGeneratorStrategy<String> {
            proptest::string::string_regex(&self).unwrap_or_else(|error| unreachable!("{error}"))
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn the_order_is_the_precedence_of_semantic_versions(one in version(), other in version()) {
            let parse = |text: &str| semver::Version::parse(text);
            let (left, right) = (parse(&one).unwrap(), parse(&other).unwrap());
            let (left_order, right_order) = (semantic_fields(&one).order, semantic_fields(&other).order);
            prop_assert_eq!(
                SemanticVersion::parse(&one).cmp(&SemanticVersion::parse(&other)),
                left.cmp_precedence(&right)
            );
            prop_assert_eq!(
                left.cmp_precedence(&right),
                left_order.cmp(&right_order),
                "{} and {}: {} and {}", one, other, left_order, right_order
            );
        }
    }
}
