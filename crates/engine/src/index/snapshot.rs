//! What a search reads: a state of the index that does not change under it.
//!
//! A [`Snapshot`] is a list of [`Segment`]s; documents are numbers inside a segment. Everything is
//! read where it is needed: the postings of a word, the column of a field. Deleted documents are
//! still in the postings and columns; [`Segment::alive`] tells.

use super::layout::{Column, Fields, field_mark};
use super::word_stream::END_OF_VALUE;
use crate::error::EngineResult;
use crate::schema::FieldNumber;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use tantivy::columnar::{Column as Values, StrColumn};
use tantivy::fastfield::AliveBitSet;
use tantivy::index::SegmentId;
use tantivy::postings::SegmentPostings;
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::termdict::TermDictionary;
use tantivy::{DocId, InvertedIndexReader, Searcher, SegmentReader};

/// A state of the index.
#[derive(Debug)]
pub(crate) struct Snapshot {
    generation: u64,
    documents: u64,
    segments: Vec<Segment>,
    /// Keeps the files of the segments alive.
    _searcher: Searcher,
}

impl Snapshot {
    pub(crate) fn new(searcher: Searcher, fields: Fields) -> EngineResult<Self> {
        let segments = searcher
            .segment_readers()
            .iter()
            .map(|reader| Segment::new(reader.clone(), fields))
            .collect::<EngineResult<_>>()?;
        Ok(Self {
            generation: searcher.generation().generation_id(),
            documents: searcher.num_docs(),
            segments,
            _searcher: searcher,
        })
    }

    /// Differs between any two states of one opened index.
    #[must_use]
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Documents that are not deleted.
    #[must_use]
    pub(crate) fn documents(&self) -> u64 {
        self.documents
    }

    /// The parts, in no particular order.
    #[must_use]
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

/// A part of the index; documents are numbered from 0 to [`Segment::size`].
pub(crate) struct Segment {
    reader: SegmentReader,
    fields: Fields,
    words: Arc<InvertedIndexReader>,
    wholes: Arc<InvertedIndexReader>,
    seqs: Values<u64>,
    columns: RwLock<HashMap<Column, OpenedColumn>>,
}

/// A column that was opened before; a segment never changes, so it stays right.
#[derive(Clone)]
enum OpenedColumn {
    Integers(Option<Values<i64>>),
    Floats(Option<Values<f64>>),
    Texts(Option<StrColumn>),
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Segment")
            .field("id", &self.reader.segment_id())
            .finish_non_exhaustive()
    }
}

impl Segment {
    fn new(reader: SegmentReader, fields: Fields) -> EngineResult<Self> {
        Ok(Self {
            words: reader.inverted_index(fields.text)?,
            wholes: reader.inverted_index(fields.whole)?,
            seqs: reader.fast_fields().u64("seq")?,
            columns: RwLock::default(),
            reader,
            fields,
        })
    }

    /// Same identity, same documents (but for deletions).
    pub(crate) fn id(&self) -> SegmentId {
        self.reader.segment_id()
    }

    /// Documents, deleted ones included.
    pub(crate) fn size(&self) -> u32 {
        self.reader.max_doc()
    }

    /// Which documents are not deleted; `None` if none is.
    pub(crate) fn alive(&self) -> Option<&AliveBitSet> {
        self.reader.alive_bitset()
    }

    /// Whether the document is not deleted.
    pub(crate) fn is_alive(&self, document: DocId) -> bool {
        !self.reader.is_deleted(document)
    }

    /// The document's number in the store.
    pub(crate) fn seq(&self, document: DocId) -> u64 {
        self.seqs.first(document).unwrap_or_default()
    }

    /// The document of a number in the store.
    pub(crate) fn document(&self, seq: u64) -> EngineResult<Option<DocId>> {
        let term = Term::from_field_u64(self.fields.seq, seq);
        let index = self.reader.inverted_index(self.fields.seq)?;
        let Some(postings) = index.read_postings(&term, IndexRecordOption::Basic)? else {
            return Ok(None);
        };
        let mut found = None;
        let mut postings = postings;
        let mut document = tantivy::DocSet::doc(&postings);
        while document != tantivy::TERMINATED {
            if self.is_alive(document) {
                found = Some(document);
            }
            document = tantivy::DocSet::advance(&mut postings);
        }
        Ok(found)
    }

    /// The documents of a word in a field, with its positions.
    pub(crate) fn postings(
        &self,
        field: FieldNumber,
        word: &str,
    ) -> EngineResult<Option<SegmentPostings>> {
        Ok(self.words.read_postings(
            &self.fields.word(field, word),
            IndexRecordOption::WithFreqsAndPositions,
        )?)
    }

    /// The documents of a word in a field, without positions.
    pub(crate) fn documents_with(
        &self,
        field: FieldNumber,
        word: &str,
    ) -> EngineResult<Option<SegmentPostings>> {
        Ok(self
            .words
            .read_postings(&self.fields.word(field, word), IndexRecordOption::Basic)?)
    }

    /// How many documents hold a word in a field, deleted ones included.
    pub(crate) fn frequency(&self, field: FieldNumber, word: &str) -> EngineResult<u32> {
        Ok(self.words.doc_freq(&self.fields.word(field, word))?)
    }

    /// The ends of a field's values: the positions behind the last word of each.
    pub(crate) fn ends(&self, field: FieldNumber) -> EngineResult<Option<SegmentPostings>> {
        self.postings(field, END_OF_VALUE.encode_utf8(&mut [0; 4]))
    }

    /// The words of all fields; a key is a [`field_mark`] and a word. Ends of values are among them.
    pub(crate) fn vocabulary(&self) -> &TermDictionary {
        self.words.terms()
    }

    /// The reader of the words, for postings by a term's entry in [`Segment::vocabulary`].
    pub(crate) fn words(&self) -> &InvertedIndexReader {
        &self.words
    }

    /// The documents one of whose values consists of the words that were hashed.
    pub(crate) fn whole(
        &self,
        field: FieldNumber,
        hash: u128,
    ) -> EngineResult<Option<SegmentPostings>> {
        Ok(self
            .wholes
            .read_postings(&self.fields.whole(field, hash), IndexRecordOption::Basic)?)
    }

    /// A column of whole numbers: integers and bools.
    pub(crate) fn integers(&self, field: FieldNumber) -> EngineResult<Option<Values<i64>>> {
        let column = Column::Integers(field);
        match self.opened(column, || {
            let values = self.reader.fast_fields().column_opt(&name(column))?;
            Ok(OpenedColumn::Integers(values))
        })? {
            OpenedColumn::Integers(values) => Ok(values),
            _ => Ok(None),
        }
    }

    /// A column of decimal numbers, latitudes or longitudes.
    pub(crate) fn floats(&self, column: Column) -> EngineResult<Option<Values<f64>>> {
        match self.opened(column, || {
            let values = self.reader.fast_fields().column_opt(&name(column))?;
            Ok(OpenedColumn::Floats(values))
        })? {
            OpenedColumn::Floats(values) => Ok(values),
            _ => Ok(None),
        }
    }

    /// A column of texts, or of the keys to sort by.
    pub(crate) fn texts(&self, column: Column) -> EngineResult<Option<StrColumn>> {
        match self.opened(column, || {
            let values = self.reader.fast_fields().str(&name(column))?;
            Ok(OpenedColumn::Texts(values))
        })? {
            OpenedColumn::Texts(values) => Ok(values),
            _ => Ok(None),
        }
    }

    fn opened(
        &self,
        column: Column,
        open: impl FnOnce() -> EngineResult<OpenedColumn>,
    ) -> EngineResult<OpenedColumn> {
        if let Some(opened) = self
            .columns
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&column)
        {
            return Ok(opened.clone());
        }
        let opened = open()?;
        self.columns
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(column, opened.clone());
        Ok(opened)
    }
}

fn name(column: Column) -> String {
    format!("values.{}", column.key())
}

/// The first bytes of the terms of a field's words that begin with `prefix`.
#[must_use]
pub(crate) fn term_prefix(field: FieldNumber, prefix: &str) -> Vec<u8> {
    let mut bytes = field_mark(field).to_string().into_bytes();
    bytes.extend_from_slice(prefix.as_bytes());
    bytes
}
