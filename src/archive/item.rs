//! What is archived: one thing that a person did, as GitHub tells it. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemKind {
    Commit,
    Issue,
    PullRequest,
    Review,
    Comment,
}

impl ItemKind {
    pub const ALL: [Self; 5] = [
        Self::Commit,
        Self::Issue,
        Self::PullRequest,
        Self::Review,
        Self::Comment,
    ];

    /// Several of them, for people.
    #[must_use]
    pub fn plural(self) -> &'static str {
        match self {
            Self::Commit => "commits",
            Self::Issue => "issues",
            Self::PullRequest => "pull requests",
            Self::Review => "reviews",
            Self::Comment => "comments",
        }
    }
}

/// How many there are of each kind.
pub type Counts = BTreeMap<ItemKind, u64>;

/// A line of a week's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// When it was done; of a commit, when it was committed.
    pub at: Timestamp,
    pub kind: ItemKind,
    /// GitHub's id; of a commit, its hash.
    pub id: String,
    /// As `owner/name`.
    pub repository: String,
    /// GitHub's answer.
    pub data: Value,
}

impl Item {
    /// Reads an entry of an answer; `None` if it lacks what every such entry has.
    #[must_use]
    pub fn read(kind: ItemKind, mut entry: Value) -> Option<Self> {
        if let Some(fields) = entry.as_object_mut() {
            // They tell of the search.
            fields.remove("score");
            fields.remove("text_matches");
        }
        match kind {
            ItemKind::Commit => read_commit(entry),
            ItemKind::Issue | ItemKind::PullRequest => read_issue(kind, entry),
            ItemKind::Review => read_review(entry),
            ItemKind::Comment => read_node(kind, entry, "/createdAt"),
        }
    }

    /// Whether it is known to be in a private repository.
    #[must_use]
    pub fn is_private(&self) -> bool {
        is_private(&self.data)
    }

    /// Its place within a week.
    #[must_use]
    pub fn place(&self) -> (Timestamp, ItemKind, &str) {
        (self.at, self.kind, &self.id)
    }
}

/// Whether an entry is known to be in a private repository.
pub(super) fn is_private(entry: &Value) -> bool {
    entry.pointer("/repository/isPrivate") == Some(&Value::Bool(true))
}

fn text(value: &Value, path: &str) -> Option<String> {
    Some(value.pointer(path)?.as_str()?.to_owned())
}

fn time(value: &Value, path: &str) -> Option<Timestamp> {
    value.pointer(path)?.as_str()?.parse().ok()
}

fn read_commit(mut entry: Value) -> Option<Item> {
    let repository = text(&entry, "/repository/full_name")?;
    // A whole document about the repository, which changes with every star.
    entry.as_object_mut()?.remove("repository");
    Some(Item {
        at: time(&entry, "/commit/committer/date")?,
        kind: ItemKind::Commit,
        id: text(&entry, "/sha")?,
        repository,
        data: entry,
    })
}

fn read_issue(kind: ItemKind, entry: Value) -> Option<Item> {
    let address = text(&entry, "/repository_url")?;
    let mut parts = address.rsplit('/');
    let (name, owner) = (parts.next()?, parts.next()?);
    Some(Item {
        at: time(&entry, "/created_at")?,
        kind,
        id: text(&entry, "/node_id")?,
        repository: format!("{owner}/{name}"),
        data: entry,
    })
}

fn read_review(mut entry: Value) -> Option<Item> {
    let at = time(&entry, "/occurredAt")?;
    let review = entry.get_mut("pullRequestReview")?.take();
    let item = read_node(ItemKind::Review, review, "/submittedAt")?;
    // What it counts as is what it was searched for by.
    Some(Item { at, ..item })
}

fn read_node(kind: ItemKind, entry: Value, time_path: &str) -> Option<Item> {
    Some(Item {
        at: time(&entry, time_path)?,
        kind,
        id: text(&entry, "/id")?,
        repository: text(&entry, "/repository/nameWithOwner")?,
        data: entry,
    })
}

/// How many items there are of each kind.
#[must_use]
pub(super) fn count(items: &[Item]) -> Counts {
    let mut counts = Counts::new();
    for item in items {
        *counts.entry(item.kind).or_default() += 1;
    }
    counts
}
