//! Whole exports: an export counts only once it holds as many documents as the server says there
//! are.
//!
//! An answer may end cleanly and still be short: a node lags, a proxy cuts between two lines. So the
//! documents that came are compared with what every node counts: `num_documents` before and after
//! for a whole collection, the number that a search finds for a filter. Where too few came, another
//! export follows, from another node if there is one, and adds what was missing; each document is
//! handed on once. Writes may explain a difference: then the last attempt counts if it lies between
//! the two counts. Everything else is [`SearchError::Short`].
//!
//! Never hands on an end that it has not checked. Called by `export`, and by `documents` for its
//! counts.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::SearchError;
use super::aliases::leads_to;
use super::call::Call;
use super::collections::path;
use super::lines::Lines;
use super::nodes::Nodes;

/// How often an export that came short is repeated.
const REPEATS: u8 = 3;
/// Before the first repetition; doubled with each. Together longer than a node of a cluster needs to
/// show what another one has acknowledged.
const PAUSE: Duration = Duration::from_millis(250);

/// What an export has to hold.
pub(super) enum Extent {
    /// Every document of the collection.
    Collection,
    /// Those that match a filter.
    Filter(String),
}

/// An export that does not end before it is whole.
pub(super) struct WholeExport {
    nodes: Arc<Nodes>,
    call: Call,
    collection: String,
    extent: Extent,
    /// The exports so far.
    attempt: u8,
    /// `None` between two exports.
    lines: Option<Lines>,
    /// Makes digests of ids that no stranger can foresee.
    digests: RandomState,
    /// The ids that were handed on, by digest, each with the last attempt that held it.
    seen: HashMap<u64, u8>,
    /// Documents of this attempt, each counted once.
    read: u64,
    /// How many there were before this attempt, where that is known.
    before: Option<u64>,
}

impl WholeExport {
    pub(super) fn new(nodes: Arc<Nodes>, call: Call, collection: &str, extent: Extent) -> Self {
        Self {
            nodes,
            call,
            collection: collection.to_owned(),
            extent,
            attempt: 0,
            lines: None,
            digests: RandomState::new(),
            seen: HashMap::new(),
            read: 0,
            before: None,
        }
    }

    /// The next document that was not handed on yet; `None` once all were.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, SearchError> {
        loop {
            let lines = match &mut self.lines {
                Some(lines) => lines,
                None => self.begin().await?,
            };
            match lines.next().await? {
                Some((digest, line)) => {
                    let before = self.seen.insert(digest, self.attempt);
                    self.read += u64::from(before != Some(self.attempt));
                    if before.is_none() {
                        return Ok(Some(line));
                    }
                }
                None if self.ends().await? => return Ok(None),
                None => {}
            }
        }
    }

    /// Begins an export, and counts beforehand what it has to hold.
    async fn begin(&mut self) -> Result<&mut Lines, SearchError> {
        if self.attempt == 0
            && let Extent::Collection = self.extent
        {
            self.before = Some(said(&self.nodes, &self.collection).await?);
        }
        self.attempt += 1;
        self.read = 0;
        let lines = Lines::open(&self.nodes, &self.call, self.digests.clone()).await?;
        Ok(self.lines.insert(lines))
    }

    /// Whether everything was handed on; otherwise another export has to follow.
    async fn ends(&mut self) -> Result<bool, SearchError> {
        let after = match &self.extent {
            Extent::Collection => count(&self.nodes, &self.collection).await?,
            Extent::Filter(filter) => matching(&self.nodes, &self.collection, filter).await?,
        };
        let before = self.before.replace(after);
        let (least, most) = match before {
            Some(before) => (before.min(after), before.max(after)),
            None => (after, after),
        };
        if self.read >= most {
            return Ok(true);
        }
        let node = self.lines.take().map(Lines::node).unwrap_or_default();
        let (read, doing) = (self.read, &self.call.doing);
        if self.attempt > REPEATS {
            // As many as there were before or after: it was written to all the while.
            if self.read >= least && least < most {
                return Ok(true);
            }
            return Err(SearchError::Short {
                doing: doing.clone(),
                node,
                read,
                expected: most,
                attempts: self.attempt,
            });
        }
        tracing::warn!("{doing}: {node} gave {read} of {most} documents; asking again");
        self.nodes.pass_over(&node);
        tokio::time::sleep(PAUSE * 2_u32.pow(u32::from(self.attempt) - 1)).await;
        Ok(false)
    }
}

/// The same as [`said`], but "none" is held against a search, where the key may search.
async fn count(nodes: &Nodes, collection: &str) -> Result<u64, SearchError> {
    let said = said(nodes, collection).await?;
    if said > 0 {
        return Ok(said);
    }
    match matching(nodes, collection, "").await {
        Err(error) if error.is_unauthorized() => Ok(said),
        found => found,
    }
}

/// How many documents a collection says that it holds: what the node says that has most.
pub(super) async fn said(nodes: &Nodes, collection: &str) -> Result<u64, SearchError> {
    #[derive(Deserialize)]
    struct Counted {
        name: Option<String>,
        num_documents: u64,
    }
    let doing = format!("count the documents of `{collection}`");
    let call = Call::new(Method::GET, path(collection, &doing)?, doing);
    let mut most = 0;
    for counted in nodes.read_all::<Counted>(&call).await? {
        if let Some(name) = &counted.name
            && !leads_to(nodes, collection, name).await?
        {
            return Err(SearchError::Broken {
                doing: call.doing,
                why: format!("the server answers about `{name}`"),
            });
        }
        most = most.max(counted.num_documents);
    }
    Ok(most)
}

/// How many documents match a filter (or are there, without one), likewise.
pub(super) async fn matching(
    nodes: &Nodes,
    collection: &str,
    filter: &str,
) -> Result<u64, SearchError> {
    let doing = format!("count documents of `{collection}`");
    // What an owner pins or hides does not count; servers call it by either name.
    let mut search = json!({
        "collection": collection, "q": "*", "per_page": 0,
        "enable_overrides": false, "enable_curations": false,
    });
    if !filter.is_empty() {
        search["filter_by"] = filter.into();
    }
    let call = Call::new(Method::POST, "/multi_search".to_owned(), doing)
        .json(&json!({ "searches": [search] }))?
        .slow()
        .repeatable();
    let mut most = 0;
    for answer in nodes.read_all::<Value>(&call).await? {
        let result = super::documents::only_result(answer, &call.doing)?;
        let is_cut_off = result.get("search_cutoff") == Some(&Value::Bool(true));
        let found = result.get("found").and_then(Value::as_u64);
        let found = found.filter(|_| !is_cut_off);
        most = most.max(found.ok_or_else(|| SearchError::Broken {
            doing: call.doing.clone(),
            why: "the server does not say how many match".to_owned(),
        })?);
    }
    Ok(most)
}
