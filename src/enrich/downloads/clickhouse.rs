//! The public `ClickHouse` instance: the downloads of many packages in one query.
//!
//! The windows end at the newest day of the data set that is over, so that neither a late import nor
//! the hours of today look like a fall. The server may cut results that are too long without a word;
//! each query tells it to refuse instead, and asks for no more rows than it gives to everybody. The
//! answer is one JSON object that counts its rows, so that a short one is no answer. A query that
//! fails ends the asking: a part of the answers would make packages incomparable.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use pyfa_http::{HttpClient, HttpResponse, HttpStatistics, Url};
use serde::{Deserialize, Deserializer};

use super::{Answers, Downloads, Settings};
use crate::enrich::run::EnrichError;
use crate::model::ProjectName;
use crate::progress::Progress;

/// Rows that the instance gives to everybody.
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
    pub(super) fn new(settings: &Settings) -> Result<Self, EnrichError> {
        let http = HttpClient::new(pyfa_http::HttpSettings {
            user_agent: settings.user_agent.clone(),
            workers: 1,
            retries: settings.retries,
            backoff: settings.backoff,
            read_timeout: std::time::Duration::from_secs(90),
            ..pyfa_http::HttpSettings::default()
        });
        let http = http.map_err(|error| EnrichError::Setting {
            setting: "CLICKHOUSE_URL",
            why: error.to_string(),
        })?;
        Ok(Self {
            http,
            url: settings.clickhouse_url.clone(),
        })
    }

    pub(super) fn statistics(&self) -> HttpStatistics {
        self.http.statistics()
    }

    /// Asks for all packages; either all are answered, or none is.
    pub(super) async fn ask(&self, names: &[&ProjectName], progress: &dyn Progress) -> Answers {
        let mut answers = Answers::default();
        for names in chunks(names) {
            match self.query(&names).await {
                Ok(downloads) => answers.downloads.extend(downloads),
                Err(why) => {
                    return Answers {
                        ended: Some(why),
                        ..Answers::default()
                    };
                }
            }
            progress.advance(names.len() as u64);
        }
        answers
    }

    async fn query(
        &self,
        names: &[&ProjectName],
    ) -> Result<BTreeMap<ProjectName, Option<Downloads>>, String> {
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
        let answer = answer.await.map_err(|error| error.to_string())?;
        let mut downloads: BTreeMap<ProjectName, Option<Downloads>> =
            names.iter().map(|name| ((*name).clone(), None)).collect();
        for row in rows(&answer)? {
            match downloads.get_mut(&ProjectName::new(&row.project)) {
                Some(place @ None) => *place = Some(row.downloads()?),
                // Nobody asked for it, or it was answered already: these are not our answers.
                _ => return Err(format!("its answer has a row too many: {:?}", row.project)),
            }
        }
        Ok(downloads)
    }
}

/// The names in queries of a size that the server takes. A name that could end its quotes is no
/// package's, and is left out.
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

/// The rows of an answer. Where the server falls over midway, it is no JSON.
fn rows(answer: &HttpResponse) -> Result<Vec<Row>, String> {
    let table: Table = serde_json::from_slice(&answer.body).map_err(|_| {
        let text = String::from_utf8_lossy(&answer.body);
        let begin: String = text.chars().take(80).collect();
        format!("its answer is no table: {begin:?}")
    })?;
    if table.data.len() == table.rows {
        return Ok(table.data);
    }
    let (rows, all) = (table.data.len(), table.rows);
    Err(format!("its answer holds {rows} of {all} rows"))
}

impl Row {
    fn downloads(self) -> Result<Downloads, String> {
        let wrong = |_| format!("its newest day is no date: {:?}", self.as_of);
        let day: Date = self.as_of.parse().map_err(wrong)?;
        let end = day.tomorrow().and_then(|end| end.to_zoned(TimeZone::UTC));
        Ok(Downloads {
            last_day: self.last_day,
            last_week: self.last_week,
            last_month: self.last_month,
            total: Some(self.total),
            // Clocks differ: what was counted was counted by now.
            updated: end
                .map_err(wrong)?
                .timestamp()
                .min(Timestamp::now())
                .as_second(),
        })
    }
}

/// Numbers of 64 bits are text, unless the server is told or configured otherwise.
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
