//! Making, opening and dropping a collection.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, RwLock};

use super::rebuild::{build, catch_up, empty, index_folder, sweep};
use super::writer::Writer;
use super::{Collection, View};
use crate::index::{Index, IndexSettings};
use crate::problem::Answer;
use crate::query::filter::FilterCache;
use crate::schema::Schema;
use crate::settings::Settings;
use crate::store::documents::{Counters, Documents};
use crate::store::folder::remove_folder;
use crate::store::reader::Reader;
use crate::store::sync_folder;

impl Collection {
    /// Makes an empty collection in a folder of its own.
    pub(crate) fn create(folder: &Path, schema: Schema, settings: &Settings) -> Answer<Self> {
        remove_folder(folder)?;
        fs_err::create_dir_all(folder)?;
        let documents = Documents::create(folder, &schema)?;
        let (schema, counters) = (Arc::new(schema), documents.meta()?.1);
        let index = empty(folder, counters.index_folder)?;
        if let Some(parent) = folder.parent() {
            sync_folder(parent)?;
        }
        let view = View::new(schema, Arc::new(index));
        Ok(Self::with(folder, documents, counters, view, settings))
    }

    /// Opens a collection and brings its index up to the store.
    pub(crate) fn open(folder: &Path, settings: &Settings) -> Answer<Self> {
        let mut documents = Documents::open(folder)?;
        let (schema, mut counters) = documents.meta()?;
        let schema = Arc::new(schema);
        let reader = Reader::open(folder)?;
        let current = open_index(folder, &documents, &reader, &schema, counters);
        let view = match current {
            Ok(Some(view)) => view,
            incomplete => {
                let reason = incomplete.err().map(|problem| problem.message);
                tracing::warn!(
                    collection = schema.name,
                    reason = reason.as_deref().unwrap_or("it does not follow the store"),
                    "the index is built anew"
                );
                counters.index_folder += 1;
                let index = build(folder, &reader, &schema, counters)?;
                documents.put_meta(&schema, counters)?;
                View::new(schema, Arc::new(index))
            }
        };
        sweep(folder, counters.index_folder)?;
        documents.cut_journal(view.index.commit()?)?;
        Ok(Self::with(folder, documents, counters, view, settings))
    }

    fn with(
        folder: &Path,
        documents: Documents,
        counters: Counters,
        view: View,
        settings: &Settings,
    ) -> Self {
        Self {
            name: view.checker.schema.name.clone(),
            folder: folder.to_owned(),
            settings: settings.clone(),
            writer: Mutex::new(Writer {
                documents,
                counters,
                uncommitted: 0,
                dropped: false,
            }),
            view: RwLock::new(view),
            count: AtomicU64::new(counters.count),
            writes: AtomicU64::new(0),
            readers: Mutex::new(Vec::new()),
            filters: FilterCache::default(),
            index_failed: AtomicBool::new(false),
        }
    }

    /// Removes the files. Requests that are under way end as they can; later ones find nothing.
    pub(crate) fn drop_files(&self) -> Answer<()> {
        let mut writer = self.writer();
        writer.dropped = true;
        remove_folder(&self.folder)
    }
}

/// The index in use, with everything that is stored; `None` if it cannot follow the store.
fn open_index(
    folder: &Path,
    documents: &Documents,
    reader: &Reader,
    schema: &Arc<Schema>,
    counters: Counters,
) -> Answer<Option<View>> {
    let path = index_folder(folder, counters.index_folder);
    let (index, applied) = Index::open(&path, IndexSettings::default())?;
    let view = View::new(Arc::clone(schema), Arc::new(index));
    let whole = catch_up(&view.index, applied, documents, reader, &view, counters)?;
    Ok(whole.then_some(view))
}
