//! The change feed of the fake registry, and how it lies.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::ReceivedRequest;

/// How the feed answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FakeChanges {
    /// The newest changes, so many, that it does not show yet.
    pub lag: usize,
    /// Packages that it never names.
    pub hidden: BTreeSet<String>,
    /// Whether the newest of a page stand first.
    pub reversed: bool,
    /// Changes on a page at most; 0 for as many as are asked for.
    pub page: usize,
}

/// Every change of the registry.
#[derive(Debug, Default)]
pub(super) struct Changes(Vec<Change>);

#[derive(Debug)]
struct Change {
    name: String,
    revision: Value,
    is_deletion: bool,
}

impl Changes {
    pub(super) fn add(&mut self, name: &str, revision: &Value, is_deletion: bool) {
        self.0.push(Change {
            name: name.to_owned(),
            revision: revision.clone(),
            is_deletion,
        });
    }

    /// What the address of the feed itself answers.
    pub(super) fn root(&self) -> Value {
        json!({"db_name": "registry", "update_seq": self.0.len()})
    }

    /// A page, or `None` after a position that the feed does not know.
    pub(super) fn answer(&self, as_set: &FakeChanges, request: &ReceivedRequest) -> Option<Value> {
        let number = |key| -> Option<usize> { request.parameter(key)?.parse().ok() };
        let (since, limit) = (number("since")?, number("limit")?);
        let limit = if as_set.page == 0 {
            limit
        } else {
            limit.min(as_set.page)
        };
        let end = self.0.len().saturating_sub(as_set.lag);
        let last = (since + limit).min(end).max(since);
        let shown = self.0.iter().enumerate().take(last).skip(since);
        let shown = shown.filter(|(_, change)| !as_set.hidden.contains(&change.name));
        let mut results: Vec<Value> = shown
            .map(|(place, change)| {
                let mut row = json!({
                    "seq": place + 1, "id": change.name, "changes": [{"rev": change.revision}],
                });
                if change.is_deletion {
                    row["deleted"] = true.into();
                }
                row
            })
            .collect();
        if as_set.reversed {
            results.reverse();
        }
        Some(json!({"results": results, "last_seq": last}))
    }
}
