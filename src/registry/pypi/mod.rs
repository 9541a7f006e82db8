//! PyPI: the Simple index with its serials, project and release documents, `browse`.
//!
//! Every request uses the normalised name; every answer is checked to be about the project and
//! the version that was asked for, at no older serial than the index has announced. Sources:
//! the registry's Index API (PEP 691), its JSON API, and XML-RPC for `browse` alone.
//!
//! Nothing is kept here: the ledger and the disk cache belong to the pipeline, which calls this
//! through [`Registry`](super::Registry) (`adapter`). Each error names what was asked for, and why
//! it was not given.

mod adapter;
mod answer_error;
mod browse;
mod files;
mod index;
mod project;
mod release;
mod simple;

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::error::RegistryError;
use super::settings::RegistrySettings;
use crate::model::Serial;

pub use project::{ProjectDocument, parse_head, parse_project};

/// The public registry.
pub const PUBLIC_BASE_URL: &str = "https://pypi.org/";
/// XML-RPC calls are dearer to the registry than cached documents.
const PUBLIC_BROWSE_PAUSE: Duration = Duration::from_secs(1);

const INDEX_LIMIT: u64 = 512 << 20;
const DOCUMENT_LIMIT: u64 = 64 << 20;
const SIMPLE_JSON: &str = "application/vnd.pypi.simple.v1+json";

/// Whether the address is that of the public registry, shared by everybody: on whatever path and
/// port of its host.
#[must_use]
pub fn is_public(base_url: &Url) -> bool {
    Url::parse(PUBLIC_BASE_URL).is_ok_and(|public| public.host() == base_url.host())
}

/// The client of one registry. Cheap to clone.
#[derive(Clone)]
pub struct PyPi {
    http: pyfa_http::HttpClient,
    base: Url,
    /// `base` without user and password, or the name that the settings give it.
    identity: String,
    workers: usize,
    stale_retries: u32,
    stale_pause: Duration,
    browse_pause: Duration,
}

impl PyPi {
    /// A client that reads as `settings` say and calls itself `user_agent`; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`RegistryError::Broken`] where no HTTP client can be made of the settings.
    pub fn new(settings: &RegistrySettings, user_agent: &str) -> Result<Self, RegistryError> {
        Ok(Self {
            http: settings.http_client(user_agent, pyfa_http::HeaderMap::new())?,
            base: settings.base_url.clone(),
            identity: settings.identity(),
            workers: settings.max_workers.max(1),
            stale_retries: settings.max_retries.min(2),
            stale_pause: settings.backoff() / 2,
            browse_pause: if is_public(&settings.base_url) {
                PUBLIC_BROWSE_PAUSE
            } else {
                Duration::ZERO
            },
        })
    }

    /// `base` plus `segments`, each percent-encoded, with a final slash where `folder`.
    fn url_of(&self, segments: &[&str], folder: bool) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            for segment in segments {
                // Dot segments would climb; the answer's own name then gives them away.
                path.push(segment);
            }
            if folder {
                path.push("");
            }
        }
        url
    }

    async fn get(
        &self,
        url: Url,
        what: &str,
        kind: &'static str,
        accept: Option<&'static str>,
        body_limit: u64,
    ) -> Result<Bytes, RegistryError> {
        let request = pyfa_http::HttpRequest {
            url,
            accept,
            kind,
            body_limit,
            etag: None,
            any_status: false,
        };
        let answer = self
            .http
            .get(request)
            .await
            .map_err(|error| RegistryError::from_http(what, error))?;
        // A page for people, such as a notice of maintenance, says nothing about the data.
        if answer.body.trim_ascii_start().starts_with(b"<") {
            return Err(RegistryError::Broken {
                what: what.to_owned(),
                why: "it answers with a page of HTML".to_owned(),
            });
        }
        Ok(answer.body)
    }

    /// Asks until the answer is at `announced` or newer: an announced change may take a moment to
    /// reach the registry's caches.
    async fn until_fresh<T, F>(
        &self,
        announced: Option<Serial>,
        serial_of: impl Fn(&T) -> Option<Serial>,
        what: &str,
        mut ask: impl FnMut() -> F,
    ) -> Result<T, RegistryError>
    where
        F: Future<Output = Result<T, RegistryError>>,
    {
        let mut pause = self.stale_pause;
        let mut attempt = 0;
        loop {
            let answer = ask().await?;
            let found = serial_of(&answer);
            if found >= announced {
                return Ok(answer);
            }
            if attempt == self.stale_retries {
                return Err(RegistryError::Stale {
                    what: what.to_owned(),
                    found: Serial::number(found),
                    wanted: Serial::number(announced),
                });
            }
            attempt += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}
