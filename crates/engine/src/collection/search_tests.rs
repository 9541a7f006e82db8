//! Searches over a small index, with words that match by containment.

use std::time::Instant;

use serde_json::{Value, json};
use tantivy::DocSet;

use super::search::execute_and_render;
use crate::error::EngineResult;
use crate::execute::test_index::TestIndex;
use crate::execute::{
    Deadline, DocBitSet, Executor, Hit, MatchedWord, Matches, SearchContext, ValueCache, WordFinder,
};
use crate::http::http_status;
use crate::memory::{AnswerBudget, MemoryPool};
use crate::plan::{SearchPlan, TextQuery};
use crate::request::SearchParameters;
use crate::settings::EngineSettings;
use crate::store::document_codec::some_members;

/// Finds documents whose text fields hold the word; scores fall with the document's number.
fn search(index: &TestIndex, text: &str) -> EngineResult<Value> {
    let words = |words: &TextQuery, allowed: &[DocBitSet]| {
        let all = words.text == "*";
        let mut matches = Matches {
            combinations: vec![vec![MatchedWord {
                token: words.text.clone(),
                typed: words.text.chars().count(),
            }]],
            ..Matches::default()
        };
        for (segment, allowed) in index.snapshot.segments().iter().zip(allowed) {
            let mut hits = Vec::new();
            for doc in allowed.iter() {
                let mut found = all;
                for field in &words.fields {
                    if let Some(mut postings) = segment.documents_with(field.number, &words.text)? {
                        // Seeking goes forwards only.
                        found |= postings.doc() == doc
                            || (postings.doc() < doc && postings.seek(doc) == doc);
                    }
                }
                if found {
                    hits.push(Hit {
                        doc,
                        score: 578_730_123_365_187_705,
                        combination: 0,
                    });
                }
            }
            matches.segments.push(hits);
        }
        Ok(matches)
    };
    search_by(&words, &Deadline::never(), index, text)
}

/// A search whose words are found in some way.
pub(super) fn search_by(
    words: WordFinder<'_>,
    deadline: &Deadline,
    index: &TestIndex,
    text: &str,
) -> EngineResult<Value> {
    let limits = EngineSettings::default();
    let pairs: Vec<(&str, &str)> = text
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .collect();
    let parameters = SearchParameters::read(&pairs, &limits)?;
    let plan = SearchPlan::new(parameters, &index.schema, &limits)?;
    let values = ValueCache::default();
    let budget = AnswerBudget::of(1 << 30, &MemoryPool::of(1 << 30));
    let fetch_documents = |seqs: &[u64], wanted: &dyn Fn(&str) -> bool| {
        let document = |seq: &u64| {
            let at = usize::try_from(*seq).unwrap_or(usize::MAX);
            let stored = serde_json::to_vec(index.stored.get(at)?).ok()?;
            some_members(&stored, wanted).ok()
        };
        Ok(seqs.iter().map(document).collect())
    };
    index.with_context(|context| {
        let executor = Executor {
            context: SearchContext {
                deadline,
                ..context
            },
            values: &values,
            find_words: words,
            result_window: limits.result_window,
            budget: &budget,
        };
        execute_and_render(&plan, &executor, &fetch_documents, Instant::now())
    })
}

fn ids(index: &TestIndex, text: &str) -> EngineResult<String> {
    let answer = search(index, text)?;
    let hits = answer["hits"].as_array().into_iter().flatten();
    let ids: Vec<&str> = hits
        .map(|hit| hit["document"]["id"].as_str().unwrap_or("?"))
        .collect();
    Ok(ids.join(","))
}

#[test]
fn documents_come_in_the_order_that_is_asked_for() -> EngineResult<()> {
    let index = TestIndex::new()?;
    for (sort, expected) in [
        ("", "h,e f,a,c,b,d"),
        ("stars:asc", "b,c,e f,a,h,d"),
        ("stars(missing_values: first):desc", "d,h,e f,a,c,b"),
        ("name:asc", "b,a,c,h,e f,d"),
        ("name:desc", "d,e f,h,c,a,b"),
        ("name(missing_values: first):asc", "d,b,a,c,h,e f"),
        ("name(missing_values: last):desc", "e f,h,c,a,b,d"),
        ("health:desc", "e f,h,a,c,b,d"),
        ("health:asc,stars:asc", "b,c,a,h,e f,d"),
        ("yanked:desc", "a,c,b,h,e f,d"),
        ("_seq_id:asc", "a,b,c,d,e f,h"),
        ("_eval(tags:python):desc", "h,c,b,a,e f,d"),
        ("place(50,11):asc", "b,a,h,e f,d,c"),
        ("place(50,11):desc", "h,e f,d,c,a,b"),
    ] {
        let found = ids(&index, &format!("q=*&sort_by={sort}"))?;
        assert_eq!(found, expected, "{sort}");
    }
    assert_eq!(ids(&index, "q=*&per_page=2&page=2")?, "a,c");
    assert_eq!(ids(&index, "q=*&limit=2&offset=1")?, "e f,a");
    let answer = search(&index, "q=*&sort_by=place(50,11):asc&per_page=1")?;
    assert_eq!(
        answer["hits"][0]["geo_distance_meters"],
        json!({"place": 35729})
    );
    Ok(())
}

#[test]
fn hits_are_pinned_and_hidden() -> EngineResult<()> {
    let index = TestIndex::new()?;
    let found = ids(
        &index,
        "q=plone&query_by=name&pinned_hits=c:1,d:3,gone:1&hidden_hits=a",
    )?;
    assert_eq!(found, "c,b,d");
    let answer = search(
        &index,
        "q=plone&query_by=name&pinned_hits=c:1&include_fields=id",
    )?;
    assert_eq!(
        answer["hits"][0],
        json!({"curated": true, "document": {"id": "c"}, "highlight": {}, "highlights": []})
    );
    assert_eq!(answer["found"], 3);
    Ok(())
}

#[test]
fn the_answer_has_the_form_of_the_api() -> EngineResult<()> {
    let index = TestIndex::new()?;
    let mut answer = search(
        &index,
        "q=plone&query_by=name,summary&include_fields=id,summary&per_page=1",
    )?;
    answer["search_time_ms"] = json!(0);
    assert_eq!(
        answer.to_string(),
        r#"{"facet_counts":[],"found":2,"hits":[{"document":{"id":"a","summary":"plone.restapi is a RESTful hypermedia API for Plone."},"highlight":{"summary":{"matched_tokens":["plone","Plone"],"snippet":"<mark>plone</mark>.restapi is a RESTful hypermedia API for <mark>Plone</mark>."}},"highlights":[{"field":"summary","matched_tokens":["plone","Plone"],"snippet":"<mark>plone</mark>.restapi is a RESTful hypermedia API for <mark>Plone</mark>."}],"text_match":578730123365187705,"text_match_info":{"best_field_score":"1108091338752","best_field_weight":15,"fields_matched":1,"score":"578730123365187705","tokens_matched":1}}],"out_of":6,"page":1,"request_params":{"collection_name":"packages","per_page":1,"q":"plone"},"search_cutoff":false,"search_time_ms":0}"#
    );
    let answer = search(
        &index,
        "q=*&per_page=1&include_fields=author.name,na*&exclude_fields=tags",
    )?;
    assert_eq!(
        answer["hits"][0],
        json!({"document": {"author": {"name": "jane"}, "name": "Zope"}, "highlight": {}, "highlights": []})
    );
    Ok(())
}

#[test]
fn values_are_counted() -> EngineResult<()> {
    let index = TestIndex::new()?;
    let counts = |text: &str| -> EngineResult<Vec<(String, u64, String)>> {
        let answer = search(&index, text)?;
        let counts = answer["facet_counts"][0]["counts"].as_array().cloned();
        let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let one = |count: &Value| {
            let number = count["count"].as_u64().unwrap_or(0);
            (text(&count["value"]), number, text(&count["highlighted"]))
        };
        Ok(counts.iter().flatten().map(one).collect())
    };
    let same = |value: &str, count: u64| (value.to_owned(), count, value.to_owned());
    assert_eq!(
        counts("q=*&facet_by=tags&max_facet_values=3")?,
        [
            same("Python :: 3", 3),
            same("Framework :: Plone", 2),
            same("Framework :: Plone :: 6.0", 1)
        ]
    );
    assert_eq!(
        counts("q=*&facet_by=stars")?,
        [same("5", 2), same("-7", 1), same("0", 1), same("7", 1)]
    );
    assert_eq!(
        counts("q=*&facet_by=yanked")?,
        [same("false", 2), same("true", 1)]
    );
    let marked = |value: &str, count: u64, mark: &str| (value.to_owned(), count, mark.to_owned());
    assert_eq!(
        counts("q=*&facet_by=tags&facet_query=tags:frame")?,
        [
            marked("Framework :: Plone", 2, "<mark>Frame</mark>work :: Plone"),
            marked(
                "Framework :: Plone :: 6.0",
                1,
                "<mark>Frame</mark>work :: Plone :: 6.0"
            ),
        ]
    );
    assert_eq!(
        counts("q=*&facet_by=tags&facet_query=tags:pyhton 3")?,
        [
            marked("Python :: 3", 3, "<mark>Python</mark> :: <mark>3</mark>"),
            marked("python 3", 1, "<mark>python</mark> <mark>3</mark>"),
        ]
    );
    let answer = search(&index, "q=*&facet_by=health&max_facet_values=1")?;
    assert_eq!(
        answer["facet_counts"][0],
        json!({
            "counts": [{"count": 2, "highlighted": "1.5", "value": "1.5"}],
            "field_name": "health",
            "sampled": false,
            "stats": {"avg": 13.710_000_610_351_562, "max": 67.800_003_051_757_81, "min": -2.25, "sum": 68.550_003_051_757_81, "total_values": 4},
        })
    );
    Ok(())
}

#[test]
fn documents_are_grouped() -> EngineResult<()> {
    let index = TestIndex::new()?;
    let groups = |text: &str| -> EngineResult<(Value, String)> {
        let answer = search(&index, text)?;
        let groups = answer["grouped_hits"].as_array().cloned();
        let one = |group: &Value| {
            let hits = group["hits"].as_array().cloned();
            let ids: Vec<String> = hits
                .iter()
                .flatten()
                .map(|hit| hit["document"]["id"].as_str().unwrap_or("?").to_owned())
                .collect();
            format!("{}: {}", group["group_key"], ids.join(","))
        };
        let groups: Vec<String> = groups.iter().flatten().map(one).collect();
        Ok((answer["found"].clone(), groups.join("; ")))
    };
    assert_eq!(
        groups("q=*&group_by=stars&sort_by=_seq_id:desc")?,
        (
            json!(5),
            "[7]: h; [5]: e f,a; []: d; [0]: c; [-7]: b".to_owned()
        )
    );
    assert_eq!(
        groups("q=*&group_by=author.name&group_limit=1&sort_by=_seq_id:desc")?,
        (json!(3), r#"["jane"]: h; []: e f; ["Jane"]: a"#.to_owned())
    );
    assert_eq!(
        groups("q=*&group_by=yanked,stars&per_page=1&sort_by=_seq_id:asc")?,
        (json!(6), "[true,5]: a".to_owned())
    );
    let answer = search(
        &index,
        "q=*&group_by=yanked&facet_by=tags&max_facet_values=1",
    )?;
    assert_eq!(answer["facet_counts"][0]["counts"][0]["count"], 2);
    Ok(())
}

#[test]
fn what_cannot_be_searched_is_refused() -> EngineResult<()> {
    let index = TestIndex::new()?;
    for (text, expected) in [
        ("q=x", "400 No search fields specified for the query."),
        (
            "q=x&query_by=nope",
            "404 Could not find a field named `nope` in the schema.",
        ),
        (
            "q=x&query_by=stars",
            "400 Field `stars` should be a string or a string array.",
        ),
        (
            "q=x&query_by=raw",
            "400 Field `raw` is marked as a non-indexed field in the schema.",
        ),
        (
            "q=*&facet_by=nope",
            "404 Could not find a facet field named `nope` in the schema.",
        ),
        (
            "q=*&group_by=nope",
            "404 Could not find a field named `nope` in the schema.",
        ),
        (
            "q=*&group_by=summary",
            "400 Group by field `summary` should be a facet field.",
        ),
        (
            "q=*&filter_by=nope:1",
            "404 Could not find a filter field named `nope` in the schema.",
        ),
    ] {
        let problem = search(&index, text).err();
        let message =
            problem.map(|problem| format!("{} {}", http_status(problem.code), problem.message));
        assert_eq!(message.as_deref(), Some(expected), "{text}");
    }
    Ok(())
}
