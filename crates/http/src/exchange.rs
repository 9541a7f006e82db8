//! The requests and responses of the client: plain data.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use url::Url;

/// A request for a URL. Equal requests in flight at the same time are sent once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// With the scheme `http` or `https`.
    pub url: Url,
    /// The kind under which [`crate::HttpStatistics::requests`] counts it.
    pub kind: &'static str,
    /// The `Accept` header.
    pub accept: Option<&'static str>,
    /// The longest body accepted, in bytes after decompression.
    pub body_limit: u64,
    /// The `ETag` of the body that the caller already has. The response may then be "not modified".
    pub etag: Option<String>,
    /// Whether to return the response whatever its status, without retries and without honouring
    /// `Retry-After`.
    pub any_status: bool,
}

impl Hash for HttpRequest {
    /// The URL alone distinguishes nearly all requests.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.url.hash(state);
    }
}

impl HttpRequest {
    /// A plain request with a limit of 16 MiB for the body of the response.
    #[must_use]
    pub fn new(url: Url, kind: &'static str) -> Self {
        Self {
            url,
            kind,
            accept: None,
            body_limit: 16 << 20,
            etag: None,
            any_status: false,
        }
    }

    /// Sets the `Accept` header.
    #[must_use]
    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = Some(accept);
        self
    }

    /// Limits the body of the response to `bytes` bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Sets the `ETag` of the body that the caller already has, if any.
    #[must_use]
    pub fn etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }

    /// Returns responses of any status to the caller.
    #[must_use]
    pub fn any_status(mut self) -> Self {
        self.any_status = true;
        self
    }
}

/// A complete response, cheap to clone: a success, "not modified", or any status if the request
/// allows that with [`HttpRequest::any_status`].
#[derive(Debug, Clone)]
pub struct HttpResponse {
    /// 200 to 299, or 304; any if the request allows it.
    pub status: u16,
    /// Decompressed; empty if not modified.
    pub body: Bytes,
    /// Whether the body with the request's `etag` is still current.
    pub not_modified: bool,
    /// Whether it came from another URL than the one that was requested.
    pub was_redirected: bool,
    pub(crate) headers: Arc<HeaderMap>,
}

impl HttpResponse {
    /// The value of a header, if it is present and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The `ETag` to send with the next request for the same URL.
    #[must_use]
    pub fn etag(&self) -> Option<&str> {
        self.header("etag")
    }
}
