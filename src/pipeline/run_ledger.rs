//! What a run reads from the ledger and writes to it: all calls of the stages, in one place.

use std::collections::HashMap;

use super::run::Run;
use super::step_failure::StepFailure;
use crate::model::{ProjectName, Serial};
use crate::store::StoreError;
use crate::store::ledger::{
    CollectionRecord, Failure, PendingRetry, ReadRecord, ReadRow, WrittenRecord, WrittenSummary,
};

impl Run {
    /// What the collection holds of a project.
    pub(super) async fn read_stored_project(
        &self,
        name: &ProjectName,
    ) -> Result<Option<WrittenRecord>, StoreError> {
        self.ledger.find_written(self.collection_id, name).await
    }

    /// Serial and completeness of every project of the collection.
    pub(super) async fn read_stored_summaries(
        &self,
    ) -> Result<HashMap<ProjectName, WrittenSummary>, StoreError> {
        self.ledger.read_written_summaries(self.collection_id).await
    }

    /// Stores what the collection holds of projects. Nothing is pending any more for those that are
    /// complete.
    pub(super) async fn store_projects(
        &self,
        records: Vec<WrittenRecord>,
    ) -> Result<(), StoreError> {
        self.ledger
            .record_written(self.collection_id, records)
            .await
    }

    /// Forgets a project that has left the collection.
    pub(super) async fn forget_project(&self, name: &ProjectName) -> Result<(), StoreError> {
        self.ledger
            .forget_written(self.collection_id, vec![name.clone()])
            .await
    }

    /// Folds everything that was read from the registry into `state`, in the order of the names.
    pub(super) async fn fold_reads<S: Send + 'static>(
        &self,
        state: S,
        visit: impl FnMut(&mut S, ReadRow<'_>) + Send + 'static,
    ) -> Result<S, StoreError> {
        self.ledger.fold_read(self.registry_id, state, visit).await
    }

    /// Stores what was read from the registry, and that nothing is pending any more for `settled`.
    pub(super) async fn store_reads(
        &self,
        reads: Vec<ReadRecord>,
        settled: Vec<ProjectName>,
    ) -> Result<(), StoreError> {
        self.ledger.record_read(self.registry_id, reads).await?;
        self.clear_pending(settled).await
    }

    /// All projects that wait for a retry or were refused for good, the longest waiting first.
    pub(super) async fn read_pending(&self) -> Result<Vec<PendingRetry>, StoreError> {
        self.ledger.read_pending_retries(self.collection_id).await
    }

    /// Forgets that projects wait for a retry.
    pub(super) async fn clear_pending(&self, projects: Vec<ProjectName>) -> Result<(), StoreError> {
        self.ledger.settle(self.collection_id, projects).await
    }

    /// Counts a failure of a project, which then waits for a retry.
    pub(super) async fn store_failure(
        &self,
        project: &ProjectName,
        serial: Option<Serial>,
        failure: &StepFailure,
    ) -> Result<(), StoreError> {
        let failure = Failure {
            project: project.clone(),
            serial,
            reason: failure.reason.clone(),
            lasting: failure.is_permanent,
        };
        self.ledger
            .record_failure(self.collection_id, failure, self.now)
            .await?;
        Ok(())
    }

    /// Stores what is remembered of the collection as a whole.
    pub(super) async fn store_collection_record(
        &self,
        record: &CollectionRecord,
    ) -> Result<(), StoreError> {
        self.ledger
            .set_collection_record(self.collection_id, record)
            .await
    }
}
