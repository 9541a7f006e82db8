//! What a run did, as plain data: drawn by `cli`, printed as JSON for machines.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::problems::Problem;
use crate::enrich::update::Updated;
use crate::forge::github::CallStatistics;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Address of the search server.
    pub server: String,
    /// Real name of the collection.
    pub collection: String,
    /// Nothing was asked and nothing was written; the counts say what would have been.
    pub dry_run: bool,
    /// Packages by what came of them.
    pub packages: PackageCounts,
    /// Repositories by what came of them.
    pub repositories: LookupCounts,
    /// Lists of contributors by what came of them.
    pub contributors: LookupCounts,
    /// Documents by what came of them.
    pub documents: Updated,
    /// How many problems there are, by reason.
    pub problems: BTreeMap<&'static str, u64>,
    /// All of them, as in the files.
    #[serde(skip)]
    pub problem_list: Vec<Problem>,
    /// Calls, points, batches, pauses.
    pub github: CallStatistics,
    /// Why the run ended before everything was learned or written; `None` where it did not.
    pub ended: Option<Ended>,
    /// Things the user should know.
    pub notes: Vec<String>,
    /// Wall time of the run.
    pub seconds: f64,
}

/// Packages by what came of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PackageCounts {
    /// Within the part that the run looks at.
    pub seen: u64,
    /// Their repository is known.
    pub known: u64,
    /// Their repository has not been asked for yet.
    pub left: u64,
}

/// Questions by what came of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LookupCounts {
    /// Known, and young enough.
    pub fresh: u64,
    /// Unknown or too old, and asked for; in a dry run, what would be asked for.
    pub due: u64,
    /// Answered with news.
    pub learned: u64,
    /// Answered that nothing has changed.
    pub unchanged: u64,
    /// Not there.
    pub gone: u64,
    /// Refused, or more than GitHub lists.
    pub refused: u64,
    /// Asked for without a usable answer; what was known stays.
    pub broken: u64,
}

/// Why a run ended early. Everything learned before is kept, and the next run goes on from there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Ended {
    /// A limit of GitHub, up to this time.
    Wait { until: Timestamp, why: String },
    /// Somebody asked for it.
    Interrupted,
    /// GitHub could not be used.
    GitHub { why: String },
    /// The search server could not be written to.
    Search { why: String },
}

impl Report {
    /// Whether everything that was asked for is done: exit code 0 in place of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended.is_none() && self.documents.rejected == 0 && self.repositories.broken == 0
    }
}
