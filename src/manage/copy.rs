//! Copies a collection's documents to another one, on the same or another server, and verifies that
//! both are equal.
//!
//! Documents stream from an export into imports of bounded size, two in flight; the result of every
//! line is checked. Then both collections are read again and compared. Differences are repaired a
//! few times, since another program may be writing and the nodes of a cluster may lag.

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

/// The size of an import in bytes: it is sent once it reaches this,
const BATCH_BYTES: usize = 4 << 20;
/// or once it has this many lines.
const BATCH_LINES: usize = 1_000;
/// Imports in flight at the same time.
const IN_FLIGHT: usize = 2;
/// How often both sides are compared.
const ROUNDS: u32 = 6;
/// The pause before the second comparison; doubles with each.
const PAUSE: Duration = Duration::from_millis(200);

/// What was copied.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CopyReport {
    /// How many documents each side has.
    pub documents: u64,
    /// Values that do not fit the schema of the copy, by field.
    pub dropped: BTreeMap<String, u64>,
    /// Synonyms and overrides that the copy has now.
    pub rules: u64,
    /// Synonyms and overrides that the copy's server does not support.
    pub unsupported_rules: u64,
}

/// Source and target of a copy.
#[derive(Clone, Copy)]
struct CopyContext<'a> {
    /// The server of the source.
    from: &'a Manager,
    source: &'a str,
    target: &'a str,
    schema: &'a TargetSchema,
}

/// What to do with documents that only the copy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SurplusPolicy {
    Delete,
    /// Fail.
    Refuse,
}

impl Manager {
    /// Copies documents (those in `only`, or all), synonyms and overrides from the server of
    /// `from`, until both sides are equal. `target` is what the server returned when it was created
    /// or planned, since another node of a cluster may not have it yet.
    ///
    /// # Errors
    ///
    /// [`ManageError::Refused`] if the target rejects documents, [`ManageError::Differs`] if both
    /// sides do not become equal.
    pub(super) async fn copy_documents(
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
            schema: &TargetSchema::of(target),
        };
        let steps = only.map_or(source.num_documents, |only| only.len() as u64);
        self.workspace.progress.stage(Stage::Copying, Some(steps));
        let dropped = self.transfer(&context, only).await?;
        self.workspace.progress.stage_done();
        let mut report = self.copy_rules(from, &source.name, &target.name).await?;
        report.dropped = dropped;
        report.documents = self.equalise(&context, surplus).await?;
        Ok(report)
    }

    /// Copies the synonyms and overrides that `target` lacks or has with other content.
    pub(super) async fn copy_rules(
        &self,
        from: &Self,
        source: &str,
        target: &str,
    ) -> Result<CopyReport, ManageError> {
        let mut report = CopyReport::default();
        for kind in CurationKind::ALL {
            let existing = self.workspace.search.list_rules(target, kind).await?;
            for mut rule in from.workspace.search.list_rules(source, kind).await? {
                if existing.contains(&rule) {
                    report.rules += 1;
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
                    Ok(()) => report.rules += 1,
                    Err(error) if error.is_not_offered() => report.unsupported_rules += 1,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(report)
    }

    /// Compares both sides and repairs differences until they are equal. Returns the number of
    /// documents.
    async fn equalise(
        &self,
        context: &CopyContext<'_>,
        surplus: SurplusPolicy,
    ) -> Result<u64, ManageError> {
        let CopyContext {
            from,
            source,
            target,
            schema,
        } = *context;
        let mut why = String::new();
        for round in 0..ROUNDS {
            self.workspace.progress.stage(Stage::Comparing, None);
            let (source_digest, target_digest) = futures::try_join!(
                from.digest_collection(source, schema),
                self.digest_collection(target, schema)
            )?;
            self.workspace.progress.stage_done();
            if (source_digest.documents, source_digest.digests)
                == (target_digest.documents, target_digest.digests)
            {
                return Ok(source_digest.documents);
            }
            why = format!(
                "{} documents instead of {}",
                target_digest.documents, source_digest.documents
            );
            tracing::info!(source, target, %why, "the copy is not equal yet");
            tokio::time::sleep(PAUSE * 2_u32.pow(round)).await;
            let differences = self.find_differences(from, source, target, schema).await?;
            if !differences.missing.is_empty() {
                self.transfer(context, Some(&differences.missing)).await?;
            }
            if !differences.surplus.is_empty() {
                let ids = &differences.surplus;
                if surplus == SurplusPolicy::Refuse {
                    why = format!(
                        "it holds {} documents that the source lacks, such as `{}`",
                        ids.len(),
                        ids[0]
                    );
                    continue;
                }
                let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
                // An export may be incomplete, so the source is queried for these ids first.
                let in_source = from
                    .workspace
                    .search
                    .find_existing_ids(source, &ids)
                    .await?;
                if let Some(id) = in_source.first() {
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
        let mut tally = CopyTally::default();
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
        let mut has_more = true;
        while has_more {
            match lines.try_next().await? {
                None => has_more = false,
                Some(line) => {
                    if let Some((id, json)) = tally.convert(&line, context.schema, only) {
                        bytes += json.len();
                        batch.push((id, json));
                    }
                }
            }
            if !batch.is_empty()
                && (!has_more || bytes >= BATCH_BYTES || batch.len() >= BATCH_LINES)
            {
                if imports.len() >= IN_FLIGHT
                    && let Some(outcomes) = imports.next().await
                {
                    self.count_outcomes(outcomes?, &mut tally);
                }
                bytes = 0;
                imports.push(self.import_batch(context.target, std::mem::take(&mut batch)));
            }
        }
        while let Some(outcomes) = imports.next().await {
            self.count_outcomes(outcomes?, &mut tally);
        }
        match tally.example {
            None => Ok(tally.dropped),
            Some(example) => Err(ManageError::Refused {
                source_name: context.source.to_owned(),
                target: context.target.to_owned(),
                count: tally.refused,
                example,
            }),
        }
    }

    /// Imports lines, and pairs each document's id with its outcome.
    async fn import_batch(
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

    fn count_outcomes(&self, outcomes: Vec<(String, LineOutcome)>, tally: &mut CopyTally) {
        self.workspace.progress.advance(outcomes.len() as u64);
        for (id, outcome) in outcomes {
            // A line without an answer (code 0) may have been stored; the comparison will show.
            if let LineOutcome::Rejected { code, error } = outcome
                && code != 0
            {
                tally.refuse(|| format!("`{id}`: {error} (status {code})"));
            }
        }
    }
}

/// Counts dropped values and refused documents of a transfer.
#[derive(Default)]
struct CopyTally {
    /// Values that do not fit the schema of the copy, by field.
    dropped: BTreeMap<String, u64>,
    refused: u64,
    /// The first refused document: its id and why.
    example: Option<String>,
}

impl CopyTally {
    /// Converts an exported line to the target's schema. `None` if it is refused or not in `only`.
    fn convert(
        &mut self,
        line: &[u8],
        schema: &TargetSchema,
        only: Option<&HashSet<IdDigest>>,
    ) -> Option<(String, Bytes)> {
        let stored = match StoredDocument::parse(line, schema) {
            Ok(stored) => stored,
            Err(UnfitDocument(why)) => {
                self.refuse(|| why);
                return None;
            }
        };
        if only.is_some_and(|only| !only.contains(&stored.id_digest())) {
            return None;
        }
        for field in stored.dropped {
            *self.dropped.entry(field).or_default() += 1;
        }
        let json = serde_json::to_vec(&stored.document).ok()?;
        Some((stored.id, json.into()))
    }

    fn refuse(&mut self, why: impl FnOnce() -> String) {
        self.refused += 1;
        self.example.get_or_insert_with(why);
    }
}
