//! Operators in the search box: `framework:"Plone 6.1" license:MIT -maintainer:x`.

use crate::catalog::{Archived, Facet, FacetFilter, PackageQuery, Sort, UpdatedWithin};

/// Takes the operators out of `text` and puts them into the query; the rest are its words.
pub(super) fn apply(text: &str, query: &mut PackageQuery) {
    let mut words: Vec<&str> = Vec::new();
    for part in split(text) {
        if !apply_operator(part, query) {
            words.push(part);
        }
    }
    query.words = words.join(" ");
}

/// Whether `part` is an operator, which has changed the query then.
fn apply_operator(part: &str, query: &mut PackageQuery) -> bool {
    let (excluded, operator) = match part.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, part),
    };
    let Some((name, value)) = operator.split_once(':') else {
        return false;
    };
    let value = value.trim_matches('"').trim();
    if value.is_empty() {
        return false;
    }
    let name = name.to_ascii_lowercase();
    if let Some(facet) = Facet::named(&name) {
        query.filters.push(FacetFilter {
            facet,
            value: value.to_owned(),
            excluded,
        });
        return true;
    }
    if excluded {
        return false;
    }
    match (name.as_str(), value) {
        ("updated", value) if UpdatedWithin::named(value).is_some() => {
            query.updated = UpdatedWithin::named(value);
        }
        ("sort", value) if Sort::named(value).is_some() => query.sort = Sort::named(value),
        ("archived", "only") => query.archived = Archived::Only,
        ("archived", "no") => query.archived = Archived::Hidden,
        ("is", "secure") => query.secure = true,
        _ => return false,
    }
    true
}

/// The parts of `text` between spaces, where quotes keep spaces together.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        if rest.is_empty() {
            return None;
        }
        let mut quoted = false;
        let end = rest
            .char_indices()
            .find(|&(_, character)| {
                quoted ^= character == '"';
                !quoted && character.is_whitespace()
            })
            .map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::catalog::PackageQuery;

    fn applied(text: &str) -> (String, Vec<String>) {
        let mut query = PackageQuery::default();
        apply(text, &mut query);
        let filters = query.filters.iter().map(|filter| {
            let sign = if filter.excluded { "-" } else { "" };
            format!("{sign}{}={}", filter.facet.name(), filter.value)
        });
        let filters = filters.collect();
        (query.words, filters)
    }

    #[test]
    fn operators_are_taken_out_of_the_words() {
        for (text, words, filters) in [
            ("form", "form", &[][..]),
            ("  two  words ", "two words", &[]),
            (
                "a framework:\"Plone 6.1\" b License:MIT",
                "a b",
                &["framework=Plone 6.1", "license=MIT"],
            ),
            ("-maintainer:x -word", "-word", &["-maintainer=x"]),
            (
                "https://example.org unknown:x",
                "https://example.org unknown:x",
                &[],
            ),
            ("python: type:\"\"", "python: type:\"\"", &[]),
            ("a \"b c", "a \"b c", &[]),
        ] {
            let (found, given) = applied(text);
            assert_eq!(
                (found.as_str(), &given[..]),
                (
                    words,
                    &filters
                        .iter()
                        .map(|&filter| filter.to_owned())
                        .collect::<Vec<_>>()[..]
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn other_operators_change_the_query() {
        let mut query = PackageQuery::default();
        apply("updated:1y is:secure sort:new archived:no", &mut query);
        assert!(query.words.is_empty() && query.secure && query.updated.is_some());
        assert!(query.sort.is_some() && query.archived == crate::catalog::Archived::Hidden);
    }
}
