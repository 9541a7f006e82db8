//! The download counts in results of the search, kept in the disk cache: they save a request for each
//! package.

use jiff::Timestamp;
use pyfa_http::{Bucket, DiskCache};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::ProjectName;

/// [`SearchedDownloads`] by package.
const COUNTS: Bucket = Bucket::new("npm-searched-downloads", 1);

/// What the search has last said of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchedDownloads {
    /// When it said so, in Unix seconds.
    pub learned: i64,
    pub last_week: u64,
    pub last_month: u64,
}

impl SearchedDownloads {
    /// The counts of a package; `None` if no search has found it.
    pub async fn find(cache: &DiskCache, name: &ProjectName) -> Option<Self> {
        let kept = cache.get(COUNTS, name.as_str()).await?;
        serde_json::from_slice(&kept).ok()
    }

    /// Those of a result; `None` if it lacks one of them.
    pub(super) fn read(result: &Value) -> Option<Self> {
        let downloads = result.get("downloads")?;
        let count = |period| downloads.get(period).and_then(Value::as_u64);
        Some(Self {
            learned: Timestamp::now().as_second(),
            last_week: count("weekly")?,
            last_month: count("monthly")?,
        })
    }

    pub(super) async fn keep(self, cache: &DiskCache, name: &ProjectName) {
        if let Ok(counts) = serde_json::to_vec(&self) {
            cache.put(COUNTS, name.as_str(), counts.into()).await;
        }
    }
}
