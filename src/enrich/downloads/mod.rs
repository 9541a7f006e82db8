//! The downloads run: how often each package is downloaded, by a service that counts.
//!
//! Two services count: [`clickhouse`] answers for many packages in one query, [`pypistats`] for
//! one, thirty times a minute. What is learned is kept in the disk cache at once, and written to
//! all documents of a package. Where a service fails, or does not know a package, the numbers that
//! are there stay; they are never replaced by nothing. Called by `cli`, and by `enrich`.

mod clickhouse;
mod pypistats;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use pyfa_http::{HttpStatistics, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::packages::{self, Package};
use super::run::{EnrichError, Selection, Services};
use super::update::{self, Facts, Updated, Writer};
use crate::model::{Document, ProjectName};
use crate::progress::{Stage, Stop};
use crate::store::package_facts::{self, Source as Learner};

/// Where `ClickHouse` keeps the numbers for everybody.
pub const PUBLIC_CLICKHOUSE_URL: &str = "https://sql-clickhouse.clickhouse.com/";
/// The public service for single packages.
pub const PUBLIC_PYPISTATS_URL: &str = "https://pypistats.org/";

const WRITER: Writer = Writer {
    command: "downloads",
    own: Document::DOWNLOAD_FIELDS,
    only_pypi: true,
};
/// When the numbers were counted, in a document.
const UPDATED: &str = "download_updated";
/// A data set whose newest day is older than this many days has stalled.
const STALLED: i32 = 3;

/// Where the services are, and how they are asked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub clickhouse_url: Url,
    pub pypistats_url: Url,
    /// The pause between two calls of pypistats.
    pub pypistats_delay: Duration,
    pub retries: u32,
    pub backoff: Duration,
    pub user_agent: String,
}

/// Who is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// `ClickHouse`, and pypistats where it fails.
    #[default]
    Auto,
    ClickHouse,
    PyPiStats,
}

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    pub selection: Selection,
    pub source: Source,
}

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Address of the search server.
    pub server: String,
    /// Real name of the collection.
    pub collection: String,
    /// Nothing was asked and nothing was written.
    pub dry_run: bool,
    /// Packages by what came of them.
    pub packages: PackageCounts,
    /// Documents by what came of them; in a dry run, those that lack what is known already.
    pub documents: Updated,
    /// Requests by kind.
    pub http: HttpStatistics,
    /// The newest day that the numbers of `ClickHouse` reach to, such as `2026-01-31`.
    pub newest_day: Option<String>,
    /// Why packages are left to the next run.
    pub ended: Option<String>,
    /// Things the user should know.
    pub notes: Vec<String>,
    /// Wall time of the run.
    pub seconds: f64,
}

/// Packages by what came of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PackageCounts {
    /// Within the part that the run looks at.
    pub seen: u64,
    /// Answered in this run, or so lately that they were not asked for again.
    pub learned: u64,
    /// The service does not know them; what was known stays.
    pub unknown: u64,
    /// Not answered; the next run asks again.
    pub left: u64,
}

impl Report {
    /// Whether everything that was asked for is done: exit code 0 in place of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended.is_none() && self.documents.rejected == 0
    }
}

/// What a service says of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Downloads {
    last_day: u64,
    last_week: u64,
    last_month: u64,
    /// `None` where the service does not count so far back.
    total: Option<u64>,
    /// Up to when was counted; Unix seconds.
    updated: i64,
}

/// The answers of one service.
#[derive(Debug, Default)]
struct Answers {
    /// `None` for a package that the service does not know.
    downloads: BTreeMap<ProjectName, Option<Downloads>>,
    /// Packages whose documents carry newer numbers than the service has.
    outdated: BTreeSet<ProjectName>,
    /// Why not everybody was answered.
    ended: Option<String>,
}

/// Learns and writes; a stop ends the asking, and what was learned is written.
///
/// # Errors
///
/// [`EnrichError`] where the collection cannot be read or written; what was learned is kept.
pub async fn execute(
    services: &Services,
    settings: &Settings,
    request: &Request,
    stop: &Stop,
) -> Result<Report, EnrichError> {
    let begun = Instant::now();
    let selection = &request.selection;
    let collection = services.open(&selection.target).await?;
    let mut packages = packages::read_without_addresses(
        &services.search,
        &collection,
        Document::DOWNLOAD_FIELDS,
        selection.name.as_ref(),
    )
    .await?;
    packages::keep_pypi(&mut packages);
    selection.narrow(&mut packages);
    let mut report = Report {
        server: services.search.address().to_owned(),
        collection,
        dry_run: selection.dry_run,
        ..Report::default()
    };
    report.packages.seen = packages.len() as u64;
    let known = if selection.dry_run {
        BTreeMap::new()
    } else {
        ask(
            services,
            settings,
            request.source,
            &packages,
            stop,
            &mut report,
        )
        .await?
    };
    let facts = learn(services, &packages, &known, selection.dry_run).await;
    if selection.dry_run {
        let (lack, unchanged) = update::lacking(&packages, &facts);
        report.documents.written = lack.len() as u64;
        report.documents.unchanged = unchanged;
    } else {
        services.progress.stage(Stage::WritingFacts, None);
        let held = (report.collection.as_str(), &packages[..]);
        (report.collection, report.documents) =
            update::write_facts(services, selection, &WRITER, held, &facts).await?;
        services.progress.stage_done();
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// The answers for all packages, and who gave each.
async fn ask(
    services: &Services,
    settings: &Settings,
    source: Source,
    packages: &[Package],
    stop: &Stop,
    report: &mut Report,
) -> Result<BTreeMap<ProjectName, (&'static str, Downloads)>, EnrichError> {
    let names: Vec<&ProjectName> = packages.iter().map(|package| &package.name).collect();
    let mut answers = Answers::default();
    let mut by = "clickhouse";
    services
        .progress
        .stage(Stage::AskingForDownloads, Some(names.len() as u64));
    if source != Source::PyPiStats {
        let clickhouse = clickhouse::ClickHouse::new(settings)?;
        answers = clickhouse.ask(&names, &*services.progress).await;
        add(&mut report.http, &clickhouse.statistics());
        judge_day(&mut answers, packages, report);
    }
    if source == Source::PyPiStats || (source == Source::Auto && answers.ended.is_some()) {
        by = "pypistats";
        if let Some(why) = &answers.ended {
            let note = format!("ClickHouse could not be used ({why}); pypistats is asked instead");
            services.progress.note(&note);
            report.notes.push(note);
        }
        let pypistats = pypistats::PyPiStats::new(settings, services.cache.clone())?;
        answers = pypistats.ask(&names, stop, &*services.progress).await;
        add(&mut report.http, &pypistats.statistics());
    }
    services.progress.stage_done();
    report.ended = answers.ended;
    let mut known = BTreeMap::new();
    for name in names {
        match answers.downloads.remove(name) {
            Some(Some(downloads)) => {
                report.packages.learned += 1;
                if !answers.outdated.contains(name) {
                    known.insert(name.clone(), (by, downloads));
                }
            }
            Some(None) => report.packages.unknown += 1,
            None => report.packages.left += 1,
        }
    }
    Ok(known)
}

fn add(sum: &mut HttpStatistics, other: &HttpStatistics) {
    for (kind, count) in &other.requests {
        *sum.requests.entry(kind).or_default() += count;
    }
    sum.retries += other.retries;
    sum.bytes += other.bytes;
}

/// Says so where the data set has stalled, and then keeps what is known to be newer.
fn judge_day(answers: &mut Answers, packages: &[Package], report: &mut Report) {
    let newest = answers.downloads.values().flatten().map(|one| one.updated);
    let Some(counted_up_to) = newest.max().and_then(|at| Timestamp::from_second(at).ok()) else {
        return;
    };
    let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date();
    let newest_day = day(counted_up_to).yesterday().unwrap_or(Date::ZERO);
    report.newest_day = Some(newest_day.to_string());
    let age = day(Timestamp::now()) - newest_day;
    if age.get_days() <= STALLED {
        return;
    }
    report.notes.push(format!(
        "the data set of ClickHouse has stalled: its newest day is {newest_day}; numbers that are \
         newer stay"
    ));
    for package in packages {
        let known = newest_own(package)
            .map(|own| updated(&own))
            .unwrap_or_default();
        let answer = answers.downloads.get(&package.name);
        if answer.is_some_and(|answer| answer.as_ref().is_some_and(|one| one.updated < known)) {
            answers.outdated.insert(package.name.clone());
        }
    }
}

/// When the numbers of a document were counted; Unix seconds, 0 where there are none, now where a
/// clock that was ahead wrote a time to come.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
fn updated(fields: &Map<String, Value>) -> i64 {
    let counted = fields.get(UPDATED).and_then(Value::as_f64);
    (counted.unwrap_or_default() as i64).min(Timestamp::now().as_second())
}

/// The newest numbers that a document of the package carries.
fn newest_own(package: &Package) -> Option<Arc<Map<String, Value>>> {
    let carried = package.releases.iter().map(|release| &release.own);
    let carried = carried.filter(|own| own.contains_key(UPDATED));
    // Of equally new ones that of the newest release.
    carried.rev().max_by_key(|own| updated(own)).cloned()
}

/// What is known of each package, as fields of its documents: what was known, and what was learned. It is kept for whoever writes documents meanwhile.
async fn learn(
    services: &Services,
    packages: &[Package],
    answers: &BTreeMap<ProjectName, (&'static str, Downloads)>,
    dry_run: bool,
) -> Facts {
    let mut facts = Facts::new();
    for package in packages {
        let kept = package_facts::by(&services.cache, Learner::Downloads, &package.name).await;
        let carried = newest_own(package).filter(|own| updated(own) > updated(&kept));
        let mut known = carried.map_or_else(|| kept.clone(), |own| (*own).clone());
        if let Some((source, downloads)) = answers.get(&package.name) {
            known.extend(downloads.fields(source));
        }
        if known.contains_key(UPDATED) {
            known.insert(UPDATED.to_owned(), json!(updated(&known) as f64));
        }
        if !dry_run && known != kept {
            package_facts::learn(&services.cache, Learner::Downloads, &package.name, &known).await;
        }
        facts.insert(package.name.clone(), known);
    }
    if !dry_run {
        services.cache.flush().await;
    }
    facts
}

impl Downloads {
    /// The fields of a document.
    fn fields(&self, source: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        // An index holds no larger numbers, whatever a service says.
        let count = |count: u64| json!(count.min(i64::MAX.cast_unsigned()));
        set("download_last_day", count(self.last_day));
        set("download_last_week", count(self.last_week));
        set("download_last_month", count(self.last_month));
        set("download_source", json!(source));
        set(UPDATED, json!(self.updated as f64));
        if let Some(total) = self.total {
            set("download_total", count(total));
        }
        fields
    }
}
