//! The pages of a list, and the addresses of lists.

use serde::Serialize;
use url::form_urlencoded;

use crate::catalog::{PackageQuery, SearchResults};
use crate::web::gallery::address::{Address, ProfilePart};
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

/// The neighbours and both ends; `None` if there is one page.
#[must_use]
pub fn pages(
    query: &PackageQuery,
    results: &SearchResults,
    links: &ListLinks<'_>,
) -> Option<Pages> {
    if results.pages <= 1 {
        return None;
    }
    let (current, last) = (results.page, results.pages);
    let href = |page| {
        links.href(&PackageQuery {
            page,
            ..query.clone()
        })
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
