//! A recorded registry: the newest releases of a few dozen real projects, compiled in.
//!
//! [`Sample::serve`] answers on loopback as the registry answered when it was recorded, index and
//! project documents, so that the pipeline can be tried without a network and works exactly as it
//! does with PyPI. It sends no requests, and knows no older releases. Called by `cli`.
//!
//! `scripts/record-sample` makes a new recording.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::RegistryError;
use crate::model::ProjectName;

static RECORDING: &[u8] = include_bytes!("../../sample/projects.jsonl.gz");

/// The name under which ledger and cache keep what was read of it.
pub const NAME: &str = "sample";

const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";

/// The recording, unpacked.
#[derive(Debug)]
pub struct Sample {
    recorded: String,
    index: Bytes,
    projects: BTreeMap<String, Bytes>,
}

#[derive(Deserialize)]
struct Head {
    recorded: String,
}

#[derive(Deserialize)]
struct Project {
    info: Info,
    last_serial: u64,
}

#[derive(Deserialize)]
struct Info {
    name: String,
}

impl Sample {
    /// Unpacks the recording.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Broken`] if the program was built with a recording that cannot be read.
    pub fn open() -> Result<Self, RegistryError> {
        let mut lines = BufReader::new(GzDecoder::new(RECORDING)).lines();
        let head = lines
            .next()
            .transpose()
            .map_err(broken)?
            .unwrap_or_default();
        let head: Head = serde_json::from_str(&head).map_err(broken)?;
        let mut projects = BTreeMap::new();
        let mut names = Vec::new();
        let mut newest = 0;
        for line in lines {
            let line = line.map_err(broken)?;
            let project: Project = serde_json::from_str(&line).map_err(broken)?;
            newest = newest.max(project.last_serial);
            names.push(json!({"name": project.info.name, "_last-serial": project.last_serial}));
            let name = ProjectName::new(&project.info.name);
            projects.insert(name.as_str().to_owned(), Bytes::from(line));
        }
        let index = json!({
            "meta": {"api-version": "1.4", "_last-serial": newest},
            "projects": names,
        });
        Ok(Self {
            recorded: head.recorded,
            index: index.to_string().into(),
            projects,
        })
    }

    /// The day of the recording.
    #[must_use]
    pub fn recorded(&self) -> &str {
        &self.recorded
    }

    /// How many projects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.projects.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.projects.is_empty()
    }

    /// Answers on a loopback port of its own for as long as the runtime lives; returns the base URL.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Broken`] if no port can be had.
    pub async fn serve(self) -> Result<Url, RegistryError> {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let routes = Router::new()
            .route("/simple/", get(index))
            .route("/pypi/{name}/json", get(project))
            .with_state(Arc::new(self));
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!("the sample's registry has stopped: {error}");
            }
        });
        Url::parse(&format!("http://{address}/")).map_err(broken)
    }
}

async fn index(State(sample): State<Arc<Sample>>) -> Response {
    ([(header::CONTENT_TYPE, SIMPLE_JSON)], sample.index.clone()).into_response()
}

async fn project(State(sample): State<Arc<Sample>>, Path(name): Path<String>) -> Response {
    match sample.projects.get(&name) {
        Some(document) => (
            [(header::CONTENT_TYPE, "application/json")],
            document.clone(),
        )
            .into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn broken(error: impl std::fmt::Display) -> RegistryError {
    RegistryError::Broken {
        what: "the recorded sample".to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Sample;

    #[test]
    fn the_recording_can_be_read() -> Result<(), super::RegistryError> {
        let sample = Sample::open()?;
        assert!(sample.len() >= 36 && !sample.is_empty());
        assert!(sample.projects.contains_key("plone-restapi"));
        assert_eq!(sample.recorded().len(), "2026-01-01".len());
        Ok(())
    }
}
