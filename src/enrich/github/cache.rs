//! What is known of repositories, in the disk cache: by slug, with the time it was learned.
//!
//! Shared by all profiles. "Gone" and "refused" are answers too, and are cached like others.

use pyfa_http::{Bucket, DiskCache};
use serde::{Deserialize, Serialize};

use crate::enrich::source::AnswerCache;
use crate::forge::github::{Contributor, EntityTag, Repository};
use crate::model::RepositorySlug;

/// [`CachedRepository`] by slug.
const REPOSITORIES: Bucket = Bucket::new("github-repositories", 1);
/// [`CachedContributors`] by slug.
const CONTRIBUTORS: Bucket = Bucket::new("github-contributors", 1);

/// What was learned about a slug, and when: Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CachedRepository {
    pub(super) learned: i64,
    #[serde(rename = "what")]
    pub(super) state: RepositoryState,
}

/// What a slug stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RepositoryState {
    /// A repository; under another slug if it has moved.
    #[serde(rename = "there")]
    Found(Box<Repository>),
    Gone,
    Refused(String),
}

/// Who contributes to a repository, and when that was learned: Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CachedContributors {
    pub(super) learned: i64,
    /// Empty if there are none, or if GitHub does not list them.
    pub(super) people: Vec<Contributor>,
    /// Whether GitHub answered with a list, so that an empty one means nobody.
    #[serde(default)]
    pub(super) is_listed: bool,
    pub(super) etag: Option<EntityTag>,
}

impl CachedRepository {
    /// The repository's present slug; `None` where there is no repository.
    pub(super) fn present_slug(&self) -> Option<&RepositorySlug> {
        match &self.state {
            RepositoryState::Found(repository) => Some(&repository.slug),
            RepositoryState::Gone | RepositoryState::Refused(_) => None,
        }
    }
}

/// The cache, for one server of GitHub.
#[derive(Debug, Clone)]
pub(super) struct RepositoryCache {
    repositories: AnswerCache,
    contributors: AnswerCache,
}

impl RepositoryCache {
    /// `source` is the address of the API.
    pub(super) fn new(cache: &DiskCache, source: &str) -> Self {
        Self {
            repositories: AnswerCache::new(cache.clone(), REPOSITORIES, source),
            contributors: AnswerCache::new(cache.clone(), CONTRIBUTORS, source),
        }
    }

    pub(super) async fn read_repository(&self, slug: &RepositorySlug) -> Option<CachedRepository> {
        let mut cached: CachedRepository = self.repositories.read(&slug.key()).await?;
        if let RepositoryState::Found(repository) = cached.state {
            cached.state = RepositoryState::Found(Box::new(repository.sanitized()));
        }
        Some(cached)
    }

    pub(super) async fn write_repository(&self, slug: &RepositorySlug, answer: &CachedRepository) {
        self.repositories.write(&slug.key(), answer).await;
    }

    pub(super) async fn read_contributors(
        &self,
        slug: &RepositorySlug,
    ) -> Option<CachedContributors> {
        let mut cached: CachedContributors = self.contributors.read(&slug.key()).await?;
        let people = cached.people.into_iter();
        cached.people = people.map(Contributor::sanitized).collect();
        Some(cached)
    }

    pub(super) async fn write_contributors(
        &self,
        slug: &RepositorySlug,
        answer: &CachedContributors,
    ) {
        self.contributors.write(&slug.key(), answer).await;
    }

    /// Brings everything to the disk.
    pub(super) async fn flush(&self) {
        self.repositories.flush().await;
    }
}
