//! What all sources share: an HTTP client made from settings, and a cache of their answers.
//!
//! Asks nobody by itself. Called by the enrichers.

use std::time::Duration;

use pyfa_http::{Bucket, DiskCache, HttpClient, HttpSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::EnrichError;

/// The clocks of hosts that share a cache may differ by this many seconds.
const CLOCK_TOLERANCE: i64 = 600;

/// How sources are asked.
#[derive(Debug, Clone)]
pub struct RequestSettings {
    pub retries: u32,
    pub backoff: Duration,
    pub user_agent: String,
}

/// What a source can bear.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceLimits {
    /// Requests in flight.
    pub(super) workers: usize,
    pub(super) requests_per_second: Option<f64>,
    pub(super) read_timeout: Duration,
}

impl RequestSettings {
    /// A client for the source whose address or rate is in the setting `setting`.
    pub(super) fn client(
        &self,
        setting: &'static str,
        limits: SourceLimits,
    ) -> Result<HttpClient, EnrichError> {
        let client = HttpClient::new(HttpSettings {
            user_agent: self.user_agent.clone(),
            retries: self.retries,
            backoff: self.backoff,
            workers: limits.workers,
            requests_per_second: limits.requests_per_second,
            read_timeout: limits.read_timeout,
            ..HttpSettings::default()
        });
        client.map_err(|error| EnrichError::Setting {
            setting,
            why: error.to_string(),
        })
    }
}

/// The answers of one source in the disk cache, by what was asked. An entry that cannot be read
/// counts as missing, and the next answer replaces it.
#[derive(Debug, Clone)]
pub(super) struct AnswerCache {
    cache: DiskCache,
    bucket: Bucket,
    /// Address of the source: answers of another one are none.
    source: String,
}

impl AnswerCache {
    pub(super) fn new(cache: DiskCache, bucket: Bucket, source: impl Into<String>) -> Self {
        Self {
            cache,
            bucket,
            source: source.into(),
        }
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, asked: &str) -> Option<T> {
        let bytes = self.cache.get(self.bucket, &self.key(asked)).await?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(super) async fn write(&self, asked: &str, answer: &impl Serialize) {
        if let Ok(bytes) = serde_json::to_vec(answer) {
            let key = self.key(asked);
            self.cache.put(self.bucket, &key, bytes.into()).await;
        }
    }

    /// Brings everything to the disk.
    pub(super) async fn flush(&self) {
        self.cache.flush().await;
    }

    fn key(&self, asked: &str) -> String {
        format!("{}\n{asked}", self.source)
    }
}

/// Whether something that was learned then is younger than `max_age` at `now`, all in Unix
/// seconds. What seems to come from the future was learned under a clock that was wrong.
pub(super) fn is_fresh(learned: i64, now: i64, max_age: Duration) -> bool {
    let seconds = i64::try_from(max_age.as_secs()).unwrap_or(i64::MAX);
    learned > now.saturating_sub(seconds) && learned <= now.saturating_add(CLOCK_TOLERANCE)
}
