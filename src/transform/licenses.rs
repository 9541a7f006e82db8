//! One SPDX expression per release, from what its author wrote about the licence.
//!
//! The sources, best first: `license_expression`, which the registry defines as SPDX; the
//! `license` text, where it names one licence; the classifiers, where they name exactly one.
//! Several classifiers may mean a choice or a mixture, and names such as `BSD` or `GPLv2` stand for
//! several licences; PEP 639 forbids tools to guess, so the field stays empty then: a wrong licence
//! is worse than none.

use std::{collections::HashMap, sync::LazyLock};

use spdx::{Expression, ParseMode};

use super::license_names::{CLASSIFIERS, FAMILIES, NAMES};

/// Longer texts are not expressions.
const LONGEST_EXPRESSION: usize = 500;

/// Longer first lines are not the name of a licence.
const LONGEST_NAME: usize = 100;

/// How each licence classifier begins.
const CLASSIFIER: &str = "License :: ";

/// The licence as a canonical SPDX expression; empty when it is not known.
#[must_use]
pub fn license_spdx(expression: &str, classifiers: &[String], license: &str) -> String {
    if let Some(expression) = canonical(expression) {
        return expression;
    }
    let classifiers = || from_classifiers(classifiers.iter().map(String::as_str));
    match read_text(license) {
        Text::License(license) => license,
        Text::Family(family) => classifiers()
            .filter(|license| family.has(license))
            .map(str::to_owned)
            .unwrap_or_default(),
        Text::Other => classifiers().map(str::to_owned).unwrap_or_default(),
    }
}

/// The licence that all licence classifiers agree on.
fn from_classifiers<'c>(classifiers: impl Iterator<Item = &'c str>) -> Option<&'static str> {
    let mut stated = classifiers
        .filter_map(|classifier| classifier.strip_prefix(CLASSIFIER))
        .filter(|name| !matches!(*name, "OSI Approved" | "DFSG approved"))
        .map(|name| name.strip_prefix("OSI Approved :: ").unwrap_or(name));
    let first = stated.next()?;
    stated
        .all(|other| other == first)
        .then(|| of_classifier(first))?
}

fn of_classifier(name: &str) -> Option<&'static str> {
    CLASSIFIERS
        .iter()
        .find(|(classifier, _)| *classifier == name)
        .map(|(_, spdx)| *spdx)
}

/// What a `license` text says.
enum Text {
    /// One licence, as a canonical expression.
    License(String),
    /// A name that several licences share.
    Family(Family),
    /// Nothing that is known here.
    Other,
}

/// Licences of one name.
struct Family {
    /// How their SPDX identifiers begin.
    prefix: &'static str,
    /// The version that the text names, if it names one: `2` or `2.1`.
    version: String,
}

impl Family {
    /// Whether a licence is one of the family, in the version that the text names.
    fn has(&self, license: &str) -> bool {
        license
            .strip_prefix(self.prefix)
            .is_some_and(|rest| rest.starts_with(&self.version))
    }
}

/// Reads a `license` text: an expression, a common name, classifiers, or a whole licence that
/// begins with its name.
fn read_text(license: &str) -> Text {
    let mut lines = license.lines().map(str::trim);
    let Some(first) = lines.find(|line| !line.is_empty()) else {
        return Text::Other;
    };
    if first.len() > LONGEST_NAME {
        return Text::Other;
    }
    if first.starts_with(CLASSIFIER) {
        return from_classifiers(std::iter::once(first).chain(lines))
            .map_or(Text::Other, |license| Text::License(license.to_owned()));
    }
    let name = simplified(first);
    let known = NAMES.iter().find(|(known, _)| *known == name);
    let named = known
        .map(|(_, spdx)| (*spdx).to_owned())
        .or_else(|| of_classifier(first).map(str::to_owned))
        .or_else(|| canonical(first));
    if let Some(named) = named {
        return Text::License(named);
    }
    let Some(family) = family(&name) else {
        return Text::Other;
    };
    match from_terms(&family, license) {
        Some(license) => Text::License(license),
        None => Text::Family(family),
    }
}

/// The family of a name in simple spelling: `gpl`, or `gpl 2`.
fn family(name: &str) -> Option<Family> {
    let is_version = |text: &str| {
        text.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    // A name may repeat itself in short: `general public 3 gpl 3`.
    FAMILIES.iter().find_map(|(known, prefix)| {
        let rest = name.strip_prefix(known)?;
        let mut words = rest.strip_prefix(' ').unwrap_or(rest).split(' ');
        let version = words.next().filter(|word| is_version(word))?;
        let is_whole = rest.is_empty() || rest.starts_with(' ');
        let repeats = words.all(|word| {
            word == version
                || FAMILIES
                    .iter()
                    .any(|(short, same)| *short == word && same == prefix)
        });
        (is_whole && repeats).then(|| Family {
            prefix,
            version: version.to_owned(),
        })
    })
}

/// What the terms under the name tell: the clauses of a BSD licence, or the offer of later
/// versions.
fn from_terms(family: &Family, license: &str) -> Option<String> {
    let terms = license.split_whitespace().collect::<Vec<_>>().join(" ");
    let terms = terms.to_lowercase();
    if family.prefix == "BSD-" {
        return if !terms.contains("redistributions in binary form") || terms.contains("advertising")
        {
            None
        } else if terms.contains("neither the name") || terms.contains("may not be used to endorse")
        {
            Some("BSD-3-Clause".to_owned())
        } else {
            Some("BSD-2-Clause".to_owned())
        };
    }
    let is_later = terms.contains("any later version");
    canonical(&match family.version.as_str() {
        "" => return None,
        version if version.contains('.') => format!("{}{version}-or-later", family.prefix),
        version => format!("{}{version}.0-or-later", family.prefix),
    })
    .filter(|_| is_later)
}

/// A licence's name without case, punctuation and filling words: `GPLv2+` and
/// `GPL, version 2 or later` are both `gpl 2 or later`.
fn simplified(name: &str) -> String {
    const FILLING: [&str; 10] = [
        "the", "gnu", "license", "licence", "licensed", "under", "version", "software", "v", "any",
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
    use super::{CLASSIFIERS, FAMILIES, NAMES, canonical, license_spdx, simplified};

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
        let later = "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)";
        let clauses = "Redistributions in binary form must reproduce";
        for (expression, classifiers, license, expected) in [
            ("BSD-3-Clause", &[mit][..], "MIT", "BSD-3-Clause"),
            ("nonsense", &[mit], "", "MIT"),
            (
                "",
                &[mit],
                "MIT AND GPL-3.0-or-later",
                "MIT AND GPL-3.0-or-later",
            ),
            ("", &["License :: OSI Approved", mit, mit], "", "MIT"),
            ("", &[mit], "see LICENSE.txt", "MIT"),
            // Several classifiers may mean a choice or a mixture.
            ("", &[later, mit], "", ""),
            ("", &[later, mit, later], "", ""),
            ("", &[bsd, mit], "", ""),
            // Names of several licences.
            ("", &[gpl2], "", ""),
            ("", &[gpl2], "GPL", ""),
            ("", &[bsd], "", ""),
            ("", &[bsd], "BSD", ""),
            ("", &[], "gpl", ""),
            ("", &[mit], "BSD", ""),
            // The text or the classifier says which.
            ("", &[bsd], "BSD-2-Clause", "BSD-2-Clause"),
            ("", &[later], "GPL", "GPL-3.0-or-later"),
            ("", &[later], "GPLv3", "GPL-3.0-or-later"),
            ("", &[later], "GPLv2", ""),
            (
                "",
                &[gpl2],
                "GPL v2\n\nversion 2, or (at your\noption) any later version",
                "GPL-2.0-or-later",
            ),
            (
                "",
                &[bsd],
                &format!("BSD License\n\n{clauses}\n"),
                "BSD-2-Clause",
            ),
            (
                "",
                &[bsd],
                &format!("BSD\n\n{clauses} …\nNeither the name of"),
                "BSD-3-Clause",
            ),
            (
                "",
                &[bsd],
                &format!("BSD\n\n{clauses}\nAll advertising materials"),
                "",
            ),
            ("", &[], mit, "MIT"),
            ("", &[], &format!("{mit}\n{later}"), ""),
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
            ("BSD", ""),
            ("BSD License", ""),
            ("BSD 3-Clause License", "BSD-3-Clause"),
            ("3-Clause BSD", "BSD-3-Clause"),
            ("New BSD", "BSD-3-Clause"),
            ("BSD-2", "BSD-2-Clause"),
            ("GPL version 2", ""),
            ("GPLv2", ""),
            ("GNU GPL, version 2", ""),
            ("GNU General Public License v3 (GPLv3)", ""),
            ("GPL-2.0", "GPL-2.0-only"),
            ("GPL version 2 only", "GPL-2.0-only"),
            (
                "GNU General Public License v3 or later (GPLv3+)",
                "GPL-3.0-or-later",
            ),
            ("GPLv2+", "GPL-2.0-or-later"),
            ("GPL version 2 or any later version", "GPL-2.0-or-later"),
            ("GPL-3", ""),
            ("LGPLv3", ""),
            ("LGPL 2.1", ""),
            ("LGPL 2.1 or later", "LGPL-2.1-or-later"),
            ("LGPLv2+", ""),
            ("AGPLv3", ""),
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
        for (name, _) in NAMES.iter().chain(FAMILIES) {
            assert_eq!(simplified(name), *name);
        }
    }
}
