//! What one search may use: time, memory, and what earlier ones have read.

use std::time::Duration;

use crate::execute::ValueCache;
use crate::memory::AnswerBudget;
use crate::store::DocumentCache;

/// What a search may use, and shares with others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SearchResources<'a> {
    /// The time that is left for it.
    pub(crate) time_left: Duration,
    /// The bytes that its answer may have.
    pub(crate) budget: &'a AnswerBudget,
    /// What was remembered of facet values.
    pub(crate) values: &'a ValueCache,
    /// Documents that were read before.
    pub(crate) documents: &'a DocumentCache,
}
