//! Writes of single documents, and of all that a filter lets through.

use serde_json::{Value, json};

use super::errors::document_not_found;
use super::handle::Collection;
use super::options::WriteOptions;
use super::prepare::PreparedDocument;
use crate::document::{Action, parse_document};
use crate::error::{EngineError, EngineResult};

/// Documents that one transaction changes or removes at most.
const AT_ONCE: usize = 1_000;

impl Collection {
    /// `POST /collections/x/documents`: reads the body, writes it, returns the stored document
    /// (status 201).
    pub fn write(&self, body: &[u8], options: WriteOptions) -> EngineResult<Value> {
        let prepared = PreparedDocument::read(body, &self.view(), options)?;
        let mut writer = self.writer();
        let stored = self.transact(&mut writer, |transaction| {
            transaction.put(prepared, options)
        })?;
        Ok(stored?.document)
    }

    /// `PATCH /collections/x/documents/ID`: merges the body into the document, returns it as
    /// stored (status 201). The action of the options is not asked.
    pub fn update(&self, id: &str, body: &[u8], options: WriteOptions) -> EngineResult<Value> {
        let mut document = parse_document(body)?;
        let named = document.insert("id".to_owned(), Value::from(id));
        if named.is_some_and(|named| named != id) {
            return Err(EngineError::invalid(
                "The `id` of the resource does not match the `id` in the JSON body.",
            ));
        }
        let options = WriteOptions {
            action: Action::Update,
            ..options
        };
        let prepared = PreparedDocument::new(document, &self.view(), options)?;
        let mut writer = self.writer();
        let stored = self.transact(&mut writer, |transaction| {
            transaction.put(prepared, options)
        })?;
        Ok(stored?.document)
    }

    /// `DELETE /collections/x/documents/ID`: the document that was there.
    ///
    /// With `ignore_not_found` an absent one is answered by `{"id": ID}`.
    pub fn delete(&self, id: &str, ignore_not_found: bool) -> EngineResult<Value> {
        let mut writer = self.writer();
        let removed = self.transact(&mut writer, |transaction| {
            let Some((seq, document)) = transaction.find(id)? else {
                return Ok(None);
            };
            transaction.remove(seq)?;
            Ok(Some(document))
        })?;
        match removed {
            Some(document) => Ok(document),
            None if ignore_not_found => Ok(json!({"id": id})),
            None => Err(document_not_found(id)),
        }
    }

    /// `DELETE /collections/x/documents?filter_by=…`: how many were deleted (`num_deleted`); an
    /// empty filter deletes none.
    pub fn delete_by_filter(&self, filter_by: &str) -> EngineResult<u64> {
        if filter_by.trim().is_empty() {
            return Ok(0);
        }
        let mut deleted = 0;
        let (searchable, mut writer) = self.searchable_and_writer()?;
        for seqs in self.select_in(&searchable, filter_by)?.chunks(AT_ONCE) {
            self.transact(&mut writer, |transaction| {
                for seq in seqs {
                    deleted += u64::from(transaction.remove(*seq)?);
                }
                Ok(())
            })?;
        }
        Ok(deleted)
    }

    /// `PATCH /collections/x/documents?filter_by=…`: how many were changed (`num_updated`).
    pub fn update_by_filter(
        &self,
        filter_by: &str,
        body: &[u8],
        options: WriteOptions,
    ) -> EngineResult<u64> {
        let mut change = parse_document(body)?;
        change.remove("id");
        if filter_by.trim().is_empty() {
            return Ok(0);
        }
        let options = WriteOptions {
            action: Action::Update,
            ..options
        };
        let mut updated = 0;
        let (searchable, mut writer) = self.searchable_and_writer()?;
        for seqs in self.select_in(&searchable, filter_by)?.chunks(AT_ONCE) {
            self.transact(&mut writer, |transaction| {
                transaction.check_change(&mut change, options)?;
                for seq in seqs {
                    transaction.change(*seq, change.clone())?;
                    updated += 1;
                }
                Ok(())
            })?;
        }
        Ok(updated)
    }
}
