//! What counts as the same value of a text field: the same text.
//!
//! `C`, `C++` and `C#` have the same words, `GPL` and `gpl` too, and are values of their own when
//! values are counted and documents are grouped. Values are compared by hashes, which are
//! remembered per segment, and so are the texts of fields with few values: to look one up in a
//! segment's dictionary unpacks a block of it.

use std::sync::Arc;

use moka::sync::Cache;
use tantivy::columnar::StrColumn;
use tantivy::index::SegmentId;

use super::filter_evaluation::SearchContext;
use crate::error::EngineResult;
use crate::index::Segment;
use crate::index::layout::Column;
use crate::schema::FieldNumber;

/// Bytes of hashes and texts that are remembered.
const REMEMBERED: u64 = 64 << 20;
/// The texts of a column are remembered if they have no more bytes.
const FEW: usize = 64 << 10;

/// What is known of a column's values.
#[derive(Debug, Default)]
struct KnownValues {
    /// The hash of each.
    hashes: Vec<u128>,
    /// All texts, one behind the other; empty if they are too many.
    texts: String,
    /// Where each text ends.
    ends: Vec<u32>,
}

impl KnownValues {
    fn size(&self) -> usize {
        self.hashes.len() * 16 + self.texts.len() + self.ends.len() * 4 + 128
    }

    /// A remembered text.
    fn text(&self, ordinal: u64) -> Option<&str> {
        let at = usize::try_from(ordinal).ok()?;
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.texts
            .get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
    }
}

/// What was read of columns before; one for all snapshots of an index.
#[derive(Debug, Clone)]
pub(crate) struct ValueCache {
    known: Cache<(SegmentId, FieldNumber), Arc<KnownValues>>,
}

impl Default for ValueCache {
    fn default() -> Self {
        let weight = |_: &(SegmentId, FieldNumber), values: &Arc<KnownValues>| {
            u32::try_from(values.size()).unwrap_or(u32::MAX)
        };
        Self {
            known: Cache::builder()
                .max_capacity(REMEMBERED)
                .weigher(weight)
                .build(),
        }
    }
}

/// A column of texts with what is known of its values.
#[derive(Clone)]
pub(super) struct TextValues {
    pub(super) column: StrColumn,
    known: Arc<KnownValues>,
}

impl TextValues {
    /// The hash of each value.
    pub(super) fn hashes(&self) -> &[u128] {
        &self.known.hashes
    }

    /// The values' hashes of one document.
    pub(super) fn of(&self, doc: u32) -> impl Iterator<Item = u128> + '_ {
        self.column.term_ords(doc).map(|ordinal| {
            let at = usize::try_from(ordinal).unwrap_or(usize::MAX);
            self.known.hashes.get(at).copied().unwrap_or_default()
        })
    }

    /// The texts of values, in the order of their ordinals, which has to be rising.
    pub(super) fn texts(&self, ordinals: &[u64]) -> EngineResult<Vec<String>> {
        let known = ordinals.iter().map(|ordinal| self.known.text(*ordinal));
        if let Some(known) = known.collect::<Option<Vec<&str>>>() {
            return Ok(known.into_iter().map(str::to_owned).collect());
        }
        let mut texts = Vec::with_capacity(ordinals.len());
        let dictionary = self.column.dictionary();
        // Each block of the dictionary is unpacked once.
        dictionary.sorted_ords_to_term_cb(ordinals, |text| {
            texts.push(String::from_utf8_lossy(text).into_owned());
        })?;
        Ok(texts)
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
        let known = if let Some(known) = self.known.get(&key) {
            known
        } else {
            let read = Arc::new(read_all(&column, context)?);
            if read.hashes.len() < column.num_terms() {
                // Time is up.
                return Ok(None);
            }
            self.known.insert(key, Arc::clone(&read));
            read
        };
        Ok(Some(TextValues { column, known }))
    }
}

fn read_all(column: &StrColumn, context: &SearchContext<'_>) -> EngineResult<KnownValues> {
    let mut known = KnownValues {
        hashes: Vec::with_capacity(column.num_terms()),
        ..KnownValues::default()
    };
    let mut are_few = true;
    let mut values = column.dictionary().stream()?;
    while values.advance() && !context.deadline.step() {
        context.deadline.spend(values.key().len() / 8);
        known.hashes.push(xxhash_rust::xxh3::xxh3_128(values.key()));
        are_few &= known.texts.len() + values.key().len() <= FEW;
        if are_few {
            known.texts.push_str(&String::from_utf8_lossy(values.key()));
            known
                .ends
                .push(u32::try_from(known.texts.len()).unwrap_or(u32::MAX));
        }
    }
    if !are_few {
        known.texts = String::new();
        known.ends = Vec::new();
    }
    Ok(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_text_is_found_by_its_place() {
        let known = KnownValues {
            hashes: vec![1, 2, 3],
            texts: "MIT".to_owned() + "" + "Apache",
            ends: vec![3, 3, 9],
        };
        let texts: Vec<_> = (0..4).map(|ordinal| known.text(ordinal)).collect();
        assert_eq!(texts, [Some("MIT"), Some(""), Some("Apache"), None]);
    }
}
