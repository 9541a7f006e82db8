//! One node: where it is, and how it did when it was asked last.
//!
//! A server has an address. The engine of a folder may move: its process ends and another one
//! takes its place. Asked by [`Nodes`](super::nodes::Nodes) alone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::HOST;
use axum::http::{HeaderValue, Request, Response, Uri};
use bytes::Bytes;

use super::Embedded;
use super::nodes::{Fault, fault, innermost};

pub(super) struct Node {
    place: Place,
    down_until: Mutex<Option<Instant>>,
}

/// Where a node is found.
enum Place {
    /// A server at an address without a slash at the end, without user and password.
    Server { base: String, http: reqwest::Client },
    /// Wherever the engine of a folder answers now.
    Embedded(Arc<Embedded>),
}

impl Node {
    pub(super) fn server(base: String, http: reqwest::Client) -> Self {
        Self {
            place: Place::Server { base, http },
            down_until: Mutex::new(None),
        }
    }

    pub(super) fn embedded(engine: Arc<Embedded>) -> Self {
        Self {
            place: Place::Embedded(engine),
            down_until: Mutex::new(None),
        }
    }

    /// For people to read; for ledger and locks to know it by.
    pub(super) fn name(&self) -> String {
        match &self.place {
            Place::Server { base, .. } => base.clone(),
            Place::Embedded(engine) => engine.identity(),
        }
    }

    /// Sends a request whose address begins with its path.
    pub(super) async fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> Result<Response<Body>, (Fault, String)> {
        let unsent = |error: &dyn std::error::Error| (Fault::Unsent, innermost(error));
        match &self.place {
            Place::Server { base, http } => {
                let address = format!("{base}{}", request.uri());
                *request.uri_mut() = address.parse::<Uri>().map_err(|error| unsent(&error))?;
                let request: reqwest::Request =
                    request.try_into().map_err(|error| unsent(&error))?;
                let answer = http.execute(request).await.map_err(|error| fault(&error))?;
                Ok(Response::<reqwest::Body>::from(answer).map(Body::new))
            }
            Place::Embedded(engine) => {
                let local = HeaderValue::from_static("localhost");
                request.headers_mut().insert(HOST, local);
                engine.send(request.map(Body::from)).await
            }
        }
    }

    /// Whether it is the engine of a folder. It tells where its answers end, and after a
    /// connection broke another process may answer for it.
    pub(super) fn is_embedded(&self) -> bool {
        matches!(self.place, Place::Embedded(_))
    }

    pub(super) fn is_down(&self) -> bool {
        let until = *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| until > Instant::now())
    }

    pub(super) fn mark(&self, down_for: Option<Duration>) {
        let until = down_for.map(|duration| Instant::now() + duration);
        *self
            .down_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = until;
    }
}
