//! Updates of documents that exist: which documents lack what is known, and writing it to them,
//! many at a time.
//!
//! Only the named fields of a document change, and a document that was deleted meanwhile stays
//! deleted. Called by the driver.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::{Map, Value};

use super::packages::{Package, PackageRelease};
use crate::model::PackageKey;
use crate::search::{Client, ImportAction, LineOutcome, SearchError};

/// Lines in one import: enough that the server, and not the network, sets the pace.
const BATCH: usize = 1_000;
/// While one import is processed, the next one is sent.
const IN_FLIGHT: usize = 2;
/// Reasons that are kept.
const MOST_REASONS: usize = 20;

/// Documents by what became of their updates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct UpdateCounts {
    /// The server holds the fields. In a dry run: would be written.
    pub written: u64,
    /// Carried the same values already.
    pub unchanged: u64,
    /// Were no longer there.
    pub vanished: u64,
    /// The server did not accept the fields; the next run tries again.
    pub rejected: u64,
    /// Why, for some of them.
    pub reasons: Vec<String>,
}

/// Documents that lack something, and how many lack nothing.
#[derive(Debug, Default)]
pub(super) struct Comparison<'p> {
    pub(super) updates: Vec<DocumentUpdate<'p>>,
    pub(super) unchanged: u64,
}

/// A document, and the fields that it should carry.
#[derive(Debug)]
pub(super) struct DocumentUpdate<'p> {
    pub(super) release: &'p PackageRelease,
    /// A JSON object; the same for most documents of a package.
    fields: Arc<str>,
}

/// Gives the fields of one release; `None` leaves its document alone.
type FieldsOfRelease<'f> = Box<dyn Fn(&PackageRelease) -> Option<Map<String, Value>> + 'f>;

/// The fields that the documents of a package should carry.
pub enum PackageFields<'f> {
    /// The same for all of them.
    Shared(Cow<'f, Map<String, Value>>),
    /// Those of the latest release, and those of all others.
    LatestApart {
        latest: Map<String, Value>,
        others: Map<String, Value>,
    },
    /// By release; `None` leaves its document alone.
    ByRelease(FieldsOfRelease<'f>),
}

impl PackageFields<'_> {
    /// Takes the fields as carried by the documents.
    pub(super) fn apply(self, releases: &mut [PackageRelease]) {
        match self {
            Self::Shared(fields) => {
                let carried = Arc::new(fields.into_owned());
                for release in releases {
                    release.carried = carried.clone();
                }
            }
            Self::LatestApart { latest, others } => {
                let (latest, others) = (Arc::new(latest), Arc::new(others));
                for (place, release) in releases.iter_mut().enumerate() {
                    release.carried = if place == 0 { &latest } else { &others }.clone();
                }
            }
            Self::ByRelease(fields_of) => {
                for release in releases {
                    if let Some(fields) = fields_of(release) {
                        release.carried = Arc::new(fields);
                    }
                }
            }
        }
    }
}

/// Compares documents with the `fields` that they should carry, of which differences in
/// `insignificant` ones do not count. Documents without such fields are left out.
pub(super) fn compare<'p, 'f>(
    packages: &'p [Package],
    insignificant: &[&str],
    fields: impl Fn(&PackageKey) -> Option<PackageFields<'f>>,
) -> Comparison<'p> {
    let mut comparison = Comparison::default();
    for package in packages {
        match fields(&package.key) {
            Some(PackageFields::Shared(shared)) => {
                comparison.add_all(&package.releases, &shared, insignificant);
            }
            Some(PackageFields::LatestApart { latest, others }) => {
                let (newest, older) = package.releases.split_at(package.releases.len().min(1));
                comparison.add_all(newest, &latest, insignificant);
                comparison.add_all(older, &others, insignificant);
            }
            Some(PackageFields::ByRelease(fields_of)) => {
                for release in &package.releases {
                    if let Some(own) = fields_of(release) {
                        comparison.add(release, &own, insignificant, || to_json(&own));
                    }
                }
            }
            None => {}
        }
    }
    comparison
}

impl<'p> Comparison<'p> {
    /// Compares releases that should carry the same.
    fn add_all(
        &mut self,
        releases: &'p [PackageRelease],
        fields: &Map<String, Value>,
        insignificant: &[&str],
    ) {
        let mut json: Option<Arc<str>> = None;
        for release in releases {
            let shared_json = || json.get_or_insert_with(|| to_json(fields)).clone();
            self.add(release, fields, insignificant, shared_json);
        }
    }

    fn add(
        &mut self,
        release: &'p PackageRelease,
        fields: &Map<String, Value>,
        insignificant: &[&str],
        to_json: impl FnOnce() -> Arc<str>,
    ) {
        if release.carries(fields, insignificant) {
            self.unchanged += 1;
        } else {
            self.updates.push(DocumentUpdate {
                release,
                fields: to_json(),
            });
        }
    }
}

fn to_json(fields: &Map<String, Value>) -> Arc<str> {
    Value::Object(fields.clone()).to_string().into()
}

/// Writes the updates.
pub(super) async fn write_updates(
    search: &Client,
    collection: &str,
    updates: &[DocumentUpdate<'_>],
) -> Result<UpdateCounts, SearchError> {
    stream::iter(updates.iter().map(DocumentUpdate::line))
        .chunks(BATCH)
        .map(|lines| search.import(collection, ImportAction::Update, lines))
        .buffered(IN_FLIGHT)
        .try_fold(UpdateCounts::default(), async |mut counts, outcomes| {
            for outcome in outcomes {
                counts.count(outcome);
            }
            Ok(counts)
        })
        .await
}

impl DocumentUpdate<'_> {
    /// The fields with the document's id. There is at least one field, or nothing would be lacking.
    fn line(&self) -> Bytes {
        let fields = self.fields.strip_prefix('{').unwrap_or(&self.fields);
        let id = Value::from(self.release.id.as_str());
        format!("{{\"id\":{id},{fields}").into()
    }
}

impl UpdateCounts {
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

    /// Adds what was done after this.
    pub(super) fn add(&mut self, other: Self) {
        self.written += other.written;
        self.unchanged += other.unchanged;
        self.vanished += other.vanished;
        self.rejected += other.rejected;
        self.reasons.extend(other.reasons);
        self.reasons.truncate(MOST_REASONS);
    }
}
