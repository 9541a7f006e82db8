//! The pages of a list, and the addresses of lists.

use serde::Serialize;
use url::form_urlencoded;

use crate::catalog::{PackageQuery, SearchResults};
use crate::web::gallery::address::{Address, PackagePart, ProfilePart};
use crate::web::gallery::parameters::{add_compared, write_list, write_query};

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

/// The addresses of lists that a list leads to.
#[derive(Debug, Clone, Copy)]
pub struct ListLinks<'a> {
    /// The profile's key.
    pub profile: &'a str,
    /// Packages of a comparison, which all lists carry along.
    pub compared: &'a [String],
}

impl ListLinks<'_> {
    /// The list of a query.
    #[must_use]
    pub fn href(&self, query: &PackageQuery) -> String {
        let address = Address::list(self.profile);
        match write_list(query, self.compared) {
            parameters if parameters.is_empty() => address.to_string(),
            parameters => format!("{address}?{parameters}"),
        }
    }

    /// The comparison with one package more; empty if it is there, or if that is full.
    #[must_use]
    pub fn compare_href(&self, name: &str) -> String {
        let mut names = self.compared.to_vec();
        add_compared(&mut names, name);
        if names.len() == self.compared.len() {
            return String::new();
        }
        comparison_href(self.profile, &names)
    }
}

/// The address of a comparison.
#[must_use]
pub fn comparison_href<S: AsRef<str>>(profile: &str, names: &[S]) -> String {
    let address = Address::profile(profile, ProfilePart::Compare);
    let parameters = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(names.iter().map(|name| ("p", name.as_ref())))
        .finish();
    if parameters.is_empty() {
        return address.to_string();
    }
    format!("{address}?{parameters}")
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

/// The address of a page of a package's releases.
#[must_use]
pub fn releases_href(profile: &str, name: &str, page: u32) -> String {
    let address = Address::package(profile, name, PackagePart::Releases);
    match page {
        0 | 1 => address.to_string(),
        page => format!("{address}?page={page}"),
    }
}

/// The neighbours and both ends; `None` if there is one page.
#[must_use]
pub fn pages(
    query: &PackageQuery,
    results: &SearchResults,
    links: &ListLinks<'_>,
) -> Option<Pages> {
    numbered_pages(results.page, results.pages, |page| {
        links.href(&PackageQuery {
            page,
            ..query.clone()
        })
    })
}

/// The same of anything that has pages.
#[must_use]
pub fn numbered_pages(current: u32, last: u32, href: impl Fn(u32) -> String) -> Option<Pages> {
    if last <= 1 {
        return None;
    }
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
