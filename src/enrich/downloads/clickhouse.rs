//! The public `ClickHouse` instance: the downloads of many packages in one query.
//!
//! The windows end at the newest day of the data set that is over, so that neither a late import nor
//! the hours of today look like a drop. The server may silently truncate results that are too long;
//! each query tells it to refuse instead, and asks for no more rows than the public limit. The
//! answer is one JSON object that counts its rows, so that a truncated one is detected. A query that
//! fails ends the asking: with a part of the answers, packages could not be compared.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pyfa_http::{HttpClient, HttpResponse, HttpStatistics, Url};
use serde::{Deserialize, Deserializer};

use super::counts::{DownloadAnswers, DownloadCounts};
use super::settings::DownloadsSettings;
use crate::enrich::error::EnrichError;
use crate::enrich::source::{RequestSettings, SourceLimits};
use crate::model::ProjectName;
use crate::progress::Progress;

/// The instance's limit of rows for everybody.
const MOST_ROWS: usize = 1_000;
/// Bytes of the names in an address; proxies refuse much longer ones.
const LONGEST_NAMES: usize = 24_000;
const BODY_LIMIT: u64 = 8 << 20;

const QUERY: &str = "\
WITH (SELECT max(date) FROM pypi.pypi_downloads_per_day WHERE date < toDate(now('UTC'))) AS newest
SELECT project, newest AS as_of,
       sumIf(count, date = newest) AS last_day,
       sumIf(count, date > newest - 7) AS last_week,
       sumIf(count, date > newest - 30) AS last_month,
       sum(count) AS total
FROM pypi.pypi_downloads_per_day
WHERE project IN ({names:Array(String)}) AND date <= newest
GROUP BY project
";

/// A client of the instance.
pub(super) struct ClickHouse {
    http: HttpClient,
    url: Url,
}

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
enum QueryError {
    #[error(transparent)]
    Http(#[from] pyfa_http::HttpError),
    /// The server failed midway, or something else answered.
    #[error("its answer is not a table: {beginning:?}")]
    NoTable { beginning: String },
    #[error("its answer holds {rows} of {expected} rows")]
    Truncated { rows: usize, expected: usize },
    /// A row about a package that was not asked for, or that has a row already.
    #[error("its answer has an unexpected row: {project:?}")]
    UnexpectedRow { project: String },
    #[error("its newest day is not a date: {text:?}")]
    NoDate { text: String },
}

/// An answer.
#[derive(Deserialize)]
struct Table {
    data: Vec<Row>,
    /// How many rows there are.
    rows: usize,
}

/// A row of an answer.
#[derive(Deserialize)]
struct Row {
    project: String,
    as_of: String,
    #[serde(deserialize_with = "number")]
    last_day: u64,
    #[serde(deserialize_with = "number")]
    last_week: u64,
    #[serde(deserialize_with = "number")]
    last_month: u64,
    #[serde(deserialize_with = "number")]
    total: u64,
}

impl ClickHouse {
    pub(super) fn new(
        settings: &DownloadsSettings,
        requests: &RequestSettings,
    ) -> Result<Self, EnrichError> {
        let limits = SourceLimits {
            workers: 1,
            requests_per_second: None,
            read_timeout: Duration::from_secs(90),
        };
        Ok(Self {
            http: requests.client("CLICKHOUSE_URL", limits)?,
            url: settings.clickhouse_url.clone(),
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks about all packages; either all are answered, or none is.
    pub(super) async fn ask(
        &self,
        names: &[&ProjectName],
        progress: &dyn Progress,
    ) -> DownloadAnswers {
        let mut answers = DownloadAnswers::default();
        for chunk in chunks(names) {
            match self.query(&chunk).await {
                Ok(counts) => answers.by_package.extend(counts),
                Err(error) => {
                    return DownloadAnswers {
                        ended: Some(error.to_string()),
                        ..DownloadAnswers::default()
                    };
                }
            }
            progress.advance(chunk.len() as u64);
        }
        answers
    }

    async fn query(
        &self,
        names: &[&ProjectName],
    ) -> Result<BTreeMap<ProjectName, Option<DownloadCounts>>, QueryError> {
        let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .append_pair("user", "demo")
            .append_pair("default_format", "JSON")
            .append_pair("result_overflow_mode", "throw")
            .append_pair("read_overflow_mode", "throw")
            .append_pair("param_names", &format!("[{}]", quoted.join(",")));
        let request = pyfa_http::HttpRequest::new(url, "clickhouse").body_limit(BODY_LIMIT);
        let answer = self.http.post(request, QUERY.into(), "text/plain", true);
        let rows = read_rows(&answer.await?)?;
        let mut counts: BTreeMap<ProjectName, Option<DownloadCounts>> =
            names.iter().map(|name| ((*name).clone(), None)).collect();
        for row in rows {
            match counts.get_mut(&ProjectName::new(&row.project)) {
                Some(place @ None) => *place = Some(row.counts()?),
                _ => {
                    return Err(QueryError::UnexpectedRow {
                        project: row.project,
                    });
                }
            }
        }
        Ok(counts)
    }
}

/// The names, cut into queries of a size that the server accepts. A name that could end its quotes
/// is no package's, and is left out.
fn chunks<'n>(names: &[&'n ProjectName]) -> Vec<Vec<&'n ProjectName>> {
    let (mut chunks, mut bytes) = (vec![Vec::new()], 0);
    for name in names {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !name.as_str().bytes().all(is_plain) {
            continue;
        }
        // Two quotes and a comma, escaped.
        bytes += name.as_str().len() + 9;
        let is_full = chunks
            .last()
            .is_none_or(|chunk: &Vec<_>| chunk.len() == MOST_ROWS || bytes > LONGEST_NAMES);
        if is_full {
            chunks.push(Vec::new());
            bytes = name.as_str().len() + 9;
        }
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(*name);
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

/// The rows of an answer.
fn read_rows(answer: &HttpResponse) -> Result<Vec<Row>, QueryError> {
    let table: Table = serde_json::from_slice(&answer.body).map_err(|_| {
        let text = String::from_utf8_lossy(&answer.body);
        QueryError::NoTable {
            beginning: text.chars().take(80).collect(),
        }
    })?;
    if table.data.len() != table.rows {
        return Err(QueryError::Truncated {
            rows: table.data.len(),
            expected: table.rows,
        });
    }
    Ok(table.data)
}

impl Row {
    fn counts(self) -> Result<DownloadCounts, QueryError> {
        let no_date = |_| QueryError::NoDate {
            text: self.as_of.clone(),
        };
        let day: Date = self.as_of.parse().map_err(no_date)?;
        let midnight = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
        let end = midnight.map_err(no_date)?.timestamp();
        Ok(DownloadCounts {
            last_day: Some(self.last_day),
            last_week: self.last_week,
            last_month: self.last_month,
            total: Some(self.total),
            // The server's clock may be ahead of ours.
            updated: end.min(Timestamp::now()).as_second(),
        })
    }
}

/// Numbers of 64 bits come as text, unless the server is configured otherwise.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Number {
        Plain(u64),
        Text(String),
    }
    match Number::deserialize(deserializer)? {
        Number::Plain(number) => Ok(number),
        Number::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::chunks;
    use crate::model::ProjectName;

    #[test]
    fn queries_are_short_and_name_everybody_once() {
        let names: Vec<ProjectName> = (0..5_000)
            .map(|number| ProjectName::new(&format!("collective.package-{number}")))
            .collect();
        let all: Vec<&ProjectName> = names.iter().collect();
        let parts = chunks(&all);
        assert!(parts.len() < 10, "{}", parts.len());
        assert_eq!(parts.concat(), all);
        for part in parts {
            let bytes: usize = part.iter().map(|name| name.as_str().len() + 9).sum();
            assert!(part.len() <= 1_000 && bytes <= 24_000);
        }
        let (hostile, long) = (
            ProjectName::new("a'], evil"),
            ProjectName::new(&"b".repeat(30_000)),
        );
        assert_eq!(chunks(&[&hostile, &long]), [[&long]]);
        assert!(chunks(&[]).is_empty());
    }
}
