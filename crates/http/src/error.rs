//! Why a request failed.
//!
//! Errors name the URL without credentials and query, hold at most a short excerpt of a body, and are
//! cheap to clone, because merged requests share them.

use std::{fmt, time::Duration};

use url::Url;

/// Why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The server says that the resource does not exist: 404 or 410.
    #[error("{url} does not exist (status {status})")]
    NotFound { url: SafeUrl, status: u16 },
    /// The server refused the request, or redirected it to another host.
    #[error("{url} refused the request (status {status}): {message}")]
    Refused {
        url: SafeUrl,
        status: u16,
        /// The beginning of the server's message, on one line.
        message: String,
    },
    /// The host is rate limiting us, for longer than we wait or after the last retry.
    #[error("{url} is rate limiting us; retry in {} s", retry_after.as_secs())]
    RateLimited { url: SafeUrl, retry_after: Duration },
    /// The body is larger than the request allows.
    #[error("the response of {url} is larger than the limit of {limit} bytes")]
    TooLarge { url: SafeUrl, limit: u64 },
    /// Every attempt failed: a server error, a timeout, an incomplete body, no connection.
    #[error("{url} failed after {attempts} {}: {reason}", plural(*attempts))]
    Unavailable {
        url: SafeUrl,
        attempts: u32,
        reason: String,
    },
}

impl HttpError {
    /// Whether the server said that the resource does not exist. Only this error may cause a
    /// deletion.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. })
    }

    /// How long to wait before the next request, if the host is rate limiting us.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }
}

fn plural(attempts: u32) -> &'static str {
    if attempts == 1 { "attempt" } else { "attempts" }
}

/// A URL that is safe to show: without user, password, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeUrl(String);

impl From<&Url> for SafeUrl {
    fn from(url: &Url) -> Self {
        let mut shown = url.clone();
        // These fail only for URLs that cannot have credentials.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_fragment(None);
        shown.set_query(url.query().map(|_| "…"));
        // `set_query` escapes the ellipsis.
        Self(shown.as_str().replace("?%E2%80%A6", "?…"))
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_a_url_are_not_shown() -> Result<(), url::ParseError> {
        let url = Url::parse("https://me:hush@example.org:8443/a/b?token=hush&x=1#hush")?;
        let error = HttpError::Unavailable {
            url: SafeUrl::from(&url),
            attempts: 1,
            reason: "status 500".to_owned(),
        };
        assert_eq!(
            error.to_string(),
            "https://example.org:8443/a/b?… failed after 1 attempt: status 500"
        );
        assert!(!format!("{error:?}").contains("hush"));
        Ok(())
    }
}
