//! Fills a collection from another one, here or elsewhere, and makes sure that it is equal.
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

use super::compare::{IdDigest, StoredDocument, UnfitDocument};
use super::conform::TargetSchema;
use super::{ManageError, Manager};
use crate::progress::Stage;
use crate::search::{Collection, CurationKind, ImportAction, LineOutcome, SearchError};

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
pub struct CopyReport {
    /// How many documents both sides hold.
    pub documents: u64,
    /// Values that do not fit the schema of the copy, by field.
    pub dropped: BTreeMap<String, u64>,
    /// Synonyms and overrides.
    pub rules: u64,
    /// Synonyms and overrides that the copy's server does not support.
    pub rules_left: u64,
}

/// From where, to what, in which shape.
#[derive(Clone, Copy)]
struct CopyContext<'a> {
    /// Where the source is.
    from: &'a Manager,
    source: &'a str,
    target: &'a str,
    shape: &'a TargetSchema,
}

/// Documents that only the copy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SurplusPolicy {
    /// They go.
    Delete,
    /// They are an error.
    Refuse,
}

impl Manager {
    /// Copies documents (those in `only`, else all) and what the owner has taught the collection
    /// from where `from` is, and does not end well before both sides are equal. `target` is as the
    /// server has described it when it was made or looked at: another node of a cluster may not
    /// know of it yet.
    pub(super) async fn copy(
        &self,
        from: &Self,
        source: &Collection,
        target: &Collection,
        only: Option<&HashSet<IdDigest>>,
        surplus: SurplusPolicy,
    ) -> Result<CopyReport, ManageError> {
        let context = CopyContext {
            from,
            source: &source.name,
            target: &target.name,
            shape: &TargetSchema::of(target),
        };
        let steps = only.map_or(source.num_documents, |only| only.len() as u64);
        self.workspace.progress.stage(Stage::Copying, Some(steps));
        let dropped = self.transfer(&context, only).await?;
        self.workspace.progress.stage_done();
        let mut copied = self.teach(from, &source.name, &target.name).await?;
        copied.dropped = dropped;
        copied.documents = self.equalise(&context, surplus).await?;
        Ok(copied)
    }

    /// Copies the synonyms and overrides that `target` lacks, or has otherwise.
    pub(super) async fn teach(
        &self,
        from: &Self,
        source: &str,
        target: &str,
    ) -> Result<CopyReport, ManageError> {
        let mut copied = CopyReport::default();
        for kind in CurationKind::ALL {
            let known = self.workspace.search.list_rules(target, kind).await?;
            for mut rule in from.workspace.search.list_rules(source, kind).await? {
                if known.contains(&rule) {
                    copied.rules += 1;
                    continue;
                }
                let Some(serde_json::Value::String(id)) = rule.remove("id") else {
                    return Err(ManageError::Search(SearchError::InvalidResponse {
                        operation: format!("read the {} of `{source}`", kind.name()),
                        why: "one of them has no id".to_owned(),
                    }));
                };
                match self
                    .workspace
                    .search
                    .set_rule(target, kind, &id, &rule)
                    .await
                {
                    Ok(()) => copied.rules += 1,
                    Err(error) if error.is_not_offered() => copied.rules_left += 1,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(copied)
    }

    /// Compares both sides, repairs what differs, and gives the number of documents.
    async fn equalise(
        &self,
        context: &CopyContext<'_>,
        surplus: SurplusPolicy,
    ) -> Result<u64, ManageError> {
        let CopyContext {
            from,
            source,
            target,
            shape,
        } = *context;
        let mut why = String::new();
        for round in 0..ROUNDS {
            self.workspace.progress.stage(Stage::Comparing, None);
            let (here, there) = futures::try_join!(
                from.digest_collection(source, shape),
                self.digest_collection(target, shape)
            )?;
            self.workspace.progress.stage_done();
            if (here.documents, here.digests) == (there.documents, there.digests) {
                return Ok(here.documents);
            }
            why = format!(
                "{} documents instead of {}",
                there.documents, here.documents
            );
            tracing::info!(source, target, %why, "the copy is not equal yet");
            tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
            let differences = self.differences(from, source, target, shape).await?;
            if !differences.missing.is_empty() {
                self.transfer(context, Some(&differences.missing)).await?;
            }
            if !differences.surplus.is_empty() {
                let ids = &differences.surplus;
                if surplus == SurplusPolicy::Refuse {
                    why = format!(
                        "it holds {} other documents, such as `{}`",
                        ids.len(),
                        ids[0]
                    );
                    continue;
                }
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                // Nothing goes on the word of one export: the source is asked for just these.
                let held = from
                    .workspace
                    .search
                    .find_existing_ids(source, &ids)
                    .await?;
                if let Some(id) = held.first() {
                    why = format!("the export of `{source}` lacks `{id}`, which it holds");
                    continue;
                }
                self.workspace.search.delete_documents(target, &ids).await?;
            }
        }
        Err(ManageError::Differs {
            source_name: source.to_owned(),
            target: target.to_owned(),
            why,
        })
    }

    /// Streams documents (those in `only`, else all) to the copy; gives the values that do not
    /// fit its schema.
    async fn transfer(
        &self,
        context: &CopyContext<'_>,
        only: Option<&HashSet<IdDigest>>,
    ) -> Result<BTreeMap<String, u64>, ManageError> {
        let mut transfer = CopyTally::default();
        let mut imports = FuturesUnordered::new();
        let mut lines = pin!(
            context
                .from
                .workspace
                .search
                .export(context.source, None, &[])
        );
        let mut batch: Vec<(String, Bytes)> = Vec::new();
        let mut bytes = 0;
        let mut open = true;
        while open {
            match lines.try_next().await? {
                None => open = false,
                Some(line) => {
                    if let Some((id, line)) = transfer.take(&line, context.shape, only) {
                        bytes += line.len();
                        batch.push((id, line));
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
                imports.push(self.import(context.target, std::mem::take(&mut batch)));
            }
        }
        while let Some(outcomes) = imports.next().await {
            self.look_at(outcomes?, &mut transfer);
        }
        match transfer.example {
            None => Ok(transfer.dropped),
            Some(example) => Err(ManageError::Refused {
                source_name: context.source.to_owned(),
                target: context.target.to_owned(),
                count: transfer.refused,
                example,
            }),
        }
    }

    async fn import(
        &self,
        target: &str,
        batch: Vec<(String, Bytes)>,
    ) -> Result<Vec<(String, LineOutcome)>, ManageError> {
        let (ids, lines): (Vec<String>, Vec<Bytes>) = batch.into_iter().unzip();
        let outcomes = self
            .workspace
            .search
            .import(target, ImportAction::Upsert, lines)
            .await?;
        Ok(ids.into_iter().zip(outcomes).collect())
    }

    fn look_at(&self, outcomes: Vec<(String, LineOutcome)>, transfer: &mut CopyTally) {
        self.workspace.progress.advance(outcomes.len() as u64);
        for (id, outcome) in outcomes {
            // A line without an answer (code 0) may be there: the comparison tells.
            if let LineOutcome::Rejected { code, error } = outcome
                && code != 0
            {
                transfer.refuse(|| format!("`{id}`: {error} (status {code})"));
            }
        }
    }
}

#[derive(Default)]
struct CopyTally {
    dropped: BTreeMap<String, u64>,
    refused: u64,
    example: Option<String>,
}

impl CopyTally {
    /// The line as the target wants it.
    fn take(
        &mut self,
        line: &[u8],
        shape: &TargetSchema,
        only: Option<&HashSet<IdDigest>>,
    ) -> Option<(String, Bytes)> {
        let stored = match StoredDocument::read(line, shape) {
            Ok(stored) => stored,
            Err(UnfitDocument(why)) => {
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
        let line = serde_json::to_vec(&stored.document).ok()?;
        Some((stored.id, line.into()))
    }

    fn refuse(&mut self, why: impl FnOnce() -> String) {
        self.refused += 1;
        self.example.get_or_insert_with(why);
    }
}
