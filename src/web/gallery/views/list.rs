//! The list of packages: hits, facets, chips and pages.

use serde::Serialize;

use crate::catalog::{
    Archived, Facet, Overview, PackageQuery, SearchResults, Sort, UpdatedWithin, is_unwanted,
    split_parts,
};
use crate::web::gallery::address::{FeedFormat, ProfilePart};
use crate::web::gallery::parameters::COMPARED;

use super::chips::{Chip, chips, updated_label};
use super::earlier::EarlierView;
use super::facets::{FacetView, facet_label, facet_view};
use super::format::{Moment, packages};
use super::hit::HitView;
use super::link::Link;
use super::notices::Notice;
use super::pages::{ListLinks, Pages, comparison_href, list_href, pages, part_href};

/// Everything on the page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct ListView {
    pub heading: String,
    /// What was found, in a sentence.
    pub status: String,
    pub notices: Vec<Notice>,
    pub chips: Vec<Chip>,
    /// Removes all filters; keeps the words.
    pub clear_href: String,
    pub facets: Vec<FacetView>,
    /// Facets whose values are typed, because there are many.
    pub typed: Vec<TypedFacet>,
    pub updated: Vec<Choice>,
    pub sorts: Vec<Choice>,
    pub is_secure: bool,
    pub archived: Vec<Choice>,
    pub hits: Vec<HitView>,
    pub pages: Option<Pages>,
    /// Shown in place of hits.
    pub empty: Option<EmptyView>,
    /// Whether earlier releases are shown, which can neither be sorted nor refined further.
    pub is_earlier: bool,
    /// To the packages with an earlier release, or back.
    pub other_releases: Option<Link>,
    /// The comparison to which packages are added.
    pub comparison: Option<ComparisonView>,
    /// When the packages were last read from the registry.
    pub as_of: Option<Moment>,
    pub feed_href: String,
    pub csv_href: String,
    /// The parameters that the form does not show as fields.
    pub hidden: Vec<(String, String)>,
    pub exact_spelling: bool,
}

/// A comparison that packages of the list can be added to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ComparisonView {
    pub names: Vec<String>,
    pub href: String,
    /// The list without it.
    pub leave_href: String,
}

/// An option of a menu.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
    pub is_chosen: bool,
}

/// A facet with a field for a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TypedFacet {
    /// Name of the parameter.
    pub name: &'static str,
    pub label: &'static str,
    /// Values that are offered.
    pub values: Vec<String>,
}

/// Why nothing was found, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmptyView {
    pub text: String,
    /// Lists that do have packages, with their counts.
    pub ways: Vec<(String, String, String)>,
}

/// The facets that a list shows.
pub const SHOWN_FACETS: [Facet; 11] = [
    Facet::Registry,
    Facet::Framework,
    Facet::Needs,
    Facet::Kind,
    Facet::Python,
    Facet::Status,
    Facet::License,
    Facet::Health,
    Facet::Provenance,
    Facet::Publisher,
    Facet::Twin,
];

/// The facets that a list has fields for.
const TYPED_FACETS: [Facet; 2] = [Facet::Keyword, Facet::Maintainer];

/// Characters of the longest value that a field offers.
const LONGEST_OFFERED: usize = 60;

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

/// What a list is a list of.
#[derive(Debug, Clone, Copy)]
pub struct ListSource<'a> {
    pub links: ListLinks<'a>,
    /// The profile's name.
    pub title: &'a str,
    /// What there is in the collection.
    pub overview: &'a Overview,
    /// Unix seconds.
    pub now: i64,
}

/// The order that packages are shown in: by name if they lack the numbers for another one.
#[must_use]
pub fn shown_order(query: &PackageQuery, overview: &Overview) -> Sort {
    let sort = query.effective_sort();
    if query.earlier || !overview.has_order(sort) {
        return Sort::Name;
    }
    sort
}

impl ListView {
    #[must_use]
    pub fn new(query: &PackageQuery, results: &SearchResults, source: &ListSource<'_>) -> Self {
        let ListSource {
            links,
            title,
            overview,
            now,
        } = source;
        let profile = links.profile;
        let sort = shown_order(query, overview);
        let unsorted = PackageQuery {
            sort: None,
            ..query.clone()
        };
        let default_sort = shown_order(&unsorted, overview);
        // Feeds have an order of their own, and neither they nor tables have pages.
        let table = PackageQuery {
            page: 1,
            ..query.clone()
        };
        let feed = PackageQuery {
            sort: None,
            ..table.clone()
        };
        let wanted = split_parts(&query.words).filter(|part| !is_unwanted(part));
        let cleared = PackageQuery {
            words: wanted.collect::<Vec<&str>>().join(" "),
            sort: query.sort,
            ..PackageQuery::default()
        };
        let facets: Vec<FacetView> = results
            .facets
            .iter()
            .filter(|counts| SHOWN_FACETS.contains(&counts.facet))
            .map(|counts| facet_view(counts, query, overview))
            .filter(FacetView::is_worth_showing)
            .collect();
        let hits = results.hits.iter().map(|hit| {
            let mut view = HitView::new(hit, profile, Some(sort), *now);
            view.compare_href = links.compare_href(&hit.package.full_name());
            view.earlier = hit
                .earlier
                .as_ref()
                .map(|release| EarlierView::new(release, &hit.package, query, profile, *now));
            view
        });
        Self {
            heading: if query.words.is_empty() {
                format!("{title} packages")
            } else {
                format!("Packages for “{}”", query.words)
            },
            status: status(query, results, sort),
            notices: Vec::new(),
            chips: chips(query, links),
            clear_href: links.href(&cleared),
            typed: typed_facets(query, overview),
            updated: updated_choices(query),
            sorts: Sort::ALL
                .into_iter()
                .filter(|one| *one != Sort::Relevance || query.has_wanted_words())
                .filter(|one| overview.has_order(*one))
                .map(|one| Choice {
                    // The default is nobody's choice: it changes with the words.
                    value: if one == default_sort { "" } else { one.name() },
                    label: sort_label(one),
                    is_chosen: one == sort,
                })
                .collect(),
            is_secure: query.secure,
            archived: archived_choices(query),
            hits: hits.collect(),
            pages: pages(query, results, links),
            empty: None,
            is_earlier: query.earlier,
            other_releases: None,
            comparison: (!links.compared.is_empty()).then(|| ComparisonView {
                names: links.compared.to_vec(),
                href: comparison_href(profile, links.compared),
                leave_href: list_href(profile, query),
            }),
            as_of: None,
            feed_href: part_href(profile, ProfilePart::Feed(FeedFormat::Atom), &feed),
            csv_href: part_href(profile, ProfilePart::Csv, &table),
            hidden: hidden_fields(query, links.compared),
            exact_spelling: query.exact_spelling,
            facets,
        }
    }
}

/// Those that packages have values of.
fn typed_facets(query: &PackageQuery, overview: &Overview) -> Vec<TypedFacet> {
    let facets = TYPED_FACETS.into_iter().filter(|_| !query.earlier);
    let typed = facets.map(|facet| TypedFacet {
        name: facet.name(),
        label: facet_label(facet),
        values: overview
            .frequent(facet)
            .iter()
            .filter(|value| value.chars().count() <= LONGEST_OFFERED)
            .cloned()
            .collect(),
    });
    typed.filter(|facet| !facet.values.is_empty()).collect()
}

/// The parameters that the form does not show as fields.
fn hidden_fields(query: &PackageQuery, compared: &[String]) -> Vec<(String, String)> {
    let mut hidden = Vec::new();
    let mut add = |name: &str, value: &str| hidden.push((name.to_owned(), value.to_owned()));
    for filter in &query.filters {
        let name = filter.facet.name();
        if filter.excluded {
            add(&format!("not-{name}"), &filter.value);
        } else if query.earlier || !SHOWN_FACETS.contains(&filter.facet) {
            add(name, &filter.value);
        }
    }
    if query.earlier {
        add("earlier", "1");
    }
    for name in compared {
        add(COMPARED, name);
    }
    hidden
}

fn status(query: &PackageQuery, results: &SearchResults, sort: Sort) -> String {
    let found = match results.found {
        0 => return "No packages found".to_owned(),
        found => packages(found),
    };
    let words = match query.words.as_str() {
        "" => String::new(),
        words => format!(" for “{words}”"),
    };
    let page = match results.page {
        0 | 1 => String::new(),
        page => format!(", page {page} of {}", results.pages),
    };
    if query.earlier {
        return format!("{found}{words} with an earlier release only, by name{page}");
    }
    let order = match sort {
        Sort::Relevance => "best matches first",
        Sort::Health => "healthiest first",
        Sort::Downloads => "most downloaded first",
        Sort::Stars => "most stars first",
        Sort::Updated => "latest releases first",
        Sort::New => "newest packages first",
        Sort::Name => "by name",
    };
    format!("{found}{words}, {order}{page}")
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
    use super::{ListSource, ListView};
    use crate::catalog::{
        Facet, FacetCounts, FacetFilter, FacetValue, Overview, PackageQuery, SearchResults,
    };
    use crate::web::gallery::views::pages::ListLinks;

    fn view(words: &str, results: &SearchResults) -> ListView {
        let source = ListSource {
            links: ListLinks {
                profile: "plone",
                compared: &[],
            },
            title: "Plone",
            overview: &Overview::default(),
            now: 1,
        };
        ListView::new(&query(words), results, &source)
    }

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
        let view = view("form", &results);
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
        let view = view("", &results);
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
        let view = view("form", &results);
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
}
