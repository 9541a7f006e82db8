//! From facts to documents: which of them lack what is known, and how they get it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Services;
use super::facts;
use super::learn::{Learner, Standing};
use super::report::Report;
use crate::enrich::packages::{Package, holds};
use crate::enrich::repository::Candidates;
use crate::enrich::update;
use crate::store::lock::{self, Acquired};
use crate::store::package_facts::{self, Source};

/// How long another command may hold the collection.
const PATIENCE: Duration = Duration::from_mins(15);
/// By this the lock's other users know who holds it.
const COMMAND: &str = "github";

/// What is known of a package, as fields of its documents.
fn known_fields(candidates: &Candidates, learner: &Learner<'_>) -> Option<Map<String, Value>> {
    let Standing::There {
        repository,
        learned,
        ..
    } = learner.standing(candidates, true)
    else {
        return None;
    };
    let people = learner.people(&repository.slug);
    let people = people
        .map(|people| people.people.as_slice())
        .unwrap_or_default();
    Some(facts::fields(repository, people, learned))
}

/// The documents that lack what is known: number of the package, number of the release.
pub(super) fn stale(
    packages: &[Package],
    named: &[Candidates],
    learner: &Learner<'_>,
) -> impl Iterator<Item = (usize, usize)> {
    packages
        .iter()
        .zip(named)
        .enumerate()
        .flat_map(|(number, (package, candidates))| {
            let fields = known_fields(candidates, learner).unwrap_or_default();
            let releases = package.releases.iter().enumerate();
            releases
                .filter(move |(_, release)| !holds(&release.own, &fields))
                .map(move |(release, _)| (number, release))
        })
}

/// Writes what is known to all documents that lack it, while nobody else writes.
///
/// # Errors
///
/// A sentence that says why not everything was written.
pub(super) async fn write(
    services: &Services,
    packages: &mut [Package],
    named: &[Candidates],
    learner: &Learner<'_>,
    report: &mut Report,
) -> Result<(), String> {
    let mut touched = Vec::new();
    report.documents.unchanged = 0;
    for (number, (package, candidates)) in packages.iter().zip(named).enumerate() {
        let Some(fields) = known_fields(candidates, learner) else {
            continue;
        };
        let releases = package.releases.iter();
        let lack = releases.filter(|one| !holds(&one.own, &fields)).count();
        report.documents.unchanged += (package.releases.len() - lack) as u64;
        if lack > 0 {
            let mut kept = fields.clone();
            kept.retain(|_, value| !value.is_null());
            // First of all for those who write documents meanwhile.
            package_facts::learn(&services.cache, Source::GitHub, &package.name, &kept).await;
            touched.push((number, Arc::new(fields)));
        }
    }
    if touched.is_empty() {
        return Ok(());
    }
    services.cache.flush().await;
    let acquired = lock::acquire(
        &services.home,
        services.search.identity(),
        &report.collection,
        COMMAND,
        PATIENCE,
        |holder| {
            services.progress.note(&format!(
                "waiting for {}, which has `{}`",
                holder.description, report.collection
            ));
        },
    );
    let _lock = match acquired.await.map_err(|error| error.to_string())? {
        Acquired::Lock(lock) => lock,
        Acquired::Held(holder) => {
            return Err(format!(
                "collection `{}` is being written by {}; what was learned is kept, and the next \
                 run writes it",
                report.collection, holder.description
            ));
        }
    };
    let lines = touched.iter().flat_map(|(number, fields)| {
        let object = Value::Object(Map::clone(fields)).to_string();
        let releases = packages
            .get(*number)
            .into_iter()
            .flat_map(|one| &one.releases);
        releases
            .filter(|release| !holds(&release.own, fields))
            .map(move |release| update::line(&release.id, &object))
    });
    let updated = update::write(&services.search, &report.collection, lines).await;
    report.documents.add(updated.map_err(|error| {
        format!("{error}; what was learned is kept, and the next run writes it")
    })?);
    for (number, fields) in touched {
        for release in packages
            .get_mut(number)
            .into_iter()
            .flat_map(|one| &mut one.releases)
        {
            release.own = fields.clone();
        }
    }
    Ok(())
}
