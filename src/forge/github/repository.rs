//! GitHub's data about a repository, as plain types.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{RepositorySlug, clean_line, web_address};

/// GitHub's own limit.
const MOST_TOPICS: usize = 20;
/// Characters of a topic, a language, a licence, a login. GitHub allows 50 or fewer.
const LONGEST_NAME: usize = 100;
/// Characters of a tag. Git has no limit; file systems have one of 255 bytes.
const LONGEST_TAG: usize = 255;

/// A repository. Times are in Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its current name.
    pub slug: RepositorySlug,
    /// Its page, an `http` or `https` address.
    pub url: String,
    /// How many users starred it.
    pub stars: u64,
    /// How many users watch it.
    pub watchers: u64,
    /// How many forks it has.
    pub forks: u64,
    /// Open issues without pull requests; `None` if unknown.
    pub open_issues: Option<u64>,
    /// Closed issues without pull requests; `None` if unknown.
    pub closed_issues: Option<u64>,
    /// Open pull requests; `None` if unknown.
    pub open_pull_requests: Option<u64>,
    /// When anything about it last changed.
    pub updated: i64,
    /// The last push; `None` if there was none.
    pub pushed: Option<i64>,
    /// Whether it is archived, and so read-only.
    pub archived: bool,
    /// SPDX identifier; `None` if it has no licence that GitHub recognises.
    pub license: Option<String>,
    /// Topics, twenty at most.
    pub topics: Vec<String>,
    /// The main language.
    pub language: Option<String>,
    /// Tag of the latest release; `None` if there is none.
    pub release: Option<String>,
    /// When the latest release was published.
    pub released: Option<i64>,
    /// The fields that the answer left out: their empty values mean nothing.
    #[serde(default = "OptionalField::left_out_by_rest")]
    pub unanswered: BTreeSet<OptionalField>,
    /// For the next query, if the response had one.
    pub etag: Option<EntityTag>,
}

impl Repository {
    /// Limits all texts to GitHub's own bounds: other servers may exceed them, and so may entries
    /// that older versions have cached.
    #[must_use]
    pub fn sanitized(mut self) -> Self {
        let clean = |text: &Option<String>, longest| {
            let line = clean_line(text.as_deref()?, longest);
            (!line.is_empty()).then_some(line)
        };
        self.url = web_address(&self.url).unwrap_or_default();
        self.license = clean(&self.license, LONGEST_NAME);
        self.language = clean(&self.language, LONGEST_NAME);
        self.release = clean(&self.release, LONGEST_TAG);
        self.topics.truncate(MOST_TOPICS);
        for topic in &mut self.topics {
            *topic = clean_line(topic, LONGEST_NAME);
        }
        self.topics.retain(|topic| !topic.is_empty());
        self
    }
}

/// A field that an answer may leave out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionalField {
    License,
    Language,
    Pushed,
    Release,
    Topics,
    Watchers,
}

impl OptionalField {
    /// The fields that the REST API leaves out of a repository.
    pub(super) fn left_out_by_rest() -> BTreeSet<Self> {
        BTreeSet::from([Self::Release])
    }
}

/// An `ETag` and the token that it was issued for; with another token it is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityTag {
    pub tag: String,
    /// A short digest of the token, from which the token cannot be recovered.
    pub token: String,
}

/// A query for one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryQuery {
    /// Its name.
    pub slug: RepositorySlug,
    /// Of the last answer, if there was one.
    pub etag: Option<EntityTag>,
}

impl From<RepositorySlug> for RepositoryQuery {
    fn from(slug: RepositorySlug) -> Self {
        Self { slug, etag: None }
    }
}

/// The answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It exists under the requested name.
    Found(Box<Repository>),
    /// It exists under another name.
    Moved(Box<Repository>),
    /// The last answer still holds.
    Unchanged,
    /// There is no repository of this name, or none that the token may see.
    Gone,
    /// It exists, but access is refused: blocked, taken down, or out of the token's scope.
    Refused {
        /// GitHub's message.
        why: String,
    },
    /// No usable answer; says nothing about the repository.
    Broken {
        /// What was wrong with the answer.
        why: String,
    },
}

impl Lookup {
    /// [`Self::Found`] or [`Self::Moved`], depending on the name.
    pub(super) fn of(asked: &RepositorySlug, repository: Repository) -> Self {
        if *asked == repository.slug {
            Self::Found(Box::new(repository))
        } else {
            Self::Moved(Box::new(repository))
        }
    }
}

/// A user who has committed to a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributor {
    /// Login.
    pub username: String,
    /// An `http` or `https` address, or empty.
    pub avatar_url: String,
    /// Number of commits.
    pub contributions: u64,
}

impl Contributor {
    /// The same within the bounds that GitHub itself has.
    #[must_use]
    pub fn sanitized(self) -> Self {
        Self {
            username: clean_line(&self.username, LONGEST_NAME),
            avatar_url: web_address(&self.avatar_url).unwrap_or_default(),
            ..self
        }
    }
}

/// The answer to a query for contributors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contributors {
    /// Most commits first, five at most; empty for an empty repository.
    Listed {
        /// Without contributors who have no account.
        people: Vec<Contributor>,
        /// For the next query.
        etag: Option<EntityTag>,
    },
    /// The last answer still holds.
    Unchanged,
    /// More than GitHub lists.
    TooMany,
    /// There is no such repository.
    Gone,
    /// Like [`Lookup::Refused`].
    Refused {
        /// GitHub's message.
        why: String,
    },
    /// Like [`Lookup::Broken`].
    Broken {
        /// What was wrong with the answer.
        why: String,
    },
}
