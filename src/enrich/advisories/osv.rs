//! A client of the vulnerability database: which records concern a release, and what they say.
//!
//! The first question is asked for a thousand releases at once and answered with ids, in pages; then
//! each record is read once, and cached until the database says that it was modified. What cannot be
//! answered is reported, so that it is never mistaken for "nothing known". Called by the enricher.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::{StreamExt, stream};
use pyfa_http::{Bucket, DiskCache, HttpClient, HttpError, HttpStatistics, Url};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::record::{OsvRecord, RecordError};
use super::settings::AdvisoriesSettings;
use super::versions::ecosystem;
use crate::enrich::error::EnrichError;
use crate::enrich::source::{AnswerCache, RequestSettings, SourceLimits};
use crate::model::PackageKey;
use crate::progress::Progress;

/// [`CachedRecord`] by id.
const RECORDS: Bucket = Bucket::new("osv-records", 1);
/// Releases in one call.
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
    cache: AnswerCache,
}

/// A release that is asked about.
#[derive(Debug, Clone, Copy)]
pub(super) struct ReleaseQuery<'q> {
    pub(super) package: &'q PackageKey,
    pub(super) version: &'q str,
}

/// A record that concerns a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct RecordReference {
    pub(super) id: String,
    #[serde(default)]
    modified: String,
}

impl RecordReference {
    /// Id, and when the record was modified.
    fn announced(&self) -> (&str, &str) {
        (&self.id, &self.modified)
    }
}

/// Which records concern each release.
#[derive(Debug, Default)]
pub(super) struct ReleaseAnswers {
    /// In the order of the queries; `None` where there is no answer.
    pub(super) references: Vec<Option<Vec<RecordReference>>>,
    /// Why some have no answer.
    pub(super) ended: Option<String>,
}

/// Records that were read.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) by_id: BTreeMap<String, OsvRecord>,
    /// How many of them were in the cache.
    pub(super) cached: u64,
    /// Why some are missing.
    pub(super) ended: Option<String>,
}

/// A record as the database sent it.
#[derive(Serialize, Deserialize)]
struct CachedRecord {
    modified: String,
    record: Box<RawValue>,
}

/// The answer to a call: an object for each query.
#[derive(Deserialize)]
struct Batch {
    results: Vec<Map<String, Value>>,
}

/// The answer to one query: an empty object where nothing is known.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    vulns: Vec<RecordReference>,
    #[serde(default)]
    next_page_token: Option<String>,
}

/// A page of the answer to a query that is still to be read: the query's number, and the page's
/// token unless it is the first.
type PendingPage = (usize, Option<String>);

/// Why a call about releases has no answer.
#[derive(Debug, thiserror::Error)]
enum BatchError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("its answer is not the expected JSON")]
    Malformed,
    #[error("it answered {results} of {queries} queries")]
    WrongCount { results: usize, queries: usize },
}

/// Why an answer is not the record that was asked for.
#[derive(Debug, thiserror::Error)]
#[error("its answer is not the record `{id}`: {cause}")]
struct NotTheRecord<'r> {
    id: &'r str,
    cause: RecordError,
}

impl Osv {
    pub(super) fn new(
        settings: &AdvisoriesSettings,
        requests: &RequestSettings,
        cache: DiskCache,
    ) -> Result<Self, EnrichError> {
        let limits = SourceLimits {
            workers: WORKERS,
            requests_per_second: None,
            read_timeout: Duration::from_mins(1),
        };
        Ok(Self {
            http: requests.client("OSV_BASE_URL", limits)?,
            url: settings.osv_url.clone(),
            cache: AnswerCache::new(cache, RECORDS, settings.osv_url.as_str()),
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks about all releases; the first failure ends the asking.
    pub(super) async fn ask(
        &self,
        queries: &[ReleaseQuery<'_>],
        progress: &dyn Progress,
    ) -> ReleaseAnswers {
        let mut answers = ReleaseAnswers::default();
        answers.references.resize(queries.len(), None);
        let mut pending: Vec<PendingPage> =
            (0..queries.len()).map(|number| (number, None)).collect();
        let mut incomplete: BTreeMap<usize, Vec<RecordReference>> = BTreeMap::new();
        for _ in 0..MOST_PAGES {
            let asked = std::mem::take(&mut pending);
            let calls = stream::iter(asked.chunks(MOST_QUERIES))
                .map(|part| async move { (part, self.fetch_pages(queries, part).await) })
                .buffered(WORKERS);
            let mut replies = std::pin::pin!(calls);
            while let Some((part, reply)) = replies.next().await {
                let pages = match reply {
                    Ok(pages) => pages,
                    Err(error) => {
                        answers.ended = Some(error.to_string());
                        return answers;
                    }
                };
                for ((number, token), page) in part.iter().zip(pages) {
                    let references = incomplete.entry(*number).or_default();
                    references.extend(page.vulns);
                    match page.next_page_token.filter(|token| !token.is_empty()) {
                        Some(next) => pending.push((*number, Some(next))),
                        None => {
                            if let Some(place) = answers.references.get_mut(*number) {
                                *place = incomplete.remove(number);
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
        answers.ended = Some("its answer has too many pages".to_owned());
        answers
    }

    async fn fetch_pages(
        &self,
        queries: &[ReleaseQuery<'_>],
        part: &[PendingPage],
    ) -> Result<Vec<Page>, BatchError> {
        let objects = part.iter().filter_map(|(number, token)| {
            let ReleaseQuery { package, version } = queries.get(*number)?;
            let PackageKey { registry, name } = package;
            let package = json!({"ecosystem": ecosystem(*registry), "name": name.as_str()});
            let mut object = json!({"package": package, "version": version});
            if let (Some(token), Some(members)) = (token, object.as_object_mut()) {
                members.insert("page_token".to_owned(), json!(token));
            }
            Some(object)
        });
        let body = json!({"queries": objects.collect::<Vec<_>>()}).to_string();
        let url = self.address(&["v1", "querybatch"]);
        let request = pyfa_http::HttpRequest::new(url, "osv batch").body_limit(LONGEST_ANSWER);
        // A query changes nothing, so it may be repeated.
        let is_repeatable = true;
        let answer = self
            .http
            .post(request, body.into(), "application/json", is_repeatable);
        read_pages(&answer.await?.body, part.len())
    }

    /// Reads records, from the cache if they were not modified since. Each is named for the packages
    /// that it has to speak of.
    pub(super) async fn read_records(
        &self,
        named_for: BTreeMap<RecordReference, BTreeSet<PackageKey>>,
    ) -> Records {
        let mut records = Records::default();
        let reads = stream::iter(named_for)
            .map(|(reference, packages)| async move {
                let cached = self.read_cached(&reference, &packages).await;
                let is_cached = cached.is_some();
                let record = match cached {
                    Some(record) => Ok(record),
                    None => self.fetch_record(&reference, &packages).await,
                };
                (reference.id, is_cached, record)
            })
            .buffer_unordered(WORKERS);
        let mut answers = std::pin::pin!(reads);
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

    async fn read_cached(
        &self,
        reference: &RecordReference,
        packages: &BTreeSet<PackageKey>,
    ) -> Option<OsvRecord> {
        let cached: CachedRecord = self.cache.read(&reference.id).await?;
        let is_current = cached.modified == reference.modified && !reference.modified.is_empty();
        // An older program may have cached something that is no record.
        let body = cached.record.get().as_bytes();
        let record = OsvRecord::read(body, reference.announced(), packages);
        record.ok().filter(|_| is_current)
    }

    /// Fetches a record that an answer has just named: if it is not there, that says nothing.
    async fn fetch_record(
        &self,
        reference: &RecordReference,
        packages: &BTreeSet<PackageKey>,
    ) -> Result<OsvRecord, HttpError> {
        let url = self.address(&["v1", "vulns", &reference.id]);
        let request =
            pyfa_http::HttpRequest::new(url.clone(), "osv record").body_limit(LONGEST_RECORD);
        let answer = self.http.get(request).await?;
        let broken = |cause| HttpError::Unavailable {
            url: (&url).into(),
            attempts: 1,
            reason: NotTheRecord {
                id: &reference.id,
                cause,
            }
            .to_string(),
        };
        let record =
            OsvRecord::read(&answer.body, reference.announced(), packages).map_err(broken)?;
        let raw: Box<RawValue> =
            serde_json::from_slice(&answer.body).map_err(|error| broken(error.into()))?;
        let cached = CachedRecord {
            modified: reference.modified.clone(),
            record: raw,
        };
        self.cache.write(&reference.id, &cached).await;
        Ok(record)
    }

    fn address(&self, path: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

/// The answers to a call, one for each of its `queries`.
fn read_pages(body: &[u8], queries: usize) -> Result<Vec<Page>, BatchError> {
    let batch: Batch = serde_json::from_slice(body).map_err(|_| BatchError::Malformed)?;
    if batch.results.len() != queries {
        let results = batch.results.len();
        return Err(BatchError::WrongCount { results, queries });
    }
    let pages = batch.results.into_iter().map(|page| {
        let is_page =
            page.is_empty() || page.contains_key("vulns") || page.contains_key("next_page_token");
        if !is_page {
            return Err(BatchError::Malformed);
        }
        serde_json::from_value(Value::Object(page)).map_err(|_| BatchError::Malformed)
    });
    pages.collect()
}

#[cfg(test)]
mod tests {
    use super::read_pages;

    #[test]
    fn every_question_has_an_answer_and_every_answer_is_one() {
        for body in [
            r#"{"results": [{}, {"vulns": [{"id": "A", "modified": "x"}]}]}"#,
            r#"{"results": [{"next_page_token": "t"}, {}]}"#,
        ] {
            assert!(read_pages(body.as_bytes(), 2).is_ok(), "{body}");
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
            assert!(read_pages(body.as_bytes(), 2).is_err(), "{body}");
        }
    }
}
