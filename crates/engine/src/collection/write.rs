//! Writes of single documents, and of all that a filter lets through.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::prepare::Prepared;
use super::writer::Writer;
use super::{Collection, WriteOptions, absent};
use crate::document::{Action, read_document};
use crate::problem::{Answer, Problem};

/// Documents that one transaction changes or removes at most.
const AT_ONCE: usize = 1_000;

impl Collection {
    /// `POST /collections/x/documents`: reads the body, writes it, returns the stored document
    /// (status 201).
    pub fn write(&self, body: &[u8], options: WriteOptions) -> Answer<Value> {
        let prepared = Prepared::read(body, &self.view(), options)?;
        let mut writer = self.writer();
        let stored = self.session(&mut writer, |session| session.put(prepared, options))?;
        Ok(stored?.document)
    }

    /// `PATCH /collections/x/documents/ID`: merges the body into the document, returns it as
    /// stored (status 201). The action of the options is not asked.
    pub fn update(&self, id: &str, body: &[u8], options: WriteOptions) -> Answer<Value> {
        let mut document = read_document(body)?;
        let named = document.insert("id".to_owned(), Value::from(id));
        if named.is_some_and(|named| named != id) {
            return Err(Problem::bad_request(
                "The `id` of the resource does not match the `id` in the JSON body.",
            ));
        }
        let options = WriteOptions {
            action: Action::Update,
            ..options
        };
        let prepared = Prepared::new(document, &self.view(), options)?;
        let mut writer = self.writer();
        let stored = self.session(&mut writer, |session| session.put(prepared, options))?;
        Ok(stored?.document)
    }

    /// `DELETE /collections/x/documents/ID`: the document that was there.
    ///
    /// With `ignore_not_found` an absent one is answered by `{"id": ID}`.
    pub fn delete(&self, id: &str, ignore_not_found: bool) -> Answer<Value> {
        let mut writer = self.writer();
        let removed = self.session(&mut writer, |session| {
            let Some((seq, document)) = session.find(id)? else {
                return Ok(None);
            };
            session.remove(seq)?;
            Ok(Some(document))
        })?;
        match removed {
            Some(document) => Ok(document),
            None if ignore_not_found => Ok(json!({"id": id})),
            None => Err(absent(id)),
        }
    }

    /// `DELETE /collections/x/documents?filter_by=…`: how many were deleted (`num_deleted`); an
    /// empty filter deletes none.
    pub fn delete_by_filter(&self, filter_by: &str) -> Answer<u64> {
        if filter_by.trim().is_empty() {
            return Ok(0);
        }
        let mut deleted = 0;
        let (searchable, mut writer) = self.searchable_and_writer()?;
        for seqs in self.select_in(&searchable, filter_by)?.chunks(AT_ONCE) {
            self.session(&mut writer, |session| {
                for seq in seqs {
                    deleted += u64::from(session.remove(*seq)?);
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
    ) -> Answer<u64> {
        let mut change = read_document(body)?;
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
            self.session(&mut writer, |session| {
                session.check_change(&mut change, options)?;
                for seq in seqs {
                    session.change(*seq, change.clone())?;
                    updated += 1;
                }
                Ok(())
            })?;
        }
        Ok(updated)
    }

    /// The writer lock. A thread that failed inside left the store as it was before.
    pub(super) fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called with every transaction that is durable.
    pub(super) fn note_write(&self, count: u64) {
        self.count.store(count, Ordering::Release);
        self.writes.fetch_add(1, Ordering::Relaxed);
    }
}
