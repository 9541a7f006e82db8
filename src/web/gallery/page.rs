//! What a page function gives back: a body with its type and how long it keeps, or why there is none.

use std::io::Write;

use axum::http::StatusCode;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::search::SearchError;

use super::address::Address;
use super::parameters::ParameterError;
use super::plain_text::shown_json;
use crate::web::base_path::BasePath;
use crate::web::concurrency::Overloaded;

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Page {
    pub content_type: &'static str,
    pub body: Bytes,
    /// The body compressed with gzip, where that was done for all who ask.
    pub gzip: Option<Bytes>,
    pub cache: CachePolicy,
    /// Unix seconds of the newest entry, for feeds.
    pub last_modified: Option<i64>,
    /// The name under which a browser saves it.
    pub file_name: Option<String>,
}

/// How long an answer may be used without asking again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    List,
    Package,
    Feed,
    /// Its address changes with its content.
    Immutable,
    Never,
}

impl CachePolicy {
    /// The value of `Cache-Control`.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::List => "public, max-age=60, stale-while-revalidate=600",
            Self::Package => "public, max-age=300, stale-while-revalidate=3600",
            Self::Feed => "public, max-age=600, stale-while-revalidate=3600",
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Never => "no-store",
        }
    }
}

/// Why there is no page.
#[derive(Debug)]
pub enum PageError {
    /// It has another address, and takes the same parameters there.
    Moved { to: String },
    /// The same is shown at this address, with its parameters.
    Canonical { to: String },
    /// There is nothing at this address.
    NotFound(Missing),
    /// The request asks for something that cannot be.
    BadRequest(String),
    /// The search server does not answer now.
    Unavailable(anyhow::Error),
    /// Too many visitors wait already.
    Overloaded,
    /// A mistake in the program, or in a template of the operator's.
    Broken(anyhow::Error),
}

impl From<Overloaded> for PageError {
    fn from(_: Overloaded) -> Self {
        Self::Overloaded
    }
}

/// What is missing, so that the page can help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// No place has this address.
    Address,
    Profile,
    /// The profile has no such package.
    Package {
        name: String,
    },
    /// The package has fewer pages of releases.
    PageOfReleases {
        name: String,
    },
    /// The package has no such release.
    Release {
        name: String,
        version: String,
    },
}

impl Page {
    /// A page of HTML.
    #[must_use]
    pub fn html(body: String, cache: CachePolicy) -> Self {
        Self::file("text/html; charset=utf-8", body, cache)
    }

    /// Text of any type.
    #[must_use]
    pub fn file(content_type: &'static str, text: String, cache: CachePolicy) -> Self {
        Self::content(content_type, text.into(), cache)
    }

    /// Content of any type.
    #[must_use]
    pub fn content(content_type: &'static str, body: Bytes, cache: CachePolicy) -> Self {
        Self {
            content_type,
            body,
            gzip: None,
            cache,
            last_modified: None,
            file_name: None,
        }
    }

    /// JSON of any type.
    #[must_use]
    pub fn json(content_type: &'static str, mut value: Value, cache: CachePolicy) -> Self {
        shown_json(&mut value);
        Self::file(content_type, value.to_string(), cache)
    }

    /// The same for visitors of a gallery below a path of its host.
    #[must_use]
    pub(super) fn below(self, path: &BasePath) -> Self {
        if !self.content_type.starts_with("text/html") || path.as_str().is_empty() {
            return self;
        }
        let html = String::from_utf8_lossy(&self.body);
        let body = path.in_page(&html).into_owned().into();
        Self { body, ..self }
    }

    /// The same, compressed once for all who will ask for it.
    #[must_use]
    pub fn compressed(self) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let gzip = encoder
            .write_all(&self.body)
            .and_then(|()| encoder.finish());
        Self {
            gzip: gzip.ok().map(Bytes::from),
            ..self
        }
    }

    /// Bytes in memory, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len() + self.gzip.as_ref().map_or(0, Bytes::len)
    }
}

impl PageError {
    /// The status of the page about it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) | Self::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Self::Moved { .. } | Self::Canonical { .. } | Self::Broken(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    pub(super) fn moved(to: &Address) -> Self {
        Self::Moved { to: to.to_string() }
    }
}

impl From<SearchError> for PageError {
    fn from(error: SearchError) -> Self {
        match error {
            // Of a collection: pages look nothing else up by name.
            SearchError::NotFound { .. } => Self::NotFound(Missing::Profile),
            error => Self::Unavailable(error.into()),
        }
    }
}

impl From<ParameterError> for PageError {
    fn from(error: ParameterError) -> Self {
        Self::BadRequest(error.to_string())
    }
}

impl From<minijinja::Error> for PageError {
    fn from(error: minijinja::Error) -> Self {
        Self::Broken(anyhow::Error::new(error).context("a template cannot be rendered"))
    }
}
