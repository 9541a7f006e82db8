//! A fake of the public `ClickHouse` instance, for one query about many projects.
//!
//! `POST /?user=demo&default_format=JSONEachRow&param_names=['a','b']` with a query over
//! `pypi.pypi_downloads_per_day` that ends its windows at `max(date)` returns a row per
//! known project: `project`, `as_of`, `last_day`, `last_week`, `last_month`, `total`. The format
//! `JSON` is supported too. Tests set the numbers of a project, or add counts day by day, including
//! a partial today; then the windows follow the date limits of the query. As on the real instance,
//! 64-bit numbers are strings by default, and a result beyond the limit is truncated silently
//! unless `result_overflow_mode=throw`.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::Downloads;
use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};

/// A running `ClickHouse`.
pub type FakeClickHouse = Fake<ClickHouseTables>;

/// What the instance holds.
#[derive(Debug)]
pub struct ClickHouseTables {
    projects: BTreeMap<String, Downloads>,
    /// The downloads of each day, by project.
    days: BTreeMap<String, BTreeMap<Date, u64>>,
    newest_day: String,
    max_rows: usize,
    plain_numbers: bool,
}

impl Default for ClickHouseTables {
    fn default() -> Self {
        Self {
            projects: BTreeMap::new(),
            days: BTreeMap::new(),
            newest_day: "2025-12-31".to_owned(),
            max_rows: usize::MAX,
            plain_numbers: false,
        }
    }
}

impl FakeClickHouse {
    /// Sets the numbers of a project, by its normalised name.
    pub fn set(&self, project: &str, downloads: Downloads) {
        let projects = &mut self.state().projects;
        projects.insert(project.to_owned(), downloads);
    }

    /// Adds downloads of a project on one day, which may be today.
    pub fn add_day(&self, project: &str, day: Date, count: u64) {
        let mut tables = self.state();
        let days = tables.days.entry(project.to_owned()).or_default();
        *days.entry(day).or_default() += count;
    }

    /// Sets the newest day with numbers, such as `2025-12-31`.
    pub fn set_newest_day(&self, day: &str) {
        day.clone_into(&mut self.state().newest_day);
    }

    /// Limits the rows of a result; longer ones are truncated, or refused if the caller asks for it.
    pub fn set_max_rows(&self, rows: usize) {
        self.state().max_rows = rows;
    }

    /// Sets whether 64-bit numbers are written as numbers, as in newer versions, or as strings.
    pub fn write_plain_numbers(&self, plain: bool) {
        self.state().plain_numbers = plain;
    }
}

impl FakeService for ClickHouseTables {
    const NAME: &'static str = "fake-clickhouse";

    fn respond(&mut self, _: &ServiceControls, request: &ReceivedRequest) -> Response {
        let query = String::from_utf8_lossy(&request.body);
        if request.parameter("user").as_deref() != Some("demo") {
            return exception_response(StatusCode::FORBIDDEN, 516, "Authentication failed");
        }
        let required_parts = [
            "pypi.pypi_downloads_per_day",
            "max(date)",
            "GROUP BY project",
        ];
        if request.method != Method::POST || !required_parts.iter().all(|part| query.contains(part))
        {
            return exception_response(StatusCode::BAD_REQUEST, 62, "Syntax error");
        }
        let Some(names) = request.parameter("param_names") else {
            let message = "Substitution `names` is not set";
            return exception_response(StatusCode::BAD_REQUEST, 456, message);
        };
        let mut rows: Vec<Value> = names
            .trim_matches(['[', ']'])
            .split(',')
            .map(|name| name.trim().trim_matches('\''))
            .filter_map(|name| match self.projects.get(name) {
                Some(downloads) => Some(self.row(name, downloads, &self.newest_day)),
                None => self.sum_days(name, &query),
            })
            .collect();
        if rows.len() > self.max_rows {
            if request.parameter("result_overflow_mode").as_deref() == Some("throw") {
                let message = "Limit for result exceeded";
                return exception_response(StatusCode::INTERNAL_SERVER_ERROR, 396, message);
            }
            rows.truncate(self.max_rows);
        }
        if request.parameter("default_format").as_deref() == Some("JSON") {
            let body = json!({ "meta": [], "rows": rows.len(), "data": rows });
            return body.to_string().into_response();
        }
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        lines.join("\n").into_response()
    }
}

impl ClickHouseTables {
    /// The row of a project from its counts per day, within the limits of `query`.
    fn sum_days(&self, project: &str, query: &str) -> Option<Value> {
        let words: String = query.split_whitespace().collect();
        let today = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let excludes_today = ["date<today()", "date<toDate(now("]
            .iter()
            .any(|limit| words.contains(limit));
        let all = self.days.values().flat_map(BTreeMap::keys).copied();
        let newest = all.filter(|day| !excludes_today || *day < today).max()?;
        let ends_at_newest = words.contains("date<=newest") || words.contains("date<=as_of");
        let days = self.days.get(project)?.iter();
        let days: Vec<(Date, u64)> = days
            .map(|(day, count)| (*day, *count))
            .filter(|(day, _)| !ends_at_newest || *day <= newest)
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

fn exception_response(status: StatusCode, code: u16, message: &str) -> Response {
    (status, format!("Code: {code}. DB::Exception: {message}.\n")).into_response()
}
