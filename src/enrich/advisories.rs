//! What a vulnerability database says of a release: its records in the OSV format become the
//! advisories of a document.
//!
//! What stands here is pure: the run beside it asks the database which records concern a release,
//! reads each record once, and calls [`Vulnerability::advisory`] for every release of the package.
//! Withdrawn records concern no release, so they disappear with the next run. The format:
//! <https://ossf.github.io/osv-schema/>.

mod osv;
mod run;

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::IgnoredAny;

pub use run::{PUBLIC_OSV_URL, Report, Settings, execute};

use crate::model::{Advisory, ProjectName, Severity, Version};

/// The registry's name in the database.
pub const ECOSYSTEM: &str = "PyPI";
/// Who says so.
const SOURCE: &str = "osv";
/// Pages about records.
const PAGES: &str = "https://osv.dev/vulnerability/";

/// A record, as much of it as is needed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Vulnerability {
    id: String,
    modified: String,
    aliases: Vec<String>,
    summary: String,
    withdrawn: Option<String>,
    severity: Vec<Score>,
    affected: Vec<Affected>,
    database_specific: Option<Specific>,
}

/// What the database adds in a form of its own, as much of it as is needed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Specific {
    severity: Option<Word>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Word {
    Text(String),
    Other(IgnoredAny),
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Score {
    /// A CVSS vector.
    score: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Affected {
    package: Package,
    ranges: Vec<Range>,
    versions: Vec<String>,
    severity: Vec<Score>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Range {
    #[serde(rename = "type")]
    kind: String,
    events: Vec<Event>,
}

/// One of the four is there.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
    limit: Option<String>,
}

impl Vulnerability {
    /// Reads the answer to the question for the record `id`, which was named for these packages.
    ///
    /// # Errors
    ///
    /// In what way it is none: it is about another one, lacks what every record has, or does not
    /// speak of a package.
    fn read(body: &[u8], id: &str, packages: &BTreeSet<ProjectName>) -> Result<Self, String> {
        let wrong = |why: String| format!("its answer is not the record `{id}`: {why}");
        // A list would be read as an object whose members are all absent.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(wrong("it is no object".to_owned()));
        }
        let record: Self =
            serde_json::from_slice(body).map_err(|error| wrong(error.to_string()))?;
        if record.id != id {
            return Err(wrong(format!("it is about `{}`", record.id)));
        }
        if record.modified.is_empty() {
            return Err(wrong("it does not say when it was modified".to_owned()));
        }
        let unnamed = packages
            .iter()
            .find(|name| record.of(name).next().is_none());
        match unnamed.filter(|_| record.withdrawn.is_none()) {
            Some(name) => Err(wrong(format!("it does not speak of `{name}`"))),
            None => Ok(record),
        }
    }

    /// Its id, such as `GHSA-…`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The advisory of one release, whose fixes are not checked; `None` if it is not concerned, or the record is withdrawn.
    #[must_use]
    pub fn advisory(&self, name: &ProjectName, version: &str) -> Option<Advisory> {
        if self.id.is_empty() || self.withdrawn.is_some() {
            return None;
        }
        let number = Version::parse(version);
        let concerned: Vec<&Affected> = self
            .of(name)
            .filter(|affected| affected.has(version, number.as_ref()))
            .collect();
        concerned.first()?;
        let advisory = Advisory {
            id: self.id.clone(),
            aliases: self
                .aliases
                .iter()
                .filter(|alias| **alias != self.id)
                .cloned()
                .collect(),
            summary: self.summary.clone(),
            severity: self.severity(&concerned),
            fixed_in: fixes(&concerned, number.as_ref()),
            link: self.link(),
            source: SOURCE.to_owned(),
        };
        Some(advisory.tidied())
    }

    fn of<'v>(&'v self, name: &'v ProjectName) -> impl Iterator<Item = &'v Affected> {
        self.affected.iter().filter(|affected| {
            let package = &affected.package;
            package.ecosystem == ECOSYSTEM && ProjectName::new(&package.name) == *name
        })
    }

    /// What the database says in a word, else what the worst vector comes to.
    fn severity(&self, concerned: &[&Affected]) -> Option<Severity> {
        let specific = self.database_specific.as_ref();
        let word = match specific.and_then(|specific| specific.severity.as_ref()) {
            Some(Word::Text(word)) => Some(word.as_str()),
            Some(Word::Other(_)) | None => None,
        };
        let scores = self
            .severity
            .iter()
            .chain(concerned.iter().flat_map(|one| &one.severity));
        word.and_then(Severity::read)
            .or_else(|| scores.filter_map(Score::severity).max())
    }

    /// A page about it; empty if the id is none that could stand in an address.
    fn link(&self) -> String {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
        if self.id.len() <= 100 && self.id.bytes().all(is_plain) {
            format!("{PAGES}{}", self.id)
        } else {
            String::new()
        }
    }
}

impl Score {
    fn severity(&self) -> Option<Severity> {
        let vector: cvss::Cvss = self.score.parse().ok()?;
        Severity::read(vector.severity().as_str())
    }
}

impl Affected {
    /// Whether a release is listed, or lies in a range. One whose version is no PEP 440 version
    /// lies in none.
    fn has(&self, version: &str, number: Option<&Version<'_>>) -> bool {
        let is_listed = |listed: &String| {
            listed == version
                || number.is_some_and(|number| Version::parse(listed).as_ref() == Some(number))
        };
        let mut ranges = self.ranges.iter().filter(|range| range.kind == "ECOSYSTEM");
        self.versions.iter().any(is_listed)
            || number.is_some_and(|number| ranges.any(|range| range.has(number)))
    }
}

impl Range {
    /// Whether the last event at or before `number` leaves it affected.
    fn has(&self, number: &Version<'_>) -> bool {
        let mut events: Vec<(Option<Version<'_>>, &Event)> = Vec::new();
        for event in &self.events {
            let at = event
                .introduced
                .as_ref()
                .or(event.fixed.as_ref())
                .or(event.last_affected.as_ref());
            match at.map(String::as_str) {
                Some("0") => events.push((None, event)),
                Some(at) => events.extend(Version::parse(at).map(|at| (Some(at), event))),
                None => {}
            }
        }
        // Where two stand at one version, what begins there counts.
        events.sort_by(|one, other| {
            let begins = |event: &Event| event.introduced.is_some();
            (&one.0, begins(one.1)).cmp(&(&other.0, begins(other.1)))
        });
        let mut is_affected = false;
        for (at, event) in &events {
            let is_reached = at.as_ref().is_none_or(|at| at <= number);
            let is_passed = at.as_ref().is_none_or(|at| at < number);
            if event.introduced.is_some() && is_reached {
                is_affected = true;
            } else if (event.fixed.is_some() && is_reached)
                || (event.last_affected.is_some() && is_passed)
            {
                is_affected = false;
            }
        }
        is_affected && self.is_below_limit(number)
    }

    fn is_below_limit(&self, number: &Version<'_>) -> bool {
        let mut limits = self
            .events
            .iter()
            .filter_map(|event| event.limit.as_deref())
            .peekable();
        limits.peek().is_none()
            || limits.any(|limit| {
                limit == "*" || Version::parse(limit).is_some_and(|limit| *number < limit)
            })
    }
}

/// Every version above `number` that ends a range, in order.
fn fixes(concerned: &[&Affected], number: Option<&Version<'_>>) -> Vec<String> {
    let ranges = concerned.iter().flat_map(|affected| &affected.ranges);
    let ranges = ranges.filter(|range| range.kind == "ECOSYSTEM");
    let ends = ranges
        .flat_map(|range| &range.events)
        .filter_map(|event| event.fixed.as_ref());
    let mut fixes: Vec<(Version<'_>, &String)> = ends
        .filter_map(|end| Some((Version::parse(end)?, end)))
        .filter(|(fix, _)| number.is_none_or(|number| fix > number))
        .collect();
    fixes.sort();
    fixes.dedup_by(|one, other| one.0 == other.0);
    fixes.into_iter().map(|(_, fixed)| fixed.clone()).collect()
}

/// The lowest of a package's versions from which on none is concerned by any of these records:
/// what to upgrade to. Pre-releases are no answer unless there is nothing else, and `yanked`
/// versions are none at all. `None` if no version is concerned, or the newest still is.
#[must_use]
pub fn fixed_in<'v>(
    vulnerabilities: &[Vulnerability],
    name: &ProjectName,
    versions: impl IntoIterator<Item = &'v str>,
    yanked: &BTreeSet<&str>,
) -> Option<String> {
    let parsed = versions
        .into_iter()
        .filter_map(|text| Some((Version::parse(text)?, text)));
    let mut versions: Vec<(Version<'_>, &str)> = parsed.collect();
    if versions.iter().any(|(version, _)| version.is_stable()) {
        versions.retain(|(version, _)| version.is_stable());
    }
    versions.sort_by(|one, other| other.0.cmp(&one.0));
    let is_concerned = |version: &str| {
        vulnerabilities
            .iter()
            .any(|one| one.advisory(name, version).is_some())
    };
    let safe = versions
        .iter()
        .take_while(|(_, text)| !is_concerned(text))
        .count();
    let is_any_concerned = safe < versions.len();
    let mut offered = versions[..safe].iter().rev().map(|(_, text)| *text);
    let lowest = offered.find(|text| !yanked.contains(text));
    lowest.filter(|_| is_any_concerned).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Vulnerability, fixed_in};
    use crate::model::{ProjectName, Severity};

    fn read(record: Value) -> Vulnerability {
        serde_json::from_value(record).unwrap_or_default()
    }

    fn ranged(events: &Value) -> Vulnerability {
        read(json!({
            "id": "GHSA-1",
            "affected": [{
                "package": {"ecosystem": "PyPI", "name": "Plone_API"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }],
        }))
    }

    fn concerns(record: &Vulnerability, version: &str) -> bool {
        record
            .advisory(&ProjectName::new("plone.api"), version)
            .is_some()
    }

    #[test]
    fn ranges_follow_the_order_of_versions() {
        let two = json!([
            {"introduced": "2.0"}, {"fixed": "2.0.10"}, {"introduced": "0"}, {"fixed": "1.10"},
        ]);
        let last = json!([{"introduced": "1.0"}, {"last_affected": "1.5"}]);
        let open = json!([{"introduced": "1.0rc1"}]);
        let limited = json!([{"introduced": "0"}, {"limit": "3"}]);
        for (events, affected, safe) in [
            (
                &two,
                &["0.1", "1.9", "1.10rc1", "2", "2.0.9.post1"][..],
                &["1.10", "1.11", "2.0rc1", "2.0.10", "1!1.0"][..],
            ),
            (
                &last,
                &["1.0", "1.5", "1.5.0"],
                &["0.9", "1.5.post1", "1.6"],
            ),
            (&open, &["1.0rc1", "1.0", "9"], &["1.0b1", "not a version"]),
            (&limited, &["0.1", "2.9"], &["3", "4.0"]),
        ] {
            let record = ranged(events);
            for version in affected {
                assert!(concerns(&record, version), "{events} {version}");
            }
            for version in safe {
                assert!(!concerns(&record, version), "{events} {version}");
            }
        }
    }

    #[test]
    fn a_record_becomes_an_advisory() {
        let record = json!({
            "id": "PYSEC-2026-1",
            "aliases": ["CVE-2026-1", "PYSEC-2026-1"],
            "summary": "Bad",
            "details": "long",
            "severity": [
                {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},
                {"type": "CVSS_V4", "score": "no vector"},
            ],
            "affected": [
                {"package": {"ecosystem": "npm", "name": "plone-api"}, "versions": ["1.0"]},
                {"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]},
                {"package": {"ecosystem": "PyPI", "name": "plone.api"}, "versions": ["1.1.0", "odd version"],
                 "ranges": [
                    {"type": "GIT", "events": [{"introduced": "0"}, {"fixed": "9"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "1.5"}, {"fixed": "1.10"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.9"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "1.2"}, {"fixed": "1.9"}, {"fixed": "1.10.0"}]},
                 ]},
            ],
        });
        let name = ProjectName::new("plone.api");
        let advisory = read(record.clone()).advisory(&name, "1.1");
        assert_eq!(
            json!(advisory),
            json!({
                "id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"], "summary": "Bad",
                "severity": "critical", "fixed_in": ["1.9", "1.10"],
                "link": "https://osv.dev/vulnerability/PYSEC-2026-1", "source": "osv",
            })
        );
        assert!(concerns(&read(record.clone()), "odd version"));
        assert!(!concerns(&read(record.clone()), "1.0"));
        let mut worded = record.clone();
        worded["database_specific"] = json!({"severity": "MODERATE"});
        let severity = read(worded)
            .advisory(&name, "1.1")
            .and_then(|found| found.severity);
        assert_eq!(severity, Some(Severity::Medium));
        let mut withdrawn = record;
        withdrawn["withdrawn"] = json!("2026-02-01T00:00:00Z");
        assert!(!concerns(&read(withdrawn), "1.1"));
    }

    #[test]
    fn what_is_no_record_is_not_read_as_one() {
        let whole = json!({"id": "A", "modified": "2026-01-01T00:00:00Z"}).to_string();
        let read = |body: &str, packages: &[&str]| {
            let packages = packages.iter().map(|name| ProjectName::new(name)).collect();
            Vulnerability::read(body.as_bytes(), "A", &packages)
        };
        assert!(read(&whole, &[]).is_ok());
        assert!(read(&whole, &["plone"]).is_err());
        for body in [
            "[]",
            "{}",
            "null",
            "<html>",
            r#"{"id": "A"}"#,
            r#"["A"]"#,
            r#"{"code": 5, "message": "no"}"#,
            r#"{"id": "B", "modified": "2026-01-01T00:00:00Z"}"#,
        ] {
            assert!(read(body, &[]).is_err(), "{body}");
        }
    }

    #[test]
    fn an_odd_id_is_linked_nowhere() {
        let mut record = ranged(&json!([{"introduced": "0"}]));
        record.id = "../x?y".to_owned();
        let advisory = record.advisory(&ProjectName::new("plone-api"), "1");
        assert_eq!(advisory.map(|found| found.link), Some(String::new()));
    }

    #[test]
    fn the_version_to_upgrade_to() {
        let name = ProjectName::new("plone.api");
        let one = ranged(&json!([{"introduced": "0"}, {"fixed": "1.10"}]));
        let other = ranged(&json!([{"introduced": "2.0"}, {"fixed": "2.1"}]));
        let open = ranged(&json!([{"introduced": "2.0"}]));
        let versions = ["2.1", "1.10", "1.9", "2.0", "2.2", "2.1rc1", "odd"];
        let safe = |records: &[Vulnerability]| fixed_in(records, &name, versions, &BTreeSet::new());
        assert_eq!(safe(std::slice::from_ref(&one)).as_deref(), Some("1.10"));
        assert_eq!(safe(&[one, other]).as_deref(), Some("2.1"));
        assert_eq!(safe(&[open]), None);
        assert_eq!(safe(&[]), None);
        assert_eq!(fixed_in(&[], &name, [], &BTreeSet::new()), None);
        let first = ranged(&json!([{"introduced": "0"}, {"fixed": "1.0b1"}]));
        assert_eq!(
            fixed_in(&[first], &name, ["1.0a1", "1.0b1"], &BTreeSet::new()).as_deref(),
            Some("1.0b1")
        );
    }

    #[test]
    fn nobody_is_told_to_upgrade_to_what_was_yanked() {
        let name = ProjectName::new("plone.api");
        let record = ranged(&json!([{"introduced": "0"}, {"fixed": "1.1"}]));
        let fix = |versions: &[&str], yanked: &[&str]| {
            let yanked: BTreeSet<&str> = yanked.iter().copied().collect();
            let record = std::slice::from_ref(&record);
            fixed_in(record, &name, versions.iter().copied(), &yanked)
        };
        assert_eq!(fix(&["1.0", "1.1"], &[]).as_deref(), Some("1.1"));
        assert_eq!(
            fix(&["1.0", "1.1", "1.2"], &["1.1"]).as_deref(),
            Some("1.2")
        );
        assert_eq!(fix(&["1.0", "1.1"], &["1.1"]), None);
        assert_eq!(
            fix(&["1.0", "1.1", "1.2", "1.3"], &["1.1", "1.2"]).as_deref(),
            Some("1.3")
        );
        // What is withdrawn may be what needs the fix.
        assert_eq!(fix(&["1.0", "1.1"], &["1.0"]).as_deref(), Some("1.1"));
    }

    proptest! {
        /// Ranges agree with what they say, for any order of their events.
        #[test]
        fn a_range_is_what_lies_between(
            begin in 0_u32..20, length in 1_u32..20, version in 0_u32..50, is_swapped in any::<bool>(),
        ) {
            let end = begin + length;
            let mut events = vec![
                json!({"introduced": format!("1.{begin}")}), json!({"fixed": format!("1.{end}")}),
            ];
            if is_swapped {
                events.reverse();
            }
            let record = ranged(&Value::Array(events));
            let expected = (begin..end).contains(&version);
            prop_assert_eq!(concerns(&record, &format!("1.{version}")), expected);
        }
    }
}
