//! An index is fed, closed, opened and read.

use super::index_entry::IndexEntry;
use super::index_writer::{Index, IndexChange, IndexSettings};
use super::layout::{Column, WholeValue};
use crate::error::EngineResult;
use crate::schema::{Field, FieldTokenizers, FieldType, Schema};
use serde_json::{Value, json};
use tantivy::postings::Postings;
use tantivy::{DocSet, TERMINATED};

fn field(name: &str, kind: FieldType, number: u16) -> Field {
    Field {
        name: name.to_owned(),
        kind,
        facet: true,
        index: true,
        infix: false,
        locale: String::new(),
        optional: true,
        sort: kind == FieldType::String,
        number,
    }
}

fn schema() -> Schema {
    Schema {
        name: "packages".to_owned(),
        fields: vec![
            field("name", FieldType::String, 1),
            field("tags", FieldType::Strings, 2),
            field("stars", FieldType::Int64, 3),
            field("author.age", FieldType::Floats, 4),
            field("place", FieldType::Geopoint, 5),
            field("yanked", FieldType::Bool, 6),
        ],
        default_sorting_field: String::new(),
        enable_nested_fields: true,
        token_separators: Vec::new(),
        symbols_to_index: Vec::new(),
        metadata: None,
        created_at: 0,
        next_field: 7,
    }
}

fn entry(seq: u64, document: &Value) -> IndexEntry {
    IndexEntry::new(seq, document, &schema(), &FieldTokenizers::of(&schema()))
}

fn documents(postings: Option<impl DocSet>) -> usize {
    let Some(mut postings) = postings else {
        return 0;
    };
    let mut count = 0;
    while postings.doc() != TERMINATED {
        count += 1;
        postings.advance();
    }
    count
}

#[test]
fn what_is_fed_can_be_read() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let index = Index::create(&folder.path().join("index"), IndexSettings::default())?;
    let first = entry(
        7,
        &json!({"name": "Plone API", "tags": ["Web", "plone plone", ""], "stars": 9_007_199_254_740_993_i64,
            "author": [{"age": 67.8}, {"age": 3}], "place": [48.1, 11.5], "yanked": true, "unknown": {"a": [1]}}),
    );
    index.feed([IndexChange::New(&first)], 3)?;
    let snapshot = index.snapshot()?;
    assert_eq!(snapshot.documents(), 1);
    let [segment] = snapshot.segments() else {
        return Err(crate::error::EngineError::internal(
            "one segment was expected",
        ));
    };
    assert_eq!(segment.seq(0), 7);
    assert_eq!(segment.document(7)?, Some(0));
    assert_eq!(segment.document(8)?, None);

    let mut positions = Vec::new();
    let mut read = |field, word| -> EngineResult<Vec<u32>> {
        positions.clear();
        if let Some(mut postings) = segment.postings(field, word)? {
            postings.positions(&mut positions);
        }
        Ok(positions.clone())
    };
    assert_eq!(read(1, "api")?, [1]);
    assert_eq!(read(2, "api")?, [0_u32; 0]);
    assert_eq!(read(2, "plone")?, [101, 102]);
    assert_eq!(
        read(2, "\u{1}")?,
        [1, 103, 203],
        "an empty value ends where it starts"
    );
    assert_eq!(documents(segment.ends(1)?), 1);

    let mut whole = WholeValue::default();
    whole.word("plone");
    assert_eq!(documents(segment.whole(1, whole.finish())?), 0);
    whole.word("api");
    assert_eq!(documents(segment.whole(1, whole.finish())?), 1);
    assert_eq!(documents(segment.whole(2, whole.finish())?), 0);

    let integers = segment.integers(3)?.map(|column| column.first(0));
    assert_eq!(integers, Some(Some(9_007_199_254_740_993)));
    assert_eq!(
        segment.integers(6)?.map(|column| column.first(0)),
        Some(Some(1))
    );
    let ages = segment.floats(Column::Floats(4))?;
    let ages: Vec<f64> = ages
        .iter()
        .flat_map(|column| column.values_for_doc(0))
        .collect();
    assert_eq!(ages, [f64::from(67.8_f32), 3.0]);
    let latitude = segment.floats(Column::Latitudes(5))?;
    assert_eq!(latitude.map(|column| column.first(0)), Some(Some(48.1)));
    let tags = segment.texts(Column::Texts(2))?;
    let tags = tags.map(|column| column.term_ords(0).count());
    assert_eq!(tags, Some(3));
    let keys = segment.texts(Column::SortKeys(1))?;
    let mut key = String::new();
    if let Some(keys) = keys {
        for ordinal in keys.term_ords(0) {
            keys.ord_to_str(ordinal, &mut key)?;
        }
    }
    assert_eq!(key, "plone api");
    Ok(())
}

#[test]
fn words_that_would_break_the_stream_are_left_out() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let index = Index::create(&folder.path().join("index"), IndexSettings::default())?;
    let mut schema = schema();
    schema.symbols_to_index = vec!['\u{1}'];
    let document = json!({"name": "a \u{E002}x b\u{1} \u{F8FF} ｃ"});
    let entry = IndexEntry::new(1, &document, &schema, &FieldTokenizers::of(&schema));
    index.feed([IndexChange::New(&entry)], 1)?;
    let snapshot = index.snapshot()?;
    for segment in snapshot.segments() {
        assert_eq!(documents(segment.postings(1, "a")?), 1);
        assert_eq!(documents(segment.postings(2, "x")?), 0);
        assert_eq!(segment.frequency(1, "\u{1}")?, 1);
        assert_eq!(segment.frequency(2, "\u{1}")?, 0);
    }
    Ok(())
}

#[test]
fn the_last_change_that_is_held_is_known_after_opening() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("index");
    {
        let index = Index::create(&path, IndexSettings::default())?;
        index.feed([IndexChange::New(&entry(1, &json!({"name": "a"})))], 5)?;
        assert_eq!(index.commit()?, 5);
        index.feed([IndexChange::New(&entry(2, &json!({"name": "b"})))], 6)?;
    }
    let (index, change) = Index::open(&path, IndexSettings::default())?;
    assert_eq!(change, 5, "what was not committed is not there");
    let old = index.snapshot()?;
    assert_eq!(old.documents(), 1);
    index.feed(
        [
            IndexChange::Replaced(&entry(1, &json!({"name": "c"}))),
            IndexChange::Replaced(&entry(2, &json!({"name": "b"}))),
            IndexChange::Removed(9),
        ],
        8,
    )?;
    let new = index.snapshot()?;
    assert_eq!((old.documents(), new.documents()), (1, 2));
    assert_ne!(old.generation(), new.generation());
    index.rest()?;
    assert_eq!(index.commit()?, 8);
    assert_eq!(index.damaged_files(&|| false)?, Some(Vec::new()));
    Ok(())
}

#[test]
fn a_folder_without_an_index_is_refused() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    assert!(Index::open(folder.path(), IndexSettings::default()).is_err());
    Ok(())
}
