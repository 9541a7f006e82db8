//! The list of packages: hits, facets, chips and pages.

use serde::Serialize;

use crate::catalog::{
    Archived, Facet, FacetFilter, Hit, Interpretation, PackageQuery, SearchResults, Sort,
    UpdatedWithin,
};
use crate::web::gallery::address::{FeedFormat, ProfilePart};

use super::facets::{FacetView, facet_label, facet_view};
use super::format::grouped;
use super::hit::HitView;
use super::pages::{Pages, list_href, pages, part_href};

/// Everything on the page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct ListView {
    pub heading: String,
    /// What was found, in a sentence.
    pub status: String,
    pub notice: Option<Notice>,
    pub chips: Vec<Chip>,
    /// Removes all filters; keeps the words.
    pub clear_href: String,
    pub facets: Vec<FacetView>,
    pub updated: Vec<Choice>,
    pub sorts: Vec<Choice>,
    pub is_secure: bool,
    pub archived: Vec<Choice>,
    pub hits: Vec<HitView>,
    pub pages: Option<Pages>,
    /// Shown in place of hits.
    pub empty: Option<EmptyView>,
    pub feed_href: String,
    pub csv_href: String,
    /// The parameters that the form does not show as fields.
    pub hidden: Vec<(String, String)>,
    pub exact_spelling: bool,
}

/// How words were understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub text: String,
    /// Searches again, with the words as they are spelled.
    pub href: Option<String>,
}

/// A filter in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    pub label: String,
    pub value: String,
    /// The list without it.
    pub href: String,
}

/// An option of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
    pub is_chosen: bool,
}

/// Why nothing was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmptyView {
    pub text: String,
    /// Lists that do have packages, with their counts.
    pub ways: Vec<(String, String, String)>,
}

/// The facets that a list shows.
pub const SHOWN_FACETS: [Facet; 6] = [
    Facet::Framework,
    Facet::Kind,
    Facet::Python,
    Facet::Status,
    Facet::License,
    Facet::Health,
];

/// The words of a sort.
#[must_use]
pub fn sort_label(sort: Sort) -> &'static str {
    match sort {
        Sort::Relevance => "Best match",
        Sort::Health => "Health",
        Sort::Downloads => "Downloads",
        Sort::Stars => "Stars",
        Sort::Updated => "Recently released",
        Sort::New => "New packages",
        Sort::Name => "Name",
    }
}

impl ListView {
    #[must_use]
    pub fn new(
        query: &PackageQuery,
        results: &SearchResults,
        profile: &str,
        title: &str,
        now: i64,
    ) -> Self {
        let sort = query.effective_sort();
        let unsorted = PackageQuery {
            sort: None,
            ..query.clone()
        };
        let default_sort = unsorted.effective_sort();
        let list = |query: &PackageQuery| list_href(profile, query);
        // Feeds have an order of their own, and neither they nor tables have pages.
        let table = PackageQuery {
            page: 1,
            ..query.clone()
        };
        let feed = PackageQuery {
            sort: None,
            ..table.clone()
        };
        let cleared = PackageQuery {
            words: query.words.clone(),
            sort: query.sort,
            ..PackageQuery::default()
        };
        let shown_filters =
            |filter: &&FacetFilter| !filter.excluded && SHOWN_FACETS.contains(&filter.facet);
        let hidden = query
            .filters
            .iter()
            .filter(|filter| !shown_filters(filter))
            .map(|filter| {
                let sign = if filter.excluded { "not-" } else { "" };
                (
                    format!("{sign}{}", filter.facet.name()),
                    filter.value.clone(),
                )
            });
        Self {
            heading: if query.words.is_empty() {
                format!("{title} packages")
            } else {
                format!("Packages for “{}”", query.words)
            },
            status: status(query, results),
            notice: notice(query, &results.interpretation, &results.hits, profile),
            chips: chips(query, profile),
            clear_href: list(&cleared),
            facets: results
                .facets
                .iter()
                .filter(|counts| SHOWN_FACETS.contains(&counts.facet))
                .map(|counts| facet_view(counts, query))
                .filter(|facet| !facet.values.is_empty())
                .collect(),
            updated: updated_choices(query),
            sorts: Sort::ALL
                .into_iter()
                .filter(|one| *one != Sort::Relevance || !query.words.is_empty())
                .map(|one| Choice {
                    // The default is nobody's choice: it changes with the words.
                    value: if one == default_sort { "" } else { one.name() },
                    label: sort_label(one),
                    is_chosen: one == sort,
                })
                .collect(),
            is_secure: query.secure,
            archived: archived_choices(query),
            hits: results
                .hits
                .iter()
                .map(|hit| HitView::new(hit, profile, Some(sort), now))
                .collect(),
            pages: pages(query, results, profile),
            empty: None,
            feed_href: part_href(profile, ProfilePart::Feed(FeedFormat::Atom), &feed),
            csv_href: part_href(profile, ProfilePart::Csv, &table),
            hidden: hidden.collect(),
            exact_spelling: query.exact_spelling,
        }
    }
}

fn status(query: &PackageQuery, results: &SearchResults) -> String {
    let found = match results.found {
        0 => return "No packages found".to_owned(),
        1 => "1 package".to_owned(),
        found => format!(
            "{} packages",
            grouped(i64::try_from(found).unwrap_or(i64::MAX))
        ),
    };
    let words = match query.words.as_str() {
        "" => String::new(),
        words => format!(" for “{words}”"),
    };
    let order = match query.effective_sort() {
        Sort::Relevance => "best matches first",
        Sort::Health => "healthiest first",
        Sort::Downloads => "most downloaded first",
        Sort::Stars => "most stars first",
        Sort::Updated => "latest releases first",
        Sort::New => "newest packages first",
        Sort::Name => "by name",
    };
    format!("{found}{words}, {order}")
}

fn notice(
    query: &PackageQuery,
    interpretation: &Interpretation,
    hits: &[Hit],
    profile: &str,
) -> Option<Notice> {
    if hits.is_empty() || interpretation.is_literal() {
        return None;
    }
    let mut sentences = Vec::new();
    for spelling in &interpretation.guessed {
        sentences.push(format!(
            "No package has “{}”; showing “{}”.",
            spelling.typed, spelling.found
        ));
    }
    if !interpretation.missing.is_empty() {
        let missing: Vec<String> = interpretation
            .missing
            .iter()
            .map(|word| format!("“{word}”"))
            .collect();
        sentences.push(format!(
            "No package has all words; missing: {}.",
            missing.join(", ")
        ));
    }
    let exact = PackageQuery {
        exact_spelling: true,
        page: 1,
        ..query.clone()
    };
    let href = (!interpretation.guessed.is_empty()).then(|| list_href(profile, &exact));
    Some(Notice {
        text: sentences.join(" "),
        href,
    })
}

fn chips(query: &PackageQuery, profile: &str) -> Vec<Chip> {
    let first_page = PackageQuery {
        page: 1,
        ..query.clone()
    };
    let mut chips = Vec::new();
    let mut add = |label: &str, value: &str, without: PackageQuery| {
        chips.push(Chip {
            label: label.to_owned(),
            value: value.to_owned(),
            href: list_href(profile, &without),
        });
    };
    for filter in &query.filters {
        let mut without = first_page.clone();
        without.filters.retain(|one| one != filter);
        let label = facet_label(filter.facet);
        let label = if filter.excluded {
            format!("Not {}", label.to_lowercase())
        } else {
            label.to_owned()
        };
        add(&label, &filter.value, without);
    }
    if let Some(updated) = query.updated {
        let without = PackageQuery {
            updated: None,
            ..first_page.clone()
        };
        add("Released", updated_label(updated), without);
    }
    if query.secure {
        let without = PackageQuery {
            secure: false,
            ..first_page.clone()
        };
        add("Security", "no known vulnerability", without);
    }
    if query.archived != Archived::Included {
        let value = match query.archived {
            Archived::Only => "only",
            _ => "hidden",
        };
        let without = PackageQuery {
            archived: Archived::Included,
            ..first_page
        };
        add("Archived", value, without);
    }
    chips
}

fn updated_label(updated: UpdatedWithin) -> &'static str {
    match updated {
        UpdatedWithin::Days30 => "in the last 30 days",
        UpdatedWithin::HalfYear => "in the last 6 months",
        UpdatedWithin::Year => "in the last year",
        UpdatedWithin::TwoYears => "in the last 2 years",
    }
}

fn updated_choices(query: &PackageQuery) -> Vec<Choice> {
    let any = Choice {
        value: "",
        label: "at any time",
        is_chosen: query.updated.is_none(),
    };
    let others = UpdatedWithin::ALL.into_iter().map(|updated| Choice {
        value: updated.name(),
        label: updated_label(updated),
        is_chosen: query.updated == Some(updated),
    });
    std::iter::once(any).chain(others).collect()
}

fn archived_choices(query: &PackageQuery) -> Vec<Choice> {
    [
        (Archived::Included, "", "shown"),
        (Archived::Hidden, "no", "hidden"),
        (Archived::Only, "only", "only those"),
    ]
    .into_iter()
    .map(|(archived, value, label)| Choice {
        value,
        label,
        is_chosen: query.archived == archived,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::ListView;
    use crate::catalog::{
        Facet, FacetCounts, FacetFilter, FacetValue, Hit, Interpretation, PackageQuery,
        SearchResults, Spelling,
    };

    fn query(words: &str) -> PackageQuery {
        PackageQuery {
            words: words.to_owned(),
            page: 5,
            filters: vec![FacetFilter {
                facet: Facet::Framework,
                value: "Plone 6.1".to_owned(),
                excluded: false,
            }],
            ..PackageQuery::default()
        }
    }

    #[test]
    fn chips_remove_one_filter_and_begin_at_the_first_page() {
        let results = SearchResults::default();
        let view = ListView::new(&query("form"), &results, "plone", "Plone", 1);
        let chips: Vec<_> = view.chips.iter().map(|chip| chip.href.as_str()).collect();
        assert_eq!(chips, ["/plone?q=form"]);
        assert_eq!(view.clear_href, "/plone?q=form");
    }

    #[test]
    fn a_chosen_value_that_nothing_has_can_be_taken_back() {
        let results = SearchResults {
            facets: vec![FacetCounts {
                facet: Facet::Framework,
                values: vec![
                    FacetValue {
                        value: "Plone 5.2".to_owned(),
                        count: 1_200,
                    },
                    FacetValue {
                        value: "Plone 6.0".to_owned(),
                        count: 1,
                    },
                ],
                is_cut: false,
            }],
            ..SearchResults::default()
        };
        let view = ListView::new(&query(""), &results, "plone", "Plone", 1);
        let values: Vec<_> = view
            .facets
            .iter()
            .flat_map(|facet| &facet.values)
            .map(|value| (value.value.as_str(), value.count.as_str(), value.is_chosen))
            .collect();
        assert_eq!(
            values,
            [
                ("Plone 6.1", "0", true),
                ("Plone 6.0", "1", false),
                ("Plone 5.2", "1,200", false)
            ]
        );
    }

    #[test]
    fn pages_name_their_neighbours_and_both_ends() {
        let results = SearchResults {
            page: 5,
            pages: 12,
            ..SearchResults::default()
        };
        let view = ListView::new(&query("form"), &results, "plone", "Plone", 1);
        let numbers: Vec<Option<u32>> = view
            .pages
            .into_iter()
            .flat_map(|pages| pages.links)
            .map(|link| link.map(|(number, _)| number))
            .collect();
        assert_eq!(
            numbers,
            [
                Some(1),
                None,
                Some(3),
                Some(4),
                Some(5),
                Some(6),
                Some(7),
                None,
                Some(12)
            ]
        );
    }

    #[test]
    fn a_guessed_spelling_is_said_and_can_be_switched_off() {
        let results = SearchResults {
            hits: vec![Hit::default()],
            interpretation: Interpretation {
                guessed: vec![Spelling {
                    typed: "djagno".to_owned(),
                    found: "django".to_owned(),
                }],
                missing: vec!["zzz".to_owned()],
            },
            ..SearchResults::default()
        };
        let view = ListView::new(&query("djagno zzz"), &results, "plone", "Plone", 1);
        let notice = view
            .notice
            .map(|notice| (notice.text, notice.href.unwrap_or_default()));
        assert_eq!(notice, Some((
            "No package has “djagno”; showing “django”. No package has all words; missing: “zzz”.".to_owned(),
            "/plone?q=djagno+zzz&spelling=exact&framework=Plone+6.1".to_owned(),
        )));
    }
}
