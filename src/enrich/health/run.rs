//! The health run: the latest release of each package is scored, and all its documents get the
//! result.
//!
//! It needs no network. Two passes over the collection: the first reads the small fields of all
//! documents (which package, when uploaded, what score they carry), the second the text of the
//! latest releases, one at a time. A document is written only if its score, or the reason of a
//! point, has changed. Other writers are kept away meanwhile, so that what is scored is what
//! stands. Called by `cli`, and last of all by `enrich`.

use std::collections::HashMap;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Health, Percentiles, RuleSet, Surroundings};
use crate::enrich::packages::{self, Package, Release, holds};
use crate::enrich::run::{EnrichError, Selection, Services};
use crate::enrich::update::{self, Updated};
use crate::model::Document;
use crate::progress::Stage;

/// By this the lock's other users know who holds it.
const COMMAND: &str = "health";
/// The number that packages are compared by.
const DOWNLOADS: &str = "download_last_month";
/// When it was scored; alone it is no reason to write.
const CALCULATED: &str = "health_score_last_calculated";
/// So few documents are asked for one by one.
const FEW: usize = 50;
/// Packages with the lowest scores that are named.
const NAMED: usize = 20;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    pub selection: Selection,
    pub rules: RuleSet,
}

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Address of the search server.
    pub server: String,
    /// Real name of the collection.
    pub collection: String,
    /// Nothing was written; the counts say what would have been.
    pub dry_run: bool,
    /// Packages that have a score.
    pub scored: u64,
    /// Packages by score: 0 to 19, 20 to 39, 40 to 59, 60 to 79, 80 to 100.
    pub distribution: [u64; 5],
    /// The mean of all scores.
    pub mean: f64,
    /// The packages with the lowest scores, lowest first.
    pub lowest: Vec<Scored>,
    /// Documents by what came of them.
    pub documents: Updated,
    /// Wall time of the run.
    pub seconds: f64,
}

/// The score of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scored {
    /// As its newest release spells it.
    pub name: String,
    /// The release that was scored.
    pub version: String,
    /// From 0 to 100.
    pub score: u32,
}

impl Report {
    /// Whether everything that was asked for is done.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.documents.rejected == 0
    }
}

/// Scores and writes.
///
/// # Errors
///
/// [`EnrichError`] where the collection cannot be read or written; what was written stays.
pub async fn execute(services: &Services, request: &Request) -> Result<Report, EnrichError> {
    let begun = Instant::now();
    let selection = &request.selection;
    let mut collection = services.open(&selection.target).await?;
    let _lock = if selection.dry_run {
        None
    } else {
        let locked = services.lock(&selection.target, COMMAND).await?;
        collection.clone_from(&locked.collection);
        Some(locked)
    };
    services.progress.stage(Stage::Scoring, None);
    let own = [&[DOWNLOADS], Document::HEALTH_FIELDS].concat();
    let mut packages =
        packages::read_without_addresses(&services.search, &collection, &own, None).await?;
    let downloads: Percentiles = packages.iter().filter_map(month).collect();
    selection.narrow(&mut packages);
    let surroundings = Surroundings {
        now: Timestamp::now().as_second(),
        downloads: (downloads != Percentiles::default()).then_some(&downloads),
        releases: &[],
    };
    let scores = score(
        services,
        &collection,
        &request.rules,
        &packages,
        surroundings,
    )
    .await?;
    let mut report = Report {
        server: services.search.address().to_owned(),
        collection,
        dry_run: selection.dry_run,
        ..Report::default()
    };
    describe(&packages, &scores, &mut report);
    let stale = stale(&packages, &scores, &mut report.documents);
    if selection.dry_run {
        report.documents.written = stale.len() as u64;
    } else {
        let lines = stale
            .iter()
            .map(|(release, object)| update::line(&release.id, object));
        let updated = update::write(&services.search, &report.collection, lines).await?;
        report.documents.add(updated);
    }
    services.progress.stage_done();
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// Downloads of a package in a month, where they are known.
fn month(package: &Package) -> Option<i64> {
    package.releases.first()?.own.get(DOWNLOADS)?.as_i64()
}

/// The health of each package, in their order; `None` where its document cannot be read.
async fn score(
    services: &Services,
    collection: &str,
    rules: &RuleSet,
    packages: &[Package],
    surroundings: Surroundings<'_>,
) -> Result<Vec<Option<Health>>, EnrichError> {
    let newest = |package: &'_ Package| package.releases.first().map(|one| one.id.clone());
    let numbers: HashMap<String, usize> = packages
        .iter()
        .enumerate()
        .filter_map(|(number, package)| Some((newest(package)?, number)))
        .collect();
    let mut scores = vec![None; packages.len()];
    let mut take = |document: &Document| {
        let number = numbers.get(&document.id).copied();
        let package = number.and_then(|number| packages.get(number));
        if let (Some(place), Some(package)) =
            (number.and_then(|number| scores.get_mut(number)), package)
        {
            let releases: Vec<i64> = package.releases.iter().map(|one| one.uploaded).collect();
            let releases = &releases;
            *place = Some(rules.calculate(
                document,
                &Surroundings {
                    releases,
                    ..surroundings
                },
            ));
        }
    };
    if packages.len() <= FEW {
        let documents = stream::iter(numbers.keys())
            .map(|id| services.search.fetch_document(collection, id))
            .buffered(4);
        let mut documents = std::pin::pin!(documents);
        while let Some(document) = documents.try_next().await? {
            let document = document.map(|fields| serde_json::from_value(Value::Object(fields)));
            if let Some(Ok(document)) = document {
                take(&document);
            }
        }
        return Ok(scores);
    }
    // Other programs do not say which release is the latest.
    let all_are_flagged = packages
        .iter()
        .all(|package| package.releases.first().is_some_and(|one| one.is_latest));
    let filter = all_are_flagged.then_some("is_latest:=true");
    let search = &services.search;
    let documents = search.export_fields(collection, filter, rules.fields());
    let mut documents = std::pin::pin!(documents);
    while let Some(fields) = documents.try_next().await? {
        if let Ok(document) = serde_json::from_value(Value::Object(fields)) {
            take(&document);
        }
    }
    Ok(scores)
}

/// The documents that carry something else than the health of their package, each with what it
/// should carry.
fn stale<'p>(
    packages: &'p [Package],
    scores: &[Option<Health>],
    documents: &mut Updated,
) -> Vec<(&'p Release, std::sync::Arc<str>)> {
    let mut stale = Vec::new();
    for (package, health) in packages.iter().zip(scores) {
        let Some(mut wanted) = health.as_ref().and_then(fields) else {
            continue;
        };
        let object = Value::Object(wanted.clone()).to_string();
        let object: std::sync::Arc<str> = object.into();
        wanted.remove(CALCULATED);
        for release in &package.releases {
            if holds(&release.own, &wanted) {
                documents.unchanged += 1;
            } else {
                stale.push((release, object.clone()));
            }
        }
    }
    stale
}

fn fields(health: &Health) -> Option<Map<String, Value>> {
    match serde_json::to_value(health) {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn describe(packages: &[Package], scores: &[Option<Health>], report: &mut Report) {
    let mut rated: Vec<Scored> = packages
        .iter()
        .zip(scores)
        .filter_map(|(package, health)| {
            Some(Scored {
                name: package.display_name.clone(),
                version: package.releases.first()?.version.clone(),
                score: health.as_ref()?.score,
            })
        })
        .collect();
    let mut sum = 0;
    for Scored { score, .. } in &rated {
        sum += u64::from(*score);
        if let Some(range) = report.distribution.get_mut((score / 20).min(4) as usize) {
            *range += 1;
        }
    }
    report.scored = rated.len() as u64;
    report.mean = sum as f64 / (report.scored.max(1)) as f64;
    rated.sort_by_key(|one| one.score);
    rated.truncate(NAMED);
    report.lowest = rated;
}
