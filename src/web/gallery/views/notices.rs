//! What a list says about how its address was understood.

use serde::Serialize;

use crate::catalog::{
    AmbiguousFilter, FacetFilter, PackageQuery, SearchResults, Sort, Spelling, explain_unknown,
};

use super::facets::facet_noun;
use super::link::Link;
use super::pages::ListLinks;

/// A sentence, and lists to go to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub text: String,
    pub links: Vec<Link>,
}

/// How the words were understood; nothing if they were found as typed.
#[must_use]
pub fn about_words(
    query: &PackageQuery,
    results: &SearchResults,
    links: &ListLinks<'_>,
) -> Option<Notice> {
    let interpretation = &results.interpretation;
    if results.hits.is_empty() || interpretation.is_literal() {
        return None;
    }
    let mut sentences = Vec::new();
    for Spelling {
        typed,
        found,
        instead,
    } in &interpretation.guessed
    {
        sentences.push(if *instead {
            format!("Showing packages with “{found}” instead of “{typed}”.")
        } else {
            format!("Also showing packages with “{found}”, which is spelled almost like “{typed}”.")
        });
    }
    match results.found.saturating_sub(interpretation.partial) {
        _ if interpretation.partial == 0 => {}
        0 => sentences.push("None of these packages has all the words.".to_owned()),
        1 => sentences
            .push("1 package has all the words; the others have only some of them.".to_owned()),
        complete => sentences.push(format!(
            "{complete} packages have all the words; the others have only some of them."
        )),
    }
    let missing = interpretation.missing.iter();
    let missing: Vec<String> = missing.map(|word| format!("“{word}”")).collect();
    if !missing.is_empty() {
        sentences.push(format!("Left out: {}.", missing.join(", ")));
    }
    let exact = PackageQuery {
        exact_spelling: true,
        page: 1,
        ..query.clone()
    };
    let exact = (!interpretation.guessed.is_empty()).then(|| Link {
        text: "Search for the words as typed".to_owned(),
        href: links.href(&exact),
        is_foreign: false,
    });
    Some(Notice {
        text: sentences.join(" "),
        links: exact.into_iter().collect(),
    })
}

/// Parts of the words that look like filters and are none.
#[must_use]
pub fn about_filters(query: &PackageQuery) -> Vec<Notice> {
    let sentences = explain_unknown(&query.words).into_iter();
    sentences
        .map(|text| Notice {
            text,
            links: Vec::new(),
        })
        .collect()
}

/// Values that no package has, and those that may be meant.
#[must_use]
pub(in crate::web::gallery) fn about_doubts(
    query: &PackageQuery,
    doubts: &[AmbiguousFilter],
    links: &ListLinks<'_>,
) -> Vec<Notice> {
    let notice = |doubt: &AmbiguousFilter| {
        let (noun, value) = (facet_noun(doubt.filter.facet), &doubt.filter.value);
        let choices = doubt.choices.iter();
        let choices: Vec<Link> = choices
            .map(|choice| Link {
                text: choice.clone(),
                href: links.href(&with_value(query, &doubt.filter, choice)),
                is_foreign: false,
            })
            .collect();
        let end = if choices.is_empty() {
            "."
        } else {
            ". Did you mean one of these?"
        };
        Notice {
            text: format!("No package here has the {noun} “{value}”{end}"),
            links: choices,
        }
    };
    doubts.iter().map(notice).collect()
}

/// An order by numbers that no package has.
#[must_use]
pub fn about_order(asked: Sort) -> Notice {
    let unknown = match asked {
        Sort::Downloads => "The downloads of these packages are",
        Sort::Stars => "The stars of these packages are",
        Sort::New => "The first releases of these packages are",
        _ => "The health of these packages is",
    };
    Notice {
        text: format!("{unknown} not known, so they stand by name."),
        links: Vec::new(),
    }
}

fn with_value(query: &PackageQuery, filter: &FacetFilter, value: &str) -> PackageQuery {
    let mut query = PackageQuery {
        page: 1,
        ..query.clone()
    };
    for one in &mut query.filters {
        if one == filter {
            value.clone_into(&mut one.value);
        }
    }
    query
}

#[cfg(test)]
mod tests {
    use super::about_words;
    use crate::catalog::{Hit, Interpretation, PackageQuery, SearchResults, Spelling};
    use crate::web::gallery::views::pages::ListLinks;

    #[test]
    fn a_similar_spelling_is_called_so() {
        let about = |instead: bool| {
            let results = SearchResults {
                hits: vec![Hit::default()],
                found: 1,
                interpretation: Interpretation {
                    guessed: vec![Spelling {
                        typed: "form".to_owned(),
                        found: "cform".to_owned(),
                        instead,
                    }],
                    ..Interpretation::default()
                },
                ..SearchResults::default()
            };
            let links = ListLinks {
                profile: "plone",
                compared: &[],
            };
            let notice = about_words(&PackageQuery::default(), &results, &links);
            notice.map(|notice| notice.text)
        };
        assert_eq!(
            about(false).as_deref(),
            Some("Also showing packages with “cform”, which is spelled almost like “form”.")
        );
        assert_eq!(
            about(true).as_deref(),
            Some("Showing packages with “cform” instead of “form”.")
        );
    }
}
