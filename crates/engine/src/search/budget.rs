//! The bytes that one answer may have: its documents, marked texts and counted values share them.
//!
//! What is charged is about what they take in memory until they are sent. The searches of one
//! request share a [`Budget`]; whoever is the first to find it used up is refused. All answers
//! together share a [`Room`], from which each budget takes what it is asked for.

use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use crate::problem::{Answer, Problem};
use crate::room::{Held, Room};

/// What is left of an answer's bytes.
#[derive(Debug)]
pub struct Budget {
    most: usize,
    room: Room,
    held: Mutex<Held>,
    /// Set once other answers had taken all the room.
    refused: OnceLock<Problem>,
}

impl Budget {
    /// At most so many bytes, of those that all answers share.
    #[must_use]
    pub fn of(most: usize, room: &Room) -> Self {
        Self {
            most,
            room: room.clone(),
            held: Mutex::default(),
            refused: OnceLock::new(),
        }
    }

    /// Takes so many of them. Blocks for a moment where other answers have taken all, but only once:
    /// a request of many searches must not wait a moment for each of them.
    pub fn take(&self, bytes: usize) -> Answer<()> {
        self.check()?;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.bytes().saturating_add(bytes) > self.most {
            return Err(Problem::unprocessable(format!(
                "This answer would be larger than {} bytes. Fetch less with `per_page`, \
                 `group_limit`, `max_facet_values`, or fewer fields.",
                self.most
            )));
        }
        drop(held);
        let more = self.room.take_blocking(bytes).inspect_err(|problem| {
            // Another search of the request may have said so already.
            let _ = self.refused.set(problem.clone());
        })?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.add(more);
        Ok(())
    }

    /// Fails if other answers have taken all, so that this one cannot be finished.
    pub fn check(&self) -> Answer<()> {
        match self.refused.get() {
            Some(problem) => Err(problem.clone()),
            None => Ok(()),
        }
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
