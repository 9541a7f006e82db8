//! Lists and packages as feeds: Atom, RSS and JSON Feed, from one description.
//!
//! The id of an entry is made of profile, name and version, never of an address, so that nothing is
//! new to a reader after the gallery has moved.

mod entry;
mod write;

use std::sync::Arc;

use url::form_urlencoded;

use crate::catalog::{PackageQuery, Sort};
use crate::model::Document;

use super::address::{Address, FeedFormat, PackagePart, ProfilePart};
use super::page::{Missing, Page, PageError};
use super::pages::applied_defaults;
use super::parameters::{read_query, write_query};
use super::site::{Gallery, GalleryProfile, Visitor};
use super::views::pages::list_href;

use entry::{Entry, Feed, project_key, stable_id};

/// Entries of a feed, unless the last day has more.
const ENTRIES: usize = 50;
/// Packages that are looked through for a feed: the most that one request answers.
const MOST_READ: u32 = 250;
/// Bytes of the longest changelog that is looked through for each entry.
const LONGEST_CHANGELOG: usize = 300_000;
const DAY: i64 = 86_400;

/// What a feed's own parameters ask for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct FeedOptions {
    /// First releases only.
    new: bool,
    /// Pre-releases too.
    prereleases: bool,
}

impl FeedOptions {
    fn read(query_string: &str) -> Self {
        let mut options = Self::default();
        for (name, value) in form_urlencoded::parse(query_string.as_bytes()) {
            match &*name {
                "new" => options.new = value == "1",
                "pre" => options.prereleases = value == "1",
                _ => {}
            }
        }
        options
    }

    /// As they stand in an address, behind the parameters of the list.
    fn write(self, parameters: &str) -> String {
        let mut text = parameters.to_owned();
        for (is_set, parameter) in [(self.new, "new=1"), (self.prereleases, "pre=1")] {
            if is_set {
                if !text.is_empty() {
                    text.push('&');
                }
                text.push_str(parameter);
            }
        }
        text
    }
}

/// The latest releases, or the newest packages, of a list.
pub(super) async fn list_feed(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    format: FeedFormat,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let parameters = read_query(query_string)?;
    let options = FeedOptions::read(query_string);
    let query = PackageQuery {
        sort: Some(if options.new {
            Sort::New
        } else {
            Sort::Updated
        }),
        page: 1,
        per_page: MOST_READ,
        facets: Vec::new(),
        ..parameters.query
    };
    let results = profile.search(&applied_defaults(&query, profile)).await?;
    let base = gallery.base_url(visitor);
    let mut entries: Vec<Entry> = results
        .hits
        .iter()
        .filter_map(|hit| Entry::of_package(&hit.package, &profile.key, &base, options.new))
        .filter(|entry| options.prereleases || !entry.is_prerelease)
        .collect();
    let list = PackageQuery {
        sort: None,
        per_page: 0,
        ..query
    };
    let written = options.write(&write_query(&list));
    let subject = match (list.words.as_str(), options.new) {
        ("", true) => format!("New {} packages", profile.title),
        ("", false) => format!("Releases of {} packages", profile.title),
        (words, true) => format!("New {} packages for “{words}”", profile.title),
        (words, false) => format!("Releases of {} packages for “{words}”", profile.title),
    };
    let filters: Vec<&str> = list
        .filters
        .iter()
        .map(|filter| filter.value.as_str())
        .collect();
    let title = if filters.is_empty() {
        subject
    } else {
        format!("{subject}, {}", filters.join(", "))
    };
    cut(&mut entries, visitor.now);
    let address = Address::profile(&profile.key, ProfilePart::Feed(format));
    let question = if written.is_empty() { "" } else { "?" };
    let feed = Feed {
        id: stable_id(&format!("list/{}/{written}", profile.key)),
        title,
        home: format!("{base}{}", list_href(&profile.key, &list)),
        address: format!("{base}{address}{question}{written}"),
        author: profile.title.clone(),
        entries,
    };
    write::write(gallery, format, &feed)
}

/// The releases of a package.
pub(super) async fn package_feed(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    name: &str,
    format: FeedFormat,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let latest = profile.catalog.fetch_package(name).await?;
    let latest = latest.ok_or_else(|| {
        PageError::NotFound(Missing::Package {
            name: name.to_owned(),
        })
    })?;
    let address = Address::package(&profile.key, &latest.full_name(), PackagePart::Feed(format));
    if latest.full_name() != name {
        return Err(PageError::moved(&address));
    }
    let (releases, changelog) = tokio::try_join!(
        profile.catalog.list_releases(name, 1),
        profile.catalog.fetch_changelog(name),
    )?;
    let options = FeedOptions {
        new: false,
        ..FeedOptions::read(query_string)
    };
    let written = options.write("");
    let question = if written.is_empty() { "" } else { "?" };
    let base = gallery.base_url(visitor);
    let mut releases: Vec<Document> = releases.releases;
    releases.retain(|release| !release.yanked);
    releases.sort_by_key(|release| std::cmp::Reverse(release.upload_timestamp));
    let mut entries: Vec<Entry> = releases
        .iter()
        .filter_map(|release| Entry::of_release(release, &profile.key, &base))
        .filter(|entry| options.prereleases || !entry.is_prerelease)
        .collect();
    cut(&mut entries, visitor.now);
    if changelog.len() <= LONGEST_CHANGELOG {
        let add_changes = move || {
            for entry in entries.iter_mut().take(ENTRIES) {
                entry.add_changes(&changelog);
            }
            entries
        };
        entries = gallery.workers.run(add_changes).await?;
    }
    let feed = Feed {
        id: stable_id(&format!(
            "package/{}/{}/{written}",
            profile.key,
            project_key(&latest.name, &latest.registry)
        )),
        title: format!("Releases of {}", latest.name),
        home: format!(
            "{base}{}",
            Address::package(&profile.key, &latest.full_name(), PackagePart::Latest)
        ),
        address: format!("{base}{address}{question}{written}"),
        author: profile.title.clone(),
        entries,
    };
    write::write(gallery, format, &feed)
}

/// Keeps fifty entries, or those of a day if they are more.
fn cut(entries: &mut Vec<Entry>, now: i64) {
    let recent = entries
        .iter()
        .take_while(|entry| entry.seconds > now - DAY)
        .count();
    entries.truncate(recent.max(ENTRIES));
}

#[cfg(test)]
mod tests {
    use super::FeedOptions;

    #[test]
    fn options_stand_behind_the_parameters_of_the_list() {
        let options = FeedOptions::read("q=form&pre=1&new=1");
        assert_eq!(options.write("q=form"), "q=form&new=1&pre=1");
        assert_eq!(options.write(""), "new=1&pre=1");
        assert_eq!(FeedOptions::read("new=0").write("q=form"), "q=form");
    }
}
