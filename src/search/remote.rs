//! A Typesense server at an address, reached over HTTP: the transport of a remote node.
//!
//! Never follows a redirect, which would carry the key to another host, and never shows what an
//! address may hold of user and password. Made by [`Client`](super::Client).

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, Uri};
use bytes::Bytes;
use futures::future::BoxFuture;
use pyfa_http::Proxies;
use reqwest::redirect::Policy;
use url::Url;

use super::SearchError;
use super::transport::{Transport, TransportError};

/// How long a connection may take; a node that is slower counts as down.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A server at an address.
pub(super) struct RemoteNode {
    /// Without a slash at the end, without user and password.
    base: String,
    http: reqwest::Client,
}

impl RemoteNode {
    /// Checks the address; nothing is sent yet.
    pub(super) fn new(address: &Url, http: reqwest::Client) -> Result<Self, SearchError> {
        let unusable = |why: &str| {
            // Neither user nor password may reach the message.
            let host = address.host_str().unwrap_or_default();
            Err(SearchError::Setting {
                setting: "TYPESENSE_NODES",
                why: format!("{}://{host}: {why}", address.scheme()),
            })
        };
        if !matches!(address.scheme(), "http" | "https") {
            return unusable("the protocol has to be http or https");
        }
        if !address.has_host() {
            return unusable("the host is missing");
        }
        if !address.username().is_empty() || address.password().is_some() {
            return unusable(
                "user and password do not belong in the address; set TYPESENSE_API_KEY",
            );
        }
        if address.query().is_some() || address.fragment().is_some() {
            return unusable("an address has neither `?` nor `#`");
        }
        Ok(Self {
            base: address.as_str().trim_end_matches('/').to_owned(),
            http,
        })
    }

    async fn execute(&self, mut request: Request<Bytes>) -> Result<Response<Body>, TransportError> {
        let address = format!("{}{}", self.base, request.uri());
        *request.uri_mut() = address.parse::<Uri>().map_err(TransportError::not_sent)?;
        let request = reqwest::Request::try_from(request).map_err(TransportError::not_sent)?;
        let response = self.http.execute(request).await.map_err(transport_error)?;
        Ok(Response::<reqwest::Body>::from(response).map(Body::new))
    }
}

impl Transport for RemoteNode {
    fn address(&self) -> String {
        self.base.clone()
    }

    fn is_embedded(&self) -> bool {
        false
    }

    fn send(
        &self,
        request: Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        Box::pin(self.execute(request))
    }
}

/// The HTTP client that all remote nodes share.
pub(super) fn http_client() -> Result<reqwest::Client, SearchError> {
    #[expect(clippy::disallowed_methods, reason = "the one search client")]
    let client = reqwest::Client::builder();
    // Never for a server on this machine: the key would leave it.
    Proxies::from_environment()
        .apply(client)
        .user_agent(concat!("pyfa/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // Without compression the end of an export is known from its framing alone.
        .no_gzip()
        .connect_timeout(CONNECT_TIMEOUT)
        .build()
        .map_err(|error| SearchError::Setting {
            setting: "the HTTP client",
            why: error.to_string(),
        })
}

fn transport_error(error: reqwest::Error) -> TransportError {
    if error.is_connect() || error.is_builder() {
        TransportError::not_sent(error)
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::interrupted(error)
    }
}
