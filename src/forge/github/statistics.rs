//! What a client has done so far, for the report of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::quota::Quotas;

/// Counts since the client was made, over all of its clones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CallStatistics {
    /// Calls sent, retries included: `graphql`, `repository`, `pulls`, `contributors`.
    pub calls: BTreeMap<&'static str, u64>,
    /// Points that the GraphQL queries cost.
    pub points: u64,
    /// How many GraphQL queries asked for so many repositories: size to count.
    pub batches: BTreeMap<usize, u64>,
    /// Answers "not modified".
    pub not_modified: u64,
    /// Pauses that GitHub asked for.
    pub pauses: u64,
    /// Time spent in them, and in keeping to the pace.
    pub waited: Duration,
    /// The quotas as last told.
    pub quotas: Quotas,
}
