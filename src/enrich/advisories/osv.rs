//! The vulnerability database: which records concern a release, and what a record says.
//!
//! The first question is asked for a thousand releases at once and answered with ids, in pages;
//! then each record is read once, and kept in the disk cache until the database says that it was
//! modified. What cannot be answered is said, so that nobody takes it for "nothing known".

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt, stream};
use pyfa_http::{Bucket, DiskCache, HttpClient, HttpError, HttpStatistics, Url};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::{ECOSYSTEM, Settings, Vulnerability};
use crate::enrich::run::EnrichError;
use crate::model::ProjectName;
use crate::progress::Progress;

/// [`Kept`] by address and id.
const RECORDS: Bucket = Bucket::new("osv-records", 1);
/// Questions in one call.
const MOST_QUERIES: usize = 1_000;
/// Pages of one answer; more than any package has records.
const MOST_PAGES: usize = 50;
/// Calls in flight.
const WORKERS: usize = 4;
const LONGEST_ANSWER: u64 = 32 << 20;
const LONGEST_RECORD: u64 = 4 << 20;

/// A client of the database.
pub(super) struct Osv {
    http: HttpClient,
    url: Url,
    cache: DiskCache,
}

/// A release that is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) name: &'q ProjectName,
    pub(super) version: &'q str,
}

/// A record that concerns a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Found {
    pub(super) id: String,
    #[serde(default)]
    modified: String,
}

impl Found {
    /// Id, and when the record was modified.
    fn announced(&self) -> (&str, &str) {
        (&self.id, &self.modified)
    }
}

/// The records that concern each release, in the order of the questions; `None` where there is no
/// answer. And why that is.
#[derive(Debug, Default)]
pub(super) struct Answers {
    pub(super) found: Vec<Option<Vec<Found>>>,
    pub(super) ended: Option<String>,
}

/// Records by id, and why one is missing.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) by_id: BTreeMap<String, Vulnerability>,
    pub(super) cached: u64,
    pub(super) ended: Option<String>,
}

/// A record as it came.
#[derive(Serialize, Deserialize)]
struct Kept {
    modified: String,
    record: Box<RawValue>,
}

/// The answer to a batch: an object for each question.
#[derive(Deserialize)]
struct Batch {
    results: Vec<Map<String, Value>>,
}

/// The answer to one question: an empty object where nothing is known.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    vulns: Vec<Found>,
    #[serde(default)]
    next_page_token: Option<String>,
}

impl Osv {
    pub(super) fn new(settings: &Settings, cache: DiskCache) -> Result<Self, EnrichError> {
        let http = HttpClient::new(pyfa_http::HttpSettings {
            user_agent: settings.user_agent.clone(),
            workers: WORKERS,
            retries: settings.retries,
            backoff: settings.backoff,
            read_timeout: Duration::from_mins(1),
            ..pyfa_http::HttpSettings::default()
        });
        let http = http.map_err(|error| EnrichError::Setting {
            setting: "OSV_BASE_URL",
            why: error.to_string(),
        })?;
        Ok(Self {
            http,
            url: settings.base_url.clone(),
            cache,
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks about all releases; the first failure ends the asking.
    pub(super) async fn ask(&self, questions: &[Question<'_>], progress: &dyn Progress) -> Answers {
        let mut answers = Answers::default();
        answers.found.resize(questions.len(), None);
        // Number of the question, the page to ask for.
        let mut pending: Vec<(usize, Option<String>)> =
            (0..questions.len()).map(|number| (number, None)).collect();
        let mut found: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
        for _ in 0..MOST_PAGES {
            let asked = std::mem::take(&mut pending);
            let calls = stream::iter(asked.chunks(MOST_QUERIES))
                .map(|part| async move { (part, self.batch(questions, part).await) })
                .buffered(WORKERS);
            let mut calls = std::pin::pin!(calls);
            while let Some((part, pages)) = calls.next().await {
                let pages = match pages {
                    Ok(pages) => pages,
                    Err(why) => {
                        answers.ended = Some(why);
                        return answers;
                    }
                };
                for ((number, token), page) in part.iter().zip(pages) {
                    let known = found.entry(*number).or_default();
                    known.extend(page.vulns);
                    match page.next_page_token.filter(|token| !token.is_empty()) {
                        Some(token) => pending.push((*number, Some(token))),
                        None => {
                            if let Some(place) = answers.found.get_mut(*number) {
                                *place = found.remove(number);
                            }
                        }
                    }
                    progress.advance(u64::from(token.is_none()));
                }
            }
            if pending.is_empty() {
                return answers;
            }
        }
        answers.ended = Some("its answer has no last page".to_owned());
        answers
    }

    async fn batch(
        &self,
        questions: &[Question<'_>],
        part: &[(usize, Option<String>)],
    ) -> Result<Vec<Page>, String> {
        let queries = part.iter().filter_map(|(number, token)| {
            let Question { name, version } = questions.get(*number)?;
            let package = json!({"ecosystem": ECOSYSTEM, "name": name.as_str()});
            let mut query = json!({"package": package, "version": version});
            if let (Some(token), Some(query)) = (token, query.as_object_mut()) {
                query.insert("page_token".to_owned(), json!(token));
            }
            Some(query)
        });
        let body = json!({"queries": queries.collect::<Vec<_>>()}).to_string();
        let url = self.address(&["v1", "querybatch"]);
        let request = pyfa_http::HttpRequest::new(url, "osv batch").body_limit(LONGEST_ANSWER);
        // A question changes nothing: it may be asked again.
        let answer = self
            .http
            .post(request, body.into(), "application/json", true);
        let answer = answer.await.map_err(|error| error.to_string())?;
        pages(&answer.body, part.len())
    }

    /// Reads records, those that are kept and not modified from the cache. Each is wanted for the
    /// packages that it was named for.
    pub(super) async fn records(&self, wanted: BTreeMap<Found, BTreeSet<ProjectName>>) -> Records {
        let mut records = Records::default();
        let answers = stream::iter(wanted)
            .map(|(found, packages)| async move {
                let known = self.kept(&found, &packages).await;
                let is_cached = known.is_some();
                let record = match known {
                    Some(known) => Ok(known),
                    None => self.record(&found, &packages).await,
                };
                (found.id, is_cached, record)
            })
            .buffer_unordered(WORKERS);
        let mut answers = std::pin::pin!(answers);
        while let Some((id, is_cached, record)) = answers.next().await {
            match record {
                Ok(record) => {
                    records.cached += u64::from(is_cached);
                    records.by_id.insert(id, record);
                }
                Err(error) => {
                    records.ended = Some(error.to_string());
                    if error.retry_after().is_some() {
                        break;
                    }
                }
            }
        }
        self.cache.flush().await;
        records
    }

    async fn kept(&self, found: &Found, packages: &BTreeSet<ProjectName>) -> Option<Vulnerability> {
        let bytes = self.cache.get(RECORDS, &self.key(&found.id)).await?;
        let kept: Kept = serde_json::from_slice(&bytes).ok()?;
        let is_current = kept.modified == found.modified && !found.modified.is_empty();
        // What was kept once may not have been a record.
        let record = Vulnerability::read(kept.record.get().as_bytes(), found.announced(), packages);
        record.ok().filter(|_| is_current)
    }

    /// The record that an answer has just named: one that is not there says nothing.
    async fn record(
        &self,
        found: &Found,
        packages: &BTreeSet<ProjectName>,
    ) -> Result<Vulnerability, HttpError> {
        let url = self.address(&["v1", "vulns", &found.id]);
        let request =
            pyfa_http::HttpRequest::new(url.clone(), "osv record").body_limit(LONGEST_RECORD);
        let answer = self.http.get(request).await?;
        let wrong = |reason| HttpError::Unavailable {
            url: (&url).into(),
            attempts: 1,
            reason,
        };
        let record =
            Vulnerability::read(&answer.body, found.announced(), packages).map_err(wrong)?;
        let raw: Box<RawValue> = serde_json::from_slice(&answer.body)
            .map_err(|error| wrong(format!("its answer is no record: {error}")))?;
        let kept = Kept {
            modified: found.modified.clone(),
            record: raw,
        };
        if let Ok(bytes) = serde_json::to_vec(&kept) {
            self.cache
                .put(RECORDS, &self.key(&found.id), bytes.into())
                .await;
        }
        Ok(record)
    }

    fn address(&self, path: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn key(&self, id: &str) -> String {
        format!("{}\n{id}", self.url)
    }
}

/// The answers to so many questions, or in what way they are none.
fn pages(body: &[u8], asked: usize) -> Result<Vec<Page>, String> {
    let wrong = || "its answer is not the JSON that it should be".to_owned();
    let batch: Batch = serde_json::from_slice(body).map_err(|_| wrong())?;
    if batch.results.len() != asked {
        let results = batch.results.len();
        return Err(format!("it answers {results} of {asked} questions"));
    }
    let pages = batch.results.into_iter().map(|page| {
        let is_page =
            page.is_empty() || page.contains_key("vulns") || page.contains_key("next_page_token");
        if !is_page {
            return Err(wrong());
        }
        serde_json::from_value(Value::Object(page)).map_err(|_| wrong())
    });
    pages.collect()
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn every_question_has_an_answer_and_every_answer_is_one() {
        for body in [
            r#"{"results": [{}, {"vulns": [{"id": "A", "modified": "x"}]}]}"#,
            r#"{"results": [{"next_page_token": "t"}, {}]}"#,
        ] {
            assert!(pages(body.as_bytes(), 2).is_ok(), "{body}");
        }
        for body in [
            r#"{"results": [{}]}"#,
            r#"{"results": [{}, {}, {}]}"#,
            r#"{"results": [{}, []]}"#,
            r#"{"results": [{}, {"message": "no"}]}"#,
            r#"{"results": [{}, {"vulns": [{}]}]}"#,
            r#"{"results": [{}, {"vulns": null}]}"#,
            "{}",
            "[]",
        ] {
            assert!(pages(body.as_bytes(), 2).is_err(), "{body}");
        }
    }
}
