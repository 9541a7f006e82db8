//! The pages of a list, and the addresses of lists.

use serde::Serialize;

use crate::catalog::{PackageQuery, SearchResults};
use crate::web::gallery::address::{Address, ProfilePart};
use crate::web::gallery::parameters::write_query;

/// Pages on either side of the current one.
const PAGES_AROUND: u32 = 2;

/// The way to other pages of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pages {
    pub current: u32,
    pub last: u32,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// The number and its address; `None` stands for a gap.
    pub links: Vec<Option<(u32, String)>>,
}

/// The address of a list.
#[must_use]
pub fn list_href(profile: &str, query: &PackageQuery) -> String {
    part_href(profile, ProfilePart::List, query)
}

/// The address of something that takes the parameters of a list.
#[must_use]
pub fn part_href(profile: &str, part: ProfilePart, query: &PackageQuery) -> String {
    let address = Address::profile(profile, part);
    match write_query(query) {
        parameters if parameters.is_empty() => address.to_string(),
        parameters => format!("{address}?{parameters}"),
    }
}

/// The neighbours and both ends; `None` if there is one page.
#[must_use]
pub fn pages(query: &PackageQuery, results: &SearchResults, profile: &str) -> Option<Pages> {
    if results.pages <= 1 {
        return None;
    }
    let (current, last) = (results.page, results.pages);
    let href = |page| {
        list_href(
            profile,
            &PackageQuery {
                page,
                ..query.clone()
            },
        )
    };
    let mut links = Vec::new();
    let mut previous_page = 0;
    for page in 1..=last {
        let is_shown = page == 1 || page == last || page.abs_diff(current) <= PAGES_AROUND;
        if !is_shown {
            continue;
        }
        if page > previous_page + 1 {
            links.push(None);
        }
        links.push(Some((page, href(page))));
        previous_page = page;
    }
    Some(Pages {
        current,
        last,
        previous: (current > 1).then(|| href(current - 1)),
        next: (current < last).then(|| href(current + 1)),
        links,
    })
}
