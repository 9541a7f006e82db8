//! The layout that every collection's index has.
//!
//! | field | holds |
//! |---|---|
//! | `seq` | the document's number in the store: column and term |
//! | `text` | words with positions; a term is a [`field_mark`] and a word |
//! | `whole` | a term per value: the field's number and a hash of the value's words |
//! | `values` | columns: numbers, texts to count, keys to sort by |
//!
//! The names of the columns are in [`Column`].

use crate::schema::{FieldNumber, MOST_FIELDS};
use tantivy::schema::{
    BytesOptions, FAST, Field, INDEXED, IndexRecordOption, JsonObjectOptions, Schema, Term,
    TextFieldIndexing, TextOptions,
};

/// Changes whenever an index that an older program made cannot be read any more, or holds words that
/// are cut or folded otherwise today.
pub(crate) const FORMAT: u32 = 2;

/// The name under which the tokenizer of the `text` field is registered.
pub(crate) const WORDS: &str = "words";

/// The character in front of every term of a field: one of Unicode's private ones, which words
/// never hold.
#[must_use]
pub(crate) fn field_mark(number: FieldNumber) -> char {
    char::from_u32(0xE000 + u32::from(number.min(MOST_FIELDS))).unwrap_or('\u{F8FF}')
}

/// A column of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    /// Whole numbers; true and false as 1 and 0.
    Integers(FieldNumber),
    /// Decimal numbers, rounded to 32 bits.
    Floats(FieldNumber),
    /// Texts as they were sent.
    Texts(FieldNumber),
    /// What texts are sorted by.
    SortKeys(FieldNumber),
    /// Latitudes, parallel to the longitudes.
    Latitudes(FieldNumber),
    /// Longitudes.
    Longitudes(FieldNumber),
}

impl Column {
    /// The column's key in the `values` object.
    pub(crate) fn key(self) -> String {
        let (letter, number) = match self {
            Self::Integers(number) => ('i', number),
            Self::Floats(number) => ('f', number),
            Self::Texts(number) => ('s', number),
            Self::SortKeys(number) => ('k', number),
            Self::Latitudes(number) => ('x', number),
            Self::Longitudes(number) => ('y', number),
        };
        format!("{letter}{number}")
    }
}

/// The fields of the layout.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    pub(crate) seq: Field,
    pub(crate) text: Field,
    pub(crate) whole: Field,
    pub(crate) values: Field,
}

impl Fields {
    /// The layout as tantivy's schema.
    pub(crate) fn schema() -> (Schema, Self) {
        let mut builder = Schema::builder();
        let words = TextFieldIndexing::default()
            .set_tokenizer(WORDS)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let fields = Self {
            seq: builder.add_u64_field("seq", FAST | INDEXED),
            text: builder
                .add_text_field("text", TextOptions::default().set_indexing_options(words)),
            whole: builder.add_bytes_field("whole", BytesOptions::default().set_indexed()),
            values: builder.add_json_field("values", JsonObjectOptions::default().set_fast("raw")),
        };
        (builder.build(), fields)
    }

    pub(crate) fn word(self, number: FieldNumber, word: &str) -> Term {
        let mut text = String::with_capacity(3 + word.len());
        text.push(field_mark(number));
        text.push_str(word);
        Term::from_field_text(self.text, &text)
    }

    pub(crate) fn whole(self, number: FieldNumber, hash: u128) -> Term {
        Term::from_field_bytes(self.whole, &whole_value(number, hash))
    }
}

/// The bytes of the term that stands for a whole value.
pub(crate) fn whole_value(number: FieldNumber, hash: u128) -> [u8; 18] {
    let mut bytes = [0; 18];
    let (head, tail) = bytes.split_at_mut(2);
    head.copy_from_slice(&number.to_be_bytes());
    tail.copy_from_slice(&hash.to_be_bytes());
    bytes
}

/// The hash of a value's words, in order.
#[derive(Default)]
pub(crate) struct WholeValue {
    hasher: xxhash_rust::xxh3::Xxh3,
}

impl WholeValue {
    /// The next word of the value.
    pub(crate) fn word(&mut self, word: &str) {
        self.hasher.update(word.as_bytes());
        self.hasher.update(&[0]);
    }

    /// The hash; two values with the same words have the same one.
    #[must_use]
    pub(crate) fn finish(&self) -> u128 {
        self.hasher.digest128()
    }
}
