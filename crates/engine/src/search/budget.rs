//! The bytes that one answer may have: its documents, marked texts and counted values share them.
//!
//! What is charged is about what they take in memory until they are sent. The searches of one
//! request share a [`Budget`]; whoever is the first to find it used up is refused.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::problem::{Answer, Problem};

/// What is left of an answer's bytes.
#[derive(Debug)]
pub struct Budget {
    whole: usize,
    left: AtomicUsize,
}

impl Budget {
    /// So many bytes.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        Self {
            whole: bytes,
            left: AtomicUsize::new(bytes),
        }
    }

    /// Takes so many of them.
    pub fn take(&self, bytes: usize) -> Answer<()> {
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            });
        taken.map(drop).map_err(|_| {
            Problem::unprocessable(format!(
                "This answer would be larger than {} bytes. Fetch less with `per_page`, \
                 `group_limit`, `max_facet_values`, or fewer fields.",
                self.whole
            ))
        })
    }
}

/// About what a value takes.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 24,
        Value::Array(items) => 24 + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            let members = members.iter();
            24 + members
                .map(|(name, member)| 24 + name.len() + weight(member))
                .sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 16,
    }
}
