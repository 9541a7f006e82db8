//! Fills a collection from another one and makes sure that it is equal.
//!
//! Documents stream from an export into imports of bounded size, two in flight; each line of each
//! answer is looked at. Then both sides are read again and compared; what differs is repaired, a
//! few times, since somebody may be writing and the nodes of a cluster lag.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::FuturesUnordered;
use futures::{StreamExt, TryStreamExt};
use serde::Serialize;

use super::compare::{Key, Stored, Unfit};
use super::conform::Shape;
use super::{ManageError, Manager};
use crate::progress::Stage;
use crate::search::{Action, Collection, Curation, LineOutcome};

/// An import is sent once it has so many bytes,
const BATCH_BYTES: usize = 4 << 20;
/// or so many lines.
const BATCH_LINES: usize = 1_000;
/// Imports that the server works on at the same time.
const IN_FLIGHT: usize = 2;
/// How often both sides are compared.
const ROUNDS: u32 = 6;
/// Before the second comparison; doubled with each.
const PAUSE: Duration = Duration::from_millis(200);

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// How many documents both sides hold.
    pub documents: u64,
    /// Values that had no place in the schema of the copy, by field.
    pub dropped: BTreeMap<String, u64>,
    /// Synonyms and overrides.
    pub rules: u64,
}

/// Documents that only the copy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surplus {
    /// They go.
    Delete,
    /// They are an error.
    Refuse,
}

impl Manager {
    /// Copies every document, and what the owner has taught the collection, and does not end well
    /// before both sides are equal. `target` is as the server has described it when it was made
    /// or looked at: another node of a cluster may not know of it yet.
    pub(super) async fn copy(
        &self,
        source: &Collection,
        target: &Collection,
        surplus: Surplus,
    ) -> Result<Copied, ManageError> {
        let shape = Shape::of(target);
        let target = target.name.as_str();
        let mut copied = Copied::default();
        self.progress
            .stage(Stage::Copying, Some(source.num_documents));
        copied.dropped = self.transfer(&source.name, target, &shape, None).await?;
        self.progress.stage_done();
        for kind in Curation::ALL {
            for mut rule in self.search.rules(&source.name, kind).await? {
                let Some(serde_json::Value::String(id)) = rule.remove("id") else {
                    continue;
                };
                self.search.set_rule(target, kind, &id, &rule).await?;
                copied.rules += 1;
            }
        }
        copied.documents = self.equalise(&source.name, target, &shape, surplus).await?;
        Ok(copied)
    }

    /// Compares both sides, repairs what differs, and gives the number of documents.
    async fn equalise(
        &self,
        source: &str,
        target: &str,
        shape: &Shape,
        surplus: Surplus,
    ) -> Result<u64, ManageError> {
        let mut why = String::new();
        for round in 0..ROUNDS {
            self.progress.stage(Stage::Comparing, None);
            let (here, there) =
                futures::try_join!(self.sum(source, shape), self.sum(target, shape))?;
            self.progress.stage_done();
            if here == there {
                return Ok(here.documents);
            }
            why = format!("{} documents against {}", there.documents, here.documents);
            tracing::info!(source, target, %why, "the copy is not equal yet");
            tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
            let differences = self.differences(source, target, shape).await?;
            if !differences.to_write.is_empty() {
                self.transfer(source, target, shape, Some(&differences.to_write))
                    .await?;
            }
            if !differences.to_delete.is_empty() {
                let ids = &differences.to_delete;
                if surplus == Surplus::Refuse {
                    why = format!("it holds {} more, such as `{}`", ids.len(), ids[0]);
                    continue;
                }
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                self.search.delete_documents(target, &ids).await?;
            }
        }
        Err(ManageError::Differs {
            source_name: source.to_owned(),
            target: target.to_owned(),
            why,
        })
    }

    /// Streams documents (those in `only`, else all) from `source` to `target`; gives the values
    /// that had no place there.
    async fn transfer(
        &self,
        source: &str,
        target: &str,
        shape: &Shape,
        only: Option<&HashSet<Key>>,
    ) -> Result<BTreeMap<String, u64>, ManageError> {
        let mut transfer = Transfer::default();
        let mut imports = FuturesUnordered::new();
        let mut lines = pin!(self.search.export(source, None, &[]));
        let mut batch: Vec<Bytes> = Vec::new();
        let mut bytes = 0;
        let mut open = true;
        while open {
            match lines.try_next().await? {
                None => open = false,
                Some(line) => {
                    if let Some(line) = transfer.take(&line, shape, only) {
                        bytes += line.len();
                        batch.push(line);
                    }
                }
            }
            if !batch.is_empty() && (!open || bytes >= BATCH_BYTES || batch.len() >= BATCH_LINES) {
                if imports.len() >= IN_FLIGHT
                    && let Some(outcomes) = imports.next().await
                {
                    self.look_at(outcomes?, &mut transfer);
                }
                bytes = 0;
                imports.push(self.import(target, std::mem::take(&mut batch)));
            }
        }
        while let Some(outcomes) = imports.next().await {
            self.look_at(outcomes?, &mut transfer);
        }
        match transfer.example {
            None => Ok(transfer.dropped),
            Some(example) => Err(ManageError::Refused {
                source_name: source.to_owned(),
                target: target.to_owned(),
                count: transfer.refused,
                example,
            }),
        }
    }

    async fn import(
        &self,
        target: &str,
        lines: Vec<Bytes>,
    ) -> Result<Vec<LineOutcome>, ManageError> {
        Ok(self.search.import(target, Action::Upsert, lines).await?)
    }

    fn look_at(&self, outcomes: Vec<LineOutcome>, transfer: &mut Transfer) {
        self.progress.advance(outcomes.len() as u64);
        for outcome in outcomes {
            // A line without an answer (code 0) may be there: the comparison tells.
            if let LineOutcome::Rejected { code, error } = outcome
                && code != 0
            {
                transfer.refuse(|| format!("{error} (status {code})"));
            }
        }
    }
}

#[derive(Default)]
struct Transfer {
    dropped: BTreeMap<String, u64>,
    refused: u64,
    example: Option<String>,
}

impl Transfer {
    /// The line as the target wants it.
    fn take(&mut self, line: &[u8], shape: &Shape, only: Option<&HashSet<Key>>) -> Option<Bytes> {
        let stored = match Stored::read(line, shape) {
            Ok(stored) => stored,
            Err(Unfit(why)) => {
                self.refuse(|| why);
                return None;
            }
        };
        if only.is_some_and(|only| !only.contains(&stored.key())) {
            return None;
        }
        for field in stored.dropped {
            *self.dropped.entry(field).or_default() += 1;
        }
        serde_json::to_vec(&stored.document).ok().map(Bytes::from)
    }

    fn refuse(&mut self, why: impl FnOnce() -> String) {
        self.refused += 1;
        self.example.get_or_insert_with(why);
    }
}
