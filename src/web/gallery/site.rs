//! The gallery: its profiles, templates and files, and what every page needs of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use jiff::Timestamp;

use crate::catalog::{
    Catalog, CollectionState, Overview, PackageQuery, PeopleIndex, SearchResults,
};
use crate::profile::Profile;
use crate::search::{self, SearchError};
use crate::web::base_path::BasePath;
use crate::web::concurrency::ConcurrencyLimit;
use crate::web::people::People;

use super::address::{Address, FeedFormat, ProfilePart};
use super::assets::Assets;
use super::kept_files::KeptFiles;
use super::own_files::OwnFiles;
use super::page::{Missing, PageError};
use super::readmes::Readmes;
use super::settings::{GallerySettings, ProfileAppearance};
use super::shared_cache::SharedCache;
use super::templates::Templates;
use super::views::layout::{FeedLink, FrozenView, Layout, ProfileLink, ProfileView, SiteView};
use super::views::link::Link;
use super::workers::Workers;

/// Pages that are made at the same time, each of which holds a few documents; and how many visitors
/// wait for that.
const PAGES_AT_ONCE: usize = 32;
const PAGES_WAITING: usize = 256;
/// Visitors who get a sitemap or a table, or wait for one that is being made.
const FILES_AT_ONCE: usize = 64;
/// How long the list of profiles with a collection is believed.
const PROFILES_AGE: Duration = Duration::from_secs(30);
/// Bytes of what is known of who stands behind packages, and how long that is believed while the
/// collection looks the same.
const PEOPLE_KEPT: u64 = 128 << 20;
const PEOPLE_AGE: Duration = Duration::from_mins(10);
/// The name of a gallery with several profiles.
const TITLE: &str = "Packages";

/// Everything that answers need; shared by all requests.
#[derive(Debug)]
pub(super) struct Gallery {
    pub(super) settings: GallerySettings,
    pub(super) base_path: BasePath,
    pub(super) templates: Arc<Templates>,
    pub(super) assets: Assets,
    pub(super) own_files: OwnFiles,
    profiles: BTreeMap<String, Arc<GalleryProfile>>,
    /// Of pages that ask the search server.
    pub(super) places: ConcurrencyLimit,
    /// The same for what is made of many requests.
    pub(super) file_places: ConcurrencyLimit,
    pub(super) files: KeptFiles,
    pub(super) readmes: Readmes,
    pub(super) workers: Workers,
    /// What the database knows.
    pub(super) people: Arc<People>,
    people_indexes: SharedCache<(String, CollectionState), Arc<PeopleIndex>>,
    /// When it began, in Unix seconds.
    pub(super) started: i64,
    /// What pages say of themselves where no server answers.
    pub(super) frozen: Option<FrozenView>,
    /// Keys of the profiles that have a collection, and when that was found out.
    present: Mutex<Option<(Instant, Vec<String>)>>,
}

/// One profile of the gallery.
#[derive(Debug)]
pub(super) struct GalleryProfile {
    pub(super) key: String,
    pub(super) title: String,
    pub(super) description: String,
    pub(super) appearance: ProfileAppearance,
    pub(super) catalog: Catalog,
}

/// The head of a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) title: String,
    pub(super) description: String,
    /// The path of the page that stands for this one.
    pub(super) canonical: String,
    pub(super) is_indexed: bool,
    pub(super) feeds: Vec<FeedLink>,
    pub(super) json_ld: String,
    pub(super) words: String,
}

impl Gallery {
    /// A gallery of these profiles; those without a collection are not shown.
    pub(super) fn new<'p>(
        settings: GallerySettings,
        templates: Templates,
        own_files: OwnFiles,
        profiles: impl IntoIterator<Item = &'p Profile>,
        client: &search::Client,
    ) -> Self {
        let people = Arc::new(People::new(
            settings.database.as_ref(),
            settings.patience.glance,
        ));
        let mut known = BTreeMap::new();
        for profile in profiles {
            let appearance = settings
                .profiles
                .get(&profile.key)
                .cloned()
                .unwrap_or_default();
            if appearance.hidden {
                continue;
            }
            let roots = profile.rules.classifiers().map(str::to_owned).collect();
            let shown = GalleryProfile {
                key: profile.key.clone(),
                title: appearance
                    .title
                    .clone()
                    .unwrap_or_else(|| profile.name.clone()),
                description: appearance
                    .description
                    .clone()
                    .unwrap_or_else(|| profile.description.clone()),
                appearance,
                catalog: Catalog::new(client.clone(), profile.key.clone(), roots)
                    .with_discretion(Arc::clone(&people) as _),
            };
            known.insert(profile.key.clone(), Arc::new(shown));
        }
        let workers = Workers::new();
        Self {
            people,
            people_indexes: SharedCache::new(PEOPLE_KEPT, PEOPLE_AGE, |index| index.size()),
            base_path: BasePath::of(settings.base_url.as_ref()),
            settings,
            templates: Arc::new(templates),
            assets: Assets::new(),
            own_files,
            profiles: known,
            places: ConcurrencyLimit::new(PAGES_AT_ONCE, PAGES_WAITING),
            file_places: ConcurrencyLimit::new(FILES_AT_ONCE, 0),
            files: KeptFiles::new(workers.clone()),
            readmes: Readmes::new(workers.clone()),
            workers,
            started: Timestamp::now().as_second(),
            frozen: None,
            present: Mutex::new(None),
        }
    }

    /// The profile with this key.
    pub(super) fn profile(&self, key: &str) -> Result<Arc<GalleryProfile>, PageError> {
        let found = self.profiles.get(key).cloned();
        found.ok_or(PageError::NotFound(Missing::Profile))
    }

    /// Who stands behind the packages of a profile.
    pub(super) async fn fetch_people_index(
        &self,
        profile: &GalleryProfile,
    ) -> Result<Arc<PeopleIndex>, PageError> {
        let state = profile.fetch_state().await?;
        let make = async {
            let index = profile.catalog.fetch_people().await;
            Ok::<_, SearchError>(Arc::new(index?))
        };
        let key = (profile.key.clone(), state);
        Ok(self.people_indexes.get_or_make(key, make).await?)
    }

    /// The profiles that have a collection. While they are looked for again, and if that fails, those
    /// that were found before.
    pub(super) async fn present_profiles(&self) -> Result<Vec<Arc<GalleryProfile>>, SearchError> {
        let before = {
            let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut *present {
                Some((found, keys)) if found.elapsed() < PROFILES_AGE => {
                    return Ok(self.profiles_of(keys));
                }
                Some((found, keys)) => {
                    *found = Instant::now();
                    Some(self.profiles_of(keys))
                }
                None => None,
            }
        };
        match (self.find_present_profiles().await, before) {
            (Err(_), Some(before)) => Ok(before),
            (found, _) => found,
        }
    }

    async fn find_present_profiles(&self) -> Result<Vec<Arc<GalleryProfile>>, SearchError> {
        let counts = PackageQuery::default();
        let asked = self.profiles.values().map(async |profile| {
            match profile.catalog.search(&counts).await {
                Ok(_) => Ok(Some(Arc::clone(profile))),
                Err(SearchError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let found = futures::future::try_join_all(asked).await?;
        let profiles: Vec<Arc<GalleryProfile>> = found.into_iter().flatten().collect();
        let keys = profiles.iter().map(|profile| profile.key.clone()).collect();
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        *present = Some((Instant::now(), keys));
        Ok(profiles)
    }

    /// The same for pages that need no search: they wait for nobody, and do without where nothing is
    /// known.
    pub(super) async fn fetch_profiles_at_hand(&self) -> Vec<Arc<GalleryProfile>> {
        let looking = async {
            let _place = self.places.try_enter()?;
            self.present_profiles().await.ok()
        };
        let found = tokio::time::timeout(self.settings.patience.glance, looking).await;
        match found {
            Ok(Some(found)) => found,
            _ => self.last_present_profiles(),
        }
    }

    /// The profiles that were found last, however long ago; asks nobody.
    pub(super) fn last_present_profiles(&self) -> Vec<Arc<GalleryProfile>> {
        let present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        present
            .as_ref()
            .map(|(_, keys)| self.profiles_of(keys))
            .unwrap_or_default()
    }

    fn profiles_of(&self, keys: &[String]) -> Vec<Arc<GalleryProfile>> {
        let found = keys
            .iter()
            .filter_map(|key| self.profiles.get(key).cloned());
        found.collect()
    }

    /// The address that visitors know the gallery by, without a slash at the end.
    pub(super) fn base_url(&self, visitor: &Visitor) -> String {
        match &self.settings.base_url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => visitor.origin.clone(),
        }
    }

    /// Renders a page within the layout.
    pub(super) async fn render<V: serde::Serialize>(
        &self,
        template: &str,
        visitor: &Visitor,
        profile: Option<&GalleryProfile>,
        head: Head,
        view: V,
    ) -> Result<String, PageError> {
        // What was searched for is shown even if this cannot be found out.
        let present = self.present_profiles().await.unwrap_or_default();
        self.render_among(&present, template, visitor, profile, head, view)
    }

    /// The same with a switch between these profiles.
    pub(super) fn render_among<V: serde::Serialize>(
        &self,
        present: &[Arc<GalleryProfile>],
        template: &str,
        visitor: &Visitor,
        profile: Option<&GalleryProfile>,
        head: Head,
        view: V,
    ) -> Result<String, PageError> {
        let layout = self.layout(visitor, profile, present, head, view);
        Ok(self.templates.render(template, layout)?)
    }

    fn layout<V: serde::Serialize>(
        &self,
        visitor: &Visitor,
        profile: Option<&GalleryProfile>,
        present: &[Arc<GalleryProfile>],
        head: Head,
        view: V,
    ) -> Layout<V> {
        let site_title = Self::title(present);
        let title = match head.title.as_str() {
            "" => site_title.clone(),
            title => match profile {
                Some(profile) if title != profile.title => format!("{title} · {}", profile.title),
                _ => title.to_owned(),
            },
        };
        Layout {
            title,
            description: head.description,
            canonical: format!("{}{}", self.base_url(visitor), head.canonical),
            robots: if head.is_indexed {
                "index, follow"
            } else {
                "noindex, follow"
            },
            site: SiteView {
                title: site_title,
                profiles: present.iter().map(|one| one.link()).collect(),
                stylesheet: self.assets.stylesheet.path(),
                script: self.assets.script.path(),
                theme_script: self.assets.theme_script.path(),
                icon: self.assets.icon.path(),
                frozen: self.frozen.clone(),
                pages: self
                    .own_files
                    .pages()
                    .map(|(name, title)| Link {
                        text: title.to_owned(),
                        href: Address::OwnPage(name.to_owned()).to_string(),
                        is_foreign: false,
                    })
                    .collect(),
                links: self.foot_links(profile),
            },
            profile: profile.map(|profile| self.profile_view(profile)),
            feeds: head.feeds,
            json_ld: head.json_ld,
            words: head.words,
            view,
        }
    }

    /// The links at the foot of a page of this profile, or of none: then those of all, each once.
    fn foot_links(&self, profile: Option<&GalleryProfile>) -> Vec<Link> {
        let of = |profile: &GalleryProfile| -> Vec<Link> {
            let links = profile.appearance.links.iter();
            let shown = links.map(|link| Link {
                text: link.text.clone(),
                href: link.url.clone(),
                is_foreign: true,
            });
            shown.collect()
        };
        if let Some(profile) = profile {
            return of(profile);
        }
        let mut links: Vec<Link> = Vec::new();
        for link in self.profiles.values().flat_map(|profile| of(profile)) {
            if !links.contains(&link) {
                links.push(link);
            }
        }
        links
    }

    /// The name of the gallery: that of its only profile, or a common one.
    pub(super) fn title(present: &[Arc<GalleryProfile>]) -> String {
        match present {
            [only] => only.title.clone(),
            _ => TITLE.to_owned(),
        }
    }

    fn profile_view(&self, profile: &GalleryProfile) -> ProfileView {
        let part = |part| Address::profile(&profile.key, part).to_string();
        let logo = profile.appearance.logo.as_deref();
        ProfileView {
            key: profile.key.clone(),
            title: profile.title.clone(),
            description: profile.description.clone(),
            href: part(ProfilePart::List),
            opensearch: part(ProfilePart::OpenSearch),
            matrix: part(ProfilePart::Matrix),
            compare: part(ProfilePart::Compare),
            suggest: part(ProfilePart::Suggest),
            colors: self.own_files.colors_path(&profile.key).unwrap_or_default(),
            logo: logo
                .and_then(|logo| self.own_files.logo_path(logo))
                .unwrap_or_default(),
            links: self.foot_links(Some(profile)),
        }
    }
}

impl GalleryProfile {
    /// Searches for packages; without a collection there are none.
    pub(super) async fn search(&self, query: &PackageQuery) -> Result<SearchResults, SearchError> {
        match self.catalog.search(query).await {
            Err(SearchError::NotFound { .. }) => Ok(SearchResults::default()),
            results => results,
        }
    }

    /// What the collection looks like now; without one, like an empty one.
    pub(super) async fn fetch_state(&self) -> Result<CollectionState, SearchError> {
        match self.catalog.fetch_state().await {
            Err(SearchError::NotFound { .. }) => Ok(CollectionState::default()),
            state => state,
        }
    }

    /// Reads what there is in the collection; without one there is nothing.
    pub(super) async fn fetch_overview(&self) -> Result<Arc<Overview>, SearchError> {
        match self.catalog.fetch_overview().await {
            Err(SearchError::NotFound { .. }) => Ok(Arc::default()),
            overview => overview,
        }
    }

    fn link(&self) -> ProfileLink {
        ProfileLink {
            key: self.key.clone(),
            title: self.title.clone(),
            href: Address::list(&self.key).to_string(),
        }
    }

    /// The feeds of a list; `parameters` is its query string.
    pub(super) fn feeds(&self, title: &str, parameters: &str) -> Vec<FeedLink> {
        FeedFormat::ALL
            .into_iter()
            .map(|format| {
                let address = Address::profile(&self.key, ProfilePart::Feed(format));
                let question = if parameters.is_empty() { "" } else { "?" };
                FeedLink {
                    content_type: format.content_type(),
                    title: title.to_owned(),
                    href: format!("{address}{question}{parameters}"),
                }
            })
            .collect()
    }
}

/// Who asks, as far as pages depend on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Visitor {
    /// Scheme and host that the visitor used, as in `https://packages.example.org`.
    pub(super) origin: String,
    /// Whether a proxy said so, and might say otherwise to the next who asks.
    pub(super) is_told_by_proxy: bool,
    /// Unix seconds.
    pub(super) now: i64,
    pub(super) headers: HeaderMap,
}

impl Visitor {
    pub(super) fn new(origin: String, is_told_by_proxy: bool, headers: HeaderMap) -> Self {
        Self {
            origin,
            is_told_by_proxy,
            now: Timestamp::now().as_second(),
            headers,
        }
    }
}
