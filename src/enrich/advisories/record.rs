//! A vulnerability database's record in the OSV format, and what it means for a release. Pure.
//!
//! Called by `osv`, which reads records, and by the enricher for every release of a package.
//! Withdrawn records concern no release, so their advisories disappear with the next run. The
//! format: <https://ossf.github.io/osv-schema/>.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::versions::{ReleaseVersion, ecosystem, has_versions_of};
use crate::model::{Advisory, PackageKey, RegistryKind, Severity, YankedVersions};

/// The source that advisories name.
const SOURCE: &str = "osv";
/// Pages about records.
const PAGES: &str = "https://osv.dev/vulnerability/";

/// A record, as much of it as is needed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct OsvRecord {
    pub(super) id: String,
    modified: String,
    aliases: Vec<String>,
    summary: String,
    withdrawn: Option<String>,
    severity: Vec<Score>,
    affected: Vec<Affected>,
    database_specific: Option<DatabaseSpecific>,
}

/// What the database adds in its own form, as much of it as is needed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct DatabaseSpecific {
    severity: Option<SeverityWord>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum SeverityWord {
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
    package: AffectedPackage,
    ranges: Vec<Range>,
    versions: Vec<String>,
    severity: Vec<Score>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
struct AffectedPackage {
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

/// Why a body is not the record that was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("it is not an object")]
    NoObject,
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error("it is about `{id}`")]
    OtherRecord { id: String },
    #[error("it does not say when it was modified")]
    Undated,
    #[error("it is older than announced")]
    Outdated,
    #[error("it names no version of `{package}`")]
    NoVersions { package: PackageKey },
}

impl OsvRecord {
    /// Reads the record `id`, which the database has named for these packages, as it was `modified`
    /// then.
    pub(super) fn read(
        body: &[u8],
        (id, modified): (&str, &str),
        packages: &BTreeSet<PackageKey>,
    ) -> Result<Self, RecordError> {
        // A list would be read as an object whose members are all absent.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(RecordError::NoObject);
        }
        let record: Self = serde_json::from_slice(body)?;
        if record.id != id {
            return Err(RecordError::OtherRecord { id: record.id });
        }
        if record.modified.is_empty() {
            return Err(RecordError::Undated);
        }
        let time = |text: &str| text.parse::<Timestamp>().ok();
        let times = time(&record.modified).zip(time(modified));
        if times.is_some_and(|(modified, announced)| modified < announced) {
            return Err(RecordError::Outdated);
        }
        let unnamed = packages
            .iter()
            .find(|package| !record.affected_for(package).any(Affected::names_versions));
        match unnamed.filter(|_| record.withdrawn.is_none()) {
            Some(package) => Err(RecordError::NoVersions {
                package: package.clone(),
            }),
            None => Ok(record),
        }
    }

    /// The advisory for one release; `None` if the release is not concerned, or the record is
    /// withdrawn. Its fixes may be yanked versions.
    pub(super) fn advisory(&self, package: &PackageKey, version: &str) -> Option<Advisory> {
        if self.id.is_empty() || self.withdrawn.is_some() {
            return None;
        }
        let registry = package.registry;
        let number = ReleaseVersion::parse(registry, version);
        let concerned: Vec<&Affected> = self
            .affected_for(package)
            .filter(|affected| affected.includes(registry, version, number.as_ref()))
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
            fixed_in: fixes(registry, &concerned, number.as_ref()),
            link: self.link(),
            source: SOURCE.to_owned(),
        };
        Some(advisory.sanitized())
    }

    fn affected_for<'v>(&'v self, package: &'v PackageKey) -> impl Iterator<Item = &'v Affected> {
        let PackageKey { registry, name } = package;
        self.affected.iter().filter(|affected| {
            let package = &affected.package;
            package.ecosystem == ecosystem(*registry)
                && registry.project_name(&package.name) == *name
        })
    }

    /// The database's own word, else the worst of the CVSS vectors.
    fn severity(&self, concerned: &[&Affected]) -> Option<Severity> {
        let specific = self.database_specific.as_ref();
        let word = match specific.and_then(|specific| specific.severity.as_ref()) {
            Some(SeverityWord::Text(word)) => Some(word.as_str()),
            Some(SeverityWord::Other(_)) | None => None,
        };
        let scores = self
            .severity
            .iter()
            .chain(concerned.iter().flat_map(|one| &one.severity));
        word.and_then(Severity::read)
            .or_else(|| scores.filter_map(Score::severity).max())
    }

    /// A page about it; empty if the id cannot be part of an address.
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
    /// Whether it says which versions are affected.
    fn names_versions(&self) -> bool {
        !self.versions.is_empty() || self.ranges.iter().any(|range| !range.events.is_empty())
    }

    /// Whether a release is listed, or lies in a range. What is not a version of the registry lies in
    /// the ranges of all versions alone.
    fn includes(
        &self,
        registry: RegistryKind,
        version: &str,
        number: Option<&ReleaseVersion<'_>>,
    ) -> bool {
        let is_listed = |listed: &String| {
            listed == version
                || number.is_some_and(|number| {
                    ReleaseVersion::parse(registry, listed).as_ref() == Some(number)
                })
        };
        let mut ranges = self.ranges.iter();
        self.versions.iter().any(is_listed)
            || ranges.any(|range| match number {
                _ if !has_versions_of(registry, &range.kind) => false,
                Some(number) => range.includes(registry, number),
                None => range.includes_everything(),
            })
    }
}

impl Range {
    /// Whether it begins with the first version and never ends.
    fn includes_everything(&self) -> bool {
        let begins = |event: &Event| event.introduced.as_deref() == Some("0");
        !self.events.is_empty() && self.events.iter().all(begins)
    }

    /// Whether the last event at or before `number` leaves it affected.
    fn includes(&self, registry: RegistryKind, number: &ReleaseVersion<'_>) -> bool {
        let parse = |text| ReleaseVersion::parse(registry, text);
        let mut events: Vec<(Option<ReleaseVersion<'_>>, &Event)> = Vec::new();
        for event in &self.events {
            let at = event
                .introduced
                .as_ref()
                .or(event.fixed.as_ref())
                .or(event.last_affected.as_ref());
            match at.map(String::as_str) {
                Some("0") => events.push((None, event)),
                Some(at) => events.extend(parse(at).map(|at| (Some(at), event))),
                None => {}
            }
        }
        // Of two events at the same version, the one that introduces the vulnerability wins.
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
        is_affected && self.is_below_limit(registry, number)
    }

    fn is_below_limit(&self, registry: RegistryKind, number: &ReleaseVersion<'_>) -> bool {
        let parse = |text| ReleaseVersion::parse(registry, text);
        let mut limits = self
            .events
            .iter()
            .filter_map(|event| event.limit.as_deref())
            .peekable();
        limits.peek().is_none()
            || limits.any(|limit| limit == "*" || parse(limit).is_some_and(|limit| *number < limit))
    }
}

/// Every version above `number` that ends a range, in order.
fn fixes(
    registry: RegistryKind,
    concerned: &[&Affected],
    number: Option<&ReleaseVersion<'_>>,
) -> Vec<String> {
    let ends = concerned
        .iter()
        .flat_map(|affected| &affected.ranges)
        .filter(|range| has_versions_of(registry, &range.kind))
        .flat_map(|range| &range.events)
        .filter_map(|event| event.fixed.as_ref());
    let mut fixes: Vec<(ReleaseVersion<'_>, &String)> = ends
        .filter_map(|end| Some((ReleaseVersion::parse(registry, end)?, end)))
        .filter(|(fix, _)| number.is_none_or(|number| fix > number))
        .collect();
    fixes.sort();
    fixes.dedup_by(|one, other| one.0 == other.0);
    fixes.into_iter().map(|(_, fixed)| fixed.clone()).collect()
}

/// The version of a package to upgrade to: the lowest one from which on no version is concerned by
/// any of these records. Pre-releases are offered only if there is nothing else, and `yanked`
/// versions never. `None` if no version is concerned, or the newest one still is.
pub(super) fn upgrade_target<'v>(
    records: &[&OsvRecord],
    package: &PackageKey,
    versions: impl IntoIterator<Item = &'v str>,
    yanked: &YankedVersions,
) -> Option<String> {
    let parsed = versions
        .into_iter()
        .filter_map(|text| Some((ReleaseVersion::parse(package.registry, text)?, text)));
    let mut newest_first: Vec<(ReleaseVersion<'_>, &str)> = parsed.collect();
    if newest_first.iter().any(|(version, _)| version.is_stable()) {
        newest_first.retain(|(version, _)| version.is_stable());
    }
    newest_first.sort_by(|one, other| other.0.cmp(&one.0));
    let is_concerned = |version: &str| {
        records
            .iter()
            .any(|record| record.advisory(package, version).is_some())
    };
    let safe: Vec<&str> = newest_first
        .iter()
        .map(|(_, text)| *text)
        .take_while(|text| !is_concerned(text))
        .collect();
    if safe.len() == newest_first.len() {
        return None;
    }
    let lowest = safe.into_iter().rev().find(|text| !yanked.contains(text));
    lowest.map(str::to_owned)
}
