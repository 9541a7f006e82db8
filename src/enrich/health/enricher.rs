//! The enricher of health: the latest release of each package is scored, and all its documents get
//! the result.
//!
//! It asks no source. The driver reads the small fields of all documents (which package, when
//! uploaded, what score they carry); here the text of the latest releases is read, one at a time. A
//! document is written only if its score, or the reason of a point, has changed. The collection is
//! locked meanwhile, so that what is scored is what is stored.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::breakdown::Health;
use super::context::ScoringContext;
use super::percentiles::Percentiles;
use super::report::{HealthReport, PackageScore};
use super::rule_set::RuleSet;
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::Package;
use crate::model::{Document, FactGroup, ProjectName};
use crate::progress::Stage;
use crate::search::SearchError;

/// The number by which packages are compared.
const DOWNLOADS: &str = "download_last_month";
/// When the package was scored.
const CALCULATED: &str = "health_score_last_calculated";
/// Up to this many documents are asked for one by one.
const FEW: usize = 50;
/// Documents that are asked for at the same time.
const IN_FLIGHT: usize = 4;

/// Scores packages.
#[derive(Debug)]
pub struct HealthEnricher {
    rules: RuleSet,
    downloads: Percentiles,
    known: BTreeMap<ProjectName, Health>,
    report: HealthReport,
}

impl HealthEnricher {
    #[must_use]
    pub fn new(rules: RuleSet) -> Self {
        Self {
            rules,
            downloads: Percentiles::default(),
            known: BTreeMap::new(),
            report: HealthReport::default(),
        }
    }
}

impl Enricher for HealthEnricher {
    type Report = HealthReport;

    const NAME: &'static str = "health";
    const TITLE: &'static str = "Health";

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds {
            fields: [&[DOWNLOADS], FactGroup::HEALTH.fields].concat(),
            insignificant: &[CALCULATED],
            // Downloads are compared within the collection.
            whole_collection: true,
            ..DocumentNeeds::new(&[], Locking::WholeRun)
        }
    }

    fn see_collection(&mut self, packages: &[Package]) {
        self.downloads = packages.iter().filter_map(monthly_downloads).collect();
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        let stage = Stage::Enriching("scoring packages");
        context.progress.stage(stage, None);
        let mut scorer = Scorer::new(&self.rules, &self.downloads, packages);
        if packages.len() <= FEW {
            scorer.score_one_by_one(context).await?;
        } else {
            scorer.score_export(context).await?;
        }
        context.progress.stage_done();
        let mut package_scores = Vec::new();
        for (package, health) in packages.iter().zip(scorer.scores) {
            let (Some(health), Some(newest)) = (health, package.releases.first()) else {
                continue;
            };
            package_scores.push(PackageScore {
                name: package.display_name.clone(),
                version: newest.version.clone(),
                score: health.score,
            });
            self.known.insert(package.name.clone(), health);
        }
        self.report.count(package_scores);
        Ok(())
    }

    fn fields(&self, package: &ProjectName) -> Option<PackageFields<'_>> {
        match serde_json::to_value(self.known.get(package)?) {
            Ok(Value::Object(fields)) => Some(PackageFields::Shared(Cow::Owned(fields))),
            _ => None,
        }
    }

    fn finish(self, outcome: RunOutcome) -> Result<HealthReport, EnrichError> {
        Ok(HealthReport {
            run: outcome,
            ..self.report
        })
    }
}

/// Monthly downloads of a package, where they are known.
fn monthly_downloads(package: &Package) -> Option<i64> {
    package.releases.first()?.carried.get(DOWNLOADS)?.as_i64()
}

/// Scores the latest releases of packages as their documents come.
struct Scorer<'s> {
    rules: &'s RuleSet,
    context: ScoringContext<'s>,
    packages: &'s [Package],
    /// Places of packages, by the id of the latest release.
    places: HashMap<&'s str, usize>,
    /// In the order of the packages; `None` where the document cannot be read.
    scores: Vec<Option<Health>>,
}

impl<'s> Scorer<'s> {
    fn new(rules: &'s RuleSet, downloads: &'s Percentiles, packages: &'s [Package]) -> Self {
        let newest = packages.iter().map(|package| package.releases.first());
        let places = newest
            .enumerate()
            .filter_map(|(place, newest)| Some((newest?.id.as_str(), place)))
            .collect();
        Self {
            rules,
            context: ScoringContext {
                now: Timestamp::now().as_second(),
                downloads: (*downloads != Percentiles::default()).then_some(downloads),
                releases: &[],
            },
            packages,
            places,
            scores: vec![None; packages.len()],
        }
    }

    /// Scores the document if it is the latest release of a package.
    fn score(&mut self, fields: Map<String, Value>) {
        let Ok(document) = serde_json::from_value::<Document>(Value::Object(fields)) else {
            return;
        };
        let Some(&place) = self.places.get(document.id.as_str()) else {
            return;
        };
        let (Some(package), Some(score)) = (self.packages.get(place), self.scores.get_mut(place))
        else {
            return;
        };
        let releases: Vec<i64> = package.releases.iter().map(|one| one.uploaded).collect();
        let context = ScoringContext {
            releases: &releases,
            ..self.context
        };
        *score = Some(self.rules.calculate(&document, &context));
    }

    async fn score_one_by_one(&mut self, context: &RunContext<'_>) -> Result<(), SearchError> {
        let ids: Vec<&str> = self.places.keys().copied().collect();
        let requests = stream::iter(ids)
            .map(|id| context.search.fetch_document(context.collection, id))
            .buffered(IN_FLIGHT);
        let mut documents = std::pin::pin!(requests);
        while let Some(document) = documents.try_next().await? {
            if let Some(fields) = document {
                self.score(fields);
            }
        }
        Ok(())
    }

    async fn score_export(&mut self, context: &RunContext<'_>) -> Result<(), SearchError> {
        // Other programs do not say which release is the latest.
        let all_are_flagged = self
            .packages
            .iter()
            .all(|package| package.releases.first().is_some_and(|one| one.is_latest));
        let filter = all_are_flagged.then_some("is_latest:=true");
        let search = context.search;
        let export = search.export_fields(context.collection, filter, self.rules.fields());
        let mut documents = std::pin::pin!(export);
        while let Some(fields) = documents.try_next().await? {
            self.score(fields);
        }
        Ok(())
    }
}
