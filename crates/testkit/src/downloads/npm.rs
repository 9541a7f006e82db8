//! A fake of npm's download counts: `GET /downloads/range/last-month/NAME[,NAME…]`.
//!
//! As on the real service, several names are answered by name, null where one is not known, and one
//! name is answered by itself; up to 128 names at once, none of them with a scope.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};

/// Names in one request.
const MOST_NAMES: usize = 128;
const DAYS: i64 = 30;

/// A running service.
pub type FakeNpmDownloads = Fake<NpmDownloadCounts>;

/// What the service knows.
#[derive(Debug, Default)]
pub struct NpmDownloadCounts {
    /// Downloads on each day, by name.
    packages: BTreeMap<String, u64>,
    newest_day: Option<Date>,
}

impl FakeNpmDownloads {
    /// Sets how often a package is downloaded on each day.
    pub fn set(&self, package: &str, each_day: u64) {
        self.state().packages.insert(package.to_owned(), each_day);
    }

    /// Sets the last day that was counted.
    pub fn set_newest_day(&self, day: Date) {
        self.state().newest_day = Some(day);
    }
}

impl FakeService for NpmDownloadCounts {
    const NAME: &'static str = "fake-npm-downloads";

    fn respond(&mut self, _: &ServiceControls, request: &ReceivedRequest) -> Response {
        let Some(asked) = request.path.strip_prefix("/downloads/range/last-month/") else {
            return error(404, "not found");
        };
        let asked = asked
            .replace("%2F", "/")
            .replace("%2C", ",")
            .replace("%40", "@");
        let names: Vec<&str> = asked.split(',').collect();
        if let [name] = names[..] {
            return match self.month(name) {
                Value::Null => error(404, &format!("package {name} not found")),
                month => answer(200, &month),
            };
        }
        if names.iter().any(|name| name.starts_with('@')) {
            return error(400, "scoped packages not yet supported in bulk lookups");
        }
        if names.len() > MOST_NAMES {
            return error(400, "bulk lookups are limited to 128 packages at a time");
        }
        let months = names
            .iter()
            .map(|name| ((*name).to_owned(), self.month(name)));
        answer(200, &Value::Object(months.collect()))
    }
}

impl NpmDownloadCounts {
    /// The days of a package; null if it is not known.
    fn month(&self, name: &str) -> Value {
        let (Some(each_day), Some(end)) = (self.packages.get(name), self.newest_day) else {
            return Value::Null;
        };
        let start = end.saturating_sub((DAYS - 1).days());
        let days = (0..DAYS).map(|number| {
            let day = start.saturating_add(number.days());
            json!({"downloads": each_day, "day": day.to_string()})
        });
        json!({
            "start": start.to_string(), "end": end.to_string(), "package": name,
            "downloads": days.collect::<Vec<_>>(),
        })
    }
}

fn answer(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    (
        status,
        [("content-type", "application/json")],
        body.to_string(),
    )
        .into_response()
}

fn error(status: u16, message: &str) -> Response {
    answer(status, &json!({ "error": message }))
}
