//! The parameters of a list: what stands behind the `?` of an address, to a query and back.
//!
//! Defaults are left out and lists repeat their parameter, in one order, so that equal lists have equal
//! addresses. Unknown parameters do not count.

use url::form_urlencoded;

use crate::catalog::{Archived, Facet, FacetFilter, PackageQuery, Sort, UpdatedWithin};

use super::operators;

/// Characters of the longest text that is searched for.
pub const LONGEST_WORDS: usize = 300;
/// More filters than anybody sets by hand.
const MOST_FILTERS: usize = 40;
/// Characters of the longest value of a filter.
const LONGEST_VALUE: usize = 200;
/// Packages on a page.
pub const PER_PAGE: u32 = 20;
/// Stands before the name of a facet whose value is unwanted.
const NOT: &str = "not-";

/// Why the parameters of a list cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("The search has more than {LONGEST_WORDS} characters; use fewer words.")]
    TooManyCharacters,
    #[error("There are more than {MOST_FILTERS} filters; remove some.")]
    TooManyFilters,
}

/// The parameters of a list as somebody sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListParameters {
    pub query: PackageQuery,
    /// Whether they are spelled as [`write_query`] does.
    pub is_canonical: bool,
}

/// Reads a query string.
///
/// # Errors
///
/// [`ParameterError`] if it asks for more than a list can do.
pub fn read_query(query_string: &str) -> Result<ListParameters, ParameterError> {
    let mut query = PackageQuery {
        page: 1,
        per_page: PER_PAGE,
        ..PackageQuery::default()
    };
    let mut known = Vec::new();
    for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
        if !read_parameter(&mut query, &name, &value)? {
            continue;
        }
        known.push((name.into_owned(), value.into_owned()));
        if query.filters.len() > MOST_FILTERS {
            return Err(ParameterError::TooManyFilters);
        }
    }
    let words = std::mem::take(&mut query.words);
    operators::apply(&words, &mut query);
    order_filters(&mut query.filters);
    let is_canonical = known == pairs(&query);
    Ok(ListParameters {
        query,
        is_canonical,
    })
}

/// What stands in the search box at an address, operators and all, whether it can be searched for or
/// not; too long a text is cut.
#[must_use]
pub fn typed_words(query_string: &str) -> String {
    let words = form_urlencoded::parse(query_string.as_bytes()).find(|(name, _)| name == "q");
    let words = words.map(|(_, value)| value.trim().chars().take(LONGEST_WORDS).collect());
    words.unwrap_or_default()
}

/// Takes one parameter; whether it is one of ours.
fn read_parameter(
    query: &mut PackageQuery,
    name: &str,
    value: &str,
) -> Result<bool, ParameterError> {
    let value = value.trim();
    match name {
        "q" => {
            if value.chars().count() > LONGEST_WORDS {
                return Err(ParameterError::TooManyCharacters);
            }
            value.clone_into(&mut query.words);
        }
        "spelling" => query.exact_spelling = value == "exact",
        "updated" => query.updated = UpdatedWithin::named(value),
        "secure" => query.secure = value == "1",
        "archived" => {
            query.archived = match value {
                "only" => Archived::Only,
                "no" => Archived::Hidden,
                _ => Archived::Included,
            }
        }
        "sort" => query.sort = Sort::named(value),
        "page" => query.page = value.parse().unwrap_or(1).max(1),
        _ => {
            let (excluded, facet) = match name.strip_prefix(NOT) {
                Some(name) => (true, Facet::named(name)),
                None => (false, Facet::named(name)),
            };
            let Some(facet) = facet else {
                return Ok(false);
            };
            if !value.is_empty() && value.chars().count() <= LONGEST_VALUE {
                query.filters.push(FacetFilter {
                    facet,
                    value: value.to_owned(),
                    excluded,
                });
            }
        }
    }
    Ok(true)
}

/// One order for filters, and none twice.
fn order_filters(filters: &mut Vec<FacetFilter>) {
    filters.sort_by(|one, other| {
        (one.excluded, one.facet, &one.value).cmp(&(other.excluded, other.facet, &other.value))
    });
    filters.dedup();
}

/// The query string of a list, without `?`; empty for the first page of everything.
#[must_use]
pub fn write_query(query: &PackageQuery) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs(query))
        .finish()
}

fn pairs(query: &PackageQuery) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
    if !query.words.is_empty() {
        add("q", &query.words);
    }
    if query.exact_spelling {
        add("spelling", "exact");
    }
    for filter in &query.filters {
        let name = filter.facet.name();
        if filter.excluded {
            add(&format!("{NOT}{name}"), &filter.value);
        } else {
            add(name, &filter.value);
        }
    }
    if let Some(updated) = query.updated {
        add("updated", updated.name());
    }
    if query.secure {
        add("secure", "1");
    }
    match query.archived {
        Archived::Included => {}
        Archived::Hidden => add("archived", "no"),
        Archived::Only => add("archived", "only"),
    }
    if let Some(sort) = query.sort
        && !is_default_sort(query, sort)
    {
        add("sort", sort.name());
    }
    if query.page > 1 {
        add("page", &query.page.to_string());
    }
    pairs
}

fn is_default_sort(query: &PackageQuery, sort: Sort) -> bool {
    let unsorted = PackageQuery {
        words: query.words.clone(),
        ..PackageQuery::default()
    };
    sort == unsorted.effective_sort() || sort == Sort::Relevance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ParameterError, read_query, write_query};

    fn canonical(query_string: &str) -> Option<String> {
        Some(write_query(&read_query(query_string).ok()?.query))
    }

    #[test]
    fn equal_lists_have_equal_addresses() {
        for (given, expected) in [
            ("", ""),
            ("q=&sort=relevance&page=1&secure=&updated=", ""),
            ("q=form&sort=relevance", "q=form"),
            ("q=form&sort=health", "q=form&sort=health"),
            ("sort=health", ""),
            (
                "python=3.12&framework=Plone+6.1&python=3.11",
                "framework=Plone+6.1&python=3.11&python=3.12",
            ),
            ("python=3.12&python=3.12", "python=3.12"),
            ("archived=all", ""),
            ("utm_source=x&page=2", "page=2"),
            (
                "q=form+framework%3A%22Plone+6.1%22+-maintainer%3Ax",
                "q=form&framework=Plone+6.1&not-maintainer=x",
            ),
        ] {
            assert_eq!(canonical(given).as_deref(), Some(expected), "{given}");
        }
    }

    #[test]
    fn parameters_of_others_do_not_make_an_address_another() {
        for (query_string, is_canonical) in [
            ("utm_source=x&q=form", true),
            ("q=form&page=1", false),
            ("q=+form", false),
        ] {
            let read = read_query(query_string).map(|read| read.is_canonical);
            assert_eq!(read, Ok(is_canonical), "{query_string}");
        }
    }

    #[test]
    fn too_much_is_refused_with_a_reason() {
        let long = format!("q={}", "x".repeat(301));
        assert_eq!(read_query(&long), Err(ParameterError::TooManyCharacters));
        let many: String = (0..41).fold(String::new(), |many, number| {
            many + &format!("keyword={number}&")
        });
        assert_eq!(read_query(&many), Err(ParameterError::TooManyFilters));
    }

    proptest! {
        #[test]
        fn a_canonical_address_stays_itself(
            query in "((q|python|not-type|sort|page|updated|secure|archived|spelling)=[a-z0-9:\"% +-]{0,9}&){0,6}"
        ) {
            if let Some(first) = canonical(&query) {
                let again = read_query(&first);
                prop_assert_eq!(again.as_ref().map(|read| read.is_canonical), Ok(true), "{}", first);
                prop_assert_eq!(again.map(|read| write_query(&read.query)), Ok(first));
            }
        }
    }
}
