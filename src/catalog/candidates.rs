//! Which packages may answer a query: several searches, each of which finds what another misses.
//!
//! A server ranks by the text alone, tries few words for a beginning, and finds a word in no other
//! form. So the most used packages with all words are asked for in addition to those that match best, names
//! are asked for as one word and as they were typed, and each word by its stem.

use std::collections::HashSet;

use super::answer::Answer;
use super::facet::Facet;
use super::fields::Fields;
use super::parameters::{
    BESIDE_NAMES, EARLY_WEIGHT, all_words, also_include, everything, include_activity,
    literal_words, with_hits, words_in,
};
use super::question::Question;
use super::ranking::Candidate;
use super::words::stem;
use crate::search::{SearchError, SearchParameters, filter};

/// Packages with all words, the most used first.
const MOST_USED: u32 = 250;
/// Packages whose texts match best, also those with fewer words.
const BEST_MATCHES: u32 = 100;
/// The first searches, whose hits have all words as they are if the first one finds enough.
pub(super) const LITERAL_SEARCHES: usize = 3;
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

/// The searches for candidates among what passes a filter, with their values of some facets. The
/// first one finds what has all words as they are.
pub(super) fn searches(
    question: &Question,
    filter: &str,
    fields: &Fields,
    facets: &[Facet],
) -> Vec<SearchParameters> {
    let allows_typos = question.allows_typos;
    let by_use = order_by_use(fields);
    let mut used = literal_words(question, filter.to_owned());
    with_hits(&mut used, by_use.clone(), 1, MOST_USED);
    let mut best = all_words(question, allows_typos, filter.to_owned());
    best.push(("drop_tokens_threshold", FEW.to_owned()));
    if allows_typos {
        best.push(("typo_tokens_threshold", FEW.to_owned()));
    }
    let by_match = format!("_text_match:desc,{}", first_key(&by_use));
    with_hits(&mut best, by_match.clone(), 1, BEST_MATCHES);
    let mut all = vec![used, best];
    if let Some(name) = filter::quote(&question.typed.join(" ")) {
        let filter = format!("{filter} && name:={name}");
        let mut search = if question.unwanted.is_empty() {
            everything(filter)
        } else {
            literal_words(question, filter)
        };
        with_hits(&mut search, by_use.clone(), 1, BY_NAME);
        all.push(search);
    }
    // In single fields one cannot see that a package has an unwanted word elsewhere.
    let is_alone = question.unwanted.is_empty();
    if is_alone && fields.has("name_joined") {
        let mut search = words_in("name_joined", &question.joined, allows_typos, filter);
        with_hits(&mut search, by_match.clone(), 1, BY_JOINED_NAME);
        all.push(search);
    }
    for word in question.asked.iter().take(MOST_WORDS) {
        let word_stem = stem(word);
        let is_new = is_alone && (question.asked.len() > 1 || word_stem != *word);
        if is_new && word_stem.chars().count() >= SHORTEST_STEM {
            let mut search = words_in(BESIDE_NAMES, &word_stem, allows_typos, filter);
            with_hits(&mut search, by_match.clone(), 1, BY_WORD);
            all.push(search);
        }
    }
    for search in &mut all {
        for facet in facets {
            also_include(search, facet.field());
        }
        if question.reads_activity {
            include_activity(search);
        }
    }
    all
}

/// The searches for the best of those that have all words as they are.
pub(super) fn literal_searches(
    question: &Question,
    filter: &str,
    fields: &Fields,
) -> Vec<SearchParameters> {
    let mut all = searches(&question.literal(), filter, fields, &[]);
    all.truncate(LITERAL_SEARCHES);
    all
}

/// The searches for what may be meant while a query is typed: names, and a few that merely have the
/// words.
pub(super) fn name_searches(
    question: &Question,
    filter: &str,
    fields: &Fields,
    most: u32,
) -> Vec<SearchParameters> {
    let by_use = order_by_use(fields);
    let typos = question.allows_typos;
    let used = literal_words(question, filter.to_owned());
    let mut named = words_in("name", &question.asked.join(" "), typos, filter);
    named.push(("drop_tokens_threshold", "0".to_owned()));
    let mut all = vec![used, named];
    if fields.has("name_joined") {
        all.push(words_in("name_joined", &question.joined, typos, filter));
    }
    for search in &mut all {
        with_hits(search, by_use.clone(), 1, most);
    }
    all
}

/// The most used first. With a third key servers do not say how well a text matches.
fn order_by_use(fields: &Fields) -> String {
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

/// The packages of the answers, each once, with their values of some facets. The first answer is that
/// of the search for all words.
pub(super) fn merge(answers: Vec<Answer>, facets: &[Facet]) -> Result<Vec<Candidate>, SearchError> {
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut names = HashSet::new();
    for (number, answer) in answers.into_iter().enumerate() {
        let has_all_words = number == 0;
        for hit in answer.hits {
            let is_early = has_all_words && hit.best_weight() >= EARLY_WEIGHT;
            let values = facets
                .iter()
                .map(|facet| (*facet, hit.texts(facet.field())));
            let values = values.collect();
            let package = hit.into_summary()?;
            if names.insert(package.full_name().into_owned()) {
                candidates.push(Candidate {
                    package,
                    has_all_words,
                    is_early,
                    values,
                });
            }
        }
    }
    Ok(candidates)
}
