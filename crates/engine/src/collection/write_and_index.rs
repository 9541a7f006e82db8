//! One transaction of a collection: documents into the store, then their entries into the index.

use super::errors::collection_dropped;
use super::handle::Collection;
use super::transaction::{PendingChange, WriteTransaction, Writer};
use super::view::CollectionView;
use crate::error::EngineResult;

/// Bytes of entries after which the index is committed, so that little has to be indexed again
/// after a crash.
const COMMIT_AFTER: usize = 128 << 20;

impl Collection {
    /// Does work in one transaction, makes it durable and feeds it to the index.
    ///
    /// The caller has taken the writer lock. If the work or the store fails, nothing of it is
    /// left; if the index fails, the documents are stored and the index is rebuilt.
    pub(super) fn transact<T>(
        &self,
        writer: &mut Writer,
        work: impl FnOnce(&mut WriteTransaction<'_>) -> EngineResult<T>,
    ) -> EngineResult<T> {
        if writer.dropped {
            return Err(collection_dropped());
        }
        let view = self.view();
        let mut transaction = WriteTransaction::begin(writer, &view)?;
        let done = work(&mut transaction)?;
        let written = transaction.commit()?;
        // Refused documents have used numbers up as well.
        writer.counters = written.counters;
        if let Some((checker, words)) = written.changed {
            self.show(CollectionView {
                checker,
                words,
                ..view.clone()
            });
        }
        if !written.fed.is_empty() {
            self.note_write(written.counters.count);
            self.feed(writer, &view, &written.fed);
        }
        Ok(done)
    }

    fn feed(&self, writer: &mut Writer, view: &CollectionView, fed: &[PendingChange]) {
        let Some(index) = view.index.as_ref().filter(|_| self.has_index()) else {
            // The journal holds what it will have to learn.
            self.restore_soon();
            return;
        };
        let size = |change: &PendingChange| match change {
            PendingChange::New(entry) | PendingChange::Replaced(entry) => entry.size(),
            PendingChange::Removed(_) => 8,
        };
        let changes = fed.iter().map(PendingChange::fed);
        writer.uncommitted += fed.iter().map(size).sum::<usize>();
        let taken = index.feed(changes, writer.counters.change);
        if let Err(problem) = taken {
            self.index_is_lost(&problem);
        } else if writer.uncommitted >= COMMIT_AFTER
            && let Err(problem) = self.commit_index(writer, false)
        {
            tracing::warn!(collection = self.name, %problem, "the index is behind");
        }
    }
}
