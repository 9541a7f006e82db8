//! The ways in which a request can end without an answer.
//!
//! Each names the URL without credentials and query, and none holds a body beyond a short
//! excerpt. Errors are cheap to clone, because merged requests share them.

use std::{fmt, time::Duration};

use url::Url;

/// Why there is no answer.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server says that there is no such thing: 404 or 410.
    #[error("{url} does not exist (status {status})")]
    NotFound { url: SafeUrl, status: u16 },
    /// The server understood and declined, or redirects to where we do not follow.
    #[error("{url} was refused (status {status}): {message}")]
    Refused {
        url: SafeUrl,
        status: u16,
        /// The beginning of the server's own words, on one line.
        message: String,
    },
    /// The host wants to be left alone for this long.
    #[error("{url} asks to be left alone for {} s: try again then", after.as_secs())]
    Wait { url: SafeUrl, after: Duration },
    /// The body is larger than the request allows, as announced or while reading.
    #[error("{url} answers with more than the {limit} bytes allowed")]
    TooLarge { url: SafeUrl, limit: u64 },
    /// No usable answer: 5xx, time-out, half a body, no connection.
    #[error("{url} gave no usable answer in {attempts} {}: {reason}", times(*attempts))]
    Broken {
        url: SafeUrl,
        attempts: u32,
        reason: String,
    },
}

impl Error {
    /// Whether the server said that there is no such thing: the only error that may delete.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the same request may succeed later, without anybody doing anything.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Wait { .. } | Self::Broken { .. })
    }

    /// How long the host wants to be left alone, if that is what it said.
    #[must_use]
    pub fn wait(&self) -> Option<Duration> {
        match self {
            Self::Wait { after, .. } => Some(*after),
            _ => None,
        }
    }
}

fn times(attempts: u32) -> &'static str {
    if attempts == 1 { "attempt" } else { "attempts" }
}

/// A URL that may be shown: no user, no password, no query values, no fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SafeUrl(String);

impl From<&Url> for SafeUrl {
    fn from(url: &Url) -> Self {
        let mut shown = url.clone();
        // Both fail only for URLs that cannot carry credentials in the first place.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_fragment(None);
        shown.set_query(url.query().map(|_| "…"));
        // The setter escapes the ellipsis.
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
        let error = Error::Broken {
            url: SafeUrl::from(&url),
            attempts: 1,
            reason: "status 500".to_owned(),
        };
        assert_eq!(
            error.to_string(),
            "https://example.org:8443/a/b?… gave no usable answer in 1 attempt: status 500"
        );
        assert!(!format!("{error:?}").contains("hush"));
        Ok(())
    }
}
