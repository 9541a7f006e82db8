//! One profile's file: TOML text becomes a [`Profile`], or findings that name file and line.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use regex::Regex;
use serde::Deserialize;
use toml::Spanned;

use super::check::check_classifier;
use super::definition::{HistoryText, Profile};
use super::finding::{Finding, Location, Severity};
use super::nearest::{line_at, nearest};
use super::npm::NpmSection;
use super::rules::Rules;
use crate::model::{ProjectName, RegistryKind};

/// Every key of a profile's file.
const KEYS: [&str; 9] = [
    "name",
    "description",
    "classifiers",
    "include",
    "exclude",
    "name_pattern",
    "registry",
    "history_text",
    "npm",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: Spanned<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    classifiers: Vec<Spanned<String>>,
    #[serde(default)]
    include: Vec<Spanned<String>>,
    #[serde(default)]
    exclude: Vec<Spanned<String>>,
    name_pattern: Option<Spanned<String>>,
    #[serde(default = "default_registry")]
    registry: Spanned<RegistryKind>,
    #[serde(default)]
    history_text: HistoryText,
    npm: Option<NpmSection>,
}

fn default_registry() -> Spanned<RegistryKind> {
    Spanned::new(0..0, RegistryKind::default())
}

/// Reads the text of `file`, which defines the profile `key`.
///
/// The profile is there unless one of the findings is an error.
pub(super) fn read_profile(key: &str, file: &str, text: &str) -> (Option<Profile>, Vec<Finding>) {
    let mut reader = Reader {
        key,
        file,
        text,
        findings: Vec::new(),
    };
    let profile = reader.read();
    let sound = reader
        .findings
        .iter()
        .all(|finding| finding.severity != Severity::Error);
    (profile.filter(|_| sound), reader.findings)
}

struct Reader<'a> {
    key: &'a str,
    file: &'a str,
    text: &'a str,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn read(&mut self) -> Option<Profile> {
        let keys: BTreeMap<Spanned<String>, toml::Value> = self.parse()?;
        let unknown: Vec<_> = keys
            .into_keys()
            .filter(|key| !KEYS.contains(&key.get_ref().as_str()))
            .collect();
        for key in &unknown {
            let word = key.get_ref();
            let known = nearest(word, ".", KEYS).unwrap_or_default();
            self.error(
                key.span(),
                format!("unknown key {word:?}; the nearest is `{known}`"),
            );
        }
        if !unknown.is_empty() {
            return None;
        }
        let file: ProfileFile = self.parse()?;
        if file.name.get_ref().trim().is_empty() {
            self.error(file.name.span(), "`name` is empty".to_owned());
        }
        for classifier in &file.classifiers {
            if let Some((severity, message)) = check_classifier(classifier.get_ref()) {
                self.add(severity, classifier.span(), message);
            }
        }
        let include = self.project_names(&file.include);
        let exclude = self.project_names(&file.exclude);
        if let Some(name) = include.intersection(&exclude).next() {
            let message = format!("`{name}` is both included and excluded");
            self.error(0..0, message);
        }
        let is_of_npm_only = file.npm.is_some();
        if file.classifiers.is_empty()
            && include.is_empty()
            && file.name_pattern.is_none()
            && !is_of_npm_only
        {
            let message =
                "the profile selects nothing: set `classifiers`, `include` or `name_pattern`";
            self.error(0..0, message.to_owned());
        }
        if *file.registry.get_ref() == RegistryKind::Npm {
            let message = "packages of npm are selected by a section `npm`, for every registry; \
                           leave `registry` out";
            self.error(file.registry.span(), message.to_owned());
        }
        let npm = file.npm.map(|section| {
            let (rules, mistakes) = section.read();
            for (span, message) in mistakes {
                self.error(span, message);
            }
            rules
        });
        let name_pattern = file
            .name_pattern
            .and_then(|pattern| self.name_pattern(&pattern));
        let classifiers = file.classifiers.into_iter().map(Spanned::into_inner);
        Some(Profile {
            key: self.key.to_owned(),
            name: file.name.into_inner(),
            description: file.description,
            rules: Rules::new(classifiers, include, exclude, name_pattern),
            registry: file.registry.into_inner(),
            npm,
            history_text: file.history_text,
            file: self.file.to_owned(),
        })
    }

    fn parse<T: for<'de> Deserialize<'de>>(&mut self) -> Option<T> {
        toml::from_str(self.text)
            .map_err(|error| {
                let message = error.message().trim().replace('\n', "; ");
                self.error(error.span().unwrap_or_default(), message);
            })
            .ok()
    }

    fn project_names(&mut self, names: &[Spanned<String>]) -> BTreeSet<ProjectName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        for name in names {
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(allowed) {
                self.error(
                    name.span(),
                    format!("{:?} is not a valid project name", name.get_ref()),
                );
            }
        }
        names
            .iter()
            .map(|name| ProjectName::new(name.get_ref()))
            .collect()
    }

    fn name_pattern(&mut self, pattern: &Spanned<String>) -> Option<Regex> {
        let text = pattern.get_ref();
        if names_what_normalising_removes(text) {
            let message = "`name_pattern` matches normalized names: lower case, \
                           with `-` for every `.` and `_`";
            self.add(Severity::Warning, pattern.span(), message.to_owned());
        }
        Regex::new(text)
            .map_err(|error| {
                // The last line says what is wrong; those before draw the pattern.
                let error = error.to_string();
                let reason = error
                    .lines()
                    .last()
                    .unwrap_or_default()
                    .trim_start_matches("error: ");
                let message = format!("`name_pattern` is not a valid regular expression: {reason}");
                self.error(pattern.span(), message);
            })
            .ok()
    }

    fn error(&mut self, span: Range<usize>, message: String) {
        self.add(Severity::Error, span, message);
    }

    fn add(&mut self, severity: Severity, span: Range<usize>, message: String) {
        let location = Location {
            file: self.file.to_owned(),
            line: line_at(self.text, span.start),
        };
        let profile = Some(self.key.to_owned());
        self.findings.push(Finding {
            severity,
            profile,
            location: Some(location),
            message,
        });
    }
}

/// Whether a pattern asks for a character that no normalised name has.
fn names_what_normalising_removes(pattern: &str) -> bool {
    let mut escaped = false;
    pattern.chars().any(|character| {
        let literal = if escaped {
            character == '.'
        } else {
            character.is_uppercase()
        };
        escaped = !escaped && character == '\\';
        literal || character == '_'
    })
}

#[cfg(test)]
mod tests {
    use super::{KEYS, read_profile};
    use crate::model::ProjectName;
    use crate::profile::{HistoryText, Severity};

    /// Severity, line and message of every finding.
    fn findings(text: &str) -> Vec<(Severity, usize, String)> {
        let (_, findings) = read_profile("mine", "mine.toml", text);
        findings
            .into_iter()
            .map(|finding| {
                let line = finding.location.map_or(0, |location| location.line);
                (finding.severity, line, finding.message)
            })
            .collect()
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
name = "Mine"
description = "What I like."
classifiers = ["Framework :: Plone"]
include = ["Some.Name"]
exclude = ["other"]
name_pattern = "^mine-"
registry = "pypi"
history_text = "latest"

[npm]
keywords = ["Volto-Addon"]
scopes = ["@plone", "eeacms"]
organisations = ["plone"]
names = ["JSONStream"]
exclude = ["@plone/old"]
"#;
        assert!(KEYS.iter().all(|key| text.contains(key)));
        let (profile, findings) = read_profile("mine", "mine.toml", text);
        assert_eq!(findings, []);
        let profile = profile.unwrap_or_else(|| unreachable!("there are no findings"));
        assert_eq!(
            (profile.key.as_str(), profile.name.as_str()),
            ("mine", "Mine")
        );
        assert_eq!(profile.history_text, HistoryText::Latest);
        let selected = |name: &str| profile.rules.selects_by_name(&ProjectName::new(name));
        let npm = profile
            .npm
            .unwrap_or_else(|| unreachable!("there is a section"));
        let is_selected = |name: &str, keywords: &[&str]| {
            npm.select(&ProjectName::as_written(name), keywords)
                .is_matched()
        };
        assert!(is_selected("@plone/volto", &[]) && is_selected("@eeacms/a", &[]));
        assert!(is_selected("JSONStream", &[]) && !is_selected("jsonstream", &[]));
        assert!(!is_selected("@plone/old", &["volto-addon"]));
        assert!(is_selected("a", &["volto-addon"]) && !is_selected("a", &["volto"]));
        assert!(is_selected("a", &["organisation plone"]));
        assert_eq!(
            crate::profile::Rules::from_canonical(&npm.canonical()),
            Some(npm.clone())
        );
        assert!(selected("some-name") && selected("mine-x") && !selected("other"));
    }

    #[test]
    fn errors_say_where_and_offer_the_nearest() {
        for (text, line, part) in [
            (
                "name = \"A\"\nclasifiers = []\n",
                2,
                "the nearest is `classifiers`",
            ),
            (
                "name = \"A\"\nclassifiers = [\n  \"Framework :: Plon\",\n]\n",
                3,
                "\"Framework :: Plone\"",
            ),
            (
                "name = \"A\"\ninclude = [\"a\",\n\"b c\"]\n",
                3,
                "\"b c\" is not a valid project name",
            ),
            (
                "name = \"A\"\n\nname_pattern = \"(\"\n",
                3,
                "unclosed group",
            ),
            (
                "name = \"A\"\ninclude = [\"a\"]\nregistry = \"nmp\"\n",
                3,
                "expected `pypi`",
            ),
            (
                "name = \"A\"\ninclude = [\"a\"]\nhistory_text = \"none\"\n",
                3,
                "`full` or `latest`",
            ),
            ("name = \"A\"\ninclude = 3\n", 2, "expected a sequence"),
            ("name = \"A\"\nname = \"B\"\n", 2, "duplicate key"),
            ("name = \"A\"\n= 3\n", 2, "key"),
            ("name = \"A\"\n", 1, "selects nothing"),
            ("name = \" \"\ninclude = [\"a\"]\n", 1, "`name` is empty"),
            ("include = [\"a\"]\n", 1, "missing field `name`"),
            (
                "name = \"A\"\n[npm]\nkeyword = [\"a\"]\n",
                3,
                "unknown field `keyword`",
            ),
            ("name = \"A\"\n[npm]\n", 1, "selects nothing"),
            (
                "name = \"A\"\n[npm]\nscopes = [\"a\",\n\"@b/c\"]\n",
                4,
                "is not the name of a scope",
            ),
            (
                "name = \"A\"\n[npm]\nnames = [\"a b\"]\n",
                3,
                "is not a valid name of a package of npm",
            ),
            (
                "name = \"A\"\n[npm]\nnames = [\"a\"]\nexclude = [\"a\"]\n",
                1,
                "both named and excluded",
            ),
            (
                "name = \"A\"\nregistry = \"npm\"\ninclude = [\"a\"]\n",
                2,
                "leave `registry` out",
            ),
            (
                "name = \"A\"\ninclude = [\"a.b\"]\nexclude = [\"A_B\"]\n",
                1,
                "both included and excluded",
            ),
        ] {
            let all = findings(text);
            let [(Severity::Error, found, message)] = all.as_slice() else {
                unreachable!("{text}: {all:?}");
            };
            assert_eq!(*found, line, "{text}{message}");
            assert!(message.contains(part), "{text}{message}");
            assert!(!message.contains('\n'), "{message}");
        }
    }

    #[test]
    fn every_error_is_named_at_once() {
        assert_eq!(findings("nam = 1\nclasifiers = 2\n").len(), 2);
        assert_eq!(
            findings("name = \"A\"\nclassifiers = [\"Plon\", \"Flsk\"]\n").len(),
            2
        );
    }

    #[test]
    fn remarks_leave_the_profile_usable() {
        let text = "name = \"A\"\nclassifiers = [\n\"Framework :: Plone :: 9.9\",\n\"Framework :: Django CMS :: 4.2\"]\nname_pattern = '^a\\.b'";
        let (profile, _) = read_profile("mine", "mine.toml", text);
        assert!(profile.is_some());
        let found: Vec<_> = findings(text)
            .into_iter()
            .map(|(kind, line, _)| (kind, line))
            .collect();
        assert_eq!(
            found,
            [
                (Severity::Warning, 3),
                (Severity::Note, 4),
                (Severity::Warning, 5)
            ]
        );
    }

    #[test]
    fn patterns_for_unnormalised_names_are_noticed() {
        use super::names_what_normalising_removes as noticed;
        for pattern in [r"^collective\.", "^Products", "a_b"] {
            assert!(noticed(pattern), "{pattern}");
        }
        for pattern in [r"^collective-", r"^\D+$", r"^a.b", r"\\x"] {
            assert!(!noticed(pattern), "{pattern}");
        }
    }
}
