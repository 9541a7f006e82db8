//! What the index keeps of one document.
//!
//! Made from a stored document, whose values already have the types that the schema asks for: what
//! has another type is left out of the index, never refused. `collection` makes entries, on as many
//! threads as it likes, and feeds them to the [`super::index_writer::Index`].

use super::layout::{Column, Fields, WholeValue, whole_value};
use super::word_stream::WordWriter;
use crate::document::values_at;
use crate::schema::{Field, FieldTokenizers, Schema, decimal_number, is_place, whole_number};
use crate::text::sort_key;
use serde_json::Value;
use std::collections::BTreeMap;
use tantivy::TantivyDocument;
use tantivy::schema::OwnedValue;

/// Bytes of a sort key that count.
const LONGEST_SORT_KEY: usize = 1_024;

/// See the [module](self).
#[derive(Debug, Clone)]
pub(crate) struct IndexEntry {
    seq: u64,
    text: String,
    wholes: Vec<[u8; 18]>,
    columns: BTreeMap<String, Vec<OwnedValue>>,
}

impl IndexEntry {
    /// The entry of the document with the number `seq`.
    #[must_use]
    pub(crate) fn new(
        seq: u64,
        document: &Value,
        schema: &Schema,
        words: &FieldTokenizers,
    ) -> Self {
        let mut builder = Builder {
            words,
            writer: WordWriter::default(),
            wholes: Vec::new(),
            columns: BTreeMap::new(),
        };
        for field in schema.fields.iter().filter(|field| field.index) {
            let mut values = Vec::new();
            values_at(document, &field.name, &mut values);
            if !values.is_empty() {
                builder.field(field, &values);
            }
        }
        Self {
            seq,
            text: builder.writer.into_text(),
            wholes: builder.wholes,
            columns: builder.columns,
        }
    }

    /// The document's number in the store.
    #[must_use]
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// About how many bytes it takes.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        self.text.len() + 18 * self.wholes.len() + 32 * self.columns.len()
    }

    /// The same entry under the number that its document got.
    #[must_use]
    pub(crate) fn numbered(self, seq: u64) -> Self {
        Self { seq, ..self }
    }

    pub(crate) fn to_document(&self, fields: Fields) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(fields.seq, self.seq);
        document.add_text(fields.text, &self.text);
        for whole in &self.wholes {
            document.add_bytes(fields.whole, whole.as_slice());
        }
        let columns = self
            .columns
            .iter()
            .map(|(key, values)| (key.clone(), OwnedValue::Array(values.clone())))
            .collect();
        document.add_object(fields.values, columns);
        document
    }
}

struct Builder<'a> {
    words: &'a FieldTokenizers,
    writer: WordWriter,
    wholes: Vec<[u8; 18]>,
    columns: BTreeMap<String, Vec<OwnedValue>>,
}

impl Builder<'_> {
    fn field(&mut self, field: &Field, values: &[&Value]) {
        let kind = field.kind;
        if kind.is_text() {
            let texts: Vec<&str> = values.iter().filter_map(|value| value.as_str()).collect();
            self.texts(field, &texts);
        } else if kind.is_integer() {
            let numbers = values.iter().filter_map(|value| whole_number(value, kind));
            self.column(Column::Integers(field.number), numbers.map(OwnedValue::I64));
        } else if kind.is_bool() {
            let bits = values.iter().filter_map(|value| value.as_bool());
            let column = bits.map(|value| OwnedValue::I64(i64::from(value)));
            self.column(Column::Integers(field.number), column);
        } else if kind.is_float() {
            let numbers = values.iter().copied().filter_map(decimal_number);
            let column = numbers.map(|value| OwnedValue::F64(f64::from(value)));
            self.column(Column::Floats(field.number), column);
        } else if kind.is_geopoint() {
            // A point is a pair of numbers, and `values_at` has opened all arrays.
            let numbers: Vec<f64> = values.iter().filter_map(|value| value.as_f64()).collect();
            let pairs: Vec<&[f64]> = numbers
                .chunks_exact(2)
                .filter(
                    |pair| matches!(pair, [latitude, longitude] if is_place(*latitude, *longitude)),
                )
                .collect();
            let part = |at: usize| {
                let parts = pairs.iter().filter_map(move |pair| pair.get(at));
                parts
                    .map(|value| OwnedValue::F64(*value))
                    .collect::<Vec<_>>()
            };
            let (latitudes, longitudes) = (part(0), part(1));
            self.column(Column::Latitudes(field.number), latitudes);
            self.column(Column::Longitudes(field.number), longitudes);
        }
    }

    fn texts(&mut self, field: &Field, texts: &[&str]) {
        let tokenizer = self.words.field(field.number);
        self.writer.start_field(field.number);
        for text in texts {
            let mut whole = WholeValue::default();
            let writer = &mut self.writer;
            for word in tokenizer.tokens(text) {
                writer.word(&word.text);
                whole.word(&word.text);
            }
            self.writer.end_value();
            self.wholes.push(whole_value(field.number, whole.finish()));
        }
        if field.facet {
            let values = texts.iter().map(|text| OwnedValue::Str((*text).to_owned()));
            self.column(Column::Texts(field.number), values);
        }
        if field.sort {
            let key = texts.first().map(|text| {
                let key = sort_key(text);
                OwnedValue::Str(shorten(&key).to_owned())
            });
            self.column(Column::SortKeys(field.number), key);
        }
    }

    fn column(&mut self, column: Column, values: impl IntoIterator<Item = OwnedValue>) {
        let collected: Vec<OwnedValue> = values.into_iter().collect();
        if !collected.is_empty() {
            self.columns.insert(column.key(), collected);
        }
    }
}

fn shorten(key: &str) -> &str {
    let mut end = key.len().min(LONGEST_SORT_KEY);
    while !key.is_char_boundary(end) {
        end -= 1;
    }
    key.get(..end).unwrap_or_default()
}
