//! How GitHub is asked, and what follows from that for the HTTP client.

use std::time::Duration;

use pyfa_http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::forge::ForgeError;

const API_VERSION: &str = "2022-11-28";

/// How GitHub is asked.
#[derive(Debug, Clone)]
pub struct GitHubSettings {
    /// Where its API is.
    pub api_url: Url,
    /// Without one GitHub answers 60 calls per hour.
    pub token: Option<SecretString>,
    /// The pause between two calls.
    pub cool_off: Duration,
    /// How much of each quota is used, from 0 to 1.
    pub quota_share: f64,
    /// What is the same for everybody but tests.
    pub pace: RequestPacing,
}

/// Sizes and patience.
#[derive(Debug, Clone)]
pub struct RequestPacing {
    /// Repositories in one query at most.
    pub batch_size: usize,
    /// The pause after a limit that names none; doubles with each further one.
    pub first_pause: Duration,
    /// A pause up to here is kept; a longer one is [`ForgeError::Wait`].
    pub patience: Duration,
    /// The pause before the first retry; doubles with each.
    pub backoff: Duration,
    /// Longest silence of GitHub.
    pub read_timeout: Duration,
}

impl Default for RequestPacing {
    fn default() -> Self {
        Self {
            batch_size: 50,
            first_pause: Duration::from_mins(1),
            patience: Duration::from_mins(5),
            backoff: Duration::from_secs(1),
            read_timeout: Duration::from_secs(30),
        }
    }
}

pub(super) fn headers(token: Option<&SecretString>) -> Result<HeaderMap, ForgeError> {
    let mut headers = HeaderMap::new();
    let version = HeaderName::from_static("x-github-api-version");
    headers.insert(version, HeaderValue::from_static(API_VERSION));
    if let Some(token) = token {
        let credentials = format!("Bearer {}", token.expose_secret().trim());
        let mut value = HeaderValue::from_str(&credentials).map_err(|_| ForgeError::Token {
            forge: "GitHub",
            setting: "GITHUB_TOKEN",
            why: "it has characters that no token has".to_owned(),
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static("authorization"), value);
    }
    Ok(headers)
}

pub(super) fn rate(cool_off: Duration) -> Option<f64> {
    (!cool_off.is_zero()).then(|| 1.0 / cool_off.as_secs_f64())
}

/// Tells tokens apart, and is too short to find one by.
pub(super) fn digest(token: &SecretString) -> String {
    let digest = xxhash_rust::xxh3::xxh3_64(token.expose_secret().trim().as_bytes());
    format!("{:08x}", digest & 0xffff_ffff)
}

/// Beside the REST API on github.com, and beside its version on a server of one's own.
pub(super) fn graphql_url(api_url: &Url) -> Url {
    let path = match api_url.path().strip_suffix("/api/v3/") {
        Some(before) => format!("{before}/api/graphql"),
        None => format!("{}graphql", api_url.path()),
    };
    let mut url = api_url.clone();
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn graphql_is_found_beside_rest() -> Result<(), url::ParseError> {
        for (api, expected) in [
            ("https://api.github.com/", "https://api.github.com/graphql"),
            (
                "https://git.example.org/api/v3/",
                "https://git.example.org/api/graphql",
            ),
            (
                "http://127.0.0.1:8/proxy/",
                "http://127.0.0.1:8/proxy/graphql",
            ),
        ] {
            assert_eq!(graphql_url(&Url::parse(api)?).as_str(), expected);
        }
        Ok(())
    }
}
