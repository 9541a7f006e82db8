//! The advisories run: asks the vulnerability database about every release that is indexed, and
//! writes what is known against it.
//!
//! The registry says such things too, of each release when it is fetched: of both answers the newer
//! counts, which is why a release gets its answer, and the time of it, also where nothing is known
//! against it. A package of which a release has no answer is left as it is. Other writers are kept
//! away only while documents are written, and what they have written meanwhile is read again
//! first. Called by `cli`, and by `enrich`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use jiff::Timestamp;
use pyfa_http::{HttpStatistics, Url};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::osv::{Answers, Found, Osv, Question};
use super::{Vulnerability, fixed_in};
use crate::enrich::packages::{self, Package, Release, holds};
use crate::enrich::run::{EnrichError, Selection, Services};
use crate::enrich::update::{self, Updated};
use crate::model::{Advisories, Advisory, Document, ProjectName, Version};
use crate::progress::Stage;

/// The public database.
pub const PUBLIC_OSV_URL: &str = "https://api.osv.dev/";

/// By this the lock's other users know who holds it.
const COMMAND: &str = "advisories";
const FIXED_IN: &str = "fixed_in";

/// Where the database is, and how it is asked.
#[derive(Debug, Clone)]
pub struct Settings {
    pub base_url: Url,
    pub retries: u32,
    pub backoff: Duration,
    pub user_agent: String,
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
    /// Packages within the part that the run looks at.
    pub packages: u64,
    /// Their releases.
    pub releases: u64,
    /// Packages with a release that has no answer; the next run asks again.
    pub left: u64,
    /// Packages of which some release is vulnerable.
    pub vulnerable_packages: u64,
    /// Packages whose latest release is vulnerable.
    pub vulnerable_latest: u64,
    /// Records of the database that concern them.
    pub records: u64,
    /// How many of them were in the cache.
    pub records_cached: u64,
    /// Documents by what came of them.
    pub documents: Updated,
    /// Requests by kind.
    pub http: HttpStatistics,
    /// Why packages are left to the next run.
    pub ended: Option<String>,
    /// Wall time of the run.
    pub seconds: f64,
}

impl Report {
    /// Whether everything that was asked for is done: exit code 0 in place of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended.is_none() && self.documents.rejected == 0
    }
}

/// What is known against a package.
struct Verdict {
    /// By version.
    advisories: HashMap<String, Vec<Advisory>>,
    fixed_in: Option<String>,
}

/// Learns and writes.
///
/// # Errors
///
/// [`EnrichError`] where the collection cannot be read or written.
pub async fn execute(
    services: &Services,
    settings: &Settings,
    selection: &Selection,
) -> Result<Report, EnrichError> {
    let begun = Instant::now();
    let collection = services.open(&selection.target).await?;
    let mut packages = packages::read_without_addresses(
        &services.search,
        &collection,
        &[],
        selection.name.as_ref(),
    )
    .await?;
    packages::keep_pypi(&mut packages);
    selection.narrow(&mut packages);
    let mut report = Report {
        server: services.search.address().to_owned(),
        collection,
        dry_run: selection.dry_run,
        packages: packages.len() as u64,
        releases: packages.iter().map(|one| one.releases.len() as u64).sum(),
        ..Report::default()
    };
    if !selection.dry_run {
        let checked = Timestamp::now().as_second();
        let verdicts = ask(services, settings, &packages, &mut report).await?;
        drop(packages);
        write(services, selection, &verdicts, checked, &mut report).await?;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// What is known against each package; those without all answers are left out.
async fn ask(
    services: &Services,
    settings: &Settings,
    packages: &[Package],
    report: &mut Report,
) -> Result<BTreeMap<ProjectName, Verdict>, EnrichError> {
    let osv = Osv::new(settings, services.cache.clone())?;
    let questions: Vec<Question<'_>> = packages
        .iter()
        .flat_map(|package| package.releases.iter().map(|one| question(package, one)))
        .collect();
    services
        .progress
        .stage(Stage::AskingForAdvisories, Some(questions.len() as u64));
    let Answers { found, ended } = osv.ask(&questions, &*services.progress).await;
    let mut wanted: BTreeMap<Found, BTreeSet<ProjectName>> = BTreeMap::new();
    for (question, found) in questions.iter().zip(&found) {
        for one in found.iter().flatten() {
            let concerned = wanted.entry(one.clone()).or_default();
            concerned.insert(question.name.clone());
        }
    }
    let records = osv.records(wanted).await;
    services.progress.stage_done();
    report.http = osv.statistics();
    report.records = records.by_id.len() as u64;
    report.records_cached = records.cached;
    report.ended = ended.or(records.ended);
    let mut verdicts = BTreeMap::new();
    let mut found = found.into_iter();
    for package in packages {
        let answers: Vec<_> = found.by_ref().take(package.releases.len()).collect();
        match verdict(package, &answers, &records.by_id) {
            Some(verdict) => {
                let is_concerned =
                    |advisories: Option<&Vec<_>>| advisories.is_some_and(|them| !them.is_empty());
                let concerned = |one: &Release| is_concerned(verdict.advisories.get(&one.version));
                report.vulnerable_packages += u64::from(package.releases.iter().any(concerned));
                report.vulnerable_latest +=
                    u64::from(package.releases.first().is_some_and(concerned));
                verdicts.insert(package.name.clone(), verdict);
            }
            None => report.left += 1,
        }
    }
    Ok(verdicts)
}

fn question<'p>(package: &'p Package, release: &'p Release) -> Question<'p> {
    Question {
        name: &package.name,
        version: &release.version,
    }
}

/// What the answers come to; `None` if one of them, or a record that it names, is missing.
fn verdict(
    package: &Package,
    answers: &[Option<Vec<Found>>],
    records: &BTreeMap<String, Vulnerability>,
) -> Option<Verdict> {
    let yanked: BTreeSet<&str> = package
        .releases
        .iter()
        .filter(|release| release.is_yanked)
        .map(|release| release.version.as_str())
        .collect();
    let parsed: BTreeSet<Version<'_>> = yanked.iter().copied().filter_map(Version::parse).collect();
    let is_yanked = |fix: &str| {
        yanked.contains(fix) || Version::parse(fix).is_some_and(|fix| parsed.contains(&fix))
    };
    let versions = || package.releases.iter().map(|one| one.version.as_str());
    let mut advisories = HashMap::new();
    let mut concerning: BTreeMap<&str, Vulnerability> = BTreeMap::new();
    for (release, found) in package.releases.iter().zip(answers) {
        let mut of_release = Vec::new();
        for one in found.as_ref()? {
            let record = records.get(&one.id)?;
            of_release.extend(
                record
                    .advisory(&package.name, &release.version)
                    .map(|advisory| {
                        let next = |_: &[String]| {
                            fixed_in(
                                std::slice::from_ref(record),
                                &package.name,
                                versions(),
                                &yanked,
                            )
                        };
                        advisory.without_fixes_in(is_yanked, next)
                    }),
            );
            concerning.insert(&one.id, record.clone());
        }
        advisories.insert(release.version.clone(), of_release);
    }
    let concerning: Vec<Vulnerability> = concerning.into_values().collect();
    Some(Verdict {
        fixed_in: fixed_in(&concerning, &package.name, versions(), &yanked),
        advisories,
    })
}

/// Writes to all releases that were asked about.
async fn write(
    services: &Services,
    selection: &Selection,
    verdicts: &BTreeMap<ProjectName, Verdict>,
    checked: i64,
    report: &mut Report,
) -> Result<(), EnrichError> {
    if verdicts.is_empty() {
        return Ok(());
    }
    services.progress.stage(Stage::WritingFacts, None);
    let locked = services.lock(&selection.target, COMMAND).await?;
    report.collection.clone_from(&locked.collection);
    let packages = packages::read_without_addresses(
        &services.search,
        &locked.collection,
        Document::ADVISORY_FIELDS,
        selection.name.as_ref(),
    )
    .await?;
    let mut lines: Vec<Bytes> = Vec::new();
    for package in &packages {
        let Some(verdict) = verdicts.get(&package.name) else {
            continue;
        };
        for release in package.releases.iter().filter(|one| one.is_pypi) {
            let Some(said) = verdict.advisories.get(&release.version) else {
                continue;
            };
            let fields = fields(release, said, checked, verdict.fixed_in.as_deref());
            if holds(&release.own, &fields) {
                report.documents.unchanged += 1;
            } else {
                lines.push(update::line(
                    &release.id,
                    &Value::Object(fields).to_string(),
                ));
            }
        }
    }
    let updated = update::write(&services.search, &report.collection, lines.into_iter()).await?;
    report.documents.add(updated);
    services.progress.stage_done();
    Ok(())
}

/// The fields of a document: of what was said now and what it carries, the newer counts.
fn fields(
    release: &Release,
    said: &[Advisory],
    checked: i64,
    fixed_in: Option<&str>,
) -> Map<String, Value> {
    let said = Advisories::new(said.iter().cloned(), checked);
    let all = match Advisories::of_facts(&release.own) {
        Some(carried) => said.merged(carried),
        None => said,
    };
    let mut fields = all.facts();
    fields.insert(FIXED_IN.to_owned(), json!(fixed_in));
    fields
}
