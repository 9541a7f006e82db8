//! A search that is late, whatever it is doing when its time is up.
//!
//! The clock stands still until it is looked at for so many times: so every look of a search is once
//! the one at which it is late, and how often it looks tells how much it does in between.

use serde_json::{Value, json};

use super::search_tests::search_by;
use crate::error::EngineResult;
use crate::execute::deadline::fake::Fake;
use crate::execute::test_index::TestIndex;
use crate::execute::words::{CandidateCache, find_words};
use crate::execute::{Deadline, DocBitSet};
use crate::plan::TextQuery;

/// Every part of a search, alone where that is possible.
const SEARCHES: &[&str] = &[
    "q=*",
    "q=*&filter_by=name:sa*",
    "q=*&filter_by=name:=sa*",
    "q=*&filter_by=tags:=same b*",
    "q=*&filter_by=name:=[same,other]",
    "q=*&filter_by=name:!=[other,another]",
    "q=*&filter_by=stars:!=[7,8,9,10]&per_page=250",
    "q=*&filter_by=place:(50,11,1 km)",
    "q=*&filter_by=place:(49,10,49,12,51,12,51,10)",
    "q=same&query_by=name",
    "q=same&query_by=name&sort_by=stars:desc",
    "q=*&sort_by=name:asc",
    "q=*&sort_by=place(50,11):asc,stars:asc,name:desc",
    "q=*&sort_by=_eval(name:sa*):desc",
    "q=*&facet_by=yanked",
    "q=*&facet_by=tags",
    "q=*&facet_by=stars,health",
    "q=*&facet_by=tags&facet_query=tags:beginning77",
    "q=*&facet_by=tags&facet_query=tags:same beg",
    "q=*&group_by=stars",
    "q=*&group_by=tags&group_limit=3&facet_by=tags",
    "q=begin&query_by=tags",
    "q=same same beg&query_by=tags,name&exhaustive_search=true",
    "q=same beginning7 beginning8&query_by=tags,name",
    "q=same -\"same beginning5\" -other&query_by=tags,name",
    "q=same zope&query_by=name&drop_tokens_threshold=1000",
    "q=same&query_by=summary&highlight_full_fields=summary",
    "q=x same&query_by=summary,name&prioritize_token_position=true",
    "q=same&query_by=name&per_page=250&highlight_fields=name,summary,tags",
];

/// Those that have little to do, however many documents there are.
const SMALL_SEARCHES: &[&str] = &[
    "q=beginnign1&query_by=tags,name",
    "q=samebeginning5&query_by=tags",
    "q=\"same beginning5\"&query_by=tags",
];

fn index(count: usize) -> EngineResult<TestIndex> {
    let stored = (0..count).map(|number| {
        let summary = match number % 100 {
            0 => format!("{}same", "x same ".repeat(count)),
            _ => "x".to_owned(),
        };
        json!({
            "id": number.to_string(), "name": "same", "summary": summary, "stars": number,
            "tags": [format!("same beginning{number}")], "health": 0.5, "yanked": true,
            "place": [50.0, 11.0],
        })
    });
    TestIndex::of(stored.collect())
}

fn search(index: &TestIndex, deadline: &Deadline, text: &str) -> EngineResult<Value> {
    // What was remembered of the search before would hide a part of this one.
    let cache = CandidateCache::of(&index.schema);
    let words = |words: &TextQuery, allowed: &[DocBitSet]| {
        let (snapshot, words_of) = (&index.snapshot, &index.tokenizers);
        find_words(snapshot, words, words_of, Some(allowed), &cache, deadline)
    };
    search_by(&words, deadline, index, text)
}

/// How often a search looks at the clock.
fn looks(index: &mut TestIndex, text: &str) -> EngineResult<usize> {
    index.forget();
    let (clock, deadline) = Fake::deadline(usize::MAX, true);
    let answer = search(index, &deadline, text)?;
    assert_eq!(answer["search_cutoff"], false, "{text}");
    Ok(clock.asked.get())
}

fn ids(answer: &Value) -> Vec<&str> {
    let grouped = answer["grouped_hits"].as_array().into_iter().flatten();
    let grouped = grouped.filter_map(|group| group["hits"].as_array());
    let hits = answer["hits"]
        .as_array()
        .into_iter()
        .chain(grouped)
        .flatten();
    hits.filter_map(|hit| hit["document"]["id"].as_str())
        .collect()
}

#[test]
fn a_search_that_is_late_at_any_moment_answers_with_some_of_the_whole() -> EngineResult<()> {
    let mut index = index(300)?;
    for text in SEARCHES.iter().chain(SMALL_SEARCHES) {
        let looks = looks(&mut index, text)?;
        for late_at in (1..=looks).step_by(looks.div_ceil(25)) {
            for stays_late in [true, false] {
                index.forget();
                let (clock, deadline) = Fake::deadline(late_at, stays_late);
                let late = search(&index, &deadline, text)?;
                let what = format!("{text}, late at {late_at} of {looks}, {stays_late}");
                assert_eq!(late["search_cutoff"], true, "{what}");
                let found = late["found"].as_u64().unwrap_or(u64::MAX);
                assert!(found <= 300, "{what} {found}");
                assert!(ids(&late).len() <= 250, "{what}");
                assert!(ids(&late).len() as u64 <= found.max(1) * 3, "{what}");
                if text.contains("stars:!=[7,8,9,10]") {
                    // Nothing is shown that was not looked at by the filter.
                    let kept_back = |id: &&str| ["7", "8", "9", "10"].contains(id);
                    assert!(!ids(&late).iter().any(kept_back), "{what}");
                }
                for counts in late["facet_counts"].as_array().into_iter().flatten() {
                    assert!(counts["counts"].is_array(), "{what}");
                }
                if stays_late {
                    // Each part that begins later looks once more, at most, and is told to go.
                    let more = clock.asked.get() - late_at;
                    assert!(more <= 8, "{what}: {more} looks more");
                }
            }
        }
    }
    Ok(())
}

/// What a search does for each document is counted, in each of its parts.
#[test]
fn the_more_a_search_has_to_do_the_more_often_it_looks_at_the_clock() -> EngineResult<()> {
    let (mut small, mut large) = (index(300)?, index(900)?);
    for text in SEARCHES {
        let (few, many) = (looks(&mut small, text)?, looks(&mut large, text)?);
        assert!(many >= few + 600 / 64, "{text}: {few} looks, {many} looks");
    }
    Ok(())
}
