//! The enricher of health: the latest release of each package is scored, and all its documents get
//! the result. The latest also gets what depends on the other packages of the collection: how many
//! of them require it, and its rank.
//!
//! It asks no source. The driver reads the small fields of all documents (which package, when
//! uploaded, what it requires, what score it carries); here the text of the latest releases is read,
//! one at a time. A
//! document is written only if its score, or the reason of a point, has changed. The collection is
//! locked meanwhile, so that what is scored is what is stored.

use std::collections::{BTreeMap, HashMap};

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::breakdown::Health;
use super::context::ScoringContext;
use super::dependents::Dependents;
use super::percentiles::Percentiles;
use super::report::{HealthReport, PackageScore};
use super::rule_set::RuleSet;
use super::rules::SearchRank;
use super::search_rank::{self, Standings, search_rank};
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::{ExtraFields, Package};
use crate::model::{Document, FactGroup, PackageKey, RegistryKind};
use crate::progress::Stage;
use crate::search::SearchError;

/// The numbers by which packages are compared.
const DOWNLOADS: &str = "download_last_month";
const STARS: &str = "github_stars";
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
    dependents: Dependents,
    /// By registry: downloads of different ones say nothing of each other.
    standings: BTreeMap<RegistryKind, Standings>,
    known: BTreeMap<PackageKey, Assessment>,
    report: HealthReport,
}

/// What the documents of a package should carry.
#[derive(Debug, Clone)]
struct Assessment {
    health: Health,
    /// On the latest release only, as `search_rank`.
    dependents: u32,
    search_rank: u32,
}

impl HealthEnricher {
    #[must_use]
    pub fn new(rules: RuleSet) -> Self {
        Self {
            rules,
            dependents: Dependents::default(),
            standings: BTreeMap::new(),
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
            fields: [
                &[DOWNLOADS, STARS],
                FactGroup::HEALTH.fields,
                FactGroup::STANDING.fields,
            ]
            .concat(),
            insignificant: &[CALCULATED],
            extra: ExtraFields::Requirements,
            // Packages are compared, and their dependents counted, within the collection.
            whole_collection: true,
            ..DocumentNeeds::new(&[], Locking::WholeRun)
        }
    }

    fn see_collection(&mut self, packages: &[Package]) {
        self.dependents = Dependents::count(packages);
        for registry in RegistryKind::ALL {
            let of_registry = |package: &&Package| package.key.registry == registry;
            let standings = Standings {
                downloads: compared(packages.iter().filter(of_registry), DOWNLOADS),
                stars: compared(packages, STARS),
                dependents: self.dependents.percentiles(),
            };
            self.standings.insert(registry, standings);
        }
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        let stage = Stage::Enriching("scoring packages");
        context.progress.stage(stage, None);
        let mut scorer = Scorer::new(&self.rules, &self.dependents, &self.standings, packages);
        if packages.len() <= FEW {
            scorer.score_one_by_one(context).await?;
        } else {
            scorer.score_export(context).await?;
        }
        context.progress.stage_done();
        let mut package_scores = Vec::new();
        for (package, assessment) in packages.iter().zip(scorer.assessments) {
            let (Some(assessment), Some(newest)) = (assessment, package.releases.first()) else {
                continue;
            };
            package_scores.push(PackageScore {
                name: package.display_name.clone(),
                version: newest.version.clone(),
                score: assessment.health.score,
            });
            self.report.required += u64::from(assessment.dependents > 0);
            self.known.insert(package.key.clone(), assessment);
        }
        self.report.count(package_scores);
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let assessment = self.known.get(package)?;
        let Ok(Value::Object(shared)) = serde_json::to_value(&assessment.health) else {
            return None;
        };
        let with_standing = |dependents: Value, search_rank: Value| {
            let mut fields = shared.clone();
            fields.insert("dependents".to_owned(), dependents);
            fields.insert("search_rank".to_owned(), search_rank);
            fields
        };
        Some(PackageFields::LatestApart {
            latest: with_standing(assessment.dependents.into(), assessment.search_rank.into()),
            // A release that is no longer the latest loses them.
            others: with_standing(Value::Null, Value::Null),
        })
    }

    fn finish(self, outcome: RunOutcome) -> Result<HealthReport, EnrichError> {
        Ok(HealthReport {
            run: outcome,
            ..self.report
        })
    }
}

/// A number of all packages where it is known.
fn compared<'p>(packages: impl IntoIterator<Item = &'p Package>, field: &str) -> Percentiles {
    let number = |package: &Package| package.releases.first()?.carried.get(field)?.as_i64();
    packages.into_iter().filter_map(number).collect()
}

/// Scores the latest releases of packages as their documents come.
struct Scorer<'s> {
    rules: &'s RuleSet,
    context: ScoringContext<'s>,
    weights: SearchRank,
    dependents: &'s Dependents,
    standings: &'s BTreeMap<RegistryKind, Standings>,
    packages: &'s [Package],
    /// Places of packages, by the id of the latest release.
    places: HashMap<&'s str, usize>,
    /// In the order of the packages; `None` where the document cannot be read.
    assessments: Vec<Option<Assessment>>,
}

impl<'s> Scorer<'s> {
    fn new(
        rules: &'s RuleSet,
        dependents: &'s Dependents,
        standings: &'s BTreeMap<RegistryKind, Standings>,
        packages: &'s [Package],
    ) -> Self {
        let newest = packages.iter().map(|package| package.releases.first());
        let places = newest
            .enumerate()
            .filter_map(|(place, newest)| Some((newest?.id.as_str(), place)))
            .collect();
        Self {
            rules,
            context: ScoringContext {
                now: Timestamp::now().as_second(),
                downloads: None,
                releases: &[],
            },
            weights: rules.search_rank(),
            dependents,
            standings,
            packages,
            places,
            assessments: vec![None; packages.len()],
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
        let package = self.packages.get(place);
        let (Some(package), Some(assessment)) = (package, self.assessments.get_mut(place)) else {
            return;
        };
        let releases: Vec<i64> = package.releases.iter().map(|one| one.uploaded).collect();
        let Some(standings) = self.standings.get(&package.key.registry) else {
            return;
        };
        let downloads = &standings.downloads;
        let context = ScoringContext {
            downloads: (*downloads != Percentiles::default()).then_some(downloads),
            releases: &releases,
            ..self.context
        };
        let health = self.rules.calculate(&document, &context);
        let dependents = self.dependents.of(&package.key);
        let weights = &self.weights;
        *assessment = Some(Assessment {
            search_rank: search_rank(weights, &document, health.score, dependents, standings),
            health,
            dependents,
        });
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
        let mut fields = self.rules.fields().to_vec();
        fields.extend(search_rank::FIELDS);
        fields.sort_unstable();
        fields.dedup();
        let export = search.export_fields(context.collection, filter, &fields);
        let mut documents = std::pin::pin!(export);
        while let Some(fields) = documents.try_next().await? {
            self.score(fields);
        }
        Ok(())
    }
}
