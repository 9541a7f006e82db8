//! Parts of a search in the server's words.

use super::facet::Facet;
use super::fields::Fields;
use super::query::Sort;
use super::question::Question;
use crate::model::ActivityFacts;
use crate::search::SearchParameters;

/// Values of a facet that the server is asked for: classifiers are many, and few of them are kinds.
pub(super) const VALUES_ASKED: usize = 1000;
/// The fields of [`PackageSummary`](super::PackageSummary).
const SUMMARY_FIELDS: &str = "name,registry,version,summary,upload_timestamp,framework_versions,\
                              python_versions,keywords,license_spdx,yanked,status,first_upload,\
                              has_vulnerabilities,github_archived,github_stars,\
                              download_last_month,health_score,dependents,search_rank,\
                              is_malicious,peer_versions,twins";
/// From the fields that name a package to those that mention a word, with their weights.
const SEARCHED: &str = "name,keywords,summary,first_chapter,main_content";
const WEIGHTS: &str = "10,8,8,4,2";
/// The name and what stands next to it in a list.
pub(super) const BESIDE_NAMES: &str = "name,keywords,summary";
/// The weight from which on a word stands early in the text.
pub(super) const EARLY_WEIGHT: u64 = 4;

/// A search for whatever passes a filter.
pub(super) fn everything(filter: String) -> SearchParameters {
    vec![("q", "*".to_owned()), ("filter_by", filter)]
}

/// A search for the words of a question in all fields.
pub(super) fn all_words(
    question: &Question,
    allows_typos: bool,
    filter: String,
) -> SearchParameters {
    let typos = if allows_typos { "2,2,2,0,0" } else { "0" };
    vec![
        ("q", question.text()),
        ("filter_by", filter),
        ("query_by", SEARCHED.to_owned()),
        ("query_by_weights", WEIGHTS.to_owned()),
        ("text_match_type", "max_weight".to_owned()),
        ("prefix", "true,true,true,false,false".to_owned()),
        ("num_typos", typos.to_owned()),
        ("max_candidates", "100".to_owned()),
    ]
}

/// A search for what has all words of a question as they are, or for everything if it has none.
pub(super) fn literal_words(question: &Question, filter: String) -> SearchParameters {
    if question.is_empty() && question.unwanted.is_empty() {
        return everything(filter);
    }
    let mut search = all_words(question, false, filter);
    search.push(("drop_tokens_threshold", "0".to_owned()));
    search
}

/// A search for words, the last of which may be the beginning of one, in some fields.
pub(super) fn words_in(
    fields: &str,
    words: &str,
    allows_typos: bool,
    filter: &str,
) -> SearchParameters {
    vec![
        ("q", words.to_owned()),
        ("filter_by", filter.to_owned()),
        ("query_by", fields.to_owned()),
        ("num_typos", if allows_typos { "2" } else { "0" }.to_owned()),
        ("max_candidates", "100".to_owned()),
    ]
}

/// Asks for hits: what a list says about packages, and nothing else of them.
pub(super) fn with_hits(search: &mut SearchParameters, sort_by: String, page: u32, per_page: u32) {
    search.extend([
        ("sort_by", sort_by),
        ("include_fields", SUMMARY_FIELDS.to_owned()),
        ("highlight_fields", "none".to_owned()),
        ("page", page.to_string()),
        ("per_page", per_page.to_string()),
    ]);
}

/// Asks for one more field of the hits.
pub(super) fn also_include(search: &mut SearchParameters, field: &str) {
    let mut parameters = search.iter_mut();
    if let Some((_, included)) = parameters.find(|(name, _)| *name == "include_fields")
        && !included.split(',').any(|other| other == field)
    {
        included.push(',');
        included.push_str(field);
    }
}

/// Asks for how the repositories of the hits are looked after.
pub(super) fn include_activity(search: &mut SearchParameters) {
    for field in ActivityFacts::COLUMNS {
        also_include(search, field);
    }
}

/// Asks for the number of packages alone.
pub(super) fn without_hits(search: &mut SearchParameters) {
    search.push(("per_page", "0".to_owned()));
}

/// Adds facets to count the values of.
pub(super) fn count_values(search: &mut SearchParameters, facets: &[Facet], fields: &Fields) {
    let named: Vec<&str> = facets
        .iter()
        .map(|facet| facet.field())
        .filter(|field| fields.has(field))
        .collect();
    if !named.is_empty() {
        search.push(("facet_by", named.join(",")));
        search.push(("max_facet_values", VALUES_ASKED.to_string()));
    }
}

/// The order in the server's words; equals stand by their names.
pub(super) fn sort_expression(sort: Sort, fields: &Fields) -> String {
    let field = sort.field();
    let is_known = sort == Sort::Relevance || fields.has(field);
    if sort == Sort::Name || !is_known {
        return "name_sortable:asc".to_owned();
    }
    format!("{field}:desc,name_sortable:asc")
}
