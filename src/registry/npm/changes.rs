//! The change feed: the names of all packages of the registry that have changed since a position.
//!
//! A shortcut to news, and no more. Packages that it names are asked first, and those that the rules
//! select by name are found before the search has them. It may lag, leave out, repeat and mix up its
//! order: nothing is left out because the feed does not name it, and whatever it answers, a run goes on
//! without it. Only names are read of it. Its host is another one, which gets no token.
//!
//! The position up to which it was read is kept in the disk cache. Without one, the feed is followed
//! from now on.

use std::collections::{BTreeSet, HashSet};

use pyfa_http::{Bucket, DiskCache, HeaderMap, HeaderValue, HttpClient, HttpRequest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::model::{ProjectName, RegistryKind};
use crate::registry::error::RegistryError;
use crate::registry::index::Sought;
use crate::registry::settings::RegistrySettings;

/// Where the feed was read to, by its address and the rules of the run.
const POSITIONS: Bucket = Bucket::new("npm-feed-positions", 1);
/// Changes on a page; the service gives no more.
const PAGE: usize = 10_000;
/// Pages of one run. One that has fallen behind by more goes on from there the next time.
const MOST_PAGES: usize = 20;
const BODY_LIMIT: u64 = 16 << 20;

/// A client of the feed.
#[derive(Clone)]
pub(super) struct ChangeFeed {
    http: HttpClient,
    cache: DiskCache,
    url: Url,
}

/// What the feed has named.
#[derive(Default)]
pub(super) struct News {
    /// Packages that are known, or that the rules select by name.
    pub(super) names: BTreeSet<ProjectName>,
    /// Why it could not be read.
    pub(super) note: Option<String>,
}

#[derive(Deserialize)]
struct Root {
    update_seq: Position,
}

#[derive(Deserialize)]
struct Page {
    results: Vec<Value>,
    last_seq: Position,
}

/// Nothing is known of it but that it is a number or a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Position {
    Number(u64),
    Text(String),
}

impl ChangeFeed {
    /// A client of the feed that the settings name, if they name one.
    pub(super) fn new(
        settings: &RegistrySettings,
        user_agent: &str,
        cache: &DiskCache,
    ) -> Result<Option<Self>, RegistryError> {
        let Some(url) = &settings.changes_url else {
            return Ok(None);
        };
        // The service wants to hear that its clients know its limits.
        let mut headers = HeaderMap::new();
        headers.insert("npm-replication-opt-in", HeaderValue::from_static("true"));
        Ok(Some(Self {
            http: settings.http_client(user_agent, headers)?,
            cache: cache.clone(),
            url: url.clone(),
        }))
    }

    pub(super) fn statistics(&self) -> pyfa_http::HttpStatistics {
        self.http.statistics()
    }

    /// What has changed since the last run with these rules. A run that is killed has lost no more than
    /// the shortcut.
    pub(super) async fn read(&self, sought: &Sought) -> News {
        let key = format!("{}\n{}", self.url, sought.rules.canonical());
        match self.follow(&key, sought).await {
            Ok(names) => News { names, note: None },
            Err(error) => {
                // A position that the feed no longer knows leads nowhere.
                if matches!(error, RegistryError::Refused { .. }) {
                    self.cache.remove(POSITIONS, &key).await;
                }
                News {
                    names: BTreeSet::new(),
                    note: Some(format!("{error}; the run goes on without it")),
                }
            }
        }
    }

    async fn follow(
        &self,
        key: &str,
        sought: &Sought,
    ) -> Result<BTreeSet<ProjectName>, RegistryError> {
        let mut names = BTreeSet::new();
        let Some(mut position) = self.read_position(key).await else {
            let root: Root = self.get(self.url.clone()).await?;
            self.keep_position(key, &root.update_seq).await;
            return Ok(names);
        };
        let known: HashSet<&ProjectName> = sought.known.iter().collect();
        for _ in 0..MOST_PAGES {
            let page: Page = self.get(self.url_after(&position)).await?;
            let is_last = page.results.len() < PAGE || page.last_seq == position;
            let changed = page.results.iter().filter_map(|change| {
                let name = change.get("id")?.as_str()?;
                RegistryKind::Npm.read_project_name(name)
            });
            names.extend(
                changed.filter(|name| known.contains(name) || sought.rules.selects_by_name(name)),
            );
            position = page.last_seq;
            if is_last {
                break;
            }
        }
        self.keep_position(key, &position).await;
        Ok(names)
    }

    fn url_after(&self, position: &Position) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push("_changes");
        }
        url.query_pairs_mut()
            .append_pair("since", &position.to_string())
            .append_pair("limit", &PAGE.to_string());
        url
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> Result<T, RegistryError> {
        let what = "the change feed";
        let request = HttpRequest::new(url, "changes").body_limit(BODY_LIMIT);
        let answer = self.http.get(request).await;
        let answer = answer.map_err(|error| RegistryError::from_http(what, error).of_service())?;
        serde_json::from_slice(&answer.body).map_err(|error| RegistryError::unreadable(what, error))
    }

    async fn read_position(&self, key: &str) -> Option<Position> {
        let kept = self.cache.get(POSITIONS, key).await?;
        serde_json::from_slice(&kept).ok()
    }

    async fn keep_position(&self, key: &str, position: &Position) {
        if let Ok(kept) = serde_json::to_vec(position) {
            self.cache.put(POSITIONS, key, kept.into()).await;
        }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => text.fmt(formatter),
        }
    }
}
