//! The list of a profile's packages.

use std::sync::Arc;

use crate::catalog::{Archived, PackageQuery, SearchResults};
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::parameters::{read_query, write_query};
use crate::web::gallery::respond::PART_HEADER;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::format::{capitalised, grouped};
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
    let alternatives = profile.catalog.count_alternatives(query).await?;
    let ways: Vec<(String, String, String)> = alternatives
        .into_iter()
        .filter(|alternative| alternative.found > 0)
        .map(|alternative| {
            let count = grouped(i64::try_from(alternative.found).unwrap_or(i64::MAX));
            let href = list_href(&profile.key, &alternative.query);
            (capitalised(&alternative.label), href, count)
        })
        .collect();
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
