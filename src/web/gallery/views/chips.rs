//! The filters in use, each with the list without it.

use serde::Serialize;

use crate::catalog::{Archived, PackageQuery, UpdatedWithin, split_parts, unwanted_parts};

use super::facets::facet_label;
use super::pages::ListLinks;

/// A filter in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chip {
    pub label: String,
    pub value: String,
    /// The list without it.
    pub href: String,
}

/// The filters of a query.
#[must_use]
pub fn chips(query: &PackageQuery, links: &ListLinks<'_>) -> Vec<Chip> {
    let first_page = PackageQuery {
        page: 1,
        ..query.clone()
    };
    let mut chips = Vec::new();
    let mut add = |label: &str, value: &str, without: PackageQuery| {
        chips.push(Chip {
            label: label.to_owned(),
            value: value.to_owned(),
            href: links.href(&without),
        });
    };
    for part in unwanted_parts(&query.words) {
        let others: Vec<&str> = split_parts(&query.words)
            .filter(|other| *other != part)
            .collect();
        let without = PackageQuery {
            words: others.join(" "),
            ..first_page.clone()
        };
        add(
            "Without",
            part.trim_start_matches('-').trim_matches('"'),
            without,
        );
    }
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
            ..first_page.clone()
        };
        add("Archived", value, without);
    }
    if query.earlier {
        let without = PackageQuery {
            earlier: false,
            ..first_page
        };
        add("Releases", "earlier ones only", without);
    }
    chips
}

/// The age of a release in words.
#[must_use]
pub fn updated_label(updated: UpdatedWithin) -> &'static str {
    match updated {
        UpdatedWithin::Days30 => "in the last 30 days",
        UpdatedWithin::HalfYear => "in the last 6 months",
        UpdatedWithin::Year => "in the last year",
        UpdatedWithin::TwoYears => "in the last 2 years",
    }
}
