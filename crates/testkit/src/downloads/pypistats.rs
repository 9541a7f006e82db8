//! A fake of pypistats.org: `GET /api/packages/<name>/recent`, thirty a minute.
//!
//! As there, `.` and `_` in a name become `-`, and its case is left as it is; a project is stored
//! under its normalised name. A minute passes when the test advances the clock of the [`Stage`].

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::Downloads;
use crate::stage::{Call, Loopback, Play, Stage, router};

const PER_MINUTE: u32 = 30;

/// A running fake; dropping it closes its connections.
#[derive(Debug)]
pub struct FakePyPiStats {
    stage: Arc<Stage>,
    service: Arc<Service>,
    server: Loopback,
}

#[derive(Debug, Default)]
struct Service(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    projects: BTreeMap<String, Downloads>,
    minute: u64,
    in_minute: u32,
}

impl FakePyPiStats {
    /// Without projects, on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        let stage = Arc::new(Stage::default());
        let service = Arc::new(Service::default());
        let router = router(stage.clone(), service.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Loopback::serve(router, address, "fake-pypistats")?;
        Ok(Self {
            stage,
            service,
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

    /// Sets the numbers of a project, by its normalised name; it knows no total.
    pub fn set(&self, project: &str, downloads: Downloads) {
        let projects = &mut self.service.counted().projects;
        projects.insert(project.to_owned(), downloads);
    }
}

impl Service {
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Play for Service {
    fn answer(&self, stage: &Stage, call: &Call) -> Response {
        let mut counted = self.counted();
        let minute = stage.now() / 60;
        if counted.minute != minute {
            (counted.minute, counted.in_minute) = (minute, 0);
        }
        counted.in_minute += 1;
        if counted.in_minute > PER_MINUTE {
            let page = Html("<!doctype html><title>429 Too Many Requests</title>");
            return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
        }
        let parts: Vec<&str> = call.path.split('/').skip(1).collect();
        let ["api", "packages", name, "recent"] = parts.as_slice() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let name = name.replace(['.', '_'], "-");
        let Some(downloads) = counted.projects.get(&name) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let body = json!({
            "data": {
                "last_day": downloads.last_day,
                "last_week": downloads.last_week,
                "last_month": downloads.last_month,
            },
            "package": name,
            "type": "recent_downloads",
        });
        ([("content-type", "application/json")], body.to_string()).into_response()
    }
}
