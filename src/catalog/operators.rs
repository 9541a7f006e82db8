//! Operators among the words of a search: `framework:"Plone 6.1" license:MIT -maintainer:x`. Pure
//! functions, for the gallery's search box and for `pyfa search`.

use super::Facet;
use super::query::{Archived, FacetFilter, PackageQuery, Sort, UpdatedWithin};
use super::words::split_parts;

/// Sentences about what was not understood.
const MOST_EXPLAINED: usize = 3;

/// Takes the operators out of `text` and puts them into the query; the rest are its words.
pub fn apply_operators(text: &str, query: &mut PackageQuery) {
    let mut words: Vec<&str> = Vec::new();
    for part in split_parts(text) {
        if !apply_operator(part, query) {
            words.push(part);
        }
    }
    query.words = words.join(" ");
}

/// Arguments of a command line as one text: the shell has taken the quotes off, so that
/// `framework:"Plone 6.1"` is one argument without any.
#[must_use]
pub fn join_arguments(arguments: &[String]) -> String {
    let quoted = arguments
        .iter()
        .map(|argument| match argument.split_once(':') {
            Some((name, value)) if is_filter(name) && had_quotes(value) => {
                format!("{name}:\"{value}\"")
            }
            _ => argument.clone(),
        });
    quoted.collect::<Vec<String>>().join(" ")
}

/// Whether a value had quotes before the shell took them: it has spaces, but does not begin with one.
fn had_quotes(value: &str) -> bool {
    let has_spaces = value.contains(char::is_whitespace);
    has_spaces && !value.starts_with(char::is_whitespace) && !value.contains('"')
}

/// Whether this is the name of a facet, perhaps with a dash before it.
fn is_filter(name: &str) -> bool {
    let name = name.strip_prefix('-').unwrap_or(name);
    Facet::named(&name.to_ascii_lowercase()).is_some()
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

/// What looks like a filter in the words of a query, and is none: a sentence for each.
#[must_use]
pub fn explain_unknown(words: &str) -> Vec<String> {
    split_parts(words)
        .filter_map(explain)
        .take(MOST_EXPLAINED)
        .collect()
}

fn explain(part: &str) -> Option<String> {
    let operator = part.strip_prefix('-').unwrap_or(part);
    let (name, value) = operator.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic());
    if !is_name || value.starts_with(['/', ':']) {
        return None;
    }
    let value = value.trim_matches('"').trim();
    let searched = format!("“{part}” is not a filter, so it was searched for as words.");
    let takes = |values: &str| Some(format!("{searched} {name} takes {values}."));
    match name.to_ascii_lowercase().as_str() {
        name if Facet::named(name).is_some() => takes("a value right behind the colon"),
        "updated" => takes("30d, 6m, 1y or 2y"),
        "sort" => takes("relevance, health, downloads, stars, updated, new or name"),
        "archived" => takes("no or only"),
        "is" => takes("secure"),
        // It ends a phrase, as in `error: this`.
        _ if value.is_empty() => None,
        _ => {
            let names: Vec<&str> = Facet::ALL.into_iter().map(Facet::name).collect();
            Some(format!(
                "{searched} Filters are {}, updated, archived, is and sort.",
                names.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{apply_operators, explain_unknown, join_arguments};
    use crate::catalog::PackageQuery;

    fn applied(text: &str) -> (String, Vec<String>) {
        let mut query = PackageQuery::default();
        apply_operators(text, &mut query);
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
    fn a_shell_takes_the_quotes_off() {
        for (arguments, joined) in [
            (&["form", "mail"][..], "form mail"),
            (
                &["framework:Plone 6.1", "-License:BSD 3", "plone api"],
                "framework:\"Plone 6.1\" -License:\"BSD 3\" plone api",
            ),
            (
                &["framework:\"Plone 6.1\" form"],
                "framework:\"Plone 6.1\" form",
            ),
            (&["error: this"], "error: this"),
            (&["python: a language"], "python: a language"),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|&one| one.to_owned()).collect();
            assert_eq!(join_arguments(&arguments), joined);
        }
    }

    #[test]
    fn other_operators_change_the_query() {
        let mut query = PackageQuery::default();
        apply_operators("updated:1y is:secure sort:new archived:no", &mut query);
        assert!(query.words.is_empty() && query.secure && query.updated.is_some());
        assert!(query.sort.is_some() && query.archived == crate::catalog::Archived::Hidden);
    }

    #[test]
    fn what_looks_like_a_filter_and_is_none_is_explained() {
        for (words, said) in [
            ("form -mail https://example.org a::b error: x 10:30 :x", ""),
            ("foo:bar", "Filters are framework, type, python"),
            (
                "-foo:bar",
                "“-foo:bar” is not a filter, so it was searched for as words.",
            ),
            ("python:", "python takes a value right behind the colon."),
            ("updated:5y", "updated takes 30d, 6m, 1y or 2y."),
            ("-is:secure", "is takes secure."),
        ] {
            let sentences = explain_unknown(words).join(" ");
            assert_eq!(
                sentences.is_empty(),
                said.is_empty(),
                "{words}: {sentences}"
            );
            assert!(sentences.contains(said), "{words}: {sentences}");
        }
        assert_eq!(explain_unknown("a:b c:d e:f g:h").len(), 3);
    }
}
