//! pypistats.org: the downloads of one package per call, within its thirty a minute.
//!
//! So thousands of packages take hours, and a run may be stopped at any time: each answer is kept
//! in the disk cache, and one that is younger than a day is not asked for again. It counts
//! without mirrors and knows no total.

use std::time::Duration;

use jiff::Timestamp;
use pyfa_http::{Bucket, DiskCache, HttpClient, HttpError, HttpStatistics, Url};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Answers, Downloads, Settings};
use crate::enrich::run::EnrichError;
use crate::model::ProjectName;
use crate::progress::{Progress, Stop};

/// [`Known`] by address and package.
const ANSWERS: Bucket = Bucket::new("pypistats", 1);
/// The service counts once a day; seconds. Less than a day, so that a daily job finds all due.
const YOUNG: i64 = 20 * 3_600;
/// Clocks of hosts that share a cache may differ by so many seconds.
const CLOCKS_DIFFER: i64 = 600;
/// Learned answers go to the disk after so many.
const FLUSH_EVERY: usize = 30;
/// So many packages in a row without an answer: the service is away.
const MOST_FAILURES: u32 = 3;
const BODY_LIMIT: u64 = 64 << 10;

/// A client of the service.
pub(super) struct PyPiStats {
    http: HttpClient,
    url: Url,
    cache: DiskCache,
}

/// An answer; `None` for a package that the service does not know.
#[derive(Serialize, Deserialize)]
struct Known {
    /// Unix seconds.
    learned: i64,
    downloads: Option<Downloads>,
}

#[derive(Deserialize)]
struct Recent {
    package: String,
    data: Map<String, Value>,
}

impl PyPiStats {
    pub(super) fn new(settings: &Settings, cache: DiskCache) -> Result<Self, EnrichError> {
        let delay = settings.pypistats_delay.as_secs_f64();
        let http = HttpClient::new(pyfa_http::HttpSettings {
            user_agent: settings.user_agent.clone(),
            workers: 1,
            requests_per_second: (delay > 0.0).then(|| 1.0 / delay),
            retries: settings.retries,
            backoff: settings.backoff,
            read_timeout: Duration::from_secs(20),
            ..pyfa_http::HttpSettings::default()
        });
        let http = http.map_err(|error| EnrichError::Setting {
            setting: "PYPISTATS_RATE_LIMIT_DELAY",
            why: error.to_string(),
        })?;
        Ok(Self {
            http,
            url: settings.pypistats_url.clone(),
            cache,
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks for one package after the other, until all are answered or the service wants no more.
    pub(super) async fn ask(
        &self,
        names: &[&ProjectName],
        stop: &Stop,
        progress: &dyn Progress,
    ) -> Answers {
        let now = Timestamp::now().as_second();
        let mut answers = Answers::default();
        let (mut learned, mut failures) = (0, 0);
        for name in names {
            if stop.is_requested() {
                answers.ended = Some("stopped".to_owned());
                break;
            }
            let known = match self.known(name, now).await {
                Some(known) => Ok(known),
                None => self.recent(name).await,
            };
            progress.advance(1);
            match known {
                Ok(known) => {
                    failures = 0;
                    learned += 1;
                    answers.downloads.insert((*name).clone(), known.downloads);
                    if learned % FLUSH_EVERY == 0 {
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

    /// What was learned lately.
    async fn known(&self, name: &ProjectName, now: i64) -> Option<Known> {
        let bytes = self.cache.get(ANSWERS, &self.key(name)).await?;
        let known: Known = serde_json::from_slice(&bytes).ok()?;
        let is_young = known.learned > now - YOUNG && known.learned <= now + CLOCKS_DIFFER;
        is_young.then_some(known)
    }

    async fn recent(&self, name: &ProjectName) -> Result<Known, HttpError> {
        let learned = Timestamp::now().as_second();
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend(["api", "packages", name.as_str(), "recent"]);
        }
        let request = pyfa_http::HttpRequest::new(url.clone(), "pypistats").body_limit(BODY_LIMIT);
        let downloads = match self.http.get(request).await {
            Ok(answer) => {
                let downloads = read(&answer.body, name, learned);
                Some(downloads.map_err(|reason| HttpError::Unavailable {
                    url: (&url).into(),
                    attempts: 1,
                    reason,
                })?)
            }
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let known = Known { learned, downloads };
        if let Ok(bytes) = serde_json::to_vec(&known) {
            self.cache.put(ANSWERS, &self.key(name), bytes.into()).await;
        }
        Ok(known)
    }

    fn key(&self, name: &ProjectName) -> String {
        format!("{}\n{name}", self.url)
    }
}

/// The numbers of this very package, all of them: an absent one is not 0.
fn read(body: &[u8], name: &ProjectName, learned: i64) -> Result<Downloads, String> {
    let recent: Recent =
        serde_json::from_slice(body).map_err(|_| "its answer holds no numbers".to_owned())?;
    if ProjectName::new(&recent.package) != *name {
        return Err(format!("its answer is about `{}`", recent.package));
    }
    let window = |key: &str| {
        let number = recent.data.get(key).and_then(Value::as_u64);
        number.ok_or_else(|| format!("its answer lacks `{key}`"))
    };
    Ok(Downloads {
        last_day: window("last_day")?,
        last_week: window("last_week")?,
        last_month: window("last_month")?,
        total: None,
        updated: learned,
    })
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::model::ProjectName;

    #[test]
    fn an_answer_is_about_the_package_and_has_all_numbers() {
        let name = ProjectName::new("plone.api");
        let whole = r#"{"data": {"last_day": 1, "last_week": 7, "last_month": 30},
                        "package": "plone-api", "type": "recent_downloads"}"#;
        let downloads = read(whole.as_bytes(), &name, 5);
        assert_eq!(downloads.map(|found| found.last_month), Ok(30));
        for body in [
            whole.replace("plone-api", "plone"),
            whole.replace("last_week", "week"),
            whole.replace('7', "null"),
            r#"{"data": {}, "package": "plone-api"}"#.to_owned(),
            r#"{"data": [], "package": "plone-api"}"#.to_owned(),
            "[]".to_owned(),
        ] {
            assert!(read(body.as_bytes(), &name, 5).is_err(), "{body}");
        }
    }
}
