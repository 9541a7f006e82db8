//! `PATCH /collections/x`, and emptying a collection.

use std::sync::Arc;

use serde_json::Value;

use super::build_index::{each_page, empty};
use super::errors::collection_dropped;
use super::handle::Collection;
use super::view::CollectionView;
use crate::document::{Checker, values_at};
use crate::error::EngineResult;
use crate::execute::words::CandidateCache;
use crate::schema::{Field, FieldTokenizers, Schema, SchemaChange};
use crate::store::documents::Counters;

impl Collection {
    /// `PATCH /collections/x`: changes the schema, returns what was asked for as the API echoes
    /// it.
    ///
    /// The stored documents have to fit; if one has a value for a new field, the index is
    /// rebuilt.
    pub fn alter(&self, body: &Value) -> EngineResult<Value> {
        let _making = self.making();
        let mut writer = self.writer();
        if writer.dropped {
            return Err(collection_dropped());
        }
        let before = self.view();
        let change = before.checker.schema.altered(body)?;
        let SchemaChange { schema, echo, .. } = change;
        let mut survey = StoredDocumentsCheck::new(&before.checker.schema, schema);
        if !survey.added.is_empty() {
            let reader = self.take_reader()?;
            let surveyed = each_page(&reader, |documents| {
                documents
                    .iter()
                    .try_for_each(|(_, document)| survey.visit(document))
            });
            self.give_back(reader);
            surveyed?;
        }
        let schema = Arc::clone(&survey.checker.schema);
        if survey.has_values {
            self.switch_to(&mut writer, schema)?;
        } else {
            let counters = writer.counters;
            writer.documents.put_meta(&schema, counters)?;
            self.show(CollectionView {
                checker: survey.checker,
                words: Arc::new(FieldTokenizers::of(&schema)),
                candidates: CandidateCache::of(&schema),
                ..before
            });
        }
        Ok(echo)
    }

    /// `DELETE /collections/x/documents?truncate=true`: how many were deleted.
    pub fn truncate(&self) -> EngineResult<u64> {
        let _making = self.making();
        let mut writer = self.writer();
        if writer.dropped {
            return Err(collection_dropped());
        }
        let schema = self.schema();
        let counters = Counters {
            count: 0,
            index_folder: writer.counters.index_folder + 1,
            ..writer.counters
        };
        let index = empty(&self.folder, counters.index_folder)?;
        index.feed([], counters.change)?;
        index.commit()?;
        let mut batch = writer.documents.begin()?;
        batch.clear()?;
        batch.commit(counters)?;
        let deleted = writer.counters.count;
        writer.counters = counters;
        self.note_write(0);
        self.put_into_use(
            &mut writer,
            CollectionView::new(schema, Some(Arc::new(index))),
            counters,
        )?;
        self.clear_up(&writer);
        Ok(deleted)
    }
}

/// What the stored documents say to a change.
struct StoredDocumentsCheck {
    checker: Arc<Checker>,
    /// The fields that were not there before.
    added: Vec<Field>,
    /// Whether a document has a value for one of them.
    has_values: bool,
}

impl StoredDocumentsCheck {
    fn new(before: &Schema, schema: Schema) -> Self {
        let is_new = |field: &&Field| !before.fields.contains(field);
        Self {
            added: schema.fields.iter().filter(is_new).cloned().collect(),
            checker: Arc::new(Checker::new(Arc::new(schema))),
            has_values: false,
        }
    }

    fn visit(&mut self, document: &Value) -> EngineResult<()> {
        let Some(members) = document.as_object() else {
            return Ok(());
        };
        let discovered = self.checker.new_fields(members)?;
        if !discovered.is_empty() {
            let mut schema = Schema::clone(&self.checker.schema);
            schema.add(discovered.clone())?;
            self.added.extend(discovered);
            self.checker = Arc::new(Checker::new(Arc::new(schema)));
        }
        for field in &self.added {
            if field.is_dynamic() {
                continue;
            }
            self.checker.check_stored(field, members)?;
            if !self.has_values {
                let mut values = Vec::new();
                values_at(document, &field.name, &mut values);
                self.has_values = !values.is_empty();
            }
        }
        Ok(())
    }
}
