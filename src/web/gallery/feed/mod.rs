//! Lists and packages as feeds: Atom, RSS and JSON Feed, from one description.
//!
//! A list is a feed of the newest releases that pass its filters, or of its newest packages.
//!
//! The id of an entry is made of profile, name and version, never of an address, so that nothing is
//! new to a reader after the gallery has moved.

mod entry;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use url::form_urlencoded;

use crate::catalog::{PackageQuery, Sort};
use crate::model::Document;
use crate::search::SearchError;

use super::address::{Address, FeedFormat, PackagePart, ProfilePart};
use super::page::{Missing, Page, PageError};
use super::pages::list::applied_defaults;
use super::parameters::{read_query, write_query};
use super::site::{Gallery, GalleryProfile, Visitor};
use super::views::pages::list_href;

use entry::{Entry, Feed, is_stable, project_key, stable_id};

/// Entries of a feed, unless the last day has more.
const ENTRIES: usize = 50;
/// Packages that are looked through for those that are new: the most that one request answers.
const MOST_READ: u32 = 250;
/// Bytes of what changed in a release, in the feed of its package and in that of a list.
const LONGEST_OF_PACKAGE: usize = 20_000;
const LONGEST_OF_LIST: usize = 2_000;
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

    /// Whether releases of this version belong to the feed.
    fn takes(self, version: &str, registry: &str) -> bool {
        self.prereleases || is_stable(version, registry)
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

/// The newest releases, or the newest packages, of a list.
pub(super) async fn list_feed(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    format: FeedFormat,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let options = FeedOptions::read(query_string);
    let list = PackageQuery {
        sort: None,
        page: 1,
        per_page: 0,
        facets: Vec::new(),
        ..read_query(query_string)?.query
    };
    let base = gallery.base_url(visitor);
    let asked = applied_defaults(&list, profile);
    let mut entries = if options.new {
        new_packages(asked, profile, &base, options).await?
    } else {
        new_releases(asked, profile, &base, options).await?
    };
    cut(&mut entries, visitor.now);
    let entries = detailed(entries, gallery, profile, options).await?;
    let written = options.write(&write_query(&list));
    let address = Address::profile(&profile.key, ProfilePart::Feed(format));
    let question = if written.is_empty() { "" } else { "?" };
    let feed = Feed {
        id: stable_id(&format!("list/{}/{written}", profile.key)),
        title: title_of(&list, profile, options),
        home: format!("{base}{}", list_href(&profile.key, &list)),
        address: format!("{base}{address}{question}{written}"),
        author: profile.title.clone(),
        updated: updated(&entries, gallery, profile).await?,
        entries,
    };
    write::write(gallery, format, &feed)
}

fn title_of(list: &PackageQuery, profile: &GalleryProfile, options: FeedOptions) -> String {
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
    if filters.is_empty() {
        subject
    } else {
        format!("{subject}, {}", filters.join(", "))
    }
}

/// The releases that pass the filters of a list; without a collection there are none.
async fn new_releases(
    query: PackageQuery,
    profile: &GalleryProfile,
    base: &str,
    options: FeedOptions,
) -> Result<Vec<Entry>, PageError> {
    let is_wanted = |release: &Document| options.takes(&release.version, &release.registry);
    let catalog = &profile.catalog;
    let releases = catalog.list_newest_releases(&query, ENTRIES, is_wanted);
    let releases = match releases.await {
        Err(SearchError::NotFound { .. }) => Vec::new(),
        releases => releases?,
    };
    let entries = releases.iter();
    Ok(entries
        .filter_map(|release| Entry::of_release(release, &profile.key, base))
        .collect())
}

/// The first appearances of the packages of a list.
async fn new_packages(
    query: PackageQuery,
    profile: &GalleryProfile,
    base: &str,
    options: FeedOptions,
) -> Result<Vec<Entry>, PageError> {
    let query = PackageQuery {
        sort: Some(Sort::New),
        per_page: MOST_READ,
        ..query
    };
    let results = profile.search(&query).await?;
    let packages = results.hits.iter().map(|hit| &hit.package);
    let mut entries: Vec<Entry> = packages
        .filter(|package| options.takes(&package.version, &package.registry))
        .filter_map(|package| Entry::of_package(package, &profile.key, base))
        .collect();
    // With words, those that were found by all of them stand first.
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.seconds));
    Ok(entries)
}

/// The entries of a list with the people behind them, and what changed in each release.
async fn detailed(
    mut entries: Vec<Entry>,
    gallery: &Gallery,
    profile: &GalleryProfile,
    options: FeedOptions,
) -> Result<Vec<Entry>, PageError> {
    let mut ready = Vec::with_capacity(entries.len());
    while !entries.is_empty() {
        let rest = entries.split_off(entries.len().min(ENTRIES));
        let mut some = std::mem::replace(&mut entries, rest);
        let ids: Vec<&str> = some.iter().map(|entry| entry.document.as_str()).collect();
        let found = profile.catalog.fetch_details(&ids).await?;
        let add_details = move || {
            let mut details: HashMap<String, Document> = found
                .into_iter()
                .map(|release| (release.id.clone(), release))
                .collect();
            for entry in &mut some {
                let Some(release) = details.remove(&entry.document) else {
                    continue;
                };
                entry.add_authors(&release.maintainers);
                // A new package is told by what it is.
                if !options.new {
                    entry.add_changes(&release.changelog, LONGEST_OF_LIST);
                }
            }
            some
        };
        ready.append(&mut gallery.workers.run(add_details).await?);
    }
    Ok(ready)
}

/// When something appeared in a feed last; in an empty one, the newest moment that is known.
async fn updated(
    entries: &[Entry],
    gallery: &Gallery,
    profile: &GalleryProfile,
) -> Result<i64, PageError> {
    if let Some(newest) = entries.first() {
        return Ok(newest.seconds);
    }
    let state = profile.fetch_state().await?;
    Ok(state.newest_upload().unwrap_or(gallery.started))
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
        .filter(|release| options.takes(&release.version, &release.registry))
        .filter_map(|release| Entry::of_release(release, &profile.key, &base))
        .collect();
    cut(&mut entries, visitor.now);
    let add_changes = move || {
        for entry in entries.iter_mut().take(ENTRIES) {
            entry.add_changes(&changelog, LONGEST_OF_PACKAGE);
        }
        entries
    };
    let entries = gallery.workers.run(add_changes).await?;
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
        updated: updated(&entries, gallery, profile).await?,
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
