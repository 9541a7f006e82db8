//! How often a package is downloaded, as a service says it, and as fields of a document. Pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::model::ProjectName;

/// When the numbers were counted, in a document.
pub(super) const UPDATED: &str = "download_updated";

/// What a service says of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DownloadCounts {
    /// `None` where the service does not say; an absent number is not 0.
    pub(super) last_day: Option<u64>,
    pub(super) last_week: u64,
    pub(super) last_month: u64,
    /// `None` where the service does not count that far back.
    pub(super) total: Option<u64>,
    /// The end of what was counted; Unix seconds.
    pub(super) updated: i64,
}

/// The answers of one service.
#[derive(Debug, Default)]
pub(super) struct DownloadAnswers {
    /// `None` for a package that the service does not know.
    pub(super) by_package: BTreeMap<ProjectName, Option<DownloadCounts>>,
    /// Whether the service counted its last day so long ago that documents may carry newer numbers.
    pub(super) is_stalled: bool,
    /// Why some packages have no answer.
    pub(super) ended: Option<String>,
}

impl DownloadCounts {
    /// The fields of a document.
    pub(super) fn fields(&self, source: &str) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
        // An index holds no larger numbers, whatever a service says.
        let count = |count: u64| json!(count.min(i64::MAX.cast_unsigned()));
        if let Some(last_day) = self.last_day {
            set("download_last_day", count(last_day));
        }
        set("download_last_week", count(self.last_week));
        set("download_last_month", count(self.last_month));
        set("download_source", json!(source));
        set(UPDATED, json!(self.updated as f64));
        if let Some(total) = self.total {
            set("download_total", count(total));
        }
        fields
    }
}

/// When the numbers of a document were counted, in Unix seconds: 0 if it has none, and now if a
/// clock that was ahead wrote a time in the future.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
pub(super) fn updated(fields: &Map<String, Value>) -> i64 {
    let counted = fields.get(UPDATED).and_then(Value::as_f64);
    (counted.unwrap_or_default() as i64).min(Timestamp::now().as_second())
}
