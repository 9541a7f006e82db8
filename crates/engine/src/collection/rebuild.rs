//! Rebuilding the index, committing it, and checking it after a crash.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::build_index::build;
use super::errors::collection_dropped;
use super::handle::Collection;
use super::transaction::Writer;
use super::view::CollectionView;
use crate::error::EngineResult;
use crate::schema::Schema;
use crate::store::documents::Counters;

impl Collection {
    /// Rebuilds the index from the store; searches use the old one until the new one is ready.
    pub fn rebuild(&self) -> EngineResult<()> {
        let _making = self.making();
        let mut writer = self.writer();
        if writer.dropped {
            return Err(collection_dropped());
        }
        self.switch_to(&mut writer, self.schema())
    }

    /// Builds the index for a schema and takes both into use in one step. The caller has the right
    /// to make an index.
    pub(super) fn switch_to(&self, writer: &mut Writer, schema: Arc<Schema>) -> EngineResult<()> {
        let counters = Counters {
            index_folder: writer.counters.index_folder + 1,
            ..writer.counters
        };
        let reader = self.take_reader()?;
        let built = build(&self.folder, &reader, &schema, counters, &|| Ok(()));
        self.give_back(reader);
        let index = built?;
        self.put_into_use(
            writer,
            CollectionView::new(schema, Some(Arc::new(index))),
            counters,
        )?;
        self.clear_up(writer);
        Ok(())
    }

    /// How many writes there have been since the collection was opened.
    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// What the housekeeper does when nobody has written for a while: commits the index, or brings
    /// it to the disk where that failed before; with `rest` its memory is given back as well.
    pub(crate) fn maintain(&self, rest: bool) {
        if self.wants_index() {
            if self.has_room() {
                self.restore_soon();
            }
            return;
        }
        let mut writer = self.writer();
        if writer.dropped {
            return;
        }
        if let Err(problem) = self.commit_index(&mut writer, rest) {
            tracing::error!(collection = self.name, %problem, "the index is behind");
        }
    }

    pub(super) fn commit_index(&self, writer: &mut Writer, rest: bool) -> EngineResult<()> {
        let Some(index) = self.view().index.filter(|_| self.has_index()) else {
            return Ok(());
        };
        let committed = index.commit().and_then(|change| {
            if rest {
                index.rest()?;
            }
            Ok(change)
        });
        let change = committed.inspect_err(|problem| self.index_is_lost(problem))?;
        writer.uncommitted = 0;
        if index.is_durable() {
            writer.documents.cut_journal(change)?;
        }
        Ok(())
    }

    /// Commits everything, for a quick start the next time.
    pub(crate) fn close(&self) {
        self.end_restoring(self.writes() > 0);
        let committed = {
            let mut writer = self.writer();
            if writer.dropped {
                return;
            }
            self.commit_index(&mut writer, true)
        };
        if let Err(problem) = committed {
            tracing::warn!(collection = self.name, %problem, "the next start has to catch up");
            self.end_restoring(false);
        }
    }

    /// Reads the whole index and rebuilds it if a file is not what was written. False if
    /// `is_over` came first, or there is no index on the disk to look at.
    pub(crate) fn verify(&self, is_over: &dyn Fn() -> bool) -> EngineResult<bool> {
        if self.wants_index() {
            self.restore_soon();
        }
        if !self.is_settled(is_over) || self.wants_index() {
            return Ok(false);
        }
        let Some(index) = self.view().index else {
            return Ok(false);
        };
        let Some(damaged) = index.damaged_files(is_over)? else {
            return Ok(false);
        };
        if !damaged.is_empty() {
            tracing::warn!(
                collection = self.name,
                ?damaged,
                "the index is damaged and is being rebuilt"
            );
            self.rebuild()?;
        }
        Ok(true)
    }
}
