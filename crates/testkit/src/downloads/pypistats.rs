//! A fake pypistats.org: `GET /api/packages/<name>/recent`, with thirty requests a minute.
//!
//! As on the real service, `.` and `_` in a name become `-`, and its case is kept; a project is
//! stored under its normalised name. Time passes when the test advances the clock of
//! [`ServiceControls`].

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::Downloads;
use crate::service::{Fake, FakeService, ReceivedRequest, ServiceControls};

const REQUESTS_PER_MINUTE: u32 = 30;

/// A running pypistats.
pub type FakePyPiStats = Fake<PyPiStatsCounts>;

/// What the service knows.
#[derive(Debug, Default)]
pub struct PyPiStatsCounts {
    projects: BTreeMap<String, Downloads>,
    minute: u64,
    in_minute: u32,
}

impl FakePyPiStats {
    /// Sets the numbers of a project, by its normalised name. The total is not used.
    pub fn set(&self, project: &str, downloads: Downloads) {
        let projects = &mut self.state().projects;
        projects.insert(project.to_owned(), downloads);
    }
}

impl FakeService for PyPiStatsCounts {
    const NAME: &'static str = "fake-pypistats";

    fn respond(&mut self, controls: &ServiceControls, request: &ReceivedRequest) -> Response {
        let minute = controls.now() / 60;
        if self.minute != minute {
            (self.minute, self.in_minute) = (minute, 0);
        }
        self.in_minute += 1;
        if self.in_minute > REQUESTS_PER_MINUTE {
            let page = Html("<!doctype html><title>429 Too Many Requests</title>");
            return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
        }
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let ["api", "packages", name, "recent"] = parts.as_slice() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let dashed = name.replace(['.', '_'], "-");
        let Some(downloads) = self.projects.get(&dashed) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let body = json!({
            "data": {
                "last_day": downloads.last_day,
                "last_week": downloads.last_week,
                "last_month": downloads.last_month,
            },
            "package": dashed,
            "type": "recent_downloads",
        });
        ([("content-type", "application/json")], body.to_string()).into_response()
    }
}
