//! The list of a profile's packages.

use std::sync::Arc;

use crate::catalog::{Archived, PackageQuery, Restriction, SearchResults};
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::parameters::{read_query, write_query};
use crate::web::gallery::respond::PART_HEADER;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::facets::facet_label;
use crate::web::gallery::views::format::grouped;
use crate::web::gallery::views::list::{EmptyView, ListView, SHOWN_FACETS};
use crate::web::gallery::views::pages::list_href;

pub(super) async fn list(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let parameters = read_query(query_string)?;
    let is_part = visitor.headers.contains_key(PART_HEADER);
    if !parameters.is_canonical && !is_part {
        return Err(PageError::Canonical {
            to: list_href(&profile.key, &parameters.query),
        });
    }
    let query = PackageQuery {
        facets: SHOWN_FACETS.to_vec(),
        ..applied_defaults(&parameters.query, profile)
    };
    let results = profile.search(&query).await?;
    if query.page > results.pages.max(1) {
        return Err(PageError::Canonical {
            to: list_href(
                &profile.key,
                &PackageQuery {
                    page: results.pages.max(1),
                    ..parameters.query
                },
            ),
        });
    }
    let mut view = ListView::new(
        &parameters.query,
        &results,
        &profile.key,
        &profile.title,
        visitor.now,
    );
    if results.hits.is_empty() {
        view.empty = Some(empty_view(&query, &results, profile).await?);
    }
    let is_plain = write_query(&parameters.query).is_empty();
    let title = if is_plain {
        profile.title.clone()
    } else {
        view.heading.clone()
    };
    let head = Head {
        title,
        description: profile.description.clone(),
        canonical: list_href(&profile.key, &parameters.query),
        is_indexed: is_plain && !results.hits.is_empty(),
        feeds: profile.feeds(
            &view.heading,
            &write_query(&PackageQuery {
                page: 1,
                sort: None,
                ..parameters.query.clone()
            }),
        ),
        words: parameters.query.words.clone(),
        ..Head::default()
    };
    let template = if is_part { "results.html" } else { "list.html" };
    let body = gallery
        .render(template, visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::List))
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

/// Says whether words or filters are to blame, and leads to lists that are not empty.
async fn empty_view(
    query: &PackageQuery,
    results: &SearchResults,
    profile: &GalleryProfile,
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
    let counts = profile.catalog.count_without(query).await?;
    let way = |label: String, query: &PackageQuery, found: u64| {
        let count = grouped(i64::try_from(found).unwrap_or(i64::MAX));
        (found > 0).then(|| (label, list_href(&profile.key, query), count))
    };
    let mut ways: Vec<(String, String, String)> = Vec::new();
    let has_several = counts.each.len() > 1;
    for (restriction, found) in &counts.each {
        let label = format!("Without the filter “{}”", restriction_label(*restriction));
        ways.extend(way(label, &restriction.left_out_of(query), *found));
    }
    if has_several {
        let words = PackageQuery {
            words: query.words.clone(),
            ..PackageQuery::default()
        };
        ways.extend(way(
            "Without any filter".to_owned(),
            &words,
            counts.all_filters,
        ));
    }
    if query.has_words() {
        let every = PackageQuery::default();
        ways.extend(way(
            format!("All {} packages", profile.title),
            &every,
            results.total,
        ));
    }
    let text = match (query.has_words(), counts.each.len()) {
        (true, 0) => format!(
            "No package matches “{}”. Try fewer or other words.",
            query.words
        ),
        (true, _) if counts.all_filters == 0 => format!(
            "No package matches “{}”, with or without the filters. Try fewer or other words.",
            query.words
        ),
        (true, _) => "No package matches both the words and the filters.".to_owned(),
        (false, 1) => "No package passes this filter.".to_owned(),
        (false, _) => "No package passes all these filters.".to_owned(),
    };
    Ok(EmptyView { text, ways })
}

/// What narrows a list, in a word.
fn restriction_label(restriction: Restriction) -> String {
    match restriction {
        Restriction::Facet(facet) => facet_label(facet).to_owned(),
        Restriction::Excluded(facet) => format!("not {}", facet_label(facet).to_lowercase()),
        Restriction::Updated => "Latest release".to_owned(),
        Restriction::Secure => "No known vulnerability".to_owned(),
        Restriction::Archived => "Archived packages".to_owned(),
    }
}
