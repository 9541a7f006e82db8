//! What a vulnerability database says of a release: its records in the OSV format become the
//! advisories of a document.
//!
//! What stands here is pure: the run beside it asks the database which records concern a release,
//! reads each record once, and calls [`Vulnerability::advisory`] for every release of the package.
//! Withdrawn records concern no release, so they disappear with the next run. The format:
//! <https://ossf.github.io/osv-schema/>.

mod osv;
mod run;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Timestamp;
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
    /// Reads the answer to the question for the record `id`, which was named for these packages as
    /// it was `modified` then.
    ///
    /// # Errors
    ///
    /// In what way it is none: it is about another one, older than announced, lacks what every
    /// record has, or does not say which versions of a package it concerns.
    fn read(
        body: &[u8],
        (id, modified): (&str, &str),
        packages: &BTreeSet<ProjectName>,
    ) -> Result<Self, String> {
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
        let time = |text: &str| text.parse::<Timestamp>().ok();
        if time(modified).is_some_and(|announced| {
            time(&record.modified).is_some_and(|modified| modified < announced)
        }) {
            return Err(wrong("it is older than announced".to_owned()));
        }
        let unnamed = packages
            .iter()
            .find(|name| !record.of(name).any(Affected::names_versions));
        match unnamed.filter(|_| record.withdrawn.is_none()) {
            Some(name) => Err(wrong(format!("it names no version of `{name}`"))),
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
    /// Whether it says which versions are concerned.
    fn names_versions(&self) -> bool {
        !self.versions.is_empty() || self.ranges.iter().any(|range| !range.events.is_empty())
    }

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
