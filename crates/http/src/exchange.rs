//! What goes in and what comes out of the client.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use url::Url;

/// A request for one URL. Two equal requests in flight at the same time are sent once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Of the scheme `http` or `https`.
    pub url: Url,
    /// What it counts as in [`crate::Statistics::requests`].
    pub kind: &'static str,
    /// The `Accept` header, a constant of the caller.
    pub accept: Option<&'static str>,
    /// Longest body accepted, in bytes, after decompression.
    pub body_limit: u64,
    /// The `ETag` of what the caller already holds: the answer may then be "not modified".
    pub etag: Option<String>,
    /// Whether every status is an answer, which the caller judges: nothing is tried again and no
    /// pause is kept because of it.
    pub any_status: bool,
}

impl Hash for Request {
    /// The URL tells nearly all requests apart.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.url.hash(state);
    }
}

impl Request {
    /// A plain request whose body may be 16 MiB long.
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

    /// With this `Accept` header.
    #[must_use]
    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = Some(accept);
        self
    }

    /// With a body of at most `bytes` bytes.
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = bytes;
        self
    }

    /// With the `ETag` of what the caller holds, if it holds anything.
    #[must_use]
    pub fn etag(mut self, etag: Option<String>) -> Self {
        self.etag = etag;
        self
    }

    /// With answers of every status given to the caller.
    #[must_use]
    pub fn any_status(mut self) -> Self {
        self.any_status = true;
        self
    }
}

/// A whole answer, cheap to clone: a success, "not modified", or whatever it is where the request
/// takes [`Request::any_status`].
#[derive(Debug, Clone)]
pub struct Answer {
    /// 200 to 299, or 304, or any.
    pub status: u16,
    /// Decompressed and complete; empty if not modified.
    pub body: Bytes,
    /// Whether what the request's `etag` stands for is still current.
    pub not_modified: bool,
    pub(crate) headers: Arc<HeaderMap>,
}

impl Answer {
    /// The value of a header, if it is there and is text.
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
