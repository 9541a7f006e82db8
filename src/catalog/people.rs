//! The people behind the packages of a collection, and in which repositories they are.
//!
//! The fields that say so cannot be searched, so all packages are read once, a page at a time, and
//! little is kept of each. Callers that show this have to leave out people who asked to be forgotten.

use std::collections::HashMap;

use serde_json::Value;

use super::Catalog;
use super::package::RELEASES_PER_PAGE;
use super::parameters::{everything, sort_expression, with_hits};
use super::query::Sort;
use super::restrictions::LATEST;
use super::results::PackageSummary;
use crate::model::repository::{Address, Repository, own_repository, read_address};
use crate::model::{Document, PackageName, RegistryKind, RepositorySlug, contributor_login};
use crate::search::{SearchError, filter};

/// Packages that an index holds; those with the last names are left out.
const MOST_PACKAGES: usize = 50_000;
/// Packages whose summaries are fetched at once.
pub const MOST_SUMMARIES: usize = 100;
/// Bytes of the longest name of a person or a package that counts.
const LONGEST_NAME: usize = 200;
const FIELDS: &str = "name,registry,maintainers,author,github_url,contributors,home_page,bugtrack_url,\
                      download_url,project_urls,repository_url,repository_directory";

/// A part that somebody has in a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// On `PyPI`.
    Maintainer,
    /// On npm, whose accounts are others.
    NpmMaintainer,
    /// Of the repository.
    Owner,
    /// By the name in the metadata.
    Author,
    /// One of those with the most commits.
    Contributor,
}

/// What one person does in one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub package: String,
    /// In order, each once.
    pub roles: Vec<Role>,
}

/// The people behind the packages.
#[derive(Debug, Default)]
pub struct PeopleIndex {
    packages: Vec<IndexedPackage>,
    /// By the name in lower case.
    people: HashMap<String, IndexedPerson>,
    /// Names of authors, in lower case.
    authors: HashMap<String, Vec<usize>>,
    /// By [`RepositorySlug::key`].
    repositories: HashMap<String, (RepositorySlug, Vec<usize>)>,
    bytes: usize,
}

#[derive(Debug)]
struct IndexedPerson {
    spelling: String,
    /// Who spells it so: GitHub's own lists come before addresses, and those before the registry.
    spelled_by: Role,
    /// Packages by their places.
    roles: Vec<(usize, Role)>,
}

#[derive(Debug)]
struct IndexedPackage {
    name: String,
    repository: Option<RepositorySlug>,
}

impl PeopleIndex {
    /// The spelling of a login or a name on the registry that stands behind some package.
    #[must_use]
    pub fn spelling(&self, login: &str) -> Option<&str> {
        let known = self.people.get(&login.to_lowercase())?;
        Some(&known.spelling)
    }

    /// What somebody does, in order of the packages; `name` is the name that authors are known by.
    #[must_use]
    pub fn parts_of(&self, login: &str, name: Option<&str>) -> Vec<Part> {
        let login = login.to_lowercase();
        let known = self.people.get(&login);
        let mut roles: Vec<(usize, Role)> = known.map(|one| one.roles.clone()).unwrap_or_default();
        for author in [Some(login), name.map(str::to_lowercase)]
            .into_iter()
            .flatten()
        {
            let written = self.authors.get(&author).into_iter().flatten();
            roles.extend(written.map(|place| (*place, Role::Author)));
        }
        roles.sort_unstable();
        roles.dedup();
        let mut parts: Vec<Part> = Vec::new();
        let mut last = None;
        for (place, role) in roles {
            match parts.last_mut() {
                Some(part) if last == Some(place) => part.roles.push(role),
                _ => {
                    let Some(package) = self.packages.get(place) else {
                        continue;
                    };
                    last = Some(place);
                    parts.push(Part {
                        package: package.name.clone(),
                        roles: vec![role],
                    });
                }
            }
        }
        parts
    }

    /// Everybody, by the login or the name on a registry, in no order.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.people.values().map(|person| person.spelling.as_str())
    }

    /// All repositories, in no order.
    pub fn repositories(&self) -> impl Iterator<Item = &RepositorySlug> {
        self.repositories.values().map(|(slug, _)| slug)
    }

    /// The repository of a package.
    #[must_use]
    pub fn repository_of(&self, package: &str) -> Option<&RepositorySlug> {
        let at = self
            .packages
            .binary_search_by(|one| one.name.as_str().cmp(package));
        self.packages.get(at.ok()?)?.repository.as_ref()
    }

    /// A repository as most packages spell it, and the names of its packages.
    #[must_use]
    pub fn packages_of(&self, slug: &RepositorySlug) -> Option<(&RepositorySlug, Vec<&str>)> {
        let (slug, places) = self.repositories.get(&slug.key())?;
        let packages = places.iter().filter_map(|place| self.packages.get(*place));
        Some((slug, packages.map(|one| one.name.as_str()).collect()))
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes
    }

    /// Adds a package; they come in the order of their names.
    fn add(&mut self, stated: Stated) {
        let place = self.packages.len();
        self.bytes += stated.name.len() + 96;
        for (name, role) in stated.people {
            self.bytes += 32;
            let known = self.people.entry(name.to_lowercase());
            let known = known.or_insert_with(|| {
                self.bytes += 2 * name.len() + 128;
                IndexedPerson {
                    spelling: name.clone(),
                    spelled_by: role,
                    roles: Vec::new(),
                }
            });
            if role > known.spelled_by {
                (known.spelling, known.spelled_by) = (name, role);
            }
            known.roles.push((place, role));
        }
        if !stated.author.is_empty() {
            self.bytes += stated.author.len() + 96;
            self.authors.entry(stated.author).or_default().push(place);
        }
        if let Some(slug) = &stated.repository {
            self.bytes += 3 * slug.key().len() + 128;
            let known = self.repositories.entry(slug.key());
            let (_, places) = known.or_insert_with(|| (slug.clone(), Vec::new()));
            places.push(place);
        }
        self.packages.push(IndexedPackage {
            name: stated.name,
            repository: stated.repository,
        });
    }
}

/// What a document says of people.
struct Stated {
    name: String,
    /// In lower case.
    author: String,
    people: Vec<(String, Role)>,
    repository: Option<RepositorySlug>,
}

impl Stated {
    fn of(document: &Document) -> Self {
        let repository = repository_of(document);
        let maintainers = document.maintainers.iter();
        let role = if RegistryKind::Npm.is_named_by(&document.registry) {
            Role::NpmMaintainer
        } else {
            Role::Maintainer
        };
        let maintainers = maintainers.map(|name| (name.as_str(), role));
        let owner = repository.iter().map(|slug| (slug.owner(), Role::Owner));
        let contributors = document.facts.get("contributors").and_then(Value::as_array);
        let contributors = contributors.into_iter().flatten();
        let contributors = contributors
            .filter_map(contributor_login)
            .map(|login| (login, Role::Contributor));
        let people = maintainers
            .chain(owner)
            .chain(contributors)
            .filter(|(name, _)| !name.is_empty() && name.len() <= LONGEST_NAME)
            .map(|(name, role)| (name.to_owned(), role))
            .collect();
        let author = document.author.trim();
        Self {
            name: document.full_name().into_owned(),
            author: if author.len() <= LONGEST_NAME {
                author.to_lowercase()
            } else {
                String::new()
            },
            people,
            repository,
        }
    }
}

/// The repository on GitHub of a release: where GitHub says that it is, or else where its metadata
/// do.
#[must_use]
pub fn repository_of(document: &Document) -> Option<RepositorySlug> {
    let known = document.facts.get("github_url").and_then(Value::as_str);
    if let Some(Address::Repository {
        repository: Repository::GitHub(slug),
        ..
    }) = known.map(read_address)
    {
        return Some(slug);
    }
    own_repository([document]).github().cloned()
}

impl Catalog {
    /// Reads who stands behind all packages.
    ///
    /// # Errors
    ///
    /// [`SearchError::NotFound`] if there is no collection; otherwise the server's error.
    pub async fn fetch_people(&self) -> Result<PeopleIndex, SearchError> {
        let mut index = PeopleIndex::default();
        let mut packages: Vec<Stated> = Vec::new();
        let mut page = 1_u32;
        loop {
            let answer = self
                .client
                .search(
                    &self.collection,
                    &[
                        ("q", "*".to_owned()),
                        ("filter_by", LATEST.to_owned()),
                        ("sort_by", "name_sortable:asc".to_owned()),
                        ("include_fields", FIELDS.to_owned()),
                        ("per_page", RELEASES_PER_PAGE.to_string()),
                        ("page", page.to_string()),
                    ],
                )
                .await?;
            let (documents, found) = super::package::read_documents(answer, "list all packages")?;
            let is_last = documents.is_empty();
            packages.extend(documents.iter().map(Stated::of));
            let pages = found.div_ceil(u64::from(RELEASES_PER_PAGE));
            if is_last || u64::from(page) >= pages || packages.len() >= MOST_PACKAGES {
                break;
            }
            page += 1;
        }
        // The server's order is not that of bytes, and a package may appear twice.
        packages.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        packages.dedup_by(|one, other| one.name == other.name);
        for stated in packages.into_iter().filter(|one| !one.name.is_empty()) {
            index.add(stated);
        }
        Ok(index)
    }

    /// Fetches what lists say about packages with these names, in the order of the names.
    ///
    /// # Errors
    ///
    /// As [`Self::fetch_people`].
    pub async fn fetch_summaries(
        &self,
        names: &[&str],
    ) -> Result<Vec<PackageSummary>, SearchError> {
        let quoted: Vec<String> = names
            .iter()
            .take(MOST_SUMMARIES)
            .filter_map(|name| filter::quote(PackageName::read(name).as_str()))
            .collect();
        if quoted.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self
            .multi_search(|fields| {
                let mut search = everything(format!("{LATEST} && name:=[{}]", quoted.join(",")));
                with_hits(
                    &mut search,
                    sort_expression(Sort::Name, fields),
                    1,
                    RELEASES_PER_PAGE,
                );
                vec![search]
            })
            .await?;
        let mut found: HashMap<String, PackageSummary> = HashMap::new();
        for answer in answers {
            for hit in super::answer::Answer::read(answer)?.hits {
                let summary = hit.into_summary()?;
                found.insert(summary.full_name().into_owned(), summary);
            }
        }
        // A filter by name compares words: it finds others too.
        Ok(names
            .iter()
            .filter_map(|name| found.remove(*name))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, PeopleIndex, Role, Stated};

    fn document(name: &str, facts: &serde_json::Value) -> Document {
        let mut document = Document {
            name: name.to_owned(),
            author: "Ada Example".to_owned(),
            maintainers: vec!["Ada".to_owned()],
            ..Document::default()
        };
        document.facts = facts.as_object().cloned().unwrap_or_default();
        document
    }

    #[test]
    fn everybody_is_found_by_any_spelling_and_in_every_part() {
        let mut index = PeopleIndex::default();
        let facts = json!({"github_url": "https://github.com/ADA/one",
            "contributors": [{"username": "ada"}, {"login": "ben"}, {"name": ""}, 7]});
        index.add(Stated::of(&document("a.one", &facts)));
        let facts = json!({"github_url": "https://github.com/ada/One"});
        index.add(Stated::of(&document("b.two", &facts)));
        assert_eq!(index.spelling("ADA"), Some("ada"));
        assert_eq!(index.spelling("nobody"), None);
        let parts = index.parts_of("ada", Some("ADA example"));
        assert_eq!(parts.len(), 2);
        assert_eq!(
            parts[0].roles,
            [
                Role::Maintainer,
                Role::Owner,
                Role::Author,
                Role::Contributor
            ]
        );
        assert_eq!(
            parts[1].roles,
            [Role::Maintainer, Role::Owner, Role::Author]
        );
        assert_eq!(index.parts_of("ben", None)[0].roles, [Role::Contributor]);
        let Some(slug) = index.repository_of("b.two") else {
            panic!("no repository");
        };
        let packages = index.packages_of(slug).map(|(_, packages)| packages);
        assert_eq!(packages, Some(vec!["a.one", "b.two"]));
        assert!(index.repository_of("c").is_none());
    }
}
