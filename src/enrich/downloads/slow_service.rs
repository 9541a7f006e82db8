//! What the services share that are asked one call after the other: a client that keeps its distance,
//! answers that are kept for a day, and the end of the asking when a service fails.
//!
//! Thousands of packages take hours, and a run may be stopped at any time: each answer is cached, and
//! nothing is asked twice within a day. Called by the enricher.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use pyfa_http::{Bucket, DiskCache, HttpClient, HttpError, HttpRequest, HttpStatistics, Url};
use serde::{Deserialize, Serialize};

use super::counts::{DownloadAnswers, DownloadCounts};
use crate::enrich::error::EnrichError;
use crate::enrich::source::{AnswerCache, RequestSettings, SourceLimits, is_fresh};
use crate::model::ProjectName;
use crate::progress::{Progress, Stop};

/// The services count once a day. Less than a day, so that a daily job finds all answers too old.
const MAX_AGE: Duration = Duration::from_hours(20);
/// Packages whose answers may be lost if the process is killed.
const FLUSH_EVERY: usize = 30;
/// After this many failures in a row the service is considered unavailable.
const MOST_FAILURES: u32 = 3;

/// What one call has answered; `None` for a package that the service does not know.
pub(super) type CallAnswer = BTreeMap<ProjectName, Option<DownloadCounts>>;

/// What tells one service from the other.
pub(super) trait SlowService {
    /// Where its answers are cached.
    const ANSWERS: Bucket;
    /// The kind of its requests.
    const KIND: &'static str;
    /// The setting with the seconds between two calls.
    const DELAY: &'static str;
    /// Bytes of an answer.
    const BODY_LIMIT: u64;
    const READ_TIMEOUT: Duration;

    /// The packages of each call.
    fn calls<'n>(names: &[&'n ProjectName]) -> Vec<Vec<&'n ProjectName>>;

    /// The segments of the path of a call.
    fn path(names: &[&ProjectName]) -> Vec<String>;

    /// What the body of an answer says about every package of its call, at the time `learned` in Unix
    /// seconds.
    fn read(body: &[u8], names: &[&ProjectName], learned: i64) -> Result<CallAnswer, AnswerError>;
}

/// Why a body is no answer to the question.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("its answer holds no numbers")]
    NoNumbers,
    #[error("its answer is about `{package}`")]
    OtherPackage { package: String },
    /// An absent number is not 0.
    #[error("its answer lacks `{what}`")]
    Missing { what: String },
    #[error("its answer about `{package}` lacks days")]
    MissingDays { package: String },
}

/// A client of a service.
pub(super) struct SlowClient<S> {
    http: HttpClient,
    url: Url,
    cache: AnswerCache,
    service: std::marker::PhantomData<S>,
}

/// An answer about one package.
#[derive(Serialize, Deserialize)]
struct CachedAnswer {
    /// Unix seconds.
    learned: i64,
    downloads: Option<DownloadCounts>,
}

/// Whether something that was learned at this time, in Unix seconds, still counts.
pub(super) fn is_young(learned: i64) -> bool {
    is_fresh(learned, Timestamp::now().as_second(), MAX_AGE)
}

impl<S: SlowService> SlowClient<S> {
    /// A client of the service at `url`, with `delay` seconds between two calls.
    pub(super) fn new(
        url: &Url,
        delay: f64,
        requests: &RequestSettings,
        cache: DiskCache,
    ) -> Result<Self, EnrichError> {
        let limits = SourceLimits {
            workers: 1,
            requests_per_second: (delay > 0.0).then(|| 1.0 / delay),
            read_timeout: S::READ_TIMEOUT,
        };
        Ok(Self {
            http: requests.client(S::DELAY, limits)?,
            url: url.clone(),
            cache: AnswerCache::new(cache, S::ANSWERS, url.as_str()),
            service: std::marker::PhantomData,
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// What was answered within the last day.
    pub(super) async fn read_cached(&self, names: &[&ProjectName]) -> CallAnswer {
        let mut known = CallAnswer::new();
        for name in names {
            let cached: Option<CachedAnswer> = self.cache.read(name.as_str()).await;
            if let Some(answer) = cached.filter(|answer| is_young(answer.learned)) {
                known.insert((*name).clone(), answer.downloads);
            }
        }
        known
    }

    /// Asks about the packages that are not known, until all are answered or the service fails.
    pub(super) async fn ask(
        &self,
        names: &[&ProjectName],
        known: CallAnswer,
        stop: &Stop,
        progress: &dyn Progress,
    ) -> DownloadAnswers {
        let is_wanted = |name: &&ProjectName| !known.contains_key(*name);
        let wanted: Vec<&ProjectName> = names.iter().copied().filter(is_wanted).collect();
        progress.advance(known.len() as u64);
        let mut answers = DownloadAnswers {
            by_package: known,
            ..DownloadAnswers::default()
        };
        let (mut unflushed, mut failures) = (0, 0);
        for call in S::calls(&wanted) {
            if stop.is_requested() {
                answers.ended = Some("stopped".to_owned());
                break;
            }
            match self.fetch(&call).await {
                Ok(counts) => {
                    failures = 0;
                    unflushed += counts.len();
                    answers.by_package.extend(counts);
                }
                Err(error) => {
                    failures += 1;
                    answers.ended = Some(error.to_string());
                    if failures == MOST_FAILURES || error.retry_after().is_some() {
                        break;
                    }
                }
            }
            progress.advance(call.len() as u64);
            if unflushed >= FLUSH_EVERY {
                unflushed = 0;
                self.cache.flush().await;
            }
        }
        answers
    }

    async fn fetch(&self, names: &[&ProjectName]) -> Result<CallAnswer, HttpError> {
        let learned = Timestamp::now().as_second();
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(S::path(names));
        }
        let request = HttpRequest::new(url.clone(), S::KIND).body_limit(S::BODY_LIMIT);
        let counts = match self.http.get(request).await {
            Ok(answer) => {
                let counts = S::read(&answer.body, names, learned);
                counts.map_err(|error| HttpError::Unavailable {
                    url: (&url).into(),
                    attempts: 1,
                    reason: error.to_string(),
                })?
            }
            // Of several packages, those that are not known are named in the answer.
            Err(error) if error.is_not_found() && names.len() == 1 => {
                names.iter().map(|name| ((*name).clone(), None)).collect()
            }
            Err(error) => return Err(error),
        };
        for (name, downloads) in &counts {
            let answer = CachedAnswer {
                learned,
                downloads: downloads.clone(),
            };
            self.cache.write(name.as_str(), &answer).await;
        }
        Ok(counts)
    }
}
