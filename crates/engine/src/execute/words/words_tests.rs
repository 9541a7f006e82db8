//! Searches on a small index.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test ends where something is missing"
)]

use super::candidates::CandidateCache;
use super::find_words;
use super::text_match::explain;
use crate::error::EngineResult;
use crate::execute::deadline::fake::Fake;
use crate::execute::{Deadline, DocBitSet};
use crate::index::{Index, IndexChange, IndexEntry, IndexSettings, Snapshot};
use crate::plan::{QueryField, TextQuery};
use crate::request::{Infix, MatchingOptions, SplitJoin, TextMatchType};
use crate::schema::{Field, FieldTokenizers, FieldType, Schema};
use serde_json::{Value, json};
use std::sync::Arc;

/// An index of documents with a name and tags.
struct Fixture {
    _folder: tempfile::TempDir,
    snapshot: Arc<Snapshot>,
    tokenizers: FieldTokenizers,
    cache: CandidateCache,
}

impl Fixture {
    /// Documents are numbered from 0. Every other document makes a segment of its own end.
    fn new(documents: &[Value]) -> Self {
        let field = |name: &str, kind, number| Field {
            name: name.to_owned(),
            kind,
            facet: false,
            index: true,
            infix: true,
            locale: String::new(),
            optional: true,
            sort: false,
            number,
        };
        let schema = Schema {
            name: "packages".to_owned(),
            fields: vec![
                field("name", FieldType::String, 0),
                field("tags", FieldType::Strings, 1),
                field("stars", FieldType::Int64, 2),
            ],
            default_sorting_field: String::new(),
            enable_nested_fields: false,
            token_separators: vec!['.'],
            symbols_to_index: Vec::new(),
            metadata: None,
            created_at: 0,
            next_field: 3,
        };
        let tokenizers = FieldTokenizers::of(&schema);
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::create(folder.path(), IndexSettings::default()).expect("an index");
        for (number, document) in (0..).zip(documents) {
            let entry = IndexEntry::new(number, document, &schema, &tokenizers);
            index
                .feed([IndexChange::New(&entry)], number + 1)
                .expect("room");
            if number % 2 == 1 {
                index.commit().expect("a segment");
            }
        }
        Self {
            snapshot: index.snapshot().expect("a snapshot"),
            _folder: folder,
            tokenizers,
            cache: CandidateCache::of(&schema),
        }
    }

    fn names(names: &[&str]) -> Self {
        let documents: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        Self::new(&documents)
    }

    fn find(&self, search: &TextQuery) -> EngineResult<Vec<(u64, u64, Vec<String>)>> {
        self.find_in(search, None)
    }

    /// Numbers, scores and marked words, the best first.
    fn find_in(
        &self,
        search: &TextQuery,
        filter: Option<&[DocBitSet]>,
    ) -> EngineResult<Vec<(u64, u64, Vec<String>)>> {
        let never = Deadline::never();
        let (snapshot, tokenizers) = (&self.snapshot, &self.tokenizers);
        let matches = find_words(snapshot, search, tokenizers, filter, &self.cache, &never)?;
        let mut found = Vec::new();
        for (segment, hits) in self.snapshot.segments().iter().zip(&matches.segments) {
            for hit in hits {
                let words = matches.combinations[hit.combination as usize].iter();
                let marked = words
                    .chain(&matches.phrases)
                    .map(|word| format!("{}/{}", word.token, word.typed))
                    .collect();
                found.push((segment.seq(hit.doc), hit.score, marked));
            }
        }
        found.sort_by(|one, other| other.1.cmp(&one.1).then(other.0.cmp(&one.0)));
        Ok(found)
    }

    fn ids(&self, search: &TextQuery) -> Vec<u64> {
        let found = self.find(search).expect("an answer");
        found.into_iter().map(|(number, _, _)| number).collect()
    }
}

/// With the API's defaults, in `name` and `tags`.
fn search(text: &str) -> TextQuery {
    let field = |number, weight| QueryField {
        number,
        weight,
        prefix: true,
        typos: 2,
        infix: Infix::Off,
    };
    TextQuery {
        text: text.to_owned(),
        fields: vec![field(0, 15), field(1, 14)],
        matching: MatchingOptions {
            typo_tokens_threshold: 1,
            drop_tokens_threshold: 1,
            min_len_1typo: 4,
            min_len_2typo: 7,
            max_extra_prefix: usize::MAX,
            max_extra_suffix: usize::MAX,
            split_join_tokens: SplitJoin::Fallback,
            text_match_type: TextMatchType::MaxScore,
            prioritize_exact_match: true,
            prioritize_token_position: false,
            exhaustive_search: false,
            max_candidates: 10,
        },
    }
}

#[test]
fn numbers_are_those_of_the_api() -> EngineResult<()> {
    let fixture = Fixture::names(&["plone.api", "plone x api", "plone"]);
    let found = fixture.find(&search("plone api"))?;
    assert_eq!(found[0].0, 0);
    assert_eq!(found[0].1, 1_157_451_471_441_625_209);
    assert_eq!(found.len(), 2, "both words are needed");
    let found = fixture.find(&search("plone"))?;
    let scores: Vec<u64> = found.iter().map(|(_, score, _)| *score).collect();
    assert_eq!(found[0].0, 2, "the exact value is first");
    assert_eq!(scores[0], 578_730_123_365_711_993);
    assert_eq!(scores[1], 578_730_123_365_187_705);
    Ok(())
}

#[test]
fn the_last_word_may_be_a_beginning_and_what_was_typed_is_marked() -> EngineResult<()> {
    let fixture = Fixture::names(&["plone.restapi", "restplone", "rest"]);
    let found = fixture.find(&search("rest"))?;
    let marked: Vec<&str> = found
        .iter()
        .map(|(_, _, words)| words[0].as_str())
        .collect();
    assert_eq!(fixture.ids(&search("rest")), [2, 1, 0]);
    assert_eq!(marked, ["rest/4", "restplone/4", "restapi/4"]);
    assert_eq!(fixture.ids(&search("plone res")), [0]);
    Ok(())
}

#[test]
fn typos_are_tried_when_nothing_fits() {
    let fixture = Fixture::names(&["plone", "plane", "planerie"]);
    assert_eq!(fixture.ids(&search("plone")), [0]);
    assert_eq!(fixture.ids(&search("plxne")), [1, 0, 2]);
    let mut strict = search("plxne");
    strict.fields.iter_mut().for_each(|field| field.typos = 0);
    assert_eq!(fixture.ids(&strict), [0_u64; 0]);
    assert_eq!(
        fixture.ids(&search("pl0")),
        [0_u64; 0],
        "too short for a typo"
    );
}

#[test]
fn words_are_joined_split_and_dropped() {
    let fixture = Fixture::names(&["easyform", "data grid", "numpy"]);
    assert_eq!(fixture.ids(&search("easy form")), [0]);
    assert_eq!(fixture.ids(&search("datagrid")), [1]);
    assert_eq!(fixture.ids(&search("numpy django")), [2]);
    assert_eq!(fixture.ids(&search("django numpy")), [2]);
    let mut all = search("numpy django");
    all.matching.drop_tokens_threshold = 0;
    assert_eq!(fixture.ids(&all), [0_u64; 0]);
}

#[test]
fn phrases_and_exclusions_limit_what_is_found() -> EngineResult<()> {
    let fixture = Fixture::new(&[
        json!({"name": "rest api", "tags": ["old"]}),
        json!({"name": "api rest", "tags": ["rest", "api"]}),
        json!({"name": "x", "tags": ["x rest api"]}),
    ]);
    assert_eq!(fixture.ids(&search("\"rest api\"")), [0, 2]);
    assert_eq!(fixture.find(&search("\"rest api\""))?[0].1, 100_015);
    assert_eq!(fixture.ids(&search("api -old")), [1, 2]);
    assert_eq!(fixture.ids(&search("-\"rest api\"")), [1]);
    assert_eq!(fixture.find(&search(" -- "))?.len(), 3);
    assert_eq!(fixture.find(&search(""))?[0].1, 100);
    Ok(())
}

#[test]
fn fields_count_by_weight_and_number() -> EngineResult<()> {
    let fixture = Fixture::new(&[
        json!({"name": "x", "tags": ["rest"]}),
        json!({"name": "rest", "tags": ["rest"]}),
        json!({"name": "rest"}),
    ]);
    assert_eq!(fixture.ids(&search("rest")), [1, 2, 0]);
    let mut turned = search("rest");
    turned.fields[1].weight = 20;
    assert_eq!(fixture.ids(&turned), [1, 0, 2]);
    let info = explain(fixture.find(&turned)?[0].1, TextMatchType::MaxScore);
    assert_eq!((info.best_field_weight, info.fields_matched), (15, 2));
    Ok(())
}

#[test]
fn a_filter_comes_before_the_choice_of_candidates() {
    let mut names: Vec<String> = (0..40)
        .map(|at| format!("pre{at:02} pre{at:02}x"))
        .collect();
    names.push("prezz".to_owned());
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fixture = Fixture::names(&names);
    assert!(!fixture.ids(&search("pre")).contains(&40));
    let filter: Vec<DocBitSet> = fixture
        .snapshot
        .segments()
        .iter()
        .map(|segment| {
            let mut bits = DocBitSet::none(segment.size());
            if let Ok(Some(document)) = segment.document(40) {
                bits.insert(document);
            }
            bits
        })
        .collect();
    let found = fixture
        .find_in(&search("pre"), Some(&filter))
        .expect("an answer");
    assert_eq!(found.len(), 1);
    let mut everything = search("pre");
    everything.matching.exhaustive_search = true;
    everything.matching.max_candidates = 10_000;
    assert_eq!(fixture.ids(&everything).len(), 41);
}

#[test]
fn the_middle_of_words_is_found_if_asked_for() {
    let fixture = Fixture::names(&["plonerestapi", "rest"]);
    let mut inside = search("restap");
    assert_eq!(fixture.ids(&inside), [0_u64; 0]);
    inside.fields[0].infix = Infix::Fallback;
    assert_eq!(fixture.ids(&inside), [0]);
    inside.text = "rest".to_owned();
    assert_eq!(fixture.ids(&inside), [1]);
    inside.fields[0].infix = Infix::Always;
    assert_eq!(fixture.ids(&inside), [1, 0]);
}

/// What was looked up in haste is not what later searches get.
#[test]
fn a_look_up_that_was_cut_off_is_not_kept() -> EngineResult<()> {
    let mut words: Vec<String> = (0..5_000).map(|number| format!("a{number:04}")).collect();
    words.push("azzz".to_owned());
    let fixture = Fixture::names(&[&words.join(" "), "azzz"]);
    let best = |deadline: &Deadline| -> EngineResult<Option<Box<str>>> {
        let found = fixture
            .cache
            .find(&fixture.snapshot, 0, "a", 0, true, deadline)?;
        Ok(found.first().cloned())
    };
    let (_, late) = Fake::deadline(2, true);
    assert_eq!(best(&late)?.as_deref(), Some("a0000"));
    assert_eq!(best(&Deadline::never())?.as_deref(), Some("azzz"));
    Ok(())
}
