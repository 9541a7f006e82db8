//! A fake of the public `ClickHouse` instance: one query, for many projects at once.
//!
//! `POST /?user=demo&default_format=JSONEachRow&param_names=['a','b']` with a query over
//! `pypi.pypi_downloads_per_day` that anchors its windows to `max(date)` is answered by a row per
//! known project: `project`, `as_of`, `last_day`, `last_week`, `last_month`, `total`. The format
//! `JSON` is known too. Numbers are given whole, or day by day, today's hours included: then the
//! windows are counted as the query's own limits of the day say. As on the real instance, 64-bit numbers are text unless told otherwise,
//! and a result beyond the limit is cut without a word unless `result_overflow_mode=throw`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::Downloads;
use crate::stage::{Call, Loopback, Play, Stage, router};

/// A running fake; dropping it closes its connections.
#[derive(Debug)]
pub struct FakeClickHouse {
    stage: Arc<Stage>,
    database: Arc<Database>,
    server: Loopback,
}

#[derive(Debug, Default)]
struct Database(Mutex<Tables>);

#[derive(Debug)]
struct Tables {
    projects: BTreeMap<String, Downloads>,
    /// Counts of each day, by project.
    days: BTreeMap<String, BTreeMap<Date, u64>>,
    newest_day: String,
    most_rows: usize,
    plain_numbers: bool,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            projects: BTreeMap::new(),
            days: BTreeMap::new(),
            newest_day: "2025-12-31".to_owned(),
            most_rows: usize::MAX,
            plain_numbers: false,
        }
    }
}

impl FakeClickHouse {
    /// Without projects, on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        let stage = Arc::new(Stage::default());
        let database = Arc::new(Database::default());
        let router = router(stage.clone(), database.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Loopback::serve(router, address, "fake-clickhouse")?;
        Ok(Self {
            stage,
            database,
            server,
        })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Clock, faults, log.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Sets the numbers of a project, by its normalised name.
    pub fn set(&self, project: &str, downloads: Downloads) {
        let projects = &mut self.database.tables().projects;
        projects.insert(project.to_owned(), downloads);
    }

    /// Adds what was counted of a project on one day, which may be today: so far, then.
    pub fn add_day(&self, project: &str, day: Date, count: u64) {
        let mut tables = self.database.tables();
        let days = tables.days.entry(project.to_owned()).or_default();
        *days.entry(day).or_default() += count;
    }

    /// The newest day there are numbers for, such as `2025-12-31`.
    pub fn set_newest_day(&self, day: &str) {
        day.clone_into(&mut self.database.tables().newest_day);
    }

    /// Results longer than this are cut, or refused where the caller asks for that.
    pub fn set_most_rows(&self, rows: usize) {
        self.database.tables().most_rows = rows;
    }

    /// Whether 64-bit numbers are numbers, as newer versions have it, or text.
    pub fn write_plain_numbers(&self, plain: bool) {
        self.database.tables().plain_numbers = plain;
    }
}

impl Database {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Play for Database {
    fn answer(&self, _: &Stage, call: &Call) -> Response {
        let query = String::from_utf8_lossy(&call.body);
        if call.parameter("user").as_deref() != Some("demo") {
            return exception(StatusCode::FORBIDDEN, 516, "Authentication failed");
        }
        let asks = [
            "pypi.pypi_downloads_per_day",
            "max(date)",
            "GROUP BY project",
        ];
        if call.method != Method::POST || !asks.iter().all(|part| query.contains(part)) {
            return exception(StatusCode::BAD_REQUEST, 62, "Syntax error");
        }
        let Some(names) = call.parameter("param_names") else {
            let message = "Substitution `names` is not set";
            return exception(StatusCode::BAD_REQUEST, 456, message);
        };
        let tables = self.tables();
        let mut rows: Vec<Value> = names
            .trim_matches(['[', ']'])
            .split(',')
            .map(|name| name.trim().trim_matches('\''))
            .filter_map(|name| match tables.projects.get(name) {
                Some(downloads) => Some(tables.row(name, downloads, &tables.newest_day)),
                None => tables.counted(name, &query),
            })
            .collect();
        if rows.len() > tables.most_rows {
            if call.parameter("result_overflow_mode").as_deref() == Some("throw") {
                let message = "Limit for result exceeded";
                return exception(StatusCode::INTERNAL_SERVER_ERROR, 396, message);
            }
            rows.truncate(tables.most_rows);
        }
        if call.parameter("default_format").as_deref() == Some("JSON") {
            let body = json!({ "meta": [], "rows": rows.len(), "data": rows });
            return body.to_string().into_response();
        }
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        lines.join("\n").into_response()
    }
}

impl Tables {
    /// The row of a project whose days are known, as `query` limits them.
    fn counted(&self, project: &str, query: &str) -> Option<Value> {
        let words: String = query.split_whitespace().collect();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let is_over = ["date<today()", "date<toDate(now("]
            .iter()
            .any(|limit| words.contains(limit));
        let all = self.days.values().flat_map(BTreeMap::keys).copied();
        let newest = all.filter(|day| !is_over || *day < today).max()?;
        let ends = words.contains("date<=newest") || words.contains("date<=as_of");
        let days = self.days.get(project)?.iter();
        let days: Vec<(Date, u64)> = days
            .map(|(day, count)| (*day, *count))
            .filter(|(day, _)| !ends || *day <= newest)
            .collect();
        if days.is_empty() {
            return None;
        }
        let since = |length: i64| -> u64 {
            let first = newest.checked_sub((length - 1).days()).unwrap_or(newest);
            let within = days.iter().filter(|(day, _)| *day >= first);
            within.map(|(_, count)| count).sum()
        };
        let downloads = Downloads {
            last_day: days
                .iter()
                .filter(|(day, _)| *day == newest)
                .map(|(_, count)| count)
                .sum(),
            last_week: since(7),
            last_month: since(30),
            total: days.iter().map(|(_, count)| count).sum(),
        };
        Some(self.row(project, &downloads, &newest.to_string()))
    }

    fn row(&self, project: &str, downloads: &Downloads, newest_day: &str) -> Value {
        let number = |number: u64| {
            if self.plain_numbers {
                json!(number)
            } else {
                json!(number.to_string())
            }
        };
        json!({
            "project": project,
            "as_of": newest_day,
            "last_day": number(downloads.last_day),
            "last_week": number(downloads.last_week),
            "last_month": number(downloads.last_month),
            "total": number(downloads.total),
        })
    }
}

fn exception(status: StatusCode, code: u16, message: &str) -> Response {
    (status, format!("Code: {code}. DB::Exception: {message}.\n")).into_response()
}
