//! What counts as the same value of a text field: the same text.
//!
//! `C`, `C++` and `C#` have the same words, `GPL` and `gpl` too, and are values of their own when
//! values are counted and documents are grouped. Values are compared by hashes, which are
//! remembered per segment.

use std::sync::Arc;

use moka::sync::Cache;
use tantivy::columnar::StrColumn;
use tantivy::index::SegmentId;

use super::filter_evaluation::SearchContext;
use crate::error::EngineResult;
use crate::index::Segment;
use crate::index::layout::Column;
use crate::schema::FieldNumber;

/// Bytes of hashes that are remembered.
const REMEMBERED: u64 = 64 << 20;

/// The hash of each of a column's values.
type Hashes = Arc<Vec<u128>>;

/// Hashes that were made before; one for all snapshots of an index.
#[derive(Debug, Clone)]
pub(crate) struct ValueCache {
    hashes: Cache<(SegmentId, FieldNumber), Hashes>,
}

impl Default for ValueCache {
    fn default() -> Self {
        let weight = |_: &(SegmentId, FieldNumber), hashes: &Hashes| {
            u32::try_from(hashes.len() * 16 + 128).unwrap_or(u32::MAX)
        };
        Self {
            hashes: Cache::builder()
                .max_capacity(REMEMBERED)
                .weigher(weight)
                .build(),
        }
    }
}

/// A column of texts with the hash of each value.
#[derive(Clone)]
pub(super) struct TextValues {
    pub(super) column: StrColumn,
    pub(super) hashes: Hashes,
}

impl TextValues {
    /// The values' hashes of one document.
    pub(super) fn of(&self, doc: u32) -> impl Iterator<Item = u128> + '_ {
        self.column.term_ords(doc).map(|ordinal| {
            let at = usize::try_from(ordinal).unwrap_or(usize::MAX);
            self.hashes.get(at).copied().unwrap_or_default()
        })
    }

    /// The text of a value.
    pub(super) fn text(&self, ordinal: u64) -> EngineResult<String> {
        let mut text = String::new();
        self.column.ord_to_str(ordinal, &mut text)?;
        Ok(text)
    }
}

impl ValueCache {
    /// The values of a field; none if no document of the segment has any, or if time runs out.
    pub(super) fn texts(
        &self,
        segment: &Segment,
        field: FieldNumber,
        context: &SearchContext<'_>,
    ) -> EngineResult<Option<TextValues>> {
        let Some(column) = segment.texts(Column::Texts(field))? else {
            return Ok(None);
        };
        let key = (segment.id(), field);
        let hashes = if let Some(known) = self.hashes.get(&key) {
            known
        } else {
            let hashed = Arc::new(hash_all(&column, context)?);
            if hashed.len() < column.num_terms() {
                // Time is up.
                return Ok(None);
            }
            self.hashes.insert(key, Arc::clone(&hashed));
            hashed
        };
        Ok(Some(TextValues { column, hashes }))
    }
}

fn hash_all(column: &StrColumn, context: &SearchContext<'_>) -> EngineResult<Vec<u128>> {
    let mut hashes = Vec::with_capacity(column.num_terms());
    let mut values = column.dictionary().stream()?;
    while values.advance() && !context.deadline.step() {
        context.deadline.spend(values.key().len() / 8);
        hashes.push(xxhash_rust::xxh3::xxh3_128(values.key()));
    }
    Ok(hashes)
}
