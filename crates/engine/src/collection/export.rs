//! `GET /collections/x/documents/export`.

use std::collections::VecDeque;

use serde_json::Value;

use super::handle::Collection;
use super::options::ExportOptions;
use crate::document::Projection;
use crate::error::{EngineError, EngineResult};
use crate::store::DocumentReader;

/// Documents and bytes that are read at once.
const PAGE: (usize, usize) = (1_000, 1 << 20);

impl Collection {
    /// `GET /collections/x/documents/export`: the documents as lines of JSON without line feeds,
    /// in the order in which they came, read as the iterator is asked. It shows the collection as
    /// it was when the export began.
    pub fn export(
        &self,
        options: &ExportOptions,
    ) -> EngineResult<impl Iterator<Item = EngineResult<Vec<u8>>> + Send + use<>> {
        let filter = options.filter_by.as_deref().unwrap_or_default().trim();
        let reader = self.take_reader()?;
        let selected = if filter.is_empty() {
            reader.hold()?;
            None
        } else {
            // Nobody writes between the index's state and the documents'.
            let (searchable, writer) = self.searchable_and_writer()?;
            reader.hold()?;
            drop(writer);
            Some(VecDeque::from(self.select_in(&searchable, filter)?))
        };
        Ok(Export {
            reader,
            from: 0,
            selected,
            lines: VecDeque::new(),
            include: options.include_fields.clone(),
            exclude: options.exclude_fields.clone(),
            failed: false,
        })
    }
}

struct Export {
    reader: DocumentReader,
    /// The number from which to read on.
    from: u64,
    /// The numbers that are left, where a filter chose them.
    selected: Option<VecDeque<u64>>,
    lines: VecDeque<Vec<u8>>,
    include: Vec<String>,
    exclude: Vec<String>,
    failed: bool,
}

impl Export {
    fn read(&mut self) -> EngineResult<()> {
        if let Some(selected) = &mut self.selected {
            while self.lines.is_empty()
                && let Some(number) = selected.pop_front()
            {
                self.lines.extend(self.reader.json(number)?);
            }
            return Ok(());
        }
        let page = self.reader.page(self.from, PAGE.0, PAGE.1)?;
        if let Some((last, _)) = page.last() {
            self.from = last + 1;
        }
        self.lines.extend(page.into_iter().map(|(_, json)| json));
        Ok(())
    }

    fn pruned(&self, json: Vec<u8>) -> EngineResult<Vec<u8>> {
        if self.include.is_empty() && self.exclude.is_empty() {
            return Ok(json);
        }
        let unreadable = |error: serde_json::Error| {
            EngineError::internal(format!("a stored document cannot be read: {error}"))
        };
        let document: Value = serde_json::from_slice(&json).map_err(unreadable)?;
        let projection = Projection {
            include: &self.include,
            exclude: &self.exclude,
        };
        serde_json::to_vec(&projection.of(document)).map_err(unreadable)
    }
}

impl Iterator for Export {
    type Item = EngineResult<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        if self.lines.is_empty()
            && let Err(problem) = self.read()
        {
            self.failed = true;
            return Some(Err(problem));
        }
        let line = self.lines.pop_front()?;
        Some(self.pruned(line))
    }
}
