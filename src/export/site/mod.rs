//! `site`: the gallery as plain files, with a search that runs in the browser.
//!
//! The documents of the export are put into a search engine of its own, and the gallery's own
//! functions make every page from there (`web::gallery::FrozenGallery`): the pages are those of a
//! server, all of them are of one moment, and a server in use is asked no more than any export asks
//! it. `links` turns the addresses into those of files, `index` writes what the search reads.

mod index;
mod links;
mod places;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use url::Url;

use super::ExportError;
use super::documents::{Documents, Package};
use super::error::at;
use super::package;
use super::request::Scope;
use crate::catalog::RELEASES_PER_PAGE;
use crate::model::Document;
use crate::profile::Profile;
use crate::progress::{Progress, Stage};
use crate::search::{
    Client, EmbeddedEngine, EmbeddedSettings, ImportAction, LineOutcome, NewCollection,
};
use crate::web::gallery::address::{Address, FeedFormat, PackagePart};
use crate::web::gallery::page::{Page, PageError};
use crate::web::gallery::{FrozenGallery, GallerySettings};
use links::Links;
use places::{INDEX, Place};

/// Says that a folder is a site of ours.
const MANIFEST: &str = "pyfa-export.json";
/// Documents that the engine is given at once.
const BATCH: usize = 50;
/// Packages whose pages are made at the same time.
const AT_ONCE: usize = 8;
/// Where a site is if nobody says so.
const NO_ADDRESS: &str = "http://localhost/";

/// What a site is made of, and how.
pub(super) struct About<'a> {
    pub(super) profile: &'a Profile,
    pub(super) gallery: &'a GallerySettings,
    pub(super) scope: Scope,
    pub(super) as_of: i64,
    pub(super) progress: &'a Arc<dyn Progress>,
}

/// Writes the site into the folder `result`; `engine` is a folder for the engine meanwhile.
pub(super) async fn write(
    documents: &Documents,
    about: &About<'_>,
    engine: &Path,
    result: &Path,
) -> Result<(), ExportError> {
    let engine = Arc::new(EmbeddedEngine::new(EmbeddedSettings {
        folder: engine.to_owned(),
        api_key: None,
        timeout: Duration::from_mins(10),
    })?);
    let client = Client::embedded(Arc::clone(&engine))?;
    let written = write_with(documents, about, &client, result).await;
    engine.close().await;
    written
}

async fn write_with(
    documents: &Documents,
    about: &About<'_>,
    client: &Client,
    result: &Path,
) -> Result<(), ExportError> {
    let key = &about.profile.key;
    fill(documents, client, key).await?;
    let base = match &about.gallery.base_url {
        Some(url) => url.clone(),
        None => Url::parse(NO_ADDRESS).map_err(|error| ExportError::Page {
            address: NO_ADDRESS.to_owned(),
            why: error.to_string(),
        })?,
    };
    let links = Links::new(
        &base,
        key,
        about.scope,
        about.gallery.images_of(Some(key)),
        documents,
    );
    let folder = Place::of_profile_file(key, INDEX).file();
    let folder = result.join(folder.parent().unwrap_or(Path::new("")));
    fs_err::create_dir_all(&folder).map_err(at(&folder))?;
    let appearance = about.gallery.profiles.get(key);
    let title = appearance.and_then(|appearance| appearance.title.as_deref());
    let roots: Vec<String> = about
        .profile
        .rules
        .classifiers()
        .map(str::to_owned)
        .collect();
    let index = index::write(
        documents,
        &index::About {
            profile: key,
            title: title.unwrap_or(&about.profile.name),
            roots: &roots,
            hides_archived: appearance.is_some_and(|appearance| appearance.hide_archived),
            as_of: about.as_of,
        },
        &folder,
    )?;
    let index = links.path_of(&Place::of_profile_file(key, &index));
    let gallery = FrozenGallery::new(
        about.gallery.clone(),
        about.profile,
        client,
        about.as_of,
        index,
    )?;
    let people = gallery.people_addresses().await;
    let people = people.map_err(|error| failed(&Address::list(key), error))?;
    let site = Site {
        gallery,
        links: links.with_people(&people),
        documents,
        key,
        scope: about.scope,
        result,
    };
    about
        .progress
        .stage(Stage::WritingPages, Some(documents.packages));
    site.write_common().await?;
    site.write_list().await?;
    site.write_packages(about.progress).await?;
    site.write_all(&people).await?;
    about.progress.stage_done();
    let manifest = json!({
        "made_by": "pyfa export",
        "format": 1,
        "profile": key,
        "as_of": package::moment(about.as_of),
        "packages": documents.packages,
        "releases": match about.scope {
            Scope::All => "all",
            Scope::Latest => "latest",
        },
    });
    site.write_file(Path::new(MANIFEST), format!("{manifest:#}\n").as_bytes())
}

/// Puts the documents into the engine. One of each package is its latest, whatever they claim.
async fn fill(documents: &Documents, client: &Client, key: &str) -> Result<(), ExportError> {
    client.create_collection(&NewCollection::named(key)).await?;
    let mut after = None;
    loop {
        let batch = documents.batch(after, BATCH)?;
        let Some((last, _, _)) = batch.last() else {
            return Ok(());
        };
        after = Some(*last);
        let mut lines: Vec<Bytes> = Vec::with_capacity(batch.len());
        let mut ids: Vec<String> = Vec::with_capacity(batch.len());
        for (_, is_package, line) in &batch {
            let mut document: Document = package::read(line)?;
            document.is_latest = *is_package;
            ids.push(document.id.clone());
            let line = serde_json::to_vec(&document);
            lines.push(
                line.map_err(|error| super::documents::unreadable(&[], error))?
                    .into(),
            );
        }
        let outcomes = client.import(key, ImportAction::Upsert, lines).await?;
        for (outcome, id) in outcomes.into_iter().zip(ids) {
            if let LineOutcome::Rejected { error, .. } = outcome {
                return Err(ExportError::Refused { id, why: error });
            }
        }
    }
}

/// A site that is being written.
struct Site<'d> {
    gallery: FrozenGallery,
    links: Links<'d>,
    documents: &'d Documents,
    key: &'d str,
    scope: Scope,
    result: &'d Path,
}

impl Site<'_> {
    /// What belongs to no package.
    async fn write_common(&self) -> Result<(), ExportError> {
        for address in self.gallery.common_addresses() {
            self.write_address(&address).await?;
        }
        let missing = self.gallery.missing_page().await;
        let missing = self.links.rewrite_page(&missing)?;
        self.write_file(Path::new("404.html"), missing.as_bytes())
    }

    /// The list of all packages, page by page; its first page is also where the site begins.
    async fn write_list(&self) -> Result<(), ExportError> {
        let address = Address::list(self.key);
        for number in 1.. {
            let query = match number {
                1 => String::new(),
                number => format!("page={number}"),
            };
            let page = match self.gallery.page(&address, &query).await {
                Ok(page) => page,
                // There are no further pages.
                Err(PageError::Canonical { .. }) if number > 1 => break,
                Err(error) => return Err(failed(&address, error)),
            };
            let page = self.readdressed(&address, page)?;
            if number == 1 {
                self.write_file(Path::new(INDEX), &page)?;
            }
            let place = Place::of_list_page(self.key, number);
            self.write_file(&place.file(), &page)?;
        }
        Ok(())
    }

    async fn write_packages(&self, progress: &Arc<dyn Progress>) -> Result<(), ExportError> {
        let mut after: Option<String> = None;
        loop {
            let packages = self
                .documents
                .packages_after(after.as_deref(), AT_ONCE * 4)?;
            let Some(last) = packages.last() else {
                return Ok(());
            };
            after = Some(last.project.clone());
            stream::iter(packages)
                .map(|package| async move {
                    self.write_package(&package).await?;
                    progress.advance(1);
                    Ok::<(), ExportError>(())
                })
                .buffer_unordered(AT_ONCE)
                .try_collect::<()>()
                .await?;
        }
    }

    async fn write_package(&self, package: &Package) -> Result<(), ExportError> {
        let parts = [
            PackagePart::Latest,
            PackagePart::Releases,
            PackagePart::Changelog,
            PackagePart::Health,
            PackagePart::Dependents,
        ];
        let feeds = FeedFormat::ALL.map(PackagePart::Feed);
        for part in parts.into_iter().chain(feeds) {
            let address = Address::package(self.key, &package.name, part);
            self.write_address(&address).await?;
        }
        let versions = self.documents.former_versions(&package.project)?;
        self.write_releases(package, versions.len() + 1).await?;
        if self.scope == Scope::All {
            for version in versions {
                let part = PackagePart::Release(version);
                let address = Address::package(self.key, &package.name, part);
                self.write_address(&address).await?;
            }
        }
        Ok(())
    }

    async fn write_all(&self, addresses: &[Address]) -> Result<(), ExportError> {
        stream::iter(addresses)
            .map(|address| self.write_address(address))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await
    }

    /// The pages of a package's releases that follow the first.
    async fn write_releases(&self, package: &Package, releases: usize) -> Result<(), ExportError> {
        let address = Address::package(self.key, &package.name, PackagePart::Releases);
        let pages = releases.div_ceil(RELEASES_PER_PAGE as usize);
        for number in 2..=u32::try_from(pages).unwrap_or(u32::MAX) {
            let page = self.gallery.page(&address, &format!("page={number}")).await;
            let page = page.map_err(|error| failed(&address, error))?;
            let place = Place::of_releases_page(self.key, &package.name, number);
            self.write_file(&place.file(), &self.readdressed(&address, page)?)?;
        }
        Ok(())
    }

    async fn write_address(&self, address: &Address) -> Result<(), ExportError> {
        let Some(place) = Place::of(address) else {
            return Ok(());
        };
        let page = self.gallery.page(address, "").await;
        let page = page.map_err(|error| failed(address, error))?;
        let body = self.readdressed(address, page)?;
        self.write_file(&place.file(), &body)
    }

    /// The content of a page with the addresses of files.
    fn readdressed(&self, address: &Address, page: Page) -> Result<Vec<u8>, ExportError> {
        let kind = page.content_type.split(';').next().unwrap_or_default();
        let is_asset = matches!(address, Address::Asset(_) | Address::Favicon);
        let is_page = kind == "text/html";
        let has_addresses = kind.ends_with("xml") || kind.ends_with("json") || kind == "text/plain";
        if is_asset || !(is_page || has_addresses) {
            return Ok(page.body.into());
        }
        let text = String::from_utf8_lossy(&page.body);
        let text = if is_page {
            self.links.rewrite_page(&text)?
        } else {
            self.links.rewrite_text(&text)?
        };
        Ok(text.into_bytes())
    }

    fn write_file(&self, path: &Path, content: &[u8]) -> Result<(), ExportError> {
        let path: PathBuf = self.result.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(at(folder))?;
        }
        std::fs::write(&path, content).map_err(at(&path))
    }
}

fn failed(address: &Address, error: PageError) -> ExportError {
    let why = match error {
        PageError::Moved { to } | PageError::Canonical { to } => format!("it is at {to}"),
        PageError::NotFound(_) => "nothing is there".to_owned(),
        PageError::BadRequest(why) => why,
        PageError::Overloaded => "too many pages are being made".to_owned(),
        PageError::Unavailable(error) | PageError::Broken(error) => format!("{error:#}"),
    };
    ExportError::Page {
        address: address.to_string(),
        why,
    }
}

/// Whether a folder is a site that an export has made, or holds nothing.
pub(super) fn is_ours(path: &Path) -> std::io::Result<bool> {
    if !path.is_dir() {
        return Ok(false);
    }
    let is_empty = path.read_dir()?.next().is_none();
    let manifest = std::fs::read(path.join(MANIFEST)).unwrap_or_default();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap_or_default();
    Ok(is_empty || manifest["made_by"] == "pyfa export")
}
