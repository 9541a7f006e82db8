//! From facts to documents: what is known of each package, and how its documents get it.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Services;
use super::facts;
use super::learn::{Learner, Standing};
use super::report::Report;
use crate::enrich::packages::{Package, holds};
use crate::enrich::run::Selection;
use crate::enrich::update::{self, Facts, Writer};
use crate::model::repository::{Address, OwnRepository, Repository, read_address};
use crate::model::{Document, RepositorySlug};
use crate::store::package_facts::{self, Source};

const WRITER: Writer = Writer {
    command: "github",
    own: Document::GITHUB_FIELDS,
    only_pypi: false,
};

/// What is known of the packages, as fields of their documents. What another repository told, which
/// a package no longer names, goes.
pub(super) fn known(packages: &[Package], named: &[OwnRepository], learner: &Learner<'_>) -> Facts {
    let mut known = Facts::new();
    for (package, own) in packages.iter().zip(named) {
        let (now, fields) = match learner.standing(own, true) {
            Standing::There {
                named,
                repository,
                learned,
            } => {
                let people = learner.people(&repository.slug);
                let fields = facts::fields(repository, people, learned);
                (vec![named, &repository.slug], fields)
            }
            Standing::Gone(slug) | Standing::Refused(slug) | Standing::Waits(slug) => {
                (vec![slug], Map::new())
            }
            // Documents without any address say nothing of their repository.
            Standing::Nowhere if package.newest_urls().is_empty() => continue,
            Standing::Nowhere => (Vec::new(), Map::new()),
        };
        let mut all = if is_of_another(package, &now) {
            nothing()
        } else {
            Map::new()
        };
        all.extend(fields);
        if !all.is_empty() {
            known.insert(package.name.clone(), all);
        }
    }
    known
}

/// Whether the documents carry what a repository told that is none of these.
fn is_of_another(package: &Package, now: &[&RepositorySlug]) -> bool {
    let urls = package.releases.iter().filter_map(|release| {
        let url = release.own.get("github_url")?.as_str()?;
        match read_address(url) {
            Address::Repository {
                repository: Repository::GitHub(slug),
                ..
            } => Some(slug),
            _ => None,
        }
    });
    urls.into_iter().any(|slug| !now.contains(&&slug))
}

/// Fields that remove what is there.
fn nothing() -> Map<String, Value> {
    let fields = Document::GITHUB_FIELDS.iter();
    fields
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect()
}

/// Writes what is known to all documents that lack it, while nobody else writes.
///
/// # Errors
///
/// A sentence that says why not everything was written.
pub(super) async fn write(
    services: &Services,
    selection: &Selection,
    packages: &mut [Package],
    named: &[OwnRepository],
    learner: &Learner<'_>,
    report: &mut Report,
) -> Result<(), String> {
    let known = known(packages, named, learner);
    keep(services, packages, &known).await;
    let shared = services.shared();
    let held = (report.collection.as_str(), &*packages);
    let wrote = update::write_facts(&shared, selection, &WRITER, held, &known).await;
    let (collection, updated) = wrote.map_err(|error| {
        format!("{error}; what was learned is kept, and the next run writes it")
    })?;
    report.collection = collection;
    report.documents.unchanged = 0;
    report.documents.add(updated);
    for package in packages {
        if let Some(fields) = known.get(&package.name) {
            let own = Arc::new(fields.clone());
            for release in &mut package.releases {
                release.own = own.clone();
            }
        }
    }
    Ok(())
}

/// Keeps what documents lack for those who write documents meanwhile.
async fn keep(services: &Services, packages: &[Package], known: &Facts) {
    let mut is_new = false;
    for package in packages {
        let Some(fields) = known.get(&package.name) else {
            continue;
        };
        let mut releases = package.releases.iter();
        if releases.any(|release| !holds(&release.own, fields)) {
            let mut kept = fields.clone();
            kept.retain(|_, value| !value.is_null());
            package_facts::learn(&services.cache, Source::GitHub, &package.name, &kept).await;
            is_new = true;
        }
    }
    if is_new {
        services.cache.flush().await;
    }
}
