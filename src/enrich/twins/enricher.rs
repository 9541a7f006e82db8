//! The enricher of twins: reads where all packages of a collection are developed, and tells those of
//! one place about each other. What is known is also kept in the disk cache, for runs that write new
//! documents.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::find_twins::{Place, find_twins};
use super::report::TwinsReport;
use crate::enrich::document_updates::PackageFields;
use crate::enrich::enricher::{DocumentNeeds, Enricher, Locking, RunContext, RunOutcome};
use crate::enrich::error::EnrichError;
use crate::enrich::packages::{ExtraFields, Package};
use crate::model::repository::{Address, Repository, own_repository, read_address};
use crate::model::{FactGroup, PackageKey};
use crate::store::package_facts;

/// Where GitHub says that a repository is by now.
const GITHUB_URL: &str = "github_url";
/// Twins that a document names; no place has more registries.
const MOST_TWINS: usize = 20;

/// Tells packages of their twins.
#[derive(Debug, Default)]
pub struct TwinsEnricher {
    /// Fields of all documents of a package.
    known: BTreeMap<PackageKey, Map<String, Value>>,
    report: TwinsReport,
}

impl Enricher for TwinsEnricher {
    type Report = TwinsReport;

    const NAME: &'static str = "twins";
    const TITLE: &'static str = "Twins";

    fn needs(&self) -> DocumentNeeds {
        DocumentNeeds {
            fields: [&[GITHUB_URL], FactGroup::TWINS.fields].concat(),
            extra: ExtraFields::Addresses,
            // The other package may be any.
            whole_collection: true,
            ..DocumentNeeds::new(&[], Locking::Writing)
        }
    }

    fn see_collection(&mut self, packages: &[Package]) {
        let places: Vec<Place<'_>> = packages.iter().filter_map(place_of).collect();
        let twins = find_twins(&places);
        let spelled: BTreeMap<&PackageKey, &str> = packages
            .iter()
            .map(|package| (&package.key, package.display_name.as_str()))
            .collect();
        for package in packages {
            let others = twins.get(&package.key).into_iter().flatten();
            let names: Vec<String> = others
                .filter_map(|other| Some(format!("{}:{}", other.registry, spelled.get(other)?)))
                .take(MOST_TWINS)
                .collect();
            self.known.insert(package.key.clone(), fields(&names));
        }
    }

    async fn load_known(
        &mut self,
        context: &RunContext<'_>,
        packages: &[Package],
    ) -> Result<(), EnrichError> {
        self.report.packages = packages.len() as u64;
        for package in packages {
            let Some(known) = self.known.get(&package.key) else {
                continue;
            };
            let has_twins = known.values().any(|value| !value.is_null());
            self.report.with_twins += u64::from(has_twins);
            let mut releases = package.releases.iter();
            if context.dry_run || releases.all(|release| release.carries(known, &[])) {
                continue;
            }
            package_facts::write(context.cache, FactGroup::TWINS, &package.key, known).await;
        }
        context.cache.flush().await;
        Ok(())
    }

    fn fields(&self, package: &PackageKey) -> Option<PackageFields<'_>> {
        let known = self.known.get(package)?;
        Some(PackageFields::Shared(Cow::Borrowed(known)))
    }

    fn finish(self, outcome: RunOutcome) -> Result<TwinsReport, EnrichError> {
        Ok(TwinsReport {
            run: outcome,
            ..self.report
        })
    }
}

/// Where a package is developed; `None` if it does not say.
fn place_of(package: &Package) -> Option<Place<'_>> {
    let own = own_repository(package.addresses.iter().map(|one| &**one)).named?;
    let newest = package.releases.first()?;
    let moved = newest.carried.get(GITHUB_URL).and_then(Value::as_str);
    let repository = match moved.map(read_address) {
        Some(Address::Repository { repository, .. }) => repository,
        _ => own.repository,
    };
    Some(Place {
        package: &package.key,
        repository: match &repository {
            Repository::GitHub(slug) => slug.key(),
            Repository::Elsewhere { .. } => repository.url(),
        },
        folder: own.folder,
    })
}

/// Null removes what is no longer so.
fn fields(twins: &[String]) -> Map<String, Value> {
    let has_twins = !twins.is_empty();
    let values = [
        ("has_twins", has_twins.then_some(true).into()),
        ("twins", if has_twins { json!(twins) } else { Value::Null }),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{FactGroup, fields};

    #[test]
    fn every_field_is_one_of_the_group() {
        for twins in [&[][..], &["npm:a".to_owned()]] {
            let names: Vec<String> = fields(twins).keys().cloned().collect();
            assert_eq!(names, FactGroup::TWINS.fields);
        }
    }
}
