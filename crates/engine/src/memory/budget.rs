//! The bytes that one answer may have: its documents, marked texts and counted values share them.
//!
//! What is charged is about what they take in memory until they are sent. The searches of one
//! request share an [`AnswerBudget`]; the first that finds it used up is refused. All answers
//! together share a [`MemoryPool`], from which each budget takes what it is asked for.

use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::memory_error::MemoryError;
use super::pool::{MemoryPool, Reservation};

/// What is left of an answer's bytes.
#[derive(Debug)]
pub(crate) struct AnswerBudget {
    most: usize,
    pool: MemoryPool,
    held: Mutex<Reservation>,
    /// Set once other answers had taken all memory.
    refused: OnceLock<MemoryError>,
}

impl AnswerBudget {
    /// At most `most` bytes, of those that all answers share.
    #[must_use]
    pub(crate) fn of(most: usize, pool: &MemoryPool) -> Self {
        Self {
            most,
            pool: pool.clone(),
            held: Mutex::default(),
            refused: OnceLock::new(),
        }
    }

    /// Takes bytes. Blocks for a moment where other answers have taken all, but only once:
    /// a request of many searches must not wait a moment for each of them.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), MemoryError> {
        self.check()?;
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.bytes().saturating_add(bytes) > self.most {
            return Err(MemoryError::AnswerTooLarge { most: self.most });
        }
        drop(held);
        let more = self.pool.take_blocking(bytes).inspect_err(|error| {
            // Another search of the request may have said so already.
            let _ = self.refused.set(*error);
        })?;
        self.held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(more);
        Ok(())
    }

    /// Fails if other answers have taken all, so that this one cannot be finished.
    pub(crate) fn check(&self) -> Result<(), MemoryError> {
        match self.refused.get() {
            Some(error) => Err(*error),
            None => Ok(()),
        }
    }

    /// What was taken, to be held until the answer is sent.
    pub(crate) fn release(&self) -> Reservation {
        std::mem::take(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// About what a value takes.
pub(crate) fn json_size(value: &Value) -> usize {
    match value {
        Value::String(text) => VALUE + text.len(),
        Value::Array(items) => VALUE + items.iter().map(json_size).sum::<usize>(),
        Value::Object(members) => {
            let node = if members.is_empty() { 0 } else { NODE };
            let sizes = members
                .iter()
                .map(|(name, member)| MEMBER + name.len() + json_size(member));
            VALUE + node + sizes.sum::<usize>()
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
