//! A gallery of one moment: the pages of one profile, to be written to files.
//!
//! The same functions make them as for visitors; what only a server can do is left out by the
//! templates, which know by `site.frozen` that nobody answers. Called by `export`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use axum::http::HeaderMap;

use super::address::{Address, FeedFormat, ProfilePart};
use super::error::GalleryError;
use super::own_files::OwnFiles;
use super::page::{Missing, Page, PageError};
use super::pages;
use super::settings::GallerySettings;
use super::site::{Gallery, Visitor};
use super::templates::Templates;
use super::views::format::Moment;
use super::views::layout::FrozenView;
use crate::profile::Profile;
use crate::search;
use crate::web::people::People;

/// What stands before the path in every address: a host that cannot exist, which the writer of the pages
/// replaces by the real one.
pub const PLACEHOLDER: &str = "http://gallery.invalid";

/// How long the list of who asked to be forgotten is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pages of one profile at one moment.
#[derive(Debug)]
pub struct FrozenGallery {
    gallery: Gallery,
    visitor: Visitor,
    profile: String,
}

impl FrozenGallery {
    /// A gallery of the collection of `profile` that `client` reads; ages are counted up to `as_of`,
    /// in Unix seconds, and `search_index` is the address of what the search in the browser reads.
    ///
    /// # Errors
    ///
    /// [`GalleryError`] if a file or setting of the operator's cannot be used.
    pub fn new(
        settings: GallerySettings,
        profile: &Profile,
        client: &search::Client,
        as_of: i64,
        search_index: String,
    ) -> Result<Self, GalleryError> {
        let templates = Templates::load(settings.folder.as_deref())?;
        let own_files = OwnFiles::load(&settings)?;
        let mut settings = GallerySettings {
            base_url: None,
            ..settings
        };
        // A hidden profile is shown when its pages are asked for.
        if let Some(appearance) = settings.profiles.get_mut(&profile.key) {
            appearance.hidden = false;
        }
        let people = People::list_only(settings.database.as_ref(), PATIENCE);
        let mut gallery = Gallery::new(settings, templates, own_files, [profile], client);
        gallery.people = Arc::new(people);
        gallery.started = as_of;
        gallery.frozen = Some(FrozenView {
            as_of: Moment::new(as_of, as_of),
            script: gallery.assets.search_script.path(),
            index: search_index,
        });
        Ok(Self {
            gallery,
            visitor: Visitor {
                origin: PLACEHOLDER.to_owned(),
                is_told_by_proxy: false,
                now: as_of,
                headers: HeaderMap::new(),
            },
            profile: profile.key.clone(),
        })
    }

    /// Makes the page at an address; addresses in it begin with [`PLACEHOLDER`] or with a slash.
    ///
    /// # Errors
    ///
    /// [`PageError`] if there is none.
    pub async fn page(&self, address: &Address, query_string: &str) -> Result<Page, PageError> {
        pages::page(&self.gallery, address, query_string, &self.visitor).await
    }

    /// Makes the page about an address at which there is nothing.
    pub async fn missing_page(&self) -> String {
        let asked = pages::FailedRequest {
            address: None,
            query_string: "",
        };
        let error = PageError::NotFound(Missing::Address);
        pages::problem(&self.gallery, error, &asked, &self.visitor)
            .await
            .1
    }

    /// The addresses of the repositories of the profile's packages, and of the people behind them,
    /// without those who asked to be forgotten.
    ///
    /// # Errors
    ///
    /// [`PageError::Unavailable`] if nobody knows who that is.
    pub async fn people_addresses(&self) -> Result<Vec<Address>, PageError> {
        let forgotten = self.gallery.people.fetch_forgotten().await;
        let forgotten = forgotten.ok_or_else(|| {
            PageError::Unavailable(anyhow!("nobody knows now who asked to be forgotten"))
        })?;
        let profile = self.gallery.profile(&self.profile)?;
        let index = self.gallery.fetch_people_index(&profile).await?;
        let repositories = index
            .repositories()
            .filter(|slug| !forgotten.has_login(slug.owner()))
            .map(|slug| Address::repository(&self.profile, slug));
        let people = index
            .people()
            .filter(|login| !forgotten.has_login(login))
            .map(|login| Address::person(&self.profile, login));
        let mut addresses: Vec<Address> = repositories.chain(people).collect();
        addresses.sort_by_cached_key(ToString::to_string);
        Ok(addresses)
    }

    /// The addresses of everything that belongs to no package.
    #[must_use]
    pub fn common_addresses(&self) -> Vec<Address> {
        let mut addresses = vec![Address::Help, Address::Robots, Address::SitemapIndex];
        let assets = self.gallery.assets.all();
        let assets = assets.map(|asset| asset.name.clone());
        let own_files = self.gallery.own_files.file_names().map(str::to_owned);
        addresses.extend(assets.into_iter().chain(own_files).map(Address::Asset));
        let own_pages = self.gallery.own_files.pages();
        addresses.extend(own_pages.map(|(name, _)| Address::OwnPage(name.to_owned())));
        let parts = [
            ProfilePart::Matrix,
            ProfilePart::OpenSearch,
            ProfilePart::Sitemap,
            ProfilePart::Csv,
        ];
        let feeds = FeedFormat::ALL.map(ProfilePart::Feed);
        addresses.extend(
            parts
                .into_iter()
                .chain(feeds)
                .map(|part| Address::profile(&self.profile, part)),
        );
        addresses
    }
}
