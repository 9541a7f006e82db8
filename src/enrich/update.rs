//! Writes an enricher's fields to documents that exist, many at a time.
//!
//! Only the named fields of a document change; a document that has gone meanwhile is left gone.

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use serde_json::Value;

use crate::search::{Action, Client, LineOutcome, SearchError};

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

/// Writes `lines`, each an object with an `id` and the fields to change.
pub(super) async fn write(
    search: &Client,
    collection: &str,
    lines: impl Iterator<Item = Bytes> + Send,
) -> Result<Updated, SearchError> {
    stream::iter(lines)
        .chunks(BATCH)
        .map(|lines| search.import(collection, Action::Update, lines))
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
