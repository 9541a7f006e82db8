//! A fake pypistats.org: `GET /api/packages/<name>/recent`, with thirty requests a minute.
//!
//! As on the real service, `.` and `_` in a name become `-`, and its case is kept; a project is
//! stored under its normalised name. Time passes when the test advances the clock of
//! [`ServiceControls`].

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use super::Downloads;
use crate::service::{FakeService, LoopbackServer, ReceivedRequest, ServiceControls, build_router};

const REQUESTS_PER_MINUTE: u32 = 30;

/// A running fake. Dropping it closes its connections.
#[derive(Debug)]
pub struct FakePyPiStats {
    controls: Arc<ServiceControls>,
    service: Arc<Service>,
    server: LoopbackServer,
}

#[derive(Debug, Default)]
struct Service(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    projects: BTreeMap<String, Downloads>,
    minute: u64,
    in_minute: u32,
}

impl FakePyPiStats {
    /// Starts it without projects, on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        let controls = Arc::new(ServiceControls::default());
        let service = Arc::new(Service::default());
        let router = build_router(controls.clone(), service.clone());
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = LoopbackServer::serve(router, address, "fake-pypistats")?;
        Ok(Self {
            controls,
            service,
            server,
        })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Its clock, faults and request log.
    #[must_use]
    pub fn controls(&self) -> &ServiceControls {
        &self.controls
    }

    /// Sets the numbers of a project, by its normalised name. The total is not used.
    pub fn set(&self, project: &str, downloads: Downloads) {
        let projects = &mut self.service.lock_counts().projects;
        projects.insert(project.to_owned(), downloads);
    }
}

impl Service {
    fn lock_counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeService for Service {
    fn respond(&self, controls: &ServiceControls, request: &ReceivedRequest) -> Response {
        let mut counts = self.lock_counts();
        let minute = controls.now() / 60;
        if counts.minute != minute {
            (counts.minute, counts.in_minute) = (minute, 0);
        }
        counts.in_minute += 1;
        if counts.in_minute > REQUESTS_PER_MINUTE {
            let page = Html("<!doctype html><title>429 Too Many Requests</title>");
            return (StatusCode::TOO_MANY_REQUESTS, page).into_response();
        }
        let parts: Vec<&str> = request.path.split('/').skip(1).collect();
        let ["api", "packages", name, "recent"] = parts.as_slice() else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let dashed = name.replace(['.', '_'], "-");
        let Some(downloads) = counts.projects.get(&dashed) else {
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
