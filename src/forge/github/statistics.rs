//! Statistics of a client, for the report of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::quota::Quotas;

/// Counts since the client was created, over all of its clones.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CallStatistics {
    /// Requests sent, including retries, by kind: `graphql`, `repository`, `pulls`, `contributors`.
    pub calls: BTreeMap<&'static str, u64>,
    /// Points that the GraphQL queries cost.
    pub points: u64,
    /// The number of GraphQL queries by the number of repositories in them.
    pub batches: BTreeMap<usize, u64>,
    /// "Not modified" responses.
    pub not_modified: u64,
    /// Pauses that GitHub asked for.
    pub pauses: u64,
    /// Time spent in these pauses and in the delay between requests.
    pub waited: Duration,
    /// The quotas, as last reported.
    pub quotas: Quotas,
}
