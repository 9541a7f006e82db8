//! The engine of a folder as the visitors of web pages use it.
//!
//! Their requests say whose they are, so that they have turns and memory of their own and no crowd of
//! visitors keeps the folder's commands waiting. Otherwise the same as [`EmbeddedEngine`]. Used through
//! [`Client`](crate::search::Client).

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response};
use bytes::Bytes;
use futures::future::BoxFuture;
use pyfa_engine::VISITORS_HEADER;

use super::engine::EmbeddedEngine;
use crate::search::transport::{Transport, TransportError};

/// An engine that is asked for visitors.
pub(in crate::search) struct ForVisitors(pub(in crate::search) Arc<EmbeddedEngine>);

impl Transport for ForVisitors {
    fn address(&self) -> String {
        self.0.address()
    }

    fn is_embedded(&self) -> bool {
        self.0.is_embedded()
    }

    fn send(
        &self,
        mut request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let value = HeaderValue::from_static("1");
        request.headers_mut().insert(VISITORS_HEADER, value);
        self.0.send(request)
    }
}
