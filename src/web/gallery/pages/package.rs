//! The pages of a package.

use std::sync::Arc;

use pyfa_readme::Images;
use serde::Serialize;
use url::form_urlencoded;

use crate::catalog::{PackageQuery, Releases, requiring};
use crate::model::{Document, RegistryKind};
use crate::search::SearchError;
use crate::web::gallery::address::{Address, FeedFormat, PackagePart};
use crate::web::gallery::page::{CachePolicy, Missing, Page, PageError};
use crate::web::gallery::readmes::ReadmePart;
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::aside::{AsideView, required_names};
use crate::web::gallery::views::health::HealthView;
use crate::web::gallery::views::hit::HitView;
use crate::web::gallery::views::json_ld;
use crate::web::gallery::views::layout::FeedLink;
use crate::web::gallery::views::link::{Link, registry_name, repository_link, web_address};
use crate::web::gallery::views::package::{CurrentTab, PackageView};
use crate::web::gallery::views::pages::{Pages, list_href, numbered_pages, releases_href};
use crate::web::gallery::views::release::{ReleaseView, last_releases_for};

/// Dependents that their page shows.
const MOST_DEPENDENTS: u32 = 250;
/// Similar packages.
const MOST_SIMILAR: u32 = 5;
/// Headings from which a table of contents helps, and up to which one is read.
const FEWEST_HEADINGS: usize = 3;
const MOST_HEADINGS: usize = 200;

/// The page with the README.
#[derive(Serialize)]
struct ReadmeView {
    package: PackageView,
    aside: AsideView,
    readme: String,
    contents: Vec<ContentsEntry>,
    /// The whole README, if the page does not hold it.
    whole: Option<Link>,
    repository: Option<Link>,
    similar: Vec<HitView>,
    also_in: Vec<Link>,
}

#[derive(Serialize)]
struct ContentsEntry {
    level: u8,
    href: String,
    text: String,
}

#[derive(Serialize)]
struct ReleasesView {
    package: PackageView,
    releases: Vec<ReleaseView>,
    pages: Option<Pages>,
}

#[derive(Serialize)]
struct ChangelogView {
    package: PackageView,
    changelog: String,
    is_cut: bool,
    /// The whole text, if the page does not hold it.
    whole: Option<Link>,
    repository: Option<Link>,
}

#[derive(Serialize)]
struct HealthPageView {
    package: PackageView,
    health: Option<HealthView>,
}

#[derive(Serialize)]
struct DependentsView {
    package: PackageView,
    dependents: Vec<HitView>,
    found: u64,
    list_href: String,
}

pub(super) async fn render_package(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    name: &str,
    part: &PackagePart,
    query_string: &str,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let catalog = &profile.catalog;
    let latest = catalog.fetch_package(name).await?;
    let latest = latest.ok_or_else(|| missing_package(name))?;
    let full_name = latest.full_name();
    if full_name != name {
        // One address for all spellings.
        let address = Address::package(&profile.key, &full_name, part.clone());
        return Err(PageError::moved(&address));
    }
    let pages = PackagePages {
        gallery,
        profile,
        latest: &latest,
        visitor,
    };
    match part {
        PackagePart::Latest | PackagePart::Feed(_) => pages.readme(&latest).await,
        PackagePart::Release(version) => {
            if *version == latest.version {
                // Until there is a later one.
                let address = Address::package(&profile.key, &full_name, PackagePart::Latest);
                return Err(PageError::Canonical {
                    to: address.to_string(),
                });
            }
            let release = catalog.fetch_release(name, version).await?;
            let release = release.ok_or_else(|| {
                PageError::NotFound(Missing::Release {
                    name: full_name.clone().into_owned(),
                    version: version.clone(),
                })
            })?;
            pages.readme(&release).await
        }
        PackagePart::Releases => pages.releases(query_string).await,
        PackagePart::Changelog => pages.changelog().await,
        PackagePart::Health => pages.health().await,
        PackagePart::Dependents => pages.dependents().await,
    }
}

/// The release's page at its registry, which has the whole text.
fn at_registry(document: &Document) -> Option<Link> {
    Some(Link {
        text: format!("Read all of it on {}", registry_name(document)),
        href: web_address(&document.package_url)?,
        is_foreign: true,
    })
}

fn missing_package(name: &str) -> PageError {
    PageError::NotFound(Missing::Package {
        name: name.to_owned(),
    })
}

/// The pages of one package.
struct PackagePages<'p> {
    gallery: &'p Gallery,
    profile: &'p Arc<GalleryProfile>,
    latest: &'p Document,
    visitor: &'p Visitor,
}

impl PackagePages<'_> {
    fn view(&self, shown: &Document, tab: CurrentTab) -> PackageView {
        PackageView::new(self.latest, shown, &self.profile.key, tab, self.visitor.now)
    }

    fn images(&self) -> Images {
        self.gallery.settings.images_of(Some(&self.profile.key))
    }

    fn head(&self, part: PackagePart, title: String, is_indexed: bool) -> Head {
        let feeds = FeedFormat::ALL.into_iter().map(|format| FeedLink {
            content_type: format.content_type(),
            title: format!("Releases of {}", self.latest.name),
            href: Address::package(
                &self.profile.key,
                &self.latest.full_name(),
                PackagePart::Feed(format),
            )
            .to_string(),
        });
        Head {
            title,
            description: self.latest.summary.clone(),
            canonical: Address::package(&self.profile.key, &self.latest.full_name(), part)
                .to_string(),
            is_indexed,
            feeds: feeds.collect(),
            ..Head::default()
        }
    }

    async fn render(
        &self,
        template: &str,
        head: Head,
        view: impl Serialize,
    ) -> Result<Page, PageError> {
        let profile = Some(&**self.profile);
        let body = self
            .gallery
            .render(template, self.visitor, profile, head, view)
            .await?;
        Ok(Page::html(body, CachePolicy::Package))
    }

    async fn readme(&self, shown: &Document) -> Result<Page, PageError> {
        let is_latest = shown.version == self.latest.version;
        let profile = &self.profile.key;
        let now = self.visitor.now;
        let tab = if is_latest {
            CurrentTab::Readme
        } else {
            CurrentTab::None
        };
        let mut package = self.view(shown, tab);
        let registry = RegistryKind::named(&shown.registry).unwrap_or_default();
        let required: Vec<&str> = required_names(shown).collect();
        let (releases, similar, present, also_in, forgotten) = tokio::join!(
            self.list_support(is_latest),
            self.profile.catalog.find_similar(self.latest, MOST_SIMILAR),
            self.profile.catalog.find_names(registry, &required),
            self.also_in(),
            self.gallery.people.fetch_forgotten(),
        );
        let releases = releases?.releases;
        package.last_releases = last_releases_for(self.latest, &releases, profile);
        let readmes = &self.gallery.readmes;
        let part = ReadmePart::Description;
        let readme = readmes
            .prepare(profile, &shown.id, part, &shown.description, self.images())
            .await?;
        let contents: Vec<ContentsEntry> = readme
            .headings
            .iter()
            .filter(|heading| heading.level <= 3)
            .take(MOST_HEADINGS)
            .map(|heading| ContentsEntry {
                level: heading.level,
                href: format!("#{}", heading.id),
                text: heading.text.clone(),
            })
            .collect();
        let address = Address::package(profile, &self.latest.full_name(), PackagePart::Latest);
        let mut head = self.head(
            PackagePart::Latest,
            if is_latest {
                shown.name.clone()
            } else {
                format!("{} {}", shown.name, shown.version)
            },
            is_latest,
        );
        let absolute = format!("{}{address}", self.gallery.base_url(self.visitor));
        head.json_ld = json_ld::embed(json_ld::package(shown, &absolute));
        let mut aside = AsideView::new(
            shown,
            self.latest,
            profile,
            &present?,
            forgotten.as_deref(),
            now,
        );
        if let Some(npm) = aside.npm.as_mut().filter(|_| is_latest) {
            npm.keep_links(|version| releases.iter().any(|one| one.version == version));
        }
        let view = ReadmeView {
            aside,
            whole: readme.is_cut.then(|| at_registry(shown)).flatten(),
            repository: repository_link(self.latest),
            readme: readme.html.clone(),
            contents: if contents.len() >= FEWEST_HEADINGS {
                contents
            } else {
                Vec::new()
            },
            similar: similar?
                .iter()
                .map(|package| HitView::of_package(package, profile, now))
                .collect(),
            also_in,
            package,
        };
        self.render("package.html", head, view).await
    }

    /// What older releases support, where the page says so.
    async fn list_support(&self, is_latest: bool) -> Result<Releases, SearchError> {
        if !is_latest {
            return Ok(Releases::default());
        }
        self.profile
            .catalog
            .list_support(&self.latest.full_name())
            .await
    }

    /// Other profiles that hold the package.
    async fn also_in(&self) -> Vec<Link> {
        let profiles = self.gallery.present_profiles().await.unwrap_or_default();
        let others = profiles
            .iter()
            .filter(|other| other.key != self.profile.key);
        let asked = others.map(async |other| {
            let found = other
                .catalog
                .fetch_package(&self.latest.full_name())
                .await
                .ok()??;
            Some(Link {
                text: other.title.clone(),
                href: Address::package(&other.key, &found.full_name(), PackagePart::Latest)
                    .to_string(),
                is_foreign: false,
            })
        });
        futures::future::join_all(asked)
            .await
            .into_iter()
            .flatten()
            .collect()
    }

    async fn releases(&self, query_string: &str) -> Result<Page, PageError> {
        let (profile, name) = (&self.profile.key, &*self.latest.full_name());
        let asked = form_urlencoded::parse(query_string.as_bytes());
        let asked: Vec<String> = asked
            .filter(|(parameter, _)| parameter == "page")
            .map(|(_, value)| value.into_owned())
            .collect();
        let page = asked.first().and_then(|page| page.parse().ok());
        let page: u32 = page.filter(|page| *page > 0).unwrap_or(1);
        let is_canonical = match asked.as_slice() {
            [] => true,
            [only] => page > 1 && *only == page.to_string(),
            _ => false,
        };
        if !is_canonical {
            return Err(PageError::Canonical {
                to: releases_href(profile, name, page),
            });
        }
        let found = self.profile.catalog.list_releases(name, page).await?;
        if page > found.pages().max(1) {
            return Err(PageError::NotFound(Missing::PageOfReleases {
                name: name.to_owned(),
            }));
        }
        let view = ReleasesView {
            package: self.view(self.latest, CurrentTab::Releases),
            pages: numbered_pages(page, found.pages(), |page| {
                releases_href(profile, name, page)
            }),
            releases: found
                .releases
                .iter()
                .map(|release| ReleaseView::new(release, profile, self.visitor.now))
                .collect(),
        };
        let mut title = format!("Releases of {}", self.latest.name);
        if page > 1 {
            title = format!("{title}, page {page}");
        }
        let mut head = self.head(PackagePart::Releases, title, true);
        head.canonical = releases_href(profile, name, page);
        self.render("releases.html", head, view).await
    }

    async fn changelog(&self) -> Result<Page, PageError> {
        let changelog = self
            .profile
            .catalog
            .fetch_changelog(&self.latest.full_name())
            .await?;
        let (profile, part) = (&self.profile.key, ReadmePart::Changelog);
        let readmes = &self.gallery.readmes;
        let changelog = readmes
            .prepare(profile, &self.latest.id, part, &changelog, self.images())
            .await?;
        let view = ChangelogView {
            package: self.view(self.latest, CurrentTab::Changelog),
            changelog: changelog.html.clone(),
            is_cut: changelog.is_cut,
            whole: at_registry(self.latest).filter(|_| changelog.is_cut),
            repository: repository_link(self.latest),
        };
        let title = format!("Changelog of {}", self.latest.name);
        let is_indexed = !view.changelog.is_empty();
        self.render(
            "changelog.html",
            self.head(PackagePart::Changelog, title, is_indexed),
            view,
        )
        .await
    }

    async fn health(&self) -> Result<Page, PageError> {
        let view = HealthPageView {
            package: self.view(self.latest, CurrentTab::Health),
            health: HealthView::new(self.latest, self.visitor.now),
        };
        let title = format!("Health of {}", self.latest.name);
        let mut head = self.head(PackagePart::Health, title, false);
        if let Some(health) = &view.health {
            head.description = format!(
                "{} of 100, {}. What {} could do better, point by point.",
                health.score, health.word, self.latest.name
            );
        }
        self.render("health.html", head, view).await
    }

    async fn dependents(&self) -> Result<Page, PageError> {
        let query = PackageQuery {
            filters: requiring(self.latest),
            per_page: MOST_DEPENDENTS,
            ..PackageQuery::default()
        };
        let results = self.profile.catalog.search(&query).await?;
        let view = DependentsView {
            package: self.view(self.latest, CurrentTab::Dependents),
            found: results.found,
            dependents: results
                .hits
                .iter()
                .map(|hit| HitView::new(hit, &self.profile.key, None, self.visitor.now))
                .collect(),
            list_href: list_href(&self.profile.key, &query),
        };
        let title = format!("Packages that require {}", self.latest.name);
        self.render(
            "dependents.html",
            self.head(PackagePart::Dependents, title, false),
            view,
        )
        .await
    }
}
