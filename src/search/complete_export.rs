//! An export that ends only when it is complete: when it holds as many documents as the server
//! says there are.
//!
//! An answer may end cleanly and still be short: a node lags, a proxy cuts between two lines. So the
//! documents that came are compared with what every node counts: `num_documents` before and after
//! for a whole collection, the number that a search finds for a filter. Where too few came, another
//! export follows, from another node if there is one, and adds what was missing; each document is
//! passed on once. Writes may explain a difference: then the last attempt counts if it lies between
//! the two counts. Everything else is [`SearchError::IncompleteExport`].
//!
//! Never reports an end that it has not checked. Called by `export`.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::SearchError;
use super::counts::{count_matches, fetch_checked_count, fetch_stated_count};
use super::export_lines::ExportLines;
use super::failover::Failover;
use super::request::ApiRequest;

/// How often an export that came short is repeated.
const REPEATS: u8 = 3;
/// Before the first repetition; doubled with each. Together longer than a node of a cluster needs to
/// show what another one has acknowledged.
const PAUSE: Duration = Duration::from_millis(250);

/// What an export has to hold.
pub(super) enum ExportScope {
    /// Every document of the collection.
    Collection,
    /// The documents that match a filter.
    Filter(String),
}

/// An export that is repeated until it is complete.
pub(super) struct CompleteExport {
    api: Arc<Failover>,
    request: ApiRequest,
    collection: String,
    scope: ExportScope,
    /// The exports so far.
    attempt: u8,
    /// `None` between two exports.
    lines: Option<ExportLines>,
    /// Hashes ids in a way that no stranger can foresee.
    id_hasher: RandomState,
    /// The ids that were passed on, by hash, each with the last attempt that held it.
    seen: HashMap<u64, u8>,
    /// Documents of this attempt, each counted once.
    read: u64,
    /// How many there were before this attempt, where that is known.
    count_before: Option<u64>,
}

impl CompleteExport {
    pub(super) fn new(
        api: Arc<Failover>,
        request: ApiRequest,
        collection: &str,
        scope: ExportScope,
    ) -> Self {
        Self {
            api,
            request,
            collection: collection.to_owned(),
            scope,
            attempt: 0,
            lines: None,
            id_hasher: RandomState::new(),
            seen: HashMap::new(),
            read: 0,
            count_before: None,
        }
    }

    /// Reads the next document that was not passed on yet; `None` once all were.
    pub(super) async fn next_document(&mut self) -> Result<Option<Bytes>, SearchError> {
        loop {
            let lines = match &mut self.lines {
                Some(lines) => lines,
                None => self.begin().await?,
            };
            match lines.next_document().await? {
                Some((id_hash, line)) => {
                    let seen_in = self.seen.insert(id_hash, self.attempt);
                    self.read += u64::from(seen_in != Some(self.attempt));
                    if seen_in.is_none() {
                        return Ok(Some(line));
                    }
                }
                None if self.check_completeness().await? => return Ok(None),
                None => {}
            }
        }
    }

    /// Begins an export, and counts beforehand what it has to hold.
    async fn begin(&mut self) -> Result<&mut ExportLines, SearchError> {
        if self.attempt == 0
            && let ExportScope::Collection = self.scope
        {
            let count = fetch_stated_count(&self.api, &self.collection).await?;
            self.count_before = Some(count);
        }
        self.attempt += 1;
        self.read = 0;
        let response = self.api.open_stream(&self.request).await?;
        let operation = self.request.operation.clone();
        let lines = ExportLines::new(response, operation, self.id_hasher.clone())?;
        Ok(self.lines.insert(lines))
    }

    /// Counts again; false if another export has to follow.
    async fn check_completeness(&mut self) -> Result<bool, SearchError> {
        let after = match &self.scope {
            ExportScope::Collection => fetch_checked_count(&self.api, &self.collection).await?,
            ExportScope::Filter(filter) => {
                count_matches(&self.api, &self.collection, filter).await?
            }
        };
        let before = self.count_before.replace(after).unwrap_or(after);
        let (least, most) = (before.min(after), before.max(after));
        if self.read >= most {
            return Ok(true);
        }
        let node = self.lines.take().map(ExportLines::into_node);
        let node = node.unwrap_or_default();
        let (read, operation) = (self.read, &self.request.operation);
        if self.attempt > REPEATS {
            // As many as there were before or after: others wrote all the while.
            if self.read >= least && least < most {
                return Ok(true);
            }
            return Err(SearchError::IncompleteExport {
                operation: operation.clone(),
                node,
                read,
                expected: most,
                attempts: self.attempt,
            });
        }
        tracing::warn!("{operation}: {node} sent {read} of {most} documents; asking again");
        self.api.mark_lagging(&node);
        tokio::time::sleep(PAUSE * 2_u32.pow(u32::from(self.attempt) - 1)).await;
        Ok(false)
    }
}
