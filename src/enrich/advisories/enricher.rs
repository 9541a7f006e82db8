//! The enricher of advisories: asks about every release of every package at once, and turns the
//! answers into the fields of each release.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::osv::{Osv, RecordReference, ReleaseQuery};
use super::record::{OsvRecord, upgrade_target};
use super::report::AdvisoriesReport;
use super::settings::AdvisoriesSettings;
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::{Package, PackageRelease};
use crate::enrich::source::RequestSettings;
use crate::model::{Advisories, Advisory, FactGroup, PackageKey, YankedVersions};
use crate::progress::Stage;

/// The version to upgrade to, in a document.
const FIXED_IN: &str = "fixed_in";

/// Adds what a vulnerability database knows about each release.
#[derive(Debug)]
pub struct AdvisoriesEnricher {
    settings: AdvisoriesSettings,
    requests: RequestSettings,
    known: BTreeMap<PackageKey, PackageAdvisories>,
    /// When the database was asked; Unix seconds.
    checked: i64,
    report: AdvisoriesReport,
}

/// What is known against a package.
#[derive(Debug)]
struct PackageAdvisories {
    by_version: HashMap<String, Vec<Advisory>>,
    /// The version to upgrade to.
    fixed_in: Option<String>,
}

impl AdvisoriesEnricher {
    #[must_use]
    pub fn new(settings: AdvisoriesSettings, requests: RequestSettings) -> Self {
        Self {
            settings,
            requests,
            known: BTreeMap::new(),
            checked: 0,
            report: AdvisoriesReport::default(),
        }
    }

    /// Takes up what was answered about a package; `None` if an answer is missing.
    fn take_answer(&mut self, package: &Package, advisories: Option<PackageAdvisories>) {
        let Some(advisories) = advisories else {
            self.report.pending += 1;
            return;
        };
        let has = |release: &PackageRelease, is_meant: &dyn Fn(&Advisory) -> bool| {
            let found = advisories.by_version.get(&release.version);
            found.is_some_and(|found| found.iter().any(is_meant))
        };
        let is_vulnerable = |release: &PackageRelease| has(release, &|one| !one.is_malware());
        let is_malicious = |release: &PackageRelease| has(release, &Advisory::is_malware);
        let newest = package.releases.first();
        self.report.malicious_packages += u64::from(package.releases.iter().any(is_malicious));
        self.report.vulnerable_packages += u64::from(package.releases.iter().any(is_vulnerable));
        self.report.vulnerable_latest += u64::from(newest.is_some_and(is_vulnerable));
        self.known.insert(package.key.clone(), advisories);
    }
}

impl Enricher for AdvisoriesEnricher {
    type Report = AdvisoriesReport;

    const NAME: &'static str = "advisories";
    const TITLE: &'static str = "Advisories";

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds {
            // A fetch that ran meanwhile may have written newer answers of the registry.
            ..DocumentNeeds::new(FactGroup::ADVISORIES.fields, Locking::ReadingAndWriting)
        }
    }

    async fn load_known(
        &mut self,
        _context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        let releases = packages.iter().map(|package| package.releases.len() as u64);
        self.report.releases = releases.sum();
        self.report.packages = packages.len() as u64;
        Ok(())
    }

    async fn ask(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.checked = Timestamp::now().as_second();
        let osv = Osv::new(&self.settings, &self.requests, context.cache.clone())?;
        let queries: Vec<ReleaseQuery<'_>> = packages.iter().flat_map(release_queries).collect();
        let stage = Stage::Enriching("fetching advisories");
        context.progress.stage(stage, Some(queries.len() as u64));
        let answers = osv.ask(&queries, context.progress).await;
        let mut named_for: BTreeMap<RecordReference, BTreeSet<PackageKey>> = BTreeMap::new();
        for (query, references) in queries.iter().zip(&answers.references) {
            for reference in references.iter().flatten() {
                let packages = named_for.entry(reference.clone()).or_default();
                packages.insert(query.package.clone());
            }
        }
        let records = osv.read_records(named_for).await;
        context.progress.stage_done();
        self.report.http = osv.statistics();
        self.report.records = records.by_id.len() as u64;
        self.report.records_cached = records.cached;
        self.report.ended = answers.ended.or(records.ended);
        let mut references = answers.references.into_iter();
        for package in packages {
            let of_package: Vec<_> = references.by_ref().take(package.releases.len()).collect();
            let advisories = package_advisories(package, &of_package, &records.by_id);
            self.take_answer(package, advisories);
        }
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let known = self.known.get(package)?;
        let fields = |release: &PackageRelease| known.fields(release, self.checked);
        Some(PackageFields::ByRelease(Box::new(fields)))
    }

    fn finish(self, outcome: RunOutcome) -> Result<AdvisoriesReport, EnrichError> {
        Ok(AdvisoriesReport {
            run: outcome,
            ..self.report
        })
    }
}

impl PackageAdvisories {
    /// The fields of a release: of what was said at `checked` and what the document carries, the
    /// newer counts.
    fn fields(&self, release: &PackageRelease, checked: i64) -> Option<Map<String, Value>> {
        let found = self.by_version.get(&release.version)?;
        let said = Advisories::new(found.iter().cloned(), checked);
        let advisories = match Advisories::of_facts(&release.carried) {
            Some(carried) => said.merged(carried),
            None => said,
        };
        let mut fields = advisories.facts();
        // There is no better version of what was made to do harm.
        let fixed_in = self
            .fixed_in
            .as_ref()
            .filter(|_| !advisories.is_malicious());
        fields.insert(FIXED_IN.to_owned(), json!(fixed_in));
        Some(fields)
    }
}

fn release_queries(package: &Package) -> impl Iterator<Item = ReleaseQuery<'_>> {
    package.releases.iter().map(|release| ReleaseQuery {
        package: &package.key,
        version: &release.version,
    })
}

/// What is known against a package, by the records that concern each of its releases, newest first;
/// `None` if one of these answers, or a record that it names, is missing.
fn package_advisories(
    package: &Package,
    references: &[Option<Vec<RecordReference>>],
    records: &BTreeMap<String, OsvRecord>,
) -> Option<PackageAdvisories> {
    let key = &package.key;
    let versions = || package.releases.iter().map(|one| one.version.as_str());
    let yanked_releases = package.releases.iter().filter(|one| one.is_yanked);
    let yanked: YankedVersions = yanked_releases.map(|one| one.version.as_str()).collect();
    let mut by_version = HashMap::new();
    let mut concerning: BTreeMap<&str, &OsvRecord> = BTreeMap::new();
    for (release, answer) in package.releases.iter().zip(references) {
        let mut advisories = Vec::new();
        for reference in answer.as_ref()? {
            let record = records.get(&reference.id)?;
            if let Some(advisory) = record.advisory(key, &release.version) {
                advisories.push(advisory.without_yanked_fixes(
                    |fix| yanked.contains(fix),
                    |_| upgrade_target(&[record], key, versions(), &yanked),
                ));
            }
            concerning.insert(&reference.id, record);
        }
        by_version.insert(release.version.clone(), advisories);
    }
    let distinct: Vec<&OsvRecord> = concerning.into_values().collect();
    Some(PackageAdvisories {
        fixed_in: upgrade_target(&distinct, key, versions(), &yanked),
        by_version,
    })
}
