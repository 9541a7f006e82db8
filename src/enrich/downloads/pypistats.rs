//! pypistats.org: the downloads of one package per call, within its thirty a minute.
//!
//! Thousands of packages take hours, and a run may be stopped at any time: each answer is cached, and
//! nothing is asked twice within a day. The service counts without mirrors and knows no total.

use std::time::Duration;

use jiff::Timestamp;
use pyfa_http::{Bucket, DiskCache, HttpClient, HttpError, HttpStatistics, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::counts::{DownloadAnswers, DownloadCounts};
use super::settings::DownloadsSettings;
use crate::enrich::error::EnrichError;
use crate::enrich::source::{AnswerCache, RequestSettings, SourceLimits, is_fresh};
use crate::model::ProjectName;
use crate::progress::{Progress, Stop};

/// [`CachedAnswer`] by package.
const ANSWERS: Bucket = Bucket::new("pypistats", 1);
/// The service counts once a day. Less than a day, so that a daily job finds all answers too old.
const MAX_AGE: Duration = Duration::from_hours(20);
/// How many answers may be lost if the process is killed.
const FLUSH_EVERY: usize = 30;
/// After this many failures in a row the service is considered unavailable.
const MOST_FAILURES: u32 = 3;
const BODY_LIMIT: u64 = 64 << 10;

/// A client of the service.
pub(super) struct PyPiStats {
    http: HttpClient,
    url: Url,
    cache: AnswerCache,
}

/// An answer; `None` for a package that the service does not know.
#[derive(Serialize, Deserialize)]
struct CachedAnswer {
    /// Unix seconds.
    learned: i64,
    downloads: Option<DownloadCounts>,
}

/// Why a body is no answer to the question.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum AnswerError {
    #[error("its answer holds no numbers")]
    NoNumbers,
    #[error("its answer is about `{package}`")]
    OtherPackage { package: String },
    /// An absent number is not 0.
    #[error("its answer lacks `{window}`")]
    Missing { window: &'static str },
}

#[derive(Deserialize)]
struct Recent {
    package: String,
    data: Map<String, Value>,
}

impl PyPiStats {
    pub(super) fn new(
        settings: &DownloadsSettings,
        requests: &RequestSettings,
        cache: DiskCache,
    ) -> Result<Self, EnrichError> {
        let delay = settings.pypistats_delay;
        let limits = SourceLimits {
            workers: 1,
            requests_per_second: (delay > 0.0).then(|| 1.0 / delay),
            read_timeout: Duration::from_secs(20),
        };
        let setting = "PYPISTATS_RATE_LIMIT_DELAY";
        Ok(Self {
            http: requests.client(setting, limits)?,
            url: settings.pypistats_url.clone(),
            cache: AnswerCache::new(cache, ANSWERS, settings.pypistats_url.as_str()),
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks about one package after the other, until all are answered or the service fails.
    pub(super) async fn ask(
        &self,
        names: &[&ProjectName],
        stop: &Stop,
        progress: &dyn Progress,
    ) -> DownloadAnswers {
        let now = Timestamp::now().as_second();
        let mut answers = DownloadAnswers::default();
        let (mut answered, mut failures) = (0, 0);
        for name in names {
            if stop.is_requested() {
                answers.ended = Some("stopped".to_owned());
                break;
            }
            let answer = match self.read_cached(name, now).await {
                Some(answer) => Ok(answer),
                None => self.fetch(name).await,
            };
            progress.advance(1);
            match answer {
                Ok(answer) => {
                    failures = 0;
                    answered += 1;
                    answers.by_package.insert((*name).clone(), answer.downloads);
                    if answered % FLUSH_EVERY == 0 {
                        self.cache.flush().await;
                    }
                }
                Err(error) => {
                    failures += 1;
                    answers.ended = Some(error.to_string());
                    if failures == MOST_FAILURES || error.retry_after().is_some() {
                        break;
                    }
                }
            }
        }
        answers
    }

    async fn read_cached(&self, name: &ProjectName, now: i64) -> Option<CachedAnswer> {
        let answer: CachedAnswer = self.cache.read(name.as_str()).await?;
        is_fresh(answer.learned, now, MAX_AGE).then_some(answer)
    }

    async fn fetch(&self, name: &ProjectName) -> Result<CachedAnswer, HttpError> {
        let learned = Timestamp::now().as_second();
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["api", "packages", name.as_str(), "recent"]);
        }
        let request = pyfa_http::HttpRequest::new(url.clone(), "pypistats").body_limit(BODY_LIMIT);
        let downloads = match self.http.get(request).await {
            Ok(answer) => {
                let counts = read_counts(&answer.body, name, learned);
                Some(counts.map_err(|error| HttpError::Unavailable {
                    url: (&url).into(),
                    attempts: 1,
                    reason: error.to_string(),
                })?)
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let answer = CachedAnswer { learned, downloads };
        self.cache.write(name.as_str(), &answer).await;
        Ok(answer)
    }
}

/// The numbers in an answer about this very package.
fn read_counts(
    body: &[u8],
    name: &ProjectName,
    learned: i64,
) -> Result<DownloadCounts, AnswerError> {
    let recent: Recent = serde_json::from_slice(body).map_err(|_| AnswerError::NoNumbers)?;
    if ProjectName::new(&recent.package) != *name {
        return Err(AnswerError::OtherPackage {
            package: recent.package,
        });
    }
    let count = |window: &'static str| {
        let number = recent.data.get(window).and_then(Value::as_u64);
        number.ok_or(AnswerError::Missing { window })
    };
    Ok(DownloadCounts {
        last_day: count("last_day")?,
        last_week: count("last_week")?,
        last_month: count("last_month")?,
        total: None,
        updated: learned,
    })
}

#[cfg(test)]
mod tests {
    use super::read_counts;
    use crate::model::ProjectName;

    #[test]
    fn an_answer_is_about_the_package_and_has_all_numbers() {
        let name = ProjectName::new("plone.api");
        let whole = r#"{"data": {"last_day": 1, "last_week": 7, "last_month": 30},
                        "package": "plone-api", "type": "recent_downloads"}"#;
        let downloads = read_counts(whole.as_bytes(), &name, 5);
        assert_eq!(downloads.map(|found| found.last_month), Ok(30));
        for body in [
            whole.replace("plone-api", "plone"),
            whole.replace("last_week", "week"),
            whole.replace('7', "null"),
            r#"{"data": {}, "package": "plone-api"}"#.to_owned(),
            r#"{"data": [], "package": "plone-api"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            assert!(read_counts(body.as_bytes(), &name, 5).is_err(), "{body}");
        }
    }
}
