//! The version fields of a document, for each version scheme. What follows is PEP 440; semantic
//! versions have the same form ([`semantic`](super::semantic)).
//!
//! `version_sortable` has six parts, `S.MMMM.mmmm.bbbb.TTTT.NNNN`: stable (1) or not (0), major,
//! minor and bugfix number, kind of suffix and its number. Kinds are `0000` (development under
//! S = 0, none under S = 1), `0001` alpha, `0002` beta, `0003` candidate, `0004` post-release.
//! What four digits cannot hold is written so that plain text order stays the order of versions,
//! with or without the dots:
//!
//! - a number above 9999: a letter for the count of its digits, then the digits, `20240101` as
//!   `h20240101`; above 24 digits as in [`version_order`](super::version_order);
//! - numbers after the third: appended to the third, each after an `x`, `1.2.3.4` as
//!   `1.0001.0002.0003x0004.0000.0000`;
//! - an epoch: before the major number, after a `z`, `1!2.0` as `1.z00010002.0000.…`.
//!
//! Two versions of one stability have the same key only if they are equal, or differ in a local
//! part or in a suffix upon a suffix (`1.0a1.dev2`); `version_order` tells these apart too. What is
//! no PEP 440 version has zeros everywhere.

use super::semantic::semantic_fields;
use super::version_fields::{VersionFields, clipped, fixed, zero};
use super::version_order::order;
use crate::model::{PreRelease, Version, VersionScheme};

/// Longer versions count as none; the registry has no such.
const LONGEST: usize = 512;

/// The version fields of `raw`, by the rules of its registry.
#[must_use]
pub fn version_fields(scheme: VersionScheme, raw: &str) -> VersionFields {
    match scheme {
        VersionScheme::Pep440 => pep440_fields(raw),
        VersionScheme::Semantic => semantic_fields(raw),
    }
}

fn pep440_fields(raw: &str) -> VersionFields {
    let Some(version) = parse(raw) else {
        return VersionFields::of_unknown(raw);
    };
    let clipped = |at: usize| version.release().get(at).copied().map_or(0, clipped);
    VersionFields {
        major: clipped(0),
        minor: clipped(1),
        bugfix: clipped(2),
        postfix: postfix(&version),
        sortable: sortable(&version),
        order: order(&version),
    }
}

fn parse(raw: &str) -> Option<Version<'_>> {
    if raw.len() > LONGEST {
        None
    } else {
        Version::parse(raw)
    }
}

fn postfix(version: &Version<'_>) -> String {
    let pre = version
        .pre
        .map(|(kind, number)| format!("{}{}", kind.as_str(), number.digits()));
    let post = version.post.map(|post| format!("post{}", post.digits()));
    let dev = version.dev.map(|dev| format!("dev{}", dev.digits()));
    let parts: Vec<String> = [pre, post, dev].into_iter().flatten().collect();
    parts.join(".")
}

fn sortable(version: &Version<'_>) -> String {
    let stable = u8::from(version.is_stable());
    let release = version.release();
    let number = |at: usize| release.get(at).map_or_else(zero, |number| fixed(*number));
    let epoch = match version.epoch.digits() {
        "0" => String::new(),
        _ => format!("z{}", fixed(version.epoch)),
    };
    let mut bugfix = number(2);
    for &further in release.iter().skip(3) {
        bugfix.push('x');
        bugfix.push_str(&fixed(further));
    }
    let (kind, suffix) = match (version.pre, version.post, version.dev) {
        (Some((kind, number)), _, _) => {
            let kind = match kind {
                PreRelease::Alpha => 1,
                PreRelease::Beta => 2,
                PreRelease::Candidate => 3,
            };
            (kind, fixed(number))
        }
        (None, Some(post), _) => (4, fixed(post)),
        (None, None, dev) => (0, dev.map_or_else(zero, fixed)),
    };
    let (major, minor) = (number(0), number(1));
    format!("{stable}.{epoch}{major}.{minor}.{bugfix}.{kind:04}.{suffix}")
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::{parse, pep440_fields as version_fields};
    use crate::model::Version;

    #[test]
    fn versions_as_front_ends_know_them() {
        for (raw, sortable, postfix) in [
            ("1.0.3", "1.0001.0000.0003.0000.0000", ""),
            ("12.5.9", "1.0012.0005.0009.0000.0000", ""),
            ("2.0.0a1", "0.0002.0000.0000.0001.0001", "a1"),
            ("2.0.0b1", "0.0002.0000.0000.0002.0001", "b1"),
            ("2.0.0rc1", "0.0002.0000.0000.0003.0001", "rc1"),
            ("2.0.0dev1", "0.0002.0000.0000.0000.0001", "dev1"),
            ("1.0a1", "0.0001.0000.0000.0001.0001", "a1"),
            ("1.0.dev0", "0.0001.0000.0000.0000.0000", "dev0"),
            ("1.0.post1", "1.0001.0000.0000.0004.0001", "post1"),
            ("1.2.10", "1.0001.0002.0010.0000.0000", ""),
            ("5", "1.0005.0000.0000.0000.0000", ""),
            ("v2024.10.15", "1.2024.0010.0015.0000.0000", ""),
            ("20240101.1", "1.h20240101.0001.0000.0000.0000", ""),
            ("1.2.3.4", "1.0001.0002.0003x0004.0000.0000", ""),
            ("1.2.3.0", "1.0001.0002.0003.0000.0000", ""),
            ("1!2.0", "1.z00010002.0000.0000.0000.0000", ""),
            ("18.0.0-alpha.1", "0.0018.0000.0000.0001.0001", "a1"),
            (
                "1.0rc1.post2.dev3",
                "0.0001.0000.0000.0003.0001",
                "rc1.post2.dev3",
            ),
            ("first try", "0.0000.0000.0000.0000.0000", ""),
        ] {
            let fields = version_fields(raw);
            assert_eq!(
                (fields.sortable.as_str(), fields.postfix.as_str()),
                (sortable, postfix),
                "{raw}"
            );
        }
        let fields = version_fields("18446744073709551615.2.3");
        assert_eq!(
            (fields.major, fields.minor, fields.bugfix),
            (i32::MAX, 2, 3)
        );
    }

    #[test]
    fn what_is_no_version_sorts_below_all() {
        let lowest = version_fields("0.dev0").order;
        for raw in ["", "first try", "zzz", "2004b-é", "1.0-final-9"] {
            let order = version_fields(raw).order;
            assert!(order < lowest && !order.is_empty(), "{raw}");
            assert_eq!(order, version_fields(raw).order);
        }
    }

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => (0..12_u64).prop_map(|number| number.to_string()),
            1 => (9_990..10_010_u64).prop_map(|number| number.to_string()),
            1 => any::<u64>().prop_map(|number| number.to_string()),
            1 => "[1-9][0-9]{18,30}",
            1 => "[1-3][0-1]{23,25}",
        ]
    }

    prop_compose! {
        fn version()(
            epoch in prop_oneof![4 => Just("0".to_owned()), 1 => number()],
            release in prop::collection::vec(number(), 1..6),
            pre in prop::option::of((prop::sample::select(vec!["a", "b", "rc"]), number())),
            post in prop::option::weighted(0.3, number()),
            dev in prop::option::weighted(0.3, number()),
            local in prop::option::weighted(0.3, prop_oneof![
                2 => "[a-c0-3]{1,3}(\\.[a-c0-3]{1,3}){0,2}",
                1 => number(),
            ]),
        ) -> String {
            let mut text = format!("{epoch}!{}", release.join("."));
            text.extend(pre.map(|(kind, number)| format!("{kind}{number}")));
            text.extend(post.map(|number| format!(".post{number}")));
            text.extend(dev.map(|number| format!(".dev{number}")));
            text.extend(local.map(|local| format!("+{local}")));
            text
        }
    }

    /// Whether the six parts carry the version in full.
    fn is_carried(version: &Version<'_>) -> bool {
        let suffixes = [
            version.pre.is_some(),
            version.post.is_some(),
            version.dev.is_some(),
        ];
        suffixes.into_iter().filter(|&suffix| suffix).count() <= 1 && version.local.is_empty()
    }

    fn assert_ordered(one: &str, other: &str) {
        let (Some(left), Some(right)) = (parse(one), parse(other)) else {
            return;
        };
        let expected = left.cmp(&right);
        let (one, other) = (version_fields(one), version_fields(other));
        assert_eq!(
            one.order.cmp(&other.order),
            expected,
            "{} {}",
            one.order,
            other.order
        );
        for order in [&one.order, &other.order] {
            assert!(
                order
                    .bytes()
                    .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'))
            );
        }
        if left.is_stable() == right.is_stable() {
            let plain = |text: &str| text.replace('.', "");
            for sorted in [
                one.sortable.cmp(&other.sortable),
                plain(&one.sortable).cmp(&plain(&other.sortable)),
            ] {
                let tie = sorted == Ordering::Equal && !(is_carried(&left) && is_carried(&right));
                assert!(
                    sorted == expected || tie,
                    "{} {}",
                    one.sortable,
                    other.sortable
                );
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn texts_sort_as_versions_do(one in version(), other in version()) {
            assert_ordered(&one, &other);
        }

        #[test]
        fn near_versions_sort_as_versions_do(
            release in "[01](\\.[01]){0,3}",
            one in "(a1)?(\\.post[01])?(\\.dev[01])?(\\+[a1]{1,2}(\\.[a1]{1,2})?)?",
            other in "(a1)?(\\.post[01])?(\\.dev[01])?(\\+[a1]{1,2}(\\.[a1]{1,2})?)?",
        ) {
            assert_ordered(&format!("{release}{one}"), &format!("{release}{other}"));
        }
    }
}
