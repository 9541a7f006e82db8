//! The parameters of a list: what stands behind the `?` of an address, to a query and back.
//!
//! Defaults are left out and lists repeat their parameter, in one order, so that equal lists have equal
//! addresses. Unknown parameters do not count.

use url::form_urlencoded;

use crate::catalog::{
    Archived, Facet, FacetFilter, MOST_COMPARED, PackageQuery, Sort, UpdatedWithin, apply_operators,
};
use crate::model::{PackageName, ProjectName};

/// Characters of the longest text that is searched for.
pub const LONGEST_WORDS: usize = 300;
/// More filters than anybody sets by hand.
const MOST_FILTERS: usize = 40;
/// Characters of the longest value of a filter.
const LONGEST_VALUE: usize = 200;
/// Packages on a page.
pub const PER_PAGE: u32 = 20;
/// The parameter of packages that are compared.
pub const COMPARED: &str = "compare";
/// Stands before the name of a facet whose value is unwanted.
const NOT: &str = "not-";

/// Why the parameters of a list cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("The search has more than {LONGEST_WORDS} characters; use fewer words.")]
    TooManyCharacters,
    #[error("There are more than {MOST_FILTERS} filters; remove some.")]
    TooManyFilters,
    #[error(
        "The value of a filter has more than {LONGEST_VALUE} characters; no package has such a one."
    )]
    TooLongValue,
}

/// The parameters of a list as somebody sent them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListParameters {
    pub query: PackageQuery,
    /// Packages of a comparison, which the list carries along.
    pub compared: Vec<String>,
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
    let mut compared = Vec::new();
    for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
        if name == COMPARED {
            add_compared(&mut compared, &value);
        } else if !read_parameter(&mut query, &name, &value)? {
            continue;
        }
        known.push((name.into_owned(), value.into_owned()));
        check_filters(&query.filters)?;
    }
    let words = std::mem::take(&mut query.words);
    apply_operators(&words, &mut query);
    check_filters(&query.filters)?;
    query.order_filters();
    query.earlier &= asks_for_versions(&query);
    let is_canonical = known == pairs(&query, &compared);
    Ok(ListParameters {
        query,
        compared,
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
        "earlier" => query.earlier = value == "1",
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
            if !value.is_empty() {
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

/// Refuses more filters, or longer ones, than anybody means.
fn check_filters(filters: &[FacetFilter]) -> Result<(), ParameterError> {
    if filters.len() > MOST_FILTERS {
        return Err(ParameterError::TooManyFilters);
    }
    let is_long = |filter: &FacetFilter| filter.value.chars().count() > LONGEST_VALUE;
    if filters.iter().any(is_long) {
        return Err(ParameterError::TooLongValue);
    }
    Ok(())
}

/// Adds a package to a comparison, unless it is there or the comparison is full.
pub fn add_compared(compared: &mut Vec<String>, name: &str) {
    let name = name.trim();
    let is_new = compared
        .iter()
        .all(|one| PackageName::read(one).key() != PackageName::read(name).key());
    if ProjectName::read(name).is_some() && is_new && compared.len() < MOST_COMPARED {
        compared.push(name.to_owned());
    }
}

/// The query string of what a list shows, without `?`; empty for the first page of everything.
#[must_use]
pub fn write_query(query: &PackageQuery) -> String {
    write_list(query, &[])
}

/// The query string of a list that carries a comparison along.
#[must_use]
pub fn write_list(query: &PackageQuery, compared: &[String]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs(query, compared))
        .finish()
}

/// Whether the query asks for versions, which earlier releases may have.
#[must_use]
pub fn asks_for_versions(query: &PackageQuery) -> bool {
    let mut wanted = query.filters.iter().filter(|filter| !filter.excluded);
    wanted.any(|filter| matches!(filter.facet, Facet::Framework | Facet::Python))
}

fn pairs(query: &PackageQuery, compared: &[String]) -> Vec<(String, String)> {
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
    if query.earlier && asks_for_versions(query) {
        add("earlier", "1");
    }
    if let Some(sort) = query.sort
        && !is_default_sort(query, sort)
    {
        add("sort", sort.name());
    }
    if query.page > 1 {
        add("page", &query.page.to_string());
    }
    for name in compared {
        add(COMPARED, name);
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

    use super::{ParameterError, read_query, write_list, write_query};

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
            ("earlier=1&q=form", "q=form"),
            ("earlier=1&python=2.7", "python=2.7&earlier=1"),
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
    fn a_comparison_is_carried_along() {
        let read = read_query("compare=a.b&q=form&compare=A-B&compare=c&compare=");
        let Ok(read) = read else {
            panic!("{read:?}");
        };
        assert_eq!(read.compared, ["a.b", "c"]);
        assert!(!read.is_canonical);
        let written = write_list(&read.query, &read.compared);
        assert_eq!(written, "q=form&compare=a.b&compare=c");
        assert!(read_query(&written).is_ok_and(|again| again.is_canonical));
        let many = read_query("compare=a&compare=b&compare=c&compare=d&compare=e");
        assert_eq!(many.map(|read| read.compared.len()), Ok(4));
    }

    #[test]
    fn too_much_is_refused_with_a_reason() {
        let long = format!("q={}", "x".repeat(301));
        assert_eq!(read_query(&long), Err(ParameterError::TooManyCharacters));
        let many: String = (0..41).fold(String::new(), |many, number| {
            many + &format!("keyword={number}&")
        });
        assert_eq!(read_query(&many), Err(ParameterError::TooManyFilters));
        let many = format!("{}q=type:a+type:b", many.replacen("keyword=1&", "", 1));
        assert_eq!(read_query(&many), Err(ParameterError::TooManyFilters));
        let long = "x".repeat(201);
        for query in [format!("license={long}"), format!("q=form+license:{long}")] {
            assert_eq!(read_query(&query), Err(ParameterError::TooLongValue));
        }
    }

    proptest! {
        #[test]
        fn a_canonical_address_stays_itself(
            query in "((q|python|not-type|sort|page|updated|secure|archived|spelling|earlier)=[a-z0-9:\"% +-]{0,9}&){0,6}"
        ) {
            if let Some(first) = canonical(&query) {
                let again = read_query(&first);
                prop_assert_eq!(again.as_ref().map(|read| read.is_canonical), Ok(true), "{}", first);
                prop_assert_eq!(again.map(|read| write_query(&read.query)), Ok(first));
            }
        }
    }
}
