//! One page of packages with the counts of facets, in one request.

use super::Catalog;
use super::answer::{Answer, AnswerHit, SUMMARY_FIELDS, VALUES_ASKED};
use super::facet::Facet;
use super::fields::Fields;
use super::query::{PackageQuery, Sort};
use super::restrictions::{LATEST, Restriction, Restrictions};
use super::results::{Hit, SearchResults};
use super::words::{is_same_name, matches, typed_words};
use crate::search::{SearchError, SearchParameters};

/// Hits of a page that a server gives.
const LARGEST_PAGE: u32 = 250;
/// Hits up to which a server lets pages be asked for.
const FURTHEST_HIT: u64 = 100_000;

/// From the fields that name a package to those that mention a word.
const SEARCHED: &str = "name,keywords,summary,first_chapter,main_content";
const WEIGHTS: &str = "10,8,8,4,2";

impl Catalog {
    /// Searches for packages.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn search(&self, query: &PackageQuery) -> Result<SearchResults, SearchError> {
        let per_page = query.per_page.min(LARGEST_PAGE);
        let page = query.page.max(1);
        let filtered: Vec<Facet> = query
            .facets
            .iter()
            .copied()
            .filter(|facet| is_chosen(query, *facet))
            .collect();
        let now = (self.now)();
        let answers = self
            .multi_search(|fields| {
                let restrictions = Restrictions::of(query, &self.roots, fields, now);
                let mut searches = vec![
                    self.page_of(query, fields, &restrictions, page, per_page),
                    everything(count(LATEST.to_owned())),
                ];
                searches.extend(filtered.iter().map(|facet| {
                    let others = restrictions.filter_without(Restriction::Facet(*facet));
                    let mut search = with_words(query, count(others));
                    count_values(&mut search, &[*facet], fields);
                    search
                }));
                searches
            })
            .await?;
        let mut answers = answers.into_iter().map(Answer::read);
        let mut next = || answers.next().unwrap_or_else(|| Ok(Answer::default()));
        let (main, total) = (next()?, next()?.found);
        let mut counted = Vec::new();
        for facet in &filtered {
            counted.push((*facet, next()?));
        }
        let facets = query.facets.iter().map(|facet| {
            let own = counted.iter().find(|(other, _)| other == facet);
            own.map_or(&main, |(_, answer)| answer)
                .counts_of(*facet, &self.roots)
        });
        Ok(SearchResults {
            facets: facets.collect(),
            found: main.found,
            total,
            page,
            pages: pages(main.found, per_page),
            hits: hits(main.hits, &typed_words(&query.words))?,
            ..SearchResults::default()
        })
    }

    /// The search for the hits, which also counts the facets that are not filtered.
    fn page_of(
        &self,
        query: &PackageQuery,
        fields: &Fields,
        restrictions: &Restrictions,
        page: u32,
        per_page: u32,
    ) -> SearchParameters {
        let mut search = with_words(
            query,
            vec![
                ("filter_by", restrictions.filter_by()),
                ("sort_by", sort_by(query.effective_sort(), fields)),
                ("include_fields", SUMMARY_FIELDS.to_owned()),
                ("highlight_fields", "none".to_owned()),
                ("page", page.to_string()),
                ("per_page", per_page.to_string()),
            ],
        );
        let unfiltered: Vec<Facet> = query
            .facets
            .iter()
            .copied()
            .filter(|facet| !is_chosen(query, *facet))
            .collect();
        count_values(&mut search, &unfiltered, fields);
        search
    }
}

/// Whether packages have to have a value of the facet.
fn is_chosen(query: &PackageQuery, facet: Facet) -> bool {
    let mut filters = query.filters.iter();
    filters.any(|filter| filter.facet == facet && !filter.excluded)
}

/// A search that only counts what passes a filter.
fn count(filter: String) -> SearchParameters {
    vec![("filter_by", filter), ("per_page", "0".to_owned())]
}

/// Asks for whatever passes the filter.
fn everything(mut search: SearchParameters) -> SearchParameters {
    search.push(("q", "*".to_owned()));
    search
}

/// Adds the words of the query.
fn with_words(query: &PackageQuery, mut search: SearchParameters) -> SearchParameters {
    let words = typed_words(&query.words);
    if words.is_empty() {
        return everything(search);
    }
    let typos = if query.exact_spelling {
        "0"
    } else {
        "2,2,2,0,0"
    };
    search.extend([
        ("q", words.join(" ")),
        ("query_by", SEARCHED.to_owned()),
        ("query_by_weights", WEIGHTS.to_owned()),
        ("text_match_type", "max_weight".to_owned()),
        ("prefix", "true,true,true,false,false".to_owned()),
        ("num_typos", typos.to_owned()),
        ("max_candidates", "100".to_owned()),
    ]);
    search
}

/// Adds facets to count the values of.
fn count_values(search: &mut SearchParameters, facets: &[Facet], fields: &Fields) {
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
fn sort_by(sort: Sort, fields: &Fields) -> String {
    let field = match sort {
        Sort::Relevance => "_text_match",
        Sort::Health => "health_score",
        Sort::Downloads => "download_last_month",
        Sort::Stars => "github_stars",
        Sort::Updated => "upload_timestamp",
        Sort::New => "first_upload",
        Sort::Name => return "name_sortable:asc".to_owned(),
    };
    if sort != Sort::Relevance && !fields.has(field) {
        return "name_sortable:asc".to_owned();
    }
    format!("{field}:desc,name_sortable:asc")
}

/// Pages that can be asked for.
fn pages(found: u64, per_page: u32) -> u32 {
    if per_page == 0 {
        return 0;
    }
    let pages = found.min(FURTHEST_HIT).div_ceil(u64::from(per_page));
    u32::try_from(pages).unwrap_or(u32::MAX)
}

fn hits(found: Vec<AnswerHit>, typed: &[String]) -> Result<Vec<Hit>, SearchError> {
    found
        .into_iter()
        .map(|hit| {
            let package = hit.into_summary()?;
            Ok(Hit {
                name_matches: matches(&package.name, typed),
                summary_matches: matches(&package.summary, typed),
                is_exact: is_same_name(&package.name, typed),
                package,
            })
        })
        .collect()
}
