//! Advisories of a release, from any source.
//!
//! Registry and vulnerability databases answer at different times. A release's newest answer says
//! which advisories stand; what it leaves out about one of them is taken from the answer before.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::link::web_address;
use super::text::clean_line;

/// Advisories of one release. The worst honest ones have some hundred.
const MOST_ADVISORIES: usize = 2_000;
/// Members of a list within an advisory.
const MOST_MEMBERS: usize = 100;
/// Characters of a summary.
const LONGEST_SUMMARY: usize = 500;
/// Characters of an id, a version or the name of a source.
const LONGEST_NAME: usize = 200;

/// How bad a vulnerability is.
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
    /// Reads a word in any case; `moderate` is medium.
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

/// One vulnerability that a release has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advisory {
    /// Such as `GHSA-…` or `PYSEC-…`.
    pub id: String,
    /// Other ids of the same vulnerability.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// One line; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// `None` where no source says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Versions without it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixed_in: Vec<String>,
    /// A page about it, an `http` or `https` address; empty where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub link: String,
    /// Who says so: `pypi`, `osv`.
    pub source: String,
}

impl Advisory {
    /// Reads an entry of `vulnerabilities`; `None` if it is withdrawn or has no id.
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
        Some(advisory.tidied()).filter(|advisory| stands && !advisory.id.is_empty())
    }

    /// The same without fixes in versions that were yanked. Where none is left, `next` tells
    /// another in place of those that there were.
    #[must_use]
    pub fn without_fixes_in(
        mut self,
        is_yanked: impl Fn(&str) -> bool,
        next: impl FnOnce(&[String]) -> Option<String>,
    ) -> Self {
        let fixes = std::mem::take(&mut self.fixed_in);
        let (yanked, offered): (Vec<String>, Vec<String>) =
            fixes.into_iter().partition(|fix| is_yanked(fix));
        self.fixed_in = offered;
        if self.fixed_in.is_empty() && !yanked.is_empty() {
            self.fixed_in.extend(next(&yanked));
        }
        self
    }

    /// The same within bounds, with a link to a page or none.
    #[must_use]
    pub fn tidied(self) -> Self {
        let list = |members: Vec<String>| {
            let members = members
                .iter()
                .map(|member| clean_line(member, LONGEST_NAME));
            let members = members.filter(|member| !member.is_empty());
            members.take(MOST_MEMBERS).collect()
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

    /// All ids of the vulnerability: advisories that share one are about the same.
    fn ids(&self) -> impl Iterator<Item = &String> {
        self.aliases.iter().chain([&self.id])
    }

    /// Takes from `other`, which is about the same vulnerability, what this one lacks.
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

/// All that is known against one release.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advisories {
    known: Vec<Advisory>,
    checked: i64,
}

impl Advisories {
    /// What was learned at `checked`, in Unix seconds. Several ids of one vulnerability become one
    /// advisory under the id that says how bad it is.
    #[must_use]
    pub fn new(advisories: impl IntoIterator<Item = Advisory>, checked: i64) -> Self {
        let mut places: Vec<Option<Advisory>> = Vec::new();
        // No two of them share an id.
        let mut place_of: HashMap<String, usize> = HashMap::new();
        for mut advisory in advisories {
            // Two that were apart may both be the same as this one.
            while let Some(at) = advisory
                .ids()
                .filter_map(|id| place_of.get(id))
                .min()
                .copied()
            {
                let Some(other) = places.get_mut(at).and_then(Option::take) else {
                    break;
                };
                for id in other.ids() {
                    place_of.remove(id);
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
                place_of.insert(id.clone(), places.len());
            }
            places.push(Some(advisory));
        }
        let mut known: Vec<Advisory> = places.into_iter().flatten().collect();
        known.sort_by(|one, other| (other.severity, &one.id).cmp(&(one.severity, &other.id)));
        known.truncate(MOST_ADVISORIES);
        Self { known, checked }
    }

    /// Reads the facts of a document; `None` if no source was asked.
    #[must_use]
    pub fn of_facts(facts: &Map<String, Value>) -> Option<Self> {
        facts.get("has_vulnerabilities").and_then(Value::as_bool)?;
        let entries = facts.get("vulnerabilities").and_then(Value::as_array);
        let checked = facts.get("vulnerabilities_checked").and_then(Value::as_i64);
        let known = entries.into_iter().flatten().filter_map(Advisory::read);
        Some(Self::new(known, checked.unwrap_or_default()))
    }

    /// The facts of a document.
    #[must_use]
    pub fn facts(&self) -> Map<String, Value> {
        let mut facts = Map::new();
        facts.insert(
            "has_vulnerabilities".to_owned(),
            json!(!self.known.is_empty()),
        );
        facts.insert("vulnerabilities".to_owned(), json!(self.known));
        facts.insert("vulnerabilities_checked".to_owned(), json!(self.checked));
        facts
    }

    /// [`Advisory::without_fixes_in`] for each.
    #[must_use]
    pub fn without_fixes_in(
        mut self,
        is_yanked: impl Fn(&str) -> bool,
        next: impl Fn(&[String]) -> Option<String>,
    ) -> Self {
        let known = self.known.into_iter();
        self.known = known
            .map(|advisory| advisory.without_fixes_in(&is_yanked, &next))
            .collect();
        self
    }

    /// The worst first.
    #[must_use]
    pub fn known(&self) -> &[Advisory] {
        &self.known
    }

    /// The newer answer, completed by the older; of equally old ones, this one counts.
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
            let same = advisory.ids().filter_map(|id| place_of.get(id).copied());
            let same: BTreeSet<usize> = same.collect();
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

    use super::{Advisories, Advisory, Severity};

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
    fn the_newer_answer_says_what_stands() {
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
    fn what_strangers_wrote_is_tidied() {
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
    fn there_are_only_so_many() {
        let many: Vec<Value> = (0..50_000)
            .map(|number| json!({"id": format!("GHSA-{number}"), "source": "osv"}))
            .collect();
        let known = advisories(&json!(many), 7);
        assert_eq!(known.known().len(), 2_000);
        let merged = known.clone().merged(advisories(&json!(many), 6));
        assert_eq!(merged, known);
    }

    #[test]
    fn nothing_known_is_not_nobody_looked() {
        let nothing = advisories(&json!([{"id": ""}, {}, 3]), 1).facts();
        assert_eq!(nothing["has_vulnerabilities"], json!(false));
        assert!(Advisories::of_facts(&nothing).is_some());
        assert_eq!(Advisories::of_facts(&serde_json::Map::new()), None);
        assert_eq!(Severity::read("NONE"), None);
    }
}
