//! What a page function gives back: a body with its type and how long it keeps, or why there is none.

use axum::http::StatusCode;

use crate::search::SearchError;

use super::address::Address;
use super::parameters::ParameterError;

/// A successful answer.
#[derive(Debug, Clone)]
pub struct Page {
    pub content_type: &'static str,
    pub body: Vec<u8>,
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
    /// A mistake in the program, or in a template of the operator's.
    Broken(anyhow::Error),
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
        Self {
            content_type,
            body: text.into_bytes(),
            cache,
            last_modified: None,
            file_name: None,
        }
    }
}

impl PageError {
    /// The status of the page about it.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
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
