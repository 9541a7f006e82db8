//! One package: its releases, and what depends on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use super::Catalog;
use crate::model::{Document, PackageKey, PackageName, RegistryKind};
use crate::search::{SearchError, SearchParameters, filter};

/// Fields that repeat parts of the README for searching.
const README_PARTS: &str = "title,first_chapter,main_content,changelog";
/// What a table of releases shows.
const RELEASE_FIELDS: &str = "name,registry,version,version_postfix,upload_timestamp,yanked,yanked_reason,\
                              is_latest,framework_versions,python_versions,requires_python,\
                              has_vulnerabilities,is_malicious,vulnerabilities,summary,\
                              maintainers,npm_dist_tags";
/// What tells which versions a release supports.
const SUPPORT_FIELDS: &str =
    "name,registry,version,version_postfix,yanked,is_latest,framework_versions";
/// Releases per request.
pub const RELEASES_PER_PAGE: u32 = 250;
/// Pages of releases that are looked at for what each supports.
const MOST_PAGES: u32 = 20;

/// Packages that are fetched at once.
pub const MOST_COMPARED: usize = 4;

/// A page of a package's releases, the newest version first.
#[derive(Debug, Clone, Default)]
pub struct Releases {
    pub releases: Vec<Document>,
    /// Releases on all pages.
    pub found: u64,
}

impl Releases {
    /// How many pages there are.
    #[must_use]
    pub fn pages(&self) -> u32 {
        let pages = self.found.div_ceil(RELEASES_PER_PAGE.into());
        u32::try_from(pages).unwrap_or(u32::MAX)
    }
}

impl Catalog {
    /// Fetches the latest release of the package with this name, in any spelling that its registry
    /// takes for it. `npm:NAME` means a package of npm; without a registry, that of `PyPI` comes first.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn fetch_package(&self, name: &str) -> Result<Option<Document>, SearchError> {
        self.fetch_release_where(name, "is_latest:=true", |document| document.is_latest)
            .await
    }

    /// Fetches one release of a package.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn fetch_release(
        &self,
        name: &str,
        version: &str,
    ) -> Result<Option<Document>, SearchError> {
        let Some(quoted) = filter::quote(version) else {
            return Ok(None);
        };
        self.fetch_release_where(name, &format!("version_raw:={quoted}"), |document| {
            document.version == version
        })
        .await
    }

    async fn fetch_release_where(
        &self,
        name: &str,
        condition: &str,
        is_meant: impl Fn(&Document) -> bool,
    ) -> Result<Option<Document>, SearchError> {
        let wanted = PackageName::read(name);
        let Some(named) = named(&wanted) else {
            return Ok(None);
        };
        let answer = self
            .client
            .search(
                &self.collection,
                &[
                    ("q", "*".to_owned()),
                    ("filter_by", format!("{condition} && {named}")),
                    ("exclude_fields", README_PARTS.to_owned()),
                    ("per_page", "20".to_owned()),
                ],
            )
            .await?;
        let (documents, _) = read_documents(answer, "read a package")?;
        let meant = documents.into_iter().filter(is_meant);
        let mut found = first_of(&wanted, meant);
        self.conceal(&mut found).await;
        Ok(found)
    }

    /// Finds which of these packages of one registry there are: their own spelling by their
    /// normalised name.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn find_names(
        &self,
        registry: RegistryKind,
        names: &[&str],
    ) -> Result<BTreeMap<String, String>, SearchError> {
        let quoted: Vec<String> = names
            .iter()
            .filter_map(|name| filter::quote(name))
            .collect();
        if quoted.is_empty() {
            return Ok(BTreeMap::new());
        }
        let answer = self
            .client
            .search(
                &self.collection,
                &[
                    ("q", "*".to_owned()),
                    (
                        "filter_by",
                        format!(
                            "is_latest:=true && name:=[{}] && {}",
                            quoted.join(","),
                            of_registry(registry)
                        ),
                    ),
                    ("include_fields", "name".to_owned()),
                    ("per_page", RELEASES_PER_PAGE.to_string()),
                ],
            )
            .await?;
        let (documents, _) = read_documents(answer, "find packages by their names")?;
        let found = documents.into_iter().map(|document| {
            let name = registry.project_name(&document.name).as_str().to_owned();
            (name, document.name)
        });
        Ok(found.collect())
    }

    /// Fetches the latest releases of up to [`MOST_COMPARED`] packages without their READMEs, in the
    /// order of their names; a name that no package has is left out.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn fetch_many(&self, names: &[&str]) -> Result<Vec<Document>, SearchError> {
        let asked: Vec<(PackageName, String)> = names
            .iter()
            .map(|name| PackageName::read(name))
            .filter_map(|name| named(&name).map(|named| (name, named)))
            .take(MOST_COMPARED)
            .collect();
        let searches: Vec<SearchParameters> = asked
            .iter()
            .map(|(_, named)| {
                vec![
                    ("q", "*".to_owned()),
                    ("filter_by", format!("is_latest:=true && {named}")),
                    ("exclude_fields", format!("description,{README_PARTS}")),
                    ("per_page", "20".to_owned()),
                ]
            })
            .collect();
        let answers = self
            .client
            .multi_search(&self.collection, &searches)
            .await?;
        let mut packages: Vec<Document> = Vec::new();
        for ((wanted, _), answer) in asked.iter().zip(answers) {
            let (documents, _) = read_documents(answer, "read packages")?;
            let found = first_of(wanted, documents);
            // Two spellings of one name are one package.
            packages.extend(found.filter(|found| packages.iter().all(|one| one.id != found.id)));
        }
        self.conceal(&mut packages).await;
        Ok(packages)
    }

    /// Lists the releases of a package, the highest version first; `page` counts from 1.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn list_releases(&self, name: &str, page: u32) -> Result<Releases, SearchError> {
        let wanted = PackageName::read(name);
        let found = self.list_releases_of(&wanted, page).await?;
        match registry_of(&wanted, &found) {
            // Two packages have the name: the numbers are to be those of one.
            Some(registry) => {
                let only = PackageName::of(registry, wanted.as_str());
                self.list_releases_of(&only, page).await
            }
            None => Ok(found),
        }
    }

    async fn list_releases_of(
        &self,
        wanted: &PackageName,
        page: u32,
    ) -> Result<Releases, SearchError> {
        let Some(named) = named(wanted) else {
            return Ok(Releases::default());
        };
        let search = releases_search(&named, RELEASE_FIELDS, page.max(1));
        let answer = self.client.search(&self.collection, &search).await?;
        let mut found = read_releases(answer, wanted)?;
        self.conceal(&mut found.releases).await;
        Ok(found)
    }

    /// Lists which framework versions the releases of a package support, the highest version first;
    /// of more than some thousands, those with the highest ones.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn list_support(&self, name: &str) -> Result<Releases, SearchError> {
        let wanted = PackageName::read(name);
        let Some(named) = named(&wanted) else {
            return Ok(Releases::default());
        };
        let search = releases_search(&named, SUPPORT_FIELDS, 1);
        let first = self.client.search(&self.collection, &search).await?;
        let mut found = read_releases(first, &wanted)?;
        let further: Vec<SearchParameters> = (2..=found.pages().min(MOST_PAGES))
            .map(|page| releases_search(&named, SUPPORT_FIELDS, page))
            .collect();
        if further.is_empty() {
            return Ok(of_one_registry(&wanted, found));
        }
        let answers = self.client.multi_search(&self.collection, &further).await?;
        for answer in answers {
            found
                .releases
                .append(&mut read_releases(answer, &wanted)?.releases);
        }
        Ok(of_one_registry(&wanted, found))
    }

    /// Fetches the changelog of a package's latest release, as safe HTML; empty if it has none.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_package`].
    pub async fn fetch_changelog(&self, name: &str) -> Result<String, SearchError> {
        let wanted = PackageName::read(name);
        let Some(named) = named(&wanted) else {
            return Ok(String::new());
        };
        let answer = self
            .client
            .search(
                &self.collection,
                &[
                    ("q", "*".to_owned()),
                    ("filter_by", format!("is_latest:=true && {named}")),
                    ("include_fields", "name,registry,changelog".to_owned()),
                    ("per_page", "20".to_owned()),
                ],
            )
            .await?;
        let (documents, _) = read_documents(answer, "read a changelog")?;
        let found = first_of(&wanted, documents);
        Ok(found.map(|document| document.changelog).unwrap_or_default())
    }
}

/// The documents of a package, in the server's words; `None` where its name is no value of a filter.
fn named(wanted: &PackageName) -> Option<String> {
    let quoted = filter::quote(wanted.as_str())?;
    Some(match wanted.registry() {
        Some(registry) => format!("name:={quoted} && {}", of_registry(registry)),
        None => format!("name:={quoted}"),
    })
}

/// The documents of a registry, in the server's words.
pub(super) fn of_registry(registry: RegistryKind) -> String {
    match registry {
        // Older programs wrote no registry.
        RegistryKind::PyPi => format!("registry:!={}", RegistryKind::Npm),
        RegistryKind::Npm => format!("registry:={registry}"),
    }
}

/// The package that is meant: a filter compares words, so `name:=a.b` also finds `a b`.
fn first_of(
    wanted: &PackageName,
    documents: impl IntoIterator<Item = Document>,
) -> Option<Document> {
    let meant = documents.into_iter().filter_map(|document| {
        let key = key_of(&document).filter(|key| wanted.is(key))?;
        Some((key, document))
    });
    meant
        .min_by(|one, other| one.0.cmp(&other.0))
        .map(|(_, document)| document)
}

fn key_of(document: &Document) -> Option<PackageKey> {
    PackageKey::of_document(&document.name, &document.registry)
}

/// The releases without those of a package of the same name that is not meant.
fn of_one_registry(wanted: &PackageName, mut found: Releases) -> Releases {
    if let Some(registry) = registry_of(wanted, &found) {
        let releases = &mut found.releases;
        releases.retain(|release| registry.is_named_by(&release.registry));
    }
    found
}

/// The registry whose package is meant, if releases of several were found.
fn registry_of(wanted: &PackageName, found: &Releases) -> Option<RegistryKind> {
    let registries: BTreeSet<RegistryKind> = found
        .releases
        .iter()
        .filter_map(|release| Some(key_of(release)?.registry))
        .collect();
    let first = registries.first().copied();
    first.filter(|_| wanted.registry().is_none() && registries.len() > 1)
}

/// A search for a page of a package's releases.
fn releases_search(named: &str, fields: &str, page: u32) -> SearchParameters {
    vec![
        ("q", "*".to_owned()),
        ("filter_by", named.to_owned()),
        ("sort_by", "version_order:desc".to_owned()),
        ("include_fields", fields.to_owned()),
        ("per_page", RELEASES_PER_PAGE.to_string()),
        ("page", page.to_string()),
    ]
}

fn read_releases(answer: Value, wanted: &PackageName) -> Result<Releases, SearchError> {
    let (mut releases, found) = read_documents(answer, "list the releases of a package")?;
    // A filter compares words: `name:=a.b` also finds `a b`.
    releases.retain(|release| key_of(release).is_some_and(|key| wanted.is(&key)));
    Ok(Releases { releases, found })
}

/// The documents of a search's answer, and how many there are on all pages.
pub(super) fn read_documents(
    answer: Value,
    operation: &str,
) -> Result<(Vec<Document>, u64), SearchError> {
    #[derive(Deserialize)]
    struct Answer {
        found: u64,
        hits: Vec<DocumentHit>,
    }
    #[derive(Deserialize)]
    struct DocumentHit {
        document: Document,
    }
    let answer: Answer =
        serde_json::from_value(answer).map_err(|error| SearchError::InvalidResponse {
            operation: operation.to_owned(),
            why: error.to_string(),
        })?;
    let documents = answer.hits.into_iter().map(|hit| hit.document).collect();
    Ok((documents, answer.found))
}
