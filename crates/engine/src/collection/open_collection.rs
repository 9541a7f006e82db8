//! Making, opening and dropping a collection.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};

use super::build_index::empty;
use super::handle::Collection;
use super::index_progress::IndexProgress;
use super::transaction::Writer;
use super::view::CollectionView;
use crate::error::EngineResult;
use crate::execute::FilterCache;
use crate::index::Index;
use crate::schema::Schema;
use crate::settings::EngineSettings;
use crate::store::documents::{Counters, Documents};
use crate::store::files::sync_folder;

/// Collections that this process has opened.
static OPENED: AtomicU64 = AtomicU64::new(0);

impl Collection {
    /// Makes an empty collection in an empty folder.
    pub(crate) fn create(
        folder: &Path,
        schema: Schema,
        settings: &EngineSettings,
    ) -> EngineResult<Arc<Self>> {
        let documents = Documents::create(folder, &schema)?;
        let counters = documents.meta()?.1;
        let index = empty(folder, counters.index_folder)?;
        if let Some(parent) = folder.parent() {
            sync_folder(parent)?;
        }
        let parts = (documents, schema, counters);
        Ok(Self::with(folder, parts, Some(index), settings))
    }

    /// Opens a collection without its index: see [`Collection::restore_soon`].
    pub(crate) fn open(folder: &Path, settings: &EngineSettings) -> EngineResult<Arc<Self>> {
        let documents = Documents::open(folder)?;
        let (schema, counters) = documents.meta()?;
        let parts = (documents, schema, counters);
        Ok(Self::with(folder, parts, None, settings))
    }

    fn with(
        folder: &Path,
        (documents, schema, counters): (Documents, Schema, Counters),
        index: Option<Index>,
        settings: &EngineSettings,
    ) -> Arc<Self> {
        Arc::new_cyclic(|me| Self {
            me: me.clone(),
            identity: OPENED.fetch_add(1, Ordering::Relaxed),
            name: schema.name.clone(),
            folder: folder.to_owned(),
            settings: settings.clone(),
            writer: Mutex::new(Writer {
                documents,
                counters,
                uncommitted: 0,
                dropped: false,
            }),
            progress: Arc::new(IndexProgress::new(index.is_some())),
            view: RwLock::new(CollectionView::new(Arc::new(schema), index.map(Arc::new))),
            count: AtomicU64::new(counters.count),
            writes: AtomicU64::new(0),
            readers: Mutex::new(Vec::new()),
            filters: FilterCache::default(),
        })
    }

    /// Writes nothing any more, so that the files can be removed. Requests that are under way end as
    /// they can; later ones find nothing.
    pub(crate) fn drop_out(&self) {
        self.stop_restoring(false);
        let mut writer = self.writer();
        writer.dropped = true;
        if let Some(index) = self.view().index {
            index.give_up();
        }
    }
}
