//! Which packages may answer a query: several searches, each of which finds what another misses.
//!
//! A server ranks by the text alone, tries few words for a beginning, and finds a word in no other
//! form. So the most used packages with all words are asked for beside those that match best, names
//! are asked for as one word and as they were typed, and each word by its stem.

use super::answer::Answer;
use super::fields::Fields;
use super::parameters::{EARLY_WEIGHT, all_words, everything, with_hits};
use super::question::Question;
use super::ranking::Candidate;
use super::words::stem;
use crate::search::{SearchError, SearchParameters, filter};
use std::collections::HashMap;

/// Packages with all words, the most used first.
const MOST_USED: u32 = 250;
/// Packages whose texts match best, also those with fewer words.
const BEST_MATCHES: u32 = 100;
/// Packages by their name as one word.
const BY_JOINED_NAME: u32 = 50;
/// Packages by their exact name; several spellings may be several packages.
const BY_NAME: u32 = 10;
/// Packages by one of the words, and how many words are looked for by themselves.
const BY_WORD: u32 = 60;
const MOST_WORDS: usize = 6;
/// The shortest stem that is looked for.
const SHORTEST_STEM: usize = 3;
/// Hits below which packages with other spellings and with fewer words are looked for, too.
const FEW: &str = "10";

/// The searches for candidates among what passes a filter. The first one finds what has all words.
pub(super) fn searches(
    question: &Question,
    filter: &str,
    fields: &Fields,
) -> Vec<SearchParameters> {
    let allows_typos = question.allows_typos;
    let by_use = by_use(fields);
    let asked = || all_words(&question.asked, allows_typos, filter.to_owned());
    let mut used = asked();
    used.push(("drop_tokens_threshold", "0".to_owned()));
    with_hits(&mut used, by_use.clone(), 1, MOST_USED);
    let mut best = asked();
    best.push(("drop_tokens_threshold", FEW.to_owned()));
    if allows_typos {
        best.push(("typo_tokens_threshold", FEW.to_owned()));
    }
    let by_match = format!("_text_match:desc,{}", first_key(&by_use));
    with_hits(&mut best, by_match.clone(), 1, BEST_MATCHES);
    let mut all = vec![used, best];
    if fields.has("name_joined") {
        let mut search = of_names("name_joined", &question.joined, allows_typos, filter);
        with_hits(&mut search, by_match.clone(), 1, BY_JOINED_NAME);
        all.push(search);
    }
    if let Some(name) = filter::quote(&question.typed.join(" ")) {
        let mut search = everything(format!("{filter} && name:={name}"));
        with_hits(&mut search, by_use.clone(), 1, BY_NAME);
        all.push(search);
    }
    for word in question.asked.iter().take(MOST_WORDS) {
        let stem = stem(word);
        let is_new = question.asked.len() > 1 || stem != *word;
        if is_new && stem.chars().count() >= SHORTEST_STEM {
            let mut search = of_names("name,keywords,summary", &stem, allows_typos, filter);
            with_hits(&mut search, by_match.clone(), 1, BY_WORD);
            all.push(search);
        }
    }
    all
}

/// A search for one word, or the beginning of one.
fn of_names(fields: &str, word: &str, allows_typos: bool, filter: &str) -> SearchParameters {
    vec![
        ("q", word.to_owned()),
        ("filter_by", filter.to_owned()),
        ("query_by", fields.to_owned()),
        ("num_typos", if allows_typos { "2" } else { "0" }.to_owned()),
        ("max_candidates", "100".to_owned()),
    ]
}

/// The most used first. With a third key servers do not say how well a text matches.
fn by_use(fields: &Fields) -> String {
    let keys = ["search_rank", "download_last_month", "github_stars"];
    let known: Vec<String> = keys
        .into_iter()
        .filter(|key| fields.has(key))
        .take(2)
        .map(|key| format!("{key}:desc"))
        .collect();
    if known.is_empty() {
        return "name_sortable:asc".to_owned();
    }
    known.join(",")
}

fn first_key(keys: &str) -> &str {
    keys.split(',').next().unwrap_or(keys)
}

/// The packages of the answers, each once.
pub(super) fn merge(answers: Vec<Answer>) -> Result<Vec<Candidate>, SearchError> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, answer) in answers.into_iter().enumerate() {
        // Of the others only a part of the query was asked for.
        let is_whole = number < 2;
        for hit in answer.hits {
            let found = if is_whole { hit.words_found() } else { 0 };
            let is_early = is_whole && hit.best_weight() >= EARLY_WEIGHT;
            let package = hit.into_summary()?;
            let place = *places
                .entry(package.name.clone())
                .or_insert(candidates.len());
            match candidates.get_mut(place) {
                Some(known) => {
                    known.words_found = known.words_found.max(found);
                    known.is_early |= is_early;
                }
                None => candidates.push(Candidate {
                    package,
                    words_found: found,
                    is_early,
                }),
            }
        }
    }
    Ok(candidates)
}
