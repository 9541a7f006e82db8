//! Searches by topic: what is asked of the documents that words and filters find.

use serde_json::{Value, json};

use crate::collections::{Collection, with_typo};
use crate::filters::filter;
use crate::random::Random;
use crate::words;

/// All documents, or those with some words; some of them behind a filter.
fn any(random: &mut Random, collection: &Collection) -> Value {
    let mut search = if random.chance(50) {
        json!({"q": "*"})
    } else {
        words::plain(random, collection)
    };
    if random.chance(30) {
        search["filter_by"] = filter(random, collection, 0).into();
    }
    search
}

pub(crate) fn filters(random: &mut Random, collection: &Collection) -> Value {
    let mut search = if random.chance(70) {
        json!({"q": "*"})
    } else {
        words::plain(random, collection)
    };
    search["filter_by"] = filter(random, collection, 2).into();
    search
}

/// Up to three keys; the match only from the best down, 0.24.1 knows no other way.
fn sort_by(random: &mut Random) -> String {
    let fields = [
        "stars",
        "downloads",
        "score",
        "yanked",
        "name",
        "state",
        "_text_match",
    ];
    let count = 1 + random.below(3);
    let keys = random.several(count, &fields).into_iter().map(|field| {
        if field == "_text_match" {
            let buckets = random.pick(&["", "", "(buckets: 2)", "(buckets: 5)", "(buckets:10)"]);
            return format!("_text_match{buckets}:desc");
        }
        let missing = random.pick(&[
            "",
            "",
            "(missing_values: first)",
            "(missing_values: last)",
            "(missing_values: normal)",
        ]);
        let optional = ["downloads", "score", "yanked", "state"].contains(&field);
        let missing = if optional { missing } else { "" };
        format!("{field}{missing}:{}", random.pick(&["asc", "desc", "DESC"]))
    });
    keys.collect::<Vec<_>>().join(",")
}

pub(crate) fn sorts(random: &mut Random, collection: &Collection) -> Value {
    let mut search = any(random, collection);
    // Without, the default order is tried.
    if random.chance(90) {
        search["sort_by"] = sort_by(random).into();
    }
    search
}

const FACETS: [&str; 9] = [
    "kinds",
    "license",
    "state",
    "stars",
    "downloads",
    "score",
    "yanked",
    "years",
    "rates",
];

pub(crate) fn facets(random: &mut Random, collection: &Collection) -> Value {
    let mut search = any(random, collection);
    let count = 1 + random.below(3);
    let fields = random.several(count, &FACETS);
    search["facet_by"] = fields.join(",").into();
    if random.chance(60) {
        search["max_facet_values"] = random.pick(&[0, 1, 3, 50]).into();
    }
    let texts: Vec<&str> = fields
        .iter()
        .copied()
        .filter(|field| ["kinds", "license", "state"].contains(field))
        .collect();
    if random.chance(50) && !texts.is_empty() {
        let field = random.pick(&texts);
        let typed = typed(random, collection, field);
        search["facet_query"] = format!("{field}:{typed}").into();
        if random.chance(30) {
            search["facet_query_num_typos"] = random.pick(&[0, 1, 2]).into();
        }
    }
    search
}

/// What someone types to find a value of a facet.
fn typed(random: &mut Random, collection: &Collection, field: &str) -> String {
    let value = collection.value(random, field);
    let value = value.as_str().unwrap_or_default().replace(':', " ");
    let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    let count = 1 + random.below(2);
    let mut words = random.several(count, &words);
    if let Some(last) = words.last_mut() {
        let letters = 2 + random.below(6);
        *last = last.chars().take(letters).collect();
        if random.chance(30) {
            *last = with_typo(random, last);
        }
    }
    let text = words.join(" ");
    if text.is_empty() {
        "a".to_owned()
    } else {
        text
    }
}

/// On one page: 0.24.1 makes groups of what one page of hits has. Two fields to group by are a
/// text and a number: a value of the one, where the other has none, may be the same to it as that
/// value of the other.
pub(crate) fn groups(random: &mut Random, collection: &Collection) -> Value {
    let mut search = any(random, collection);
    search["group_by"] = if random.chance(50) {
        random.pick(&FACETS).into()
    } else {
        let text = random.pick(&["kinds", "license", "state"]);
        let number = random.pick(&["stars", "downloads", "score", "years", "rates"]);
        random
            .pick(&[format!("{text},{number}"), format!("{number},{text}")])
            .into()
    };
    if random.chance(70) {
        search["group_limit"] = (1 + random.below(6)).into();
    }
    if random.chance(50) {
        search["sort_by"] = sort_by(random).into();
    }
    if random.chance(30) {
        search["facet_by"] = random.pick(&FACETS).into();
        search["max_facet_values"] = 250.into();
    }
    search
}

/// `offset` and `limit` are asked of 0.24.1 as pages, see [`crate::answers`].
pub(crate) fn pages(random: &mut Random, collection: &Collection) -> Value {
    let mut search = any(random, collection);
    if random.chance(40) {
        search["sort_by"] = sort_by(random).into();
    }
    if random.chance(40) {
        search["offset"] = random.below(60).into();
        search["limit"] = random.below(30).into();
    } else {
        search["per_page"] = random.pick(&[0, 1, 2, 5, 10, 30, 250]).into();
        search["page"] = (1 + random.below(6)).into();
    }
    search
}

pub(crate) fn highlights(random: &mut Random, collection: &Collection) -> Value {
    let mut search = match random.below(3) {
        0 => words::words(random, collection),
        1 => words::typos(random, collection),
        _ => words::prefixes(random, collection),
    };
    let fields = ["name", "summary", "description", "tags"];
    if random.chance(30) {
        let count = 1 + random.below(4);
        search["highlight_fields"] = random.several(count, &fields).join(",").into();
    }
    if random.chance(30) {
        let count = 1 + random.below(4);
        search["highlight_full_fields"] = random.several(count, &fields).join(",").into();
    }
    search["highlight_affix_num_tokens"] = random.pick(&[4, 4, 4, 0, 1, 7]).into();
    if random.chance(30) {
        search["snippet_threshold"] = random.pick(&[5, 10, 30, 100]).into();
    }
    if random.chance(20) {
        search["highlight_start_tag"] = "<b>".into();
        search["highlight_end_tag"] = "</b>".into();
    }
    search
}
