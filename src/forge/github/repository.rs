//! What GitHub says of a repository, as plain data.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{RepositorySlug, clean_line, web_address};

/// GitHub's own limit.
const MOST_TOPICS: usize = 20;
/// Characters of a topic, a language, a licence, a login. GitHub allows 50 or fewer.
const LONGEST_NAME: usize = 100;
/// Characters of a tag. Git has no limit; file systems have one of 255 bytes.
const LONGEST_TAG: usize = 255;

/// What is known of a repository. Times are Unix seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repository {
    /// Its present name.
    pub slug: RepositorySlug,
    /// Its page, an `http` or `https` address.
    pub url: String,
    /// People who starred it.
    pub stars: u64,
    /// People who watch it.
    pub watchers: u64,
    /// Forks of it.
    pub forks: u64,
    /// Open issues without pull requests; `None` where that was not told.
    pub open_issues: Option<u64>,
    /// Closed issues without pull requests; `None` where that was not told.
    pub closed_issues: Option<u64>,
    /// Open pull requests; `None` where that was not told.
    pub open_pull_requests: Option<u64>,
    /// The last change of anything about it.
    pub updated: i64,
    /// The last push; `None` where nothing was ever pushed.
    pub pushed: Option<i64>,
    /// Whether it is read-only.
    pub archived: bool,
    /// SPDX identifier; `None` where there is no licence that GitHub knows.
    pub license: Option<String>,
    /// Topics, twenty at most.
    pub topics: Vec<String>,
    /// The main language.
    pub language: Option<String>,
    /// Tag of the latest release; `None` where there is none.
    pub release: Option<String>,
    /// When that was published.
    pub released: Option<i64>,
    /// What the answer says nothing of, so that an empty value does not mean that there is none.
    #[serde(default = "Unanswered::release")]
    pub unanswered: BTreeSet<Unanswered>,
    /// For the next question, where the answer carried one.
    pub etag: Option<EntityTag>,
}

impl Repository {
    /// The same within the bounds that GitHub itself has: whoever answers, and whatever an older
    /// program has kept.
    #[must_use]
    pub fn tidied(mut self) -> Self {
        let tidied = |text: &Option<String>, longest| {
            let text = text.as_deref().map(|text| clean_line(text, longest));
            text.filter(|text| !text.is_empty())
        };
        self.url = web_address(&self.url).unwrap_or_default();
        self.license = tidied(&self.license, LONGEST_NAME);
        self.language = tidied(&self.language, LONGEST_NAME);
        self.release = tidied(&self.release, LONGEST_TAG);
        self.topics.truncate(MOST_TOPICS);
        for topic in &mut self.topics {
            *topic = clean_line(topic, LONGEST_NAME);
        }
        self.topics.retain(|topic| !topic.is_empty());
        self
    }
}

/// A value that an answer may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    License,
    Language,
    Pushed,
    Release,
    Topics,
    Watchers,
}

impl Unanswered {
    /// What the REST API does not tell along with a repository.
    pub(super) fn release() -> BTreeSet<Self> {
        BTreeSet::from([Self::Release])
    }
}

/// An `ETag`, and whose it is: with another token it stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityTag {
    pub(super) tag: String,
    /// A short digest, by which no token can be found.
    pub(super) token: String,
}

/// A question about one repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryQuery {
    /// Which one.
    pub slug: RepositorySlug,
    /// Of the answer that is known already, if any is.
    pub etag: Option<EntityTag>,
}

impl From<RepositorySlug> for RepositoryQuery {
    fn from(slug: RepositorySlug) -> Self {
        Self { slug, etag: None }
    }
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It is there, under the name that was asked for.
    Found(Box<Repository>),
    /// It is there, under another name.
    Moved(Box<Repository>),
    /// What is known already still holds.
    Unchanged,
    /// There is none of this name, or none that may be seen.
    Gone,
    /// It is there, and not for us: blocked, taken down, out of the token's scope.
    Refused {
        /// GitHub's words.
        why: String,
    },
    /// No usable answer; says nothing about the repository.
    Broken {
        /// What came instead.
        why: String,
    },
}

impl Lookup {
    /// Found or moved, whichever the name says.
    pub(super) fn of(asked: &RepositorySlug, repository: Repository) -> Self {
        let repository = Box::new(repository);
        if *asked == repository.slug {
            Self::Found(repository)
        } else {
            Self::Moved(repository)
        }
    }
}

/// Someone who has committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributor {
    /// Login.
    pub username: String,
    /// An `http` or `https` address, or empty.
    pub avatar_url: String,
    /// Commits.
    pub contributions: u64,
}

impl Contributor {
    /// The same within the bounds that GitHub itself has.
    #[must_use]
    pub fn tidied(self) -> Self {
        Self {
            username: clean_line(&self.username, LONGEST_NAME),
            avatar_url: web_address(&self.avatar_url).unwrap_or_default(),
            ..self
        }
    }
}

/// Who contributes to a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contributors {
    /// Most commits first, five at most; empty for an empty repository.
    Listed {
        /// Without those who have no account.
        people: Vec<Contributor>,
        /// For the next question.
        etag: Option<EntityTag>,
    },
    /// What is known already still holds.
    Unchanged,
    /// More than GitHub wants to list.
    TooMany,
    /// There is no such repository.
    Gone,
    /// As at [`Lookup::Refused`].
    Refused {
        /// GitHub's words.
        why: String,
    },
    /// As at [`Lookup::Broken`].
    Broken {
        /// What came instead.
        why: String,
    },
}
