//! What is known of repositories: kept in the disk cache by slug, with the time it was learned,
//! and turned into the fields of documents.
//!
//! Shared by all profiles. "Gone" and "refused" are facts too. An entry that cannot be read counts
//! as missing, and the next answer replaces it.

use pyfa_http::{Bucket, DiskCache};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::forge::github::{Contributor, EntityTag, Repository, Unanswered};
use crate::model::RepositorySlug;

/// [`Known`] by address of the API and slug.
const REPOSITORIES: Bucket = Bucket::new("github-repositories", 1);
/// [`KnownPeople`], likewise.
const CONTRIBUTORS: Bucket = Bucket::new("github-contributors", 1);

/// What was learned about a slug, and when: Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) learned: i64,
    pub(super) what: What,
}

/// What a slug stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum What {
    /// A repository; under another slug where it has moved.
    There(Box<Repository>),
    Gone,
    Refused(String),
}

/// Who contributes to a repository, and when that was learned: Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KnownPeople {
    pub(super) learned: i64,
    /// Empty where nobody is listed, for whatever reason.
    pub(super) people: Vec<Contributor>,
    /// Whether GitHub answered with a list, so that an empty one means nobody.
    #[serde(default)]
    pub(super) is_listed: bool,
    pub(super) etag: Option<EntityTag>,
}

/// The facts in the disk cache.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    cache: DiskCache,
    /// Address of the API that they come from.
    forge: String,
}

impl Facts {
    pub(super) fn new(cache: DiskCache, forge: String) -> Self {
        Self { cache, forge }
    }

    pub(super) async fn known(&self, slug: &RepositorySlug) -> Option<Known> {
        let mut known: Known = self.get(REPOSITORIES, slug).await?;
        if let What::There(repository) = known.what {
            known.what = What::There(Box::new(repository.tidied()));
        }
        Some(known)
    }

    pub(super) async fn learn(&self, slug: &RepositorySlug, known: &Known) {
        self.put(REPOSITORIES, slug, known).await;
    }

    pub(super) async fn people(&self, slug: &RepositorySlug) -> Option<KnownPeople> {
        let mut known: KnownPeople = self.get(CONTRIBUTORS, slug).await?;
        known.people = known.people.into_iter().map(Contributor::tidied).collect();
        Some(known)
    }

    pub(super) async fn learn_people(&self, slug: &RepositorySlug, people: &KnownPeople) {
        self.put(CONTRIBUTORS, slug, people).await;
    }

    /// Brings everything to the disk.
    pub(super) async fn flush(&self) {
        self.cache.flush().await;
    }

    async fn get<T: DeserializeOwned>(&self, bucket: Bucket, slug: &RepositorySlug) -> Option<T> {
        let bytes = self.cache.get(bucket, &self.key(slug)).await?;
        serde_json::from_slice(&bytes).ok()
    }

    async fn put(&self, bucket: Bucket, slug: &RepositorySlug, value: &impl Serialize) {
        if let Ok(bytes) = serde_json::to_vec(value) {
            self.cache.put(bucket, &self.key(slug), bytes.into()).await;
        }
    }

    fn key(&self, slug: &RepositorySlug) -> String {
        format!("{}\n{}", self.forge, slug.key())
    }
}

/// The fields of every document of a package. Null removes a value that holds no more; what was not
/// told is left out, and stays as it is.
pub(super) fn fields(
    repository: &Repository,
    people: Option<&KnownPeople>,
    learned: i64,
) -> Map<String, Value> {
    let is_told = |what| !repository.unanswered.contains(&what);
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("github_stars", json!(repository.stars));
    set("github_forks", json!(repository.forks));
    set("github_updated", json!(repository.updated as f64));
    set("github_archived", json!(repository.archived));
    set("github_url", json!(repository.url));
    set("github_checked", json!(learned));
    for (what, name, value) in [
        (
            Unanswered::Watchers,
            "github_watchers",
            json!(repository.watchers),
        ),
        (
            Unanswered::Pushed,
            "github_pushed",
            json!(repository.pushed),
        ),
        (
            Unanswered::License,
            "github_license",
            json!(repository.license),
        ),
        (
            Unanswered::Topics,
            "github_topics",
            json!(repository.topics),
        ),
        (
            Unanswered::Language,
            "github_language",
            json!(repository.language),
        ),
        (
            Unanswered::Release,
            "github_release",
            json!(repository.release),
        ),
    ] {
        if is_told(what) {
            set(name, value);
        }
    }
    for (name, count) in [
        ("github_open_issues", repository.open_issues),
        ("github_closed_issues", repository.closed_issues),
        ("github_open_pull_requests", repository.open_pull_requests),
    ] {
        if let Some(count) = count {
            set(name, json!(count));
        }
    }
    match people {
        Some(known) if !known.people.is_empty() => {
            set("contributors", json!(known.people));
        }
        Some(KnownPeople {
            is_listed: true, ..
        }) => {
            set("contributors", Value::Null);
        }
        _ => {}
    }
    fields
}
