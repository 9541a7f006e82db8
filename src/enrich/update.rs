//! Writes an enricher's fields to documents that exist, many at a time.
//!
//! Only the named fields of a document change; a document that has gone meanwhile is left gone. Of
//! the fields that say the same of all documents of a package, [`write_facts`] writes what they
//! lack, while nobody else writes. Called by the runs of the enrichers.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Map, Value};

use super::packages::{self, Package, Release, holds};
use super::run::{EnrichError, Selection, Services};
use crate::model::ProjectName;
use crate::search::{Client, ImportAction, LineOutcome, SearchError};

/// Lines in one import: enough that the server, not the road to it, sets the pace.
const BATCH: usize = 1_000;
/// While one is worked on, the next is on its way.
const IN_FLIGHT: usize = 2;
/// Reasons that are kept.
const MOST_REASONS: usize = 20;

/// What became of the updates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Updated {
    /// The server holds the fields.
    pub written: u64,
    /// Carried the same values already.
    pub unchanged: u64,
    /// Were no longer there.
    pub vanished: u64,
    /// The server did not take the fields, now or ever; the next run tries again.
    pub rejected: u64,
    /// Why, some of them.
    pub reasons: Vec<String>,
}

/// Who writes facts, and which.
pub(super) struct Writer {
    /// By this the lock's other users know who holds it.
    pub(super) command: &'static str,
    /// The fields that the facts consist of.
    pub(super) own: &'static [&'static str],
    /// Whether documents from other registries are left alone.
    pub(super) only_pypi: bool,
}

/// What is known of packages, as fields of all their documents. Null removes a value.
pub(super) type Facts = BTreeMap<ProjectName, Map<String, Value>>;

/// The documents that lack what is known, each with the fields that it should have, and how many
/// lack nothing. Packages of which nothing is known count among neither.
pub(super) fn lacking<'p>(
    packages: &'p [Package],
    facts: &Facts,
) -> (Vec<(&'p Release, Arc<str>)>, u64) {
    let (mut lack, mut unchanged) = (Vec::new(), 0);
    for package in packages {
        let Some(fields) = facts.get(&package.name) else {
            continue;
        };
        let object: Arc<str> = Value::Object(fields.clone()).to_string().into();
        for release in &package.releases {
            if holds(&release.own, fields) {
                unchanged += 1;
            } else {
                lack.push((release, object.clone()));
            }
        }
    }
    (lack, unchanged)
}

/// Writes the facts to all documents that lack them. `packages` are what `collection` held when
/// the run began; where the target means another one now, this is read and written instead, and
/// its name comes back.
pub(super) async fn write_facts(
    services: &Services,
    selection: &Selection,
    writer: &Writer,
    (collection, packages): (&str, &[Package]),
    facts: &Facts,
) -> Result<(String, Updated), EnrichError> {
    let (mut lack, mut unchanged) = lacking(packages, facts);
    let mut updated = Updated::default();
    let mut name = collection.to_owned();
    if !lack.is_empty() {
        let locked = services.lock(&selection.target, writer.command).await?;
        let mut present;
        if locked.collection != collection {
            let (search, only) = (&services.search, selection.name.as_ref());
            name.clone_from(&locked.collection);
            present = packages::read_without_addresses(search, &name, writer.own, only).await?;
            if writer.only_pypi {
                packages::keep_pypi(&mut present);
            }
            (lack, unchanged) = lacking(&present, facts);
        }
        let releases = lack.iter().map(|(release, _)| *release);
        let displaced = packages::displaced(&services.search, &name, releases).await?;
        lack.retain(|(release, _)| !displaced.contains(&*release.id));
        let lines = lack
            .iter()
            .map(|(release, object)| line(&release.id, object));
        updated = write(&services.search, &name, lines).await?;
        updated.vanished += displaced.len() as u64;
    }
    updated.unchanged = unchanged;
    Ok((name, updated))
}

/// Writes `lines`, each an object with an `id` and the fields to change.
pub(super) async fn write(
    search: &Client,
    collection: &str,
    lines: impl Iterator<Item = Bytes> + Send,
) -> Result<Updated, SearchError> {
    stream::iter(lines)
        .chunks(BATCH)
        .map(|lines| search.import(collection, ImportAction::Update, lines))
        .buffered(IN_FLIGHT)
        .try_fold(Updated::default(), async |mut updated, outcomes| {
            for outcome in outcomes {
                updated.count(outcome);
            }
            Ok(updated)
        })
        .await
}

/// An update of the document `id` with the fields of `object`, a JSON object that is not empty.
pub(super) fn line(id: &str, object: &str) -> Bytes {
    let fields = object.strip_prefix('{').unwrap_or(object);
    format!("{{\"id\":{},{fields}", Value::from(id)).into()
}

impl Updated {
    fn count(&mut self, outcome: LineOutcome) {
        match outcome {
            LineOutcome::Accepted => self.written += 1,
            LineOutcome::Rejected { code: 404, .. } => self.vanished += 1,
            LineOutcome::Rejected { error, .. } => {
                self.rejected += 1;
                if self.reasons.len() < MOST_REASONS && !self.reasons.contains(&error) {
                    self.reasons.push(error);
                }
            }
        }
    }

    /// Adds what another writing has done.
    pub(super) fn add(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.vanished += other.vanished;
        self.rejected += other.rejected;
        self.reasons.extend(other.reasons);
        self.reasons.truncate(MOST_REASONS);
    }
}
