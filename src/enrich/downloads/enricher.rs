//! The enricher of downloads: which service is asked, and whose numbers a document gets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::clickhouse::ClickHouse;
use super::counts::{DownloadAnswers, DownloadCounts, UPDATED, updated};
use super::npm::{NpmDownloads, add_searched};
use super::pypistats::PyPiStats;
use super::report::DownloadsReport;
use super::settings::{DownloadsSettings, DownloadsSource};
use super::slow_service::SlowClient;
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::Package;
use crate::enrich::source::RequestSettings;
use crate::model::{FactGroup, PackageKey, ProjectName, RegistryKind};
use crate::progress::Stage;
use crate::store::package_facts;

/// A data set whose newest day is more than this many days ago has stalled.
const STALLED: i32 = 3;

/// Adds how often packages are downloaded.
#[derive(Debug)]
pub struct DownloadsEnricher {
    settings: DownloadsSettings,
    requests: RequestSettings,
    source: DownloadsSource,
    known: BTreeMap<PackageKey, KnownDownloads>,
    report: DownloadsReport,
}

/// What is known of a package.
#[derive(Debug, Default)]
struct KnownDownloads {
    /// Fields of its documents; empty where nothing is known.
    fields: Map<String, Value>,
    /// Whether the disk cache holds the same, for runs that write new documents.
    is_cached: bool,
}

impl DownloadsEnricher {
    #[must_use]
    pub fn new(
        settings: DownloadsSettings,
        requests: RequestSettings,
        source: DownloadsSource,
    ) -> Self {
        Self {
            settings,
            requests,
            source,
            known: BTreeMap::new(),
            report: DownloadsReport::default(),
        }
    }

    /// Asks about the packages of one registry, and says which service gave the answers.
    async fn ask_about(
        &mut self,
        registry: RegistryKind,
        context: &RunContext<'_>,
        names: &[&ProjectName],
    ) -> Result<(&'static str, DownloadAnswers), EnrichError> {
        match registry {
            _ if names.is_empty() => Ok(("", DownloadAnswers::default())),
            RegistryKind::PyPi => self.ask_services(context, names).await,
            RegistryKind::Npm => {
                let DownloadsSettings {
                    npm_url, npm_delay, ..
                } = &self.settings;
                let cache = context.cache;
                let npm: SlowClient<NpmDownloads> =
                    SlowClient::new(npm_url, *npm_delay, &self.requests, cache.clone())?;
                let mut known = npm.read_cached(names).await;
                add_searched(&mut known, names, cache).await;
                let answers = npm.ask(names, known, context.stop, context.progress).await;
                self.report.http.add(&npm.statistics());
                Ok(("npm", answers))
            }
        }
    }

    /// Asks the services about packages of `PyPI`, and says which one gave the answers.
    async fn ask_services(
        &mut self,
        context: &RunContext<'_>,
        names: &[&ProjectName],
    ) -> Result<(&'static str, DownloadAnswers), EnrichError> {
        let mut answers = DownloadAnswers::default();
        if self.source != DownloadsSource::PyPiStats {
            let clickhouse = ClickHouse::new(&self.settings, &self.requests)?;
            answers = clickhouse.ask(names, context.progress).await;
            self.report.http.add(&clickhouse.statistics());
            self.check_newest_day(&mut answers);
        }
        let is_second = self.source == DownloadsSource::Auto && answers.ended.is_some();
        if self.source != DownloadsSource::PyPiStats && !is_second {
            return Ok(("clickhouse", answers));
        }
        if let Some(why) = &answers.ended {
            let note = format!("ClickHouse could not be used ({why}); pypistats is asked instead");
            context.progress.note(&note);
            self.report.notes.push(note);
        }
        let DownloadsSettings {
            pypistats_url,
            pypistats_delay,
            ..
        } = &self.settings;
        let cache = context.cache.clone();
        let pypistats: SlowClient<PyPiStats> =
            SlowClient::new(pypistats_url, *pypistats_delay, &self.requests, cache)?;
        let known = pypistats.read_cached(names).await;
        let (stop, progress) = (context.stop, context.progress);
        answers = pypistats.ask(names, known, stop, progress).await;
        self.report.http.add(&pypistats.statistics());
        Ok(("pypistats", answers))
    }

    /// Notes how far the numbers of `ClickHouse` reach.
    fn check_newest_day(&mut self, answers: &mut DownloadAnswers) {
        let counts = answers.by_package.values().flatten();
        let newest = counts.map(|counts| counts.updated).max();
        let Some(end) = newest.and_then(|end| Timestamp::from_second(end).ok()) else {
            return;
        };
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        let newest_day = day(end).yesterday().unwrap_or(Date::ZERO);
        self.report.newest_day = Some(newest_day.to_string());
        let age = day(Timestamp::now()) - newest_day;
        if age.get_days() > STALLED {
            self.report.notes.push(format!(
                "the data set of ClickHouse has stalled: its newest day is {newest_day}; numbers \
                 that are newer stay"
            ));
            answers.is_stalled = true;
        }
    }

    /// Takes up the answer about a package.
    fn take_answer(&mut self, package: &PackageKey, source: &str, counts: &DownloadCounts) {
        let known = self.known.entry(package.clone()).or_default();
        let before = known.fields.clone();
        known.fields.extend(counts.fields(source));
        limit_to_now(&mut known.fields);
        known.is_cached &= known.fields == before;
    }
}

impl Enricher for DownloadsEnricher {
    type Report = DownloadsReport;

    const NAME: &'static str = "downloads";
    const TITLE: &'static str = "Downloads";
    const CAN_STOP: bool = true;

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds::new(FactGroup::DOWNLOADS.fields, Locking::Writing)
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.report.packages.seen = packages.len() as u64;
        for package in packages {
            let cached =
                package_facts::read(context.cache, FactGroup::DOWNLOADS, &package.key).await;
            let carried = newest_carried(package).filter(|it| updated(it) > updated(&cached));
            let mut fields = carried.map_or_else(|| cached.clone(), |it| (*it).clone());
            limit_to_now(&mut fields);
            let is_cached = fields == cached;
            let known = KnownDownloads { fields, is_cached };
            self.known.insert(package.key.clone(), known);
        }
        Ok(())
    }

    async fn ask(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        let stage = Stage::Enriching("fetching download counts");
        context.progress.stage(stage, Some(packages.len() as u64));
        for registry in RegistryKind::ALL {
            let of_registry = |package: &&Package| package.key.registry == registry;
            let own: Vec<&Package> = packages.iter().filter(of_registry).collect();
            let names: Vec<&ProjectName> = own.iter().map(|package| &package.key.name).collect();
            let (source, mut answers) = self.ask_about(registry, context, &names).await?;
            self.report.ended = self.report.ended.take().or(answers.ended);
            for package in own {
                match answers.by_package.remove(&package.key.name) {
                    Some(Some(counts)) => {
                        self.report.packages.learned += 1;
                        let carried = newest_carried(package).map(|it| updated(&it));
                        let is_older = carried.is_some_and(|carried| counts.updated < carried);
                        if !(answers.is_stalled && is_older) {
                            self.take_answer(&package.key, source, &counts);
                        }
                    }
                    Some(None) => self.report.packages.unknown += 1,
                    None => self.report.packages.pending += 1,
                }
            }
        }
        context.progress.stage_done();
        for (key, known) in self.known.iter_mut().filter(|(_, known)| !known.is_cached) {
            package_facts::write(context.cache, FactGroup::DOWNLOADS, key, &known.fields).await;
            known.is_cached = true;
        }
        context.cache.flush().await;
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let known = self.known.get(package)?;
        Some(PackageFields::Shared(Cow::Borrowed(&known.fields)))
    }

    fn finish(self, outcome: RunOutcome) -> Result<DownloadsReport, EnrichError> {
        Ok(DownloadsReport {
            run: outcome,
            ..self.report
        })
    }
}

/// The newest numbers that a document of the package carries; of equally new ones, those of the
/// newest release.
fn newest_carried(package: &Package) -> Option<Arc<Map<String, Value>>> {
    let releases = package.releases.iter().rev();
    let counted = releases
        .map(|release| &release.carried)
        .filter(|fields| fields.contains_key(UPDATED));
    counted.max_by_key(|fields| updated(fields)).cloned()
}

/// Nothing can have been counted in the future.
fn limit_to_now(fields: &mut Map<String, Value>) {
    if fields.contains_key(UPDATED) {
        fields.insert(UPDATED.to_owned(), json!(updated(fields) as f64));
    }
}
