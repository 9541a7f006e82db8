//! The enricher of activity: finds each package's repository in the database, and what the last 90
//! days there say.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::report::ActivityEnrichReport;
use crate::activity::metrics::{KnownRepository, RepositoryFacts, fetch_facts, find_repositories};
use crate::database::{Database, DatabaseError, DatabaseSettings};
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::{ExtraFields, Package};
use crate::model::repository::own_repository;
use crate::model::{FactGroup, PackageKey, RepositorySlug};
use crate::store::package_facts;

/// Adds what the database of activity knows of each package's repository.
#[derive(Debug)]
pub struct ActivityEnricher {
    settings: DatabaseSettings,
    /// Fields of all documents of a package.
    known: BTreeMap<PackageKey, Map<String, Value>>,
    report: ActivityEnrichReport,
}

impl ActivityEnricher {
    #[must_use]
    pub fn new(settings: DatabaseSettings) -> Self {
        Self {
            settings,
            known: BTreeMap::new(),
            report: ActivityEnrichReport::default(),
        }
    }

    async fn read(&mut self, packages: &[Package], dry_run: bool) -> Result<(), DatabaseError> {
        let Some(database) = Database::connect_existing(&self.settings).await? else {
            return Ok(());
        };
        let read = self.read_from(&database, packages, dry_run).await;
        database.close().await;
        read
    }

    async fn read_from(
        &mut self,
        database: &Database,
        packages: &[Package],
        dry_run: bool,
    ) -> Result<(), DatabaseError> {
        let state = database.fetch_schema_state().await?;
        if state.found == 0 || (dry_run && state.found < state.known) {
            // There is no activity, or a dry run would change the tables.
            return Ok(());
        }
        database.migrate().await?;
        let named: Vec<(&Package, RepositorySlug)> = packages
            .iter()
            .filter_map(|package| {
                let own = own_repository(package.addresses.iter().map(|one| &**one));
                Some((package, own.github()?.clone()))
            })
            .collect();
        let slugs: Vec<RepositorySlug> = named.iter().map(|(_, slug)| slug.clone()).collect();
        let found = find_repositories(database, &slugs).await?;
        let mut repositories: Vec<KnownRepository> = found.iter().flatten().cloned().collect();
        repositories.sort_by_key(|one| one.id);
        repositories.dedup_by_key(|one| one.id);
        let facts = fetch_facts(database, &repositories, Timestamp::now()).await?;
        for ((package, _), repository) in named.iter().zip(found) {
            let Some(repository) = repository else {
                continue;
            };
            if let Some(facts) = facts.get(&repository.id) {
                self.report.packages.known += 1;
                self.known.insert(package.key.clone(), fields(facts));
            } else {
                self.report.packages.outdated += 1;
            }
        }
        Ok(())
    }
}

impl Enricher for ActivityEnricher {
    type Report = ActivityEnrichReport;

    const NAME: &'static str = "activity";
    const TITLE: &'static str = "Activity";

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds {
            extra: ExtraFields::Addresses,
            ..DocumentNeeds::new(FactGroup::ACTIVITY.fields, Locking::Writing)
        }
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.report.packages.seen = packages.len() as u64;
        if let Err(error) = self.read(packages, context.dry_run).await {
            self.report.ended = Some(error.to_string());
        }
        if context.dry_run {
            return Ok(());
        }
        for package in packages {
            let Some(known) = self.known.get(&package.key) else {
                continue;
            };
            package_facts::write(context.cache, FactGroup::ACTIVITY, &package.key, known).await;
        }
        context.cache.flush().await;
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let known = self.known.get(package)?;
        Some(PackageFields::Shared(Cow::Borrowed(known)))
    }

    fn finish(self, outcome: RunOutcome) -> Result<ActivityEnrichReport, EnrichError> {
        Ok(ActivityEnrichReport {
            run: outcome,
            ..self.report
        })
    }
}

/// The fields of every document of a package. Null removes what is no longer known.
fn fields(facts: &RepositoryFacts) -> Map<String, Value> {
    let values = [
        ("activity_bus_factor", json!(facts.bus_factor)),
        ("activity_checked", json!(facts.checked)),
        ("activity_contributors", json!(facts.contributors)),
        ("activity_first_response", json!(facts.first_response_hours)),
        (
            "activity_last_human_response",
            json!(facts.last_human_response),
        ),
        ("activity_merge_rate", json!(facts.merge_rate_percent)),
        ("activity_new_contributors", json!(facts.new_contributors)),
        (
            "activity_open_issues_growth",
            json!(facts.open_issues_growth),
        ),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FactGroup, RepositoryFacts, fields};

    #[test]
    fn every_field_is_one_of_the_group() {
        let facts = RepositoryFacts {
            first_response_hours: Some(1.5),
            last_human_response: None,
            merge_rate_percent: None,
            open_issues_growth: 0,
            contributors: 0,
            new_contributors: 0,
            bus_factor: None,
            checked: 1,
        };
        let names: Vec<String> = fields(&facts).keys().cloned().collect();
        assert_eq!(names, FactGroup::ACTIVITY.fields);
    }
}
