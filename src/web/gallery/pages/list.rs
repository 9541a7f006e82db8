//! The list of a profile's packages.

use std::sync::Arc;

use crate::catalog::{Archived, Earlier, PackageQuery, ResolvedQuery, SearchResults, understand};
use crate::store::since_file;
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::parameters::{asks_for_versions, read_query, write_list, write_query};
use crate::web::gallery::respond::PART_HEADER;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::earlier::other_releases;
use crate::web::gallery::views::format::{Moment, capitalised, grouped};
use crate::web::gallery::views::list::{
    EmptyView, ListSource, ListView, SHOWN_FACETS, shown_order,
};
use crate::web::gallery::views::notices::{about_doubts, about_filters, about_order, about_words};
use crate::web::gallery::views::pages::{ListLinks, list_href};

/// Packages up to which a list says how many more had an earlier release.
const FEW: u64 = 20;
/// Other profiles that are searched for words that find nothing.
const MOST_PROFILES: usize = 12;

pub(super) async fn render_list(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let parameters = read_query(query_string)?;
    let is_part = visitor.headers.contains_key(PART_HEADER);
    let overview = profile.fetch_overview().await?;
    let ResolvedQuery { query, doubts } = understand(&parameters.query, &overview);
    let links = ListLinks {
        profile: &profile.key,
        compared: &parameters.compared,
    };
    let is_canonical = parameters.is_canonical && query == parameters.query;
    if !is_canonical && !is_part {
        return Err(PageError::Canonical {
            to: links.href(&query),
        });
    }
    let order = shown_order(&query, &overview);
    let asked = PackageQuery {
        facets: SHOWN_FACETS.to_vec(),
        sort: Some(order),
        ..applied_defaults(&query, profile)
    };
    let results = profile.search(&asked).await?;
    if query.page > results.pages.max(1) {
        return Err(PageError::Canonical {
            to: links.href(&PackageQuery {
                page: results.pages.max(1),
                ..query
            }),
        });
    }
    let source = ListSource {
        links,
        title: &profile.title,
        overview: &overview,
        now: visitor.now,
    };
    let mut view = ListView::new(&query, &results, &source);
    view.notices.extend(about_words(&query, &results, &links));
    view.notices.extend(about_filters(&query));
    view.notices.extend(about_doubts(&query, &doubts, &links));
    let asked_order = query.effective_sort();
    if query.sort.is_some() && !query.earlier && order != asked_order {
        view.notices.push(about_order(asked_order));
    }
    if results.hits.is_empty() {
        let asked = PackageQuery {
            sort: query.sort,
            ..asked.clone()
        };
        view.empty = Some(empty_view(&asked, &results, gallery, profile, &links).await?);
    }
    let counted = count_earlier(&asked, &results, profile).await?;
    view.other_releases = other_releases(&query, counted, &links);
    view.as_of = last_run(gallery, profile, visitor.now).await;
    let is_plain = write_list(&query, &parameters.compared).is_empty();
    let title = if is_plain {
        profile.title.clone()
    } else {
        view.heading.clone()
    };
    let title = match query.page {
        0 | 1 => title,
        page => format!("{title}, page {page}"),
    };
    let head = Head {
        title,
        description: profile.description.clone(),
        canonical: links.href(&query),
        is_indexed: is_plain && !results.hits.is_empty(),
        feeds: profile.feeds(
            &view.heading,
            &write_query(&PackageQuery {
                page: 1,
                sort: None,
                ..query.clone()
            }),
        ),
        words: query.words.clone(),
        ..Head::default()
    };
    let template = if is_part { "results.html" } else { "list.html" };
    let body = gallery
        .render(template, visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::List))
}

/// When the packages were last read from the registry, as far as this host knows.
async fn last_run(gallery: &Gallery, profile: &GalleryProfile, now: i64) -> Option<Moment> {
    let file = gallery.settings.since_file.clone()?;
    let key = profile.key.clone();
    let reading = move || since_file::read_newest(&file, &key).ok().flatten();
    let mark = tokio::task::spawn_blocking(reading).await.ok()??;
    Moment::new(mark.time.as_second(), now)
}

/// The query, with what the operator wants where the visitor says nothing.
pub(in crate::web::gallery) fn applied_defaults(
    query: &PackageQuery,
    profile: &GalleryProfile,
) -> PackageQuery {
    let mut query = query.clone();
    if profile.appearance.hide_archived
        && query.archived == Archived::Included
        && query.words.is_empty()
    {
        query.archived = Archived::Hidden;
    }
    query
}

/// Counts the packages with an earlier release for the versions that are asked for, where few have a
/// latest one.
async fn count_earlier(
    query: &PackageQuery,
    results: &SearchResults,
    profile: &GalleryProfile,
) -> Result<Option<Earlier>, PageError> {
    let is_few = results.found <= FEW && results.total > 0;
    if !is_few || query.earlier || !asks_for_versions(query) {
        return Ok(None);
    }
    Ok(Some(profile.catalog.count_earlier(query).await?))
}

/// Where words that find nothing lead on: the same words in other profiles, and all packages of this
/// one.
async fn find_elsewhere(
    query: &PackageQuery,
    gallery: &Gallery,
    profile: &GalleryProfile,
    links: &ListLinks<'_>,
) -> Vec<(String, String, String)> {
    if !query.has_words() {
        return Vec::new();
    }
    let words = PackageQuery {
        words: query.words.clone(),
        exact_spelling: query.exact_spelling,
        ..PackageQuery::default()
    };
    let profiles = gallery.present_profiles().await.unwrap_or_default();
    let others = profiles.iter().filter(|other| other.key != profile.key);
    let others = others.take(MOST_PROFILES).map(async |other| {
        let label = format!("The same words in {}", other.title);
        way(other, label, list_href(&other.key, &words), &words).await
    });
    let all = PackageQuery::default();
    let label = format!("All packages of {}", profile.title);
    let (others, all) = tokio::join!(
        futures::future::join_all(others),
        way(profile, label, links.href(&all), &all),
    );
    others.into_iter().chain([all]).flatten().collect()
}

/// A list with its number of packages; `None` if it is empty or cannot be counted now.
async fn way(
    profile: &GalleryProfile,
    label: String,
    href: String,
    query: &PackageQuery,
) -> Option<(String, String, String)> {
    let counted = applied_defaults(query, profile);
    let found = profile.search(&counted).await.ok()?.found;
    let count = grouped(i64::try_from(found).unwrap_or(i64::MAX));
    (found > 0).then_some((label, href, count))
}

/// Says whether words or filters are to blame, and leads to lists that are not empty.
async fn empty_view(
    query: &PackageQuery,
    results: &SearchResults,
    gallery: &Gallery,
    profile: &GalleryProfile,
    links: &ListLinks<'_>,
) -> Result<EmptyView, PageError> {
    if results.total == 0 {
        return Ok(EmptyView {
            text: format!(
                "This gallery is empty. `pyfa pypi -f -p {}` fills it.",
                profile.key
            ),
            ways: Vec::new(),
        });
    }
    if query.earlier {
        return Ok(EmptyView {
            text: "No package passes with an earlier release only.".to_owned(),
            ways: Vec::new(),
        });
    }
    let (alternatives, elsewhere) = tokio::join!(
        profile.catalog.count_alternatives(query),
        find_elsewhere(query, gallery, profile, links),
    );
    let mut ways: Vec<(String, String, String)> = alternatives?
        .into_iter()
        .filter(|alternative| alternative.found > 0)
        .map(|alternative| {
            let count = grouped(i64::try_from(alternative.found).unwrap_or(i64::MAX));
            let href = links.href(&alternative.query);
            (capitalised(&alternative.label), href, count)
        })
        .collect();
    ways.extend(elsewhere);
    let restrictions = query.filters.len()
        + usize::from(query.updated.is_some())
        + usize::from(query.secure)
        + usize::from(query.archived != Archived::Included);
    let text = match (query.has_words(), restrictions) {
        (true, 0) => format!(
            "No package matches “{}”. Try fewer or other words.",
            query.words
        ),
        (true, _) => format!(
            "No package matches “{}” and passes the filters.",
            query.words
        ),
        (false, 1) => "No package passes this filter.".to_owned(),
        (false, _) => "No package passes all these filters.".to_owned(),
    };
    Ok(EmptyView { text, ways })
}
