//! A fake of the public `ClickHouse` instance: one query, for many projects at once.
//!
//! `POST /?user=demo&default_format=JSONEachRow&param_names=['a','b']` with a query over
//! `pypi.pypi_downloads_per_day` that anchors its windows to `max(date)` is answered by a row per
//! known project: `project`, `as_of`, `last_day`, `last_week`, `last_month`, `total`. The format
//! `JSON` is known too. As on the real instance, 64-bit numbers are text unless told otherwise,
//! and a result beyond the limit is cut without a word unless `result_overflow_mode=throw`.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
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
    newest_day: String,
    most_rows: usize,
    plain_numbers: bool,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            projects: BTreeMap::new(),
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
            .filter_map(|name| Some(tables.row(name, tables.projects.get(name)?)))
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
    fn row(&self, project: &str, downloads: &Downloads) -> Value {
        let number = |number: u64| {
            if self.plain_numbers {
                json!(number)
            } else {
                json!(number.to_string())
            }
        };
        json!({
            "project": project,
            "as_of": self.newest_day,
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
