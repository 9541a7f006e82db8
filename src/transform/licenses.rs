//! One SPDX expression per release, from whatever its author wrote about the licence.
//!
//! The sources, best first: `license_expression`, which the registry defines as SPDX; the
//! classifiers, where all of them name one licence each; a recognisable `license` text; at last
//! those classifiers that do name one. Several classifiers are joined with `OR`: the registry does
//! not say what several mean, and a choice is the usual reason to give them. What is vague stays
//! empty: a wrong licence is worse than none.

use std::{collections::HashMap, sync::LazyLock};

use spdx::{Expression, ParseMode};

use super::license_names::{CLASSIFIERS, NAMES};

/// Longer texts are not expressions.
const LONGEST_EXPRESSION: usize = 500;

/// Longer first lines are not the name of a licence.
const LONGEST_NAME: usize = 100;

/// The licence as a canonical SPDX expression; empty when it is not known.
#[must_use]
pub fn license_spdx(expression: &str, classifiers: &[String], license: &str) -> String {
    canonical(expression)
        .or_else(|| from_classifiers(classifiers, license))
        .unwrap_or_default()
}

fn from_classifiers(classifiers: &[String], license: &str) -> Option<String> {
    let stated: Vec<Option<&str>> = classifiers
        .iter()
        .filter_map(|classifier| classifier.strip_prefix("License :: "))
        .filter(|name| !matches!(*name, "OSI Approved" | "DFSG approved"))
        .map(|name| of_classifier(name.strip_prefix("OSI Approved :: ").unwrap_or(name)))
        .collect();
    let mut known: Vec<&str> = stated.iter().copied().flatten().collect();
    known.dedup();
    let joined = (!known.is_empty()).then(|| known.join(" OR "));
    let joined = joined.filter(|joined| joined.len() <= LONGEST_EXPRESSION);
    if stated.contains(&None) || joined.is_none() {
        from_text(license).or(joined)
    } else {
        joined
    }
}

fn of_classifier(name: &str) -> Option<&'static str> {
    CLASSIFIERS
        .iter()
        .find(|(classifier, _)| *classifier == name)
        .map(|(_, spdx)| *spdx)
}

/// Reads a `license` text: an expression, a common name, or a whole licence that begins with
/// its name.
fn from_text(license: &str) -> Option<String> {
    let line = license
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())?;
    if line.len() > LONGEST_NAME {
        return None;
    }
    let name = simplified(line);
    let known = NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, spdx)| *spdx);
    known
        .or_else(|| of_classifier(line))
        .map(str::to_owned)
        .or_else(|| canonical(line))
}

/// A licence's name without case, punctuation and filling words: `GPLv2+` and
/// `GPL, version 2 or later` are both `gpl 2 or later`.
fn simplified(name: &str) -> String {
    const FILLING: [&str; 9] = [
        "the", "gnu", "license", "licence", "licensed", "under", "version", "software", "v",
    ];
    let mut spaced = String::with_capacity(name.len() + 8);
    for character in name.to_lowercase().chars() {
        match character {
            '+' => spaced.push_str(" or later"),
            '.' => spaced.push('.'),
            _ if character.is_ascii_digit()
                && spaced.ends_with(|last: char| last.is_ascii_lowercase()) =>
            {
                if spaced.ends_with('v') {
                    spaced.pop();
                }
                spaced.push(' ');
                spaced.push(character);
            }
            _ if character.is_alphanumeric() => spaced.push(character),
            _ => spaced.push(' '),
        }
    }
    let words = spaced.split_whitespace().map(|word| word.trim_matches('.'));
    let words = words.map(|word| word.strip_suffix(".0").unwrap_or(word));
    let words: Vec<&str> = words
        .filter(|word| !word.is_empty() && !FILLING.contains(word))
        .collect();
    words.join(" ")
}

/// The canonical spelling of an SPDX expression; nothing if it is none.
fn canonical(expression: &str) -> Option<String> {
    if expression.len() > LONGEST_EXPRESSION {
        return None;
    }
    let spaced = expression.replace('(', " ( ").replace(')', " ) ");
    let mut words = Vec::new();
    let mut is_exception = false;
    for word in spaced.split_whitespace() {
        let operator = word.to_ascii_uppercase();
        let canonical = match operator.as_str() {
            "AND" | "OR" | "WITH" | "(" | ")" => operator.clone(),
            _ if is_exception => EXCEPTIONS.get(operator.as_str())?.to_string(),
            _ => license(word)?,
        };
        is_exception = operator == "WITH";
        words.push(canonical);
    }
    let joined = words.join(" ").replace("( ", "(").replace(" )", ")");
    let mode = ParseMode {
        allow_deprecated: true,
        ..ParseMode::STRICT
    };
    Expression::parse_mode(&joined, mode)
        .is_ok()
        .then_some(joined)
}

/// The canonical spelling of one licence of an expression.
fn license(word: &str) -> Option<String> {
    if word.starts_with("LicenseRef-") || word.starts_with("DocumentRef-") {
        return Some(word.to_owned());
    }
    let (base, or_later) = word
        .strip_suffix('+')
        .map_or((word, false), |base| (base, true));
    let name = LICENSES.get(base.to_ascii_uppercase().as_str())?;
    let id = spdx::license_id(name)?;
    if id.is_gnu() {
        let stem = name.trim_end_matches("-only").trim_end_matches("-or-later");
        let or_later = or_later || name.ends_with("-or-later");
        return spdx::gnu_license_id(stem, or_later).map(|id| id.name.to_owned());
    }
    Some(if or_later {
        format!("{name}+")
    } else {
        (*name).to_owned()
    })
}

/// SPDX identifiers by their upper-case spelling.
static LICENSES: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let names = spdx::identifiers::LICENSES
        .iter()
        .map(|license| license.name);
    names
        .map(|name| (name.to_ascii_uppercase(), name))
        .collect()
});

static EXCEPTIONS: LazyLock<HashMap<String, &'static str>> = LazyLock::new(|| {
    let names = spdx::identifiers::EXCEPTIONS
        .iter()
        .map(|exception| exception.name);
    names
        .map(|name| (name.to_ascii_uppercase(), name))
        .collect()
});

#[cfg(test)]
mod tests {
    use super::{CLASSIFIERS, NAMES, canonical, license_spdx, simplified};

    #[test]
    fn expressions_are_spelt_canonically() {
        for (expression, expected) in [
            ("MIT", Some("MIT")),
            ("mit or apache-2.0", Some("MIT OR Apache-2.0")),
            (
                "(MIT AND (bsd-3-clause or ISC))",
                Some("(MIT AND (BSD-3-Clause OR ISC))"),
            ),
            ("GPL-2.0", Some("GPL-2.0-only")),
            ("gpl-3.0+", Some("GPL-3.0-or-later")),
            ("LGPL-2.1-or-later", Some("LGPL-2.1-or-later")),
            (
                "GPL-2.0-only with classpath-exception-2.0",
                Some("GPL-2.0-only WITH Classpath-exception-2.0"),
            ),
            ("LicenseRef-Own", Some("LicenseRef-Own")),
            ("MIT Apache-2.0", None),
            ("MIT OR", None),
            ("BSD", None),
            ("((((", None),
            ("", None),
        ] {
            assert_eq!(canonical(expression).as_deref(), expected, "{expression}");
        }
    }

    #[test]
    fn the_best_source_wins() {
        let gpl2 = "License :: OSI Approved :: GNU General Public License v2 (GPLv2)";
        let bsd = "License :: OSI Approved :: BSD License";
        let mit = "License :: OSI Approved :: MIT License";
        for (expression, classifiers, license, expected) in [
            ("BSD-3-Clause", &[mit][..], "MIT", "BSD-3-Clause"),
            ("nonsense", &[mit], "", "MIT"),
            ("", &[gpl2], "GPL", "GPL-2.0-only"),
            (
                "",
                &["License :: OSI Approved", gpl2, mit, gpl2],
                "",
                "GPL-2.0-only OR MIT OR GPL-2.0-only",
            ),
            ("", &[bsd], "BSD-2-Clause", "BSD-2-Clause"),
            ("", &[bsd], "", ""),
            ("", &[bsd, mit], "", "MIT"),
            ("", &[], "gpl", ""),
            (
                "",
                &[],
                "MIT License\n\nCopyright (c) …\n\nPermission is hereby granted",
                "MIT",
            ),
        ] {
            let classifiers: Vec<String> = classifiers.iter().map(ToString::to_string).collect();
            assert_eq!(
                license_spdx(expression, &classifiers, license),
                expected,
                "{license}"
            );
        }
    }

    #[test]
    fn names_that_people_write() {
        for (license, expected) in [
            ("BSD", "BSD-3-Clause"),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("3-Clause BSD", "BSD-3-Clause"),
            ("New BSD", "BSD-3-Clause"),
            ("BSD-2", "BSD-2-Clause"),
            ("GPL version 2", "GPL-2.0-only"),
            ("GPLv2", "GPL-2.0-only"),
            ("GPL v2.0", "GPL-2.0-only"),
            ("GNU GPL, version 2", "GPL-2.0-only"),
            (
                "GNU General Public License v3 or later (GPLv3+)",
                "GPL-3.0-or-later",
            ),
            ("GPLv2+", "GPL-2.0-or-later"),
            ("GPL-3", "GPL-3.0-only"),
            ("LGPLv3", "LGPL-3.0-only"),
            ("LGPL 2.1", "LGPL-2.1-only"),
            ("AGPLv3+", "AGPL-3.0-or-later"),
            ("The MIT License", "MIT"),
            ("mit", "MIT"),
            ("MIT License (MIT)", "MIT"),
            ("Apache 2.0", "Apache-2.0"),
            ("Apache License, Version 2.0", "Apache-2.0"),
            ("Apache Software License 2.0", "Apache-2.0"),
            ("ZPL 2.1", "ZPL-2.1"),
            ("Zope Public License, Version 2.1", "ZPL-2.1"),
            ("MPL 2.0", "MPL-2.0"),
            ("ISC", "ISC"),
            ("PSF", "PSF-2.0"),
            ("GPL", ""),
            ("Apache", ""),
            ("ZPL", ""),
            ("Proprietary", ""),
            ("UNKNOWN", ""),
        ] {
            assert_eq!(
                license_spdx("", &[], license),
                expected,
                "{license}: {}",
                simplified(license)
            );
        }
    }

    #[test]
    fn the_tables_hold_canonical_names_in_simple_spelling() {
        for (_, spdx) in CLASSIFIERS.iter().chain(NAMES) {
            assert_eq!(canonical(spdx).as_deref(), Some(*spdx));
        }
        for (name, _) in NAMES {
            assert_eq!(simplified(name), *name);
        }
    }
}
