//! The bytes that one answer may have: its documents, marked texts and counted values share them.
//!
//! What is charged is about what they take in memory until they are sent. The searches of one
//! request share a [`Budget`]; whoever is the first to find it used up is refused. All answers
//! together share a [`Room`], from which each budget takes what it is asked for.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::problem::{Answer, Problem};
use crate::room::{Held, Room};

/// What is left of an answer's bytes.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    room: Room,
    held: Mutex<Held>,
}

impl Budget {
    /// At most so many bytes, of those that all answers share.
    #[must_use]
    pub fn of(most: usize, room: &Room) -> Self {
        Self {
            most,
            room: room.clone(),
            held: Mutex::default(),
        }
    }

    /// Takes so many of them. Blocks for a moment where other answers have taken all.
    pub fn take(&self, bytes: usize) -> Answer<()> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.bytes().saturating_add(bytes) > self.most {
            return Err(Problem::unprocessable(format!(
                "This answer would be larger than {} bytes. Fetch less with `per_page`, \
                 `group_limit`, `max_facet_values`, or fewer fields.",
                self.most
            )));
        }
        drop(held);
        let more = self.room.take_blocking(bytes)?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.add(more);
        Ok(())
    }

    /// What was taken, to be held until the answer is sent.
    pub fn give(&self) -> Held {
        std::mem::take(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// About what a value takes.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => VALUE + text.len(),
        Value::Array(items) => VALUE + items.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            let node = if members.is_empty() { 0 } else { NODE };
            let members = members.iter();
            let members = members.map(|(name, member)| MEMBER + name.len() + weight(member));
            VALUE + node + members.sum::<usize>()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => VALUE,
    }
}

/// Bytes of a value itself.
const VALUE: usize = size_of::<Value>();
/// Bytes of the first node of an object's tree, which has place for eleven members.
const NODE: usize = 640;
/// Bytes around the name of a member: its place in a tree, and the allocation of the name.
const MEMBER: usize = 64;
