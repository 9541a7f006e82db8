//! Advisories of a release, from any source.
//!
//! The registry and the vulnerability databases are queried at different times. The newest answer
//! for a release determines its advisories; details that it lacks are taken from the answer before.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::link::web_address;
use super::text::clean_line;
use super::version::Version;

/// The most advisories of one release. Real packages have up to a few hundred.
const MOST_ADVISORIES: usize = 2_000;
/// The most entries of a list within an advisory.
const MOST_MEMBERS: usize = 100;
/// The most characters of a summary.
const LONGEST_SUMMARY: usize = 500;
/// The most characters of an id, a version or the name of a source.
const LONGEST_NAME: usize = 200;

/// The severity of a vulnerability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// CVSS 0.1 to 3.9.
    Low,
    /// CVSS 4.0 to 6.9.
    Medium,
    /// CVSS 7.0 to 8.9.
    High,
    /// CVSS 9.0 and above.
    Critical,
}

impl Severity {
    /// Parses a severity, ignoring case; `moderate` is [`Self::Medium`].
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "low" => Some(Self::Low),
            "medium" | "moderate" => Some(Self::Medium),
            "high" => Some(Self::High),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}

/// A vulnerability of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advisory {
    /// Such as `GHSA-…` or `PYSEC-…`.
    pub id: String,
    /// Other ids of the same vulnerability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One line; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// `None` where no source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Versions without the vulnerability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<String>,
    /// A page about it, an `http` or `https` address; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Where the advisory comes from: `pypi` or `osv`.
    pub source: String,
}

/// What ids of malicious releases begin with, in the databases that follow the OSV format.
const MALWARE: &str = "MAL-";

impl Advisory {
    /// Whether it says that a release was made to do harm, and not that something in it is wrong.
    #[must_use]
    pub fn is_malware(&self) -> bool {
        self.ids().any(|id| id.starts_with(MALWARE))
    }

    /// Parses an entry of `vulnerabilities`; `None` if it is withdrawn or has no id.
    #[must_use]
    pub fn read(entry: &Value) -> Option<Self> {
        let text = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let list = |key| {
            let members = entry.get(key).and_then(Value::as_array);
            let texts = members.into_iter().flatten().filter_map(Value::as_str);
            texts.take(MOST_MEMBERS).map(str::to_owned).collect()
        };
        let advisory = Self {
            id: text("id").to_owned(),
            aliases: list("aliases"),
            summary: text("summary").to_owned(),
            severity: Severity::read(text("severity")),
            fixed_in: list("fixed_in"),
            link: text("link").to_owned(),
            source: text("source").to_owned(),
        };
        let stands = entry.get("withdrawn").is_none_or(Value::is_null);
        Some(advisory.sanitized()).filter(|advisory| stands && !advisory.id.is_empty())
    }

    /// The same without fixes in yanked versions. If no fix is left, `replace` names another
    /// version in place of those that were removed.
    #[must_use]
    pub fn without_yanked_fixes(
        mut self,
        is_yanked: impl Fn(&str) -> bool,
        replace: impl FnOnce(&[String]) -> Option<String>,
    ) -> Self {
        let fixes = std::mem::take(&mut self.fixed_in);
        let (removed, offered): (Vec<String>, Vec<String>) =
            fixes.into_iter().partition(|fix| is_yanked(fix));
        self.fixed_in = offered;
        if self.fixed_in.is_empty() && !removed.is_empty() {
            self.fixed_in.extend(replace(&removed));
        }
        self
    }

    /// The same within bounds, with a link to a page or none.
    #[must_use]
    pub fn sanitized(self) -> Self {
        let list = |members: Vec<String>| {
            let lines = members
                .iter()
                .map(|member| clean_line(member, LONGEST_NAME))
                .filter(|line| !line.is_empty());
            lines.take(MOST_MEMBERS).collect()
        };
        Self {
            id: clean_line(&self.id, LONGEST_NAME),
            aliases: list(self.aliases),
            summary: clean_line(&self.summary, LONGEST_SUMMARY),
            severity: self.severity,
            fixed_in: list(self.fixed_in),
            link: web_address(&self.link).unwrap_or_default(),
            source: clean_line(&self.source, LONGEST_NAME),
        }
    }

    /// All ids of the vulnerability. Advisories that share one are about the same vulnerability.
    fn ids(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain([&self.id])
    }

    /// Adds the details that this one lacks from `other`, which is about the same vulnerability.
    fn complete(&mut self, other: &Self) {
        for id in other.ids() {
            if *id != self.id && !self.aliases.contains(id) && self.aliases.len() < MOST_MEMBERS {
                self.aliases.push(id.clone());
            }
        }
        self.severity = self.severity.or(other.severity);
        if self.summary.is_empty() {
            self.summary.clone_from(&other.summary);
        }
        if self.link.is_empty() {
            self.link.clone_from(&other.link);
        }
        if self.fixed_in.is_empty() {
            self.fixed_in.clone_from(&other.fixed_in);
        }
    }
}

/// The yanked versions of a project, which must not be recommended as fixes, whatever source named
/// them and when.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct YankedVersions {
    versions: BTreeSet<String>,
}

impl YankedVersions {
    /// Whether `version` is one of them; `1.1` and `1.1.0` are the same.
    #[must_use]
    pub fn contains(&self, version: &str) -> bool {
        if self.versions.contains(version) {
            return true;
        }
        let parsed = Version::parse(version);
        let mut others = self.versions.iter().map(|other| Version::parse(other));
        parsed.is_some() && others.any(|other| other == parsed)
    }
}

impl<V: Into<String>> FromIterator<V> for YankedVersions {
    fn from_iter<I: IntoIterator<Item = V>>(versions: I) -> Self {
        Self {
            versions: versions.into_iter().map(Into::into).collect(),
        }
    }
}

/// All advisories of one release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advisories {
    known: Vec<Advisory>,
    checked: i64,
}

impl Advisories {
    /// The result of a query at `checked`, in Unix seconds. Advisories about the same vulnerability
    /// are merged into one, under the id of one that has a severity.
    #[must_use]
    pub fn new(advisories: impl IntoIterator<Item = Advisory>, checked: i64) -> Self {
        // No two of them share an id.
        let mut distinct: Vec<Option<Advisory>> = Vec::new();
        let mut index_of: HashMap<String, usize> = HashMap::new();
        for mut advisory in advisories {
            // It may connect several advisories that had no id in common so far.
            while let Some(index) = advisory
                .ids()
                .filter_map(|id| index_of.get(id))
                .min()
                .copied()
            {
                let Some(other) = distinct.get_mut(index).and_then(Option::take) else {
                    break;
                };
                for id in other.ids() {
                    index_of.remove(id);
                }
                advisory = if advisory.severity.is_some() && other.severity.is_none() {
                    advisory.complete(&other);
                    advisory
                } else {
                    let mut first = other;
                    first.complete(&advisory);
                    first
                };
            }
            for id in advisory.ids() {
                index_of.insert(id.clone(), distinct.len());
            }
            distinct.push(Some(advisory));
        }
        let mut known: Vec<Advisory> = distinct.into_iter().flatten().collect();
        for malware in known.iter_mut().filter(|one| one.is_malware()) {
            // Nobody mends what is meant as it is.
            malware.fixed_in.clear();
        }
        known.sort_by_cached_key(|one| {
            let severity = std::cmp::Reverse(one.severity);
            (!one.is_malware(), severity, one.id.clone())
        });
        known.truncate(MOST_ADVISORIES);
        Self { known, checked }
    }

    /// Reads the advisories from the enrichment data of a document; `None` if no source was
    /// queried.
    #[must_use]
    pub fn of_facts(facts: &Map<String, Value>) -> Option<Self> {
        facts.get("has_vulnerabilities").and_then(Value::as_bool)?;
        let entries = facts.get("vulnerabilities").and_then(Value::as_array);
        let checked = facts.get("vulnerabilities_checked").and_then(Value::as_i64);
        let known = entries.into_iter().flatten().filter_map(Advisory::read);
        Some(Self::new(known, checked.unwrap_or_default()))
    }

    /// The advisories as enrichment data of a document.
    #[must_use]
    pub fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        facts.insert(
            "has_vulnerabilities".to_owned(),
            json!(!self.known.is_empty()),
        );
        facts.insert("is_malicious".to_owned(), json!(self.is_malicious()));
        facts.insert("vulnerabilities".to_owned(), json!(self.known));
        facts.insert("vulnerabilities_checked".to_owned(), json!(self.checked));
        facts
    }

    /// [`Advisory::without_yanked_fixes`] for each.
    #[must_use]
    pub fn without_yanked_fixes(
        mut self,
        is_yanked: impl Fn(&str) -> bool,
        replace: impl Fn(&[String]) -> Option<String>,
    ) -> Self {
        let known = self.known.into_iter();
        self.known = known
            .map(|advisory| advisory.without_yanked_fixes(&is_yanked, &replace))
            .collect();
        self
    }

    /// Whether one of them says that the release was made to do harm.
    #[must_use]
    pub fn is_malicious(&self) -> bool {
        self.known.iter().any(Advisory::is_malware)
    }

    /// The advisories: first those of malicious releases, then the most severe.
    #[must_use]
    pub fn known(&self) -> &[Advisory] {
        &self.known
    }

    /// The newer answer, completed by the older one. If both are equally old, `self` counts as
    /// newer.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let (newer, older) = if self.checked >= other.checked {
            (self, other)
        } else {
            (other, self)
        };
        let mut place_of: HashMap<&String, usize> = HashMap::new();
        for (at, known) in older.known.iter().enumerate() {
            place_of.extend(known.ids().map(|id| (id, at)));
        }
        let known = newer.known.into_iter().map(|mut advisory| {
            let places = advisory.ids().filter_map(|id| place_of.get(id).copied());
            let same: BTreeSet<usize> = places.collect();
            for known in same.into_iter().filter_map(|at| older.known.get(at)) {
                advisory.complete(known);
            }
            advisory
        });
        Self::new(known, newer.checked)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Advisories, Advisory, Severity, YankedVersions};

    fn advisories(entries: &Value, checked: i64) -> Advisories {
        let entries = entries.as_array().into_iter().flatten();
        Advisories::new(entries.filter_map(Advisory::read), checked)
    }

    #[test]
    fn ids_of_one_vulnerability_are_one_advisory() {
        let known = advisories(
            &json!([
                {"id": "PYSEC-1", "aliases": ["CVE-1"], "link": "https://a", "source": "osv"},
                {"id": "GHSA-2", "severity": "LOW", "source": "osv"},
                {"id": "CVE-9", "source": "osv"},
                {"id": "GHSA-1", "aliases": ["CVE-1", "CVE-9"], "severity": "MODERATE",
                 "fixed_in": ["2.0"], "source": "osv"},
            ]),
            7,
        );
        assert_eq!(
            json!(known.known()),
            json!([
                {"id": "GHSA-1", "aliases": ["CVE-1", "CVE-9", "PYSEC-1"], "severity": "medium",
                 "fixed_in": ["2.0"], "link": "https://a", "source": "osv"},
                {"id": "GHSA-2", "severity": "low", "source": "osv"},
            ])
        );
        assert_eq!(Advisories::of_facts(&known.facts()), Some(known));
    }

    #[test]
    fn the_newer_answer_determines_the_advisories() {
        let registry = advisories(
            &json!([
                {"id": "PYSEC-1", "aliases": ["CVE-1"], "fixed_in": ["2.0"], "source": "pypi"},
                {"id": "PYSEC-2", "source": "pypi"},
                {"id": "PYSEC-3", "withdrawn": "2026-01-01T00:00:00Z", "source": "pypi"},
            ]),
            20,
        );
        let osv = advisories(
            &json!([
                {"id": "GHSA-1", "aliases": ["CVE-1"], "severity": "critical", "source": "osv"},
                {"id": "GHSA-4", "source": "osv"},
            ]),
            10,
        );
        let merged = osv.clone().merged(registry.clone());
        assert_eq!(merged, registry.clone().merged(osv.clone()));
        assert_eq!(
            json!(merged.known()),
            json!([
                {"id": "PYSEC-1", "aliases": ["CVE-1", "GHSA-1"], "severity": "critical",
                 "fixed_in": ["2.0"], "source": "pypi"},
                {"id": "PYSEC-2", "source": "pypi"},
            ])
        );
        let newer = Advisories { checked: 30, ..osv };
        let merged = registry.merged(newer);
        let ids: Vec<&str> = merged
            .known()
            .iter()
            .map(|known| known.id.as_str())
            .collect();
        assert_eq!(ids, ["GHSA-1", "GHSA-4"]);
        assert_eq!(merged.facts()["vulnerabilities_checked"], json!(30));
    }

    #[test]
    fn untrusted_text_is_cleaned() {
        let known = advisories(
            &json!([
                {"id": " GHSA-1\n", "summary": "a\u{1b}[2Jb\u{202e}c\nd", "aliases": ["\u{0}", "x".repeat(1 << 20)],
                 "link": "javascript:1,alert(1)", "source": "osv"},
                {"id": "GHSA-2", "link": "java\u{1}script:alert(1)", "source": "osv"},
                {"id": "GHSA-3", "link": " https://osv.dev/\u{1}a", "source": "osv"},
            ]),
            7,
        );
        let links: Vec<&str> = known.known().iter().map(|one| one.link.as_str()).collect();
        assert_eq!(links, ["", "", "https://osv.dev/a"]);
        let first = &known.known()[0];
        assert_eq!(
            (first.id.as_str(), first.summary.as_str()),
            ("GHSA-1", "a[2Jbc d")
        );
        assert_eq!((first.aliases.len(), first.aliases[0].len()), (1, 200));
    }

    #[test]
    fn yanked_versions_are_known_in_every_spelling() {
        let yanked: YankedVersions = ["1.1", "odd version"].into_iter().collect();
        for version in ["1.1", "1.1.0", "v1.1", "odd version"] {
            assert!(yanked.contains(version), "{version}");
        }
        for version in ["1.10", "1.1rc1", "odd", ""] {
            assert!(!yanked.contains(version), "{version}");
        }
        let fixes = |fixes: &Value| {
            let entry = json!({"id": "A", "fixed_in": fixes});
            let advisory = Advisory::read(&entry).map(|advisory| {
                advisory.without_yanked_fixes(
                    |fix| yanked.contains(fix),
                    |removed| Some(format!("not {removed:?}")),
                )
            });
            json!(advisory.map(|advisory| advisory.fixed_in))
        };
        assert_eq!(fixes(&json!(["1.1.0", "1.2"])), json!(["1.2"]));
        assert_eq!(fixes(&json!(["1.1.0"])), json!(["not [\"1.1.0\"]"]));
        assert_eq!(fixes(&json!([])), json!([]));
    }

    #[test]
    fn malice_is_told_first_and_never_fixed() {
        let known = advisories(
            &json!([
                {"id": "GHSA-1", "severity": "critical", "fixed_in": ["2.0"], "source": "osv"},
                {"id": "MAL-2025-1", "fixed_in": ["3.0"], "source": "osv"},
                {"id": "GHSA-2", "severity": "critical", "aliases": ["MAL-2025-2"],
                 "fixed_in": ["4.0"], "source": "osv"},
            ]),
            7,
        );
        let shown: Vec<_> = known
            .known()
            .iter()
            .map(|one| (one.id.as_str(), one.fixed_in.len()))
            .collect();
        assert_eq!(shown, [("GHSA-2", 0), ("MAL-2025-1", 0), ("GHSA-1", 1)]);
        assert_eq!(known.facts()["is_malicious"], json!(true));
        let older = advisories(
            &json!([{"id": "MAL-2025-1", "fixed_in": ["5"], "source": "osv"}]),
            6,
        );
        assert_eq!(known.clone().merged(older), known);
        let others = advisories(&json!([{"id": "GHSA-MAL-1", "source": "osv"}]), 7);
        assert_eq!(others.facts()["is_malicious"], json!(false));
    }

    #[test]
    fn the_number_of_advisories_is_limited() {
        let many: Vec<Value> = (0..50_000)
            .map(|number| json!({"id": format!("GHSA-{number}"), "source": "osv"}))
            .collect();
        let known = advisories(&json!(many), 7);
        assert_eq!(known.known().len(), 2_000);
        let merged = known.clone().merged(advisories(&json!(many), 6));
        assert_eq!(merged, known);
    }

    #[test]
    fn no_advisories_is_not_the_same_as_no_query() {
        let nothing = advisories(&json!([{"id": ""}, {}, 3]), 1).facts();
        assert_eq!(nothing["has_vulnerabilities"], json!(false));
        assert!(Advisories::of_facts(&nothing).is_some());
        assert_eq!(Advisories::of_facts(&serde_json::Map::new()), None);
        assert_eq!(Severity::read("NONE"), None);
    }
}
