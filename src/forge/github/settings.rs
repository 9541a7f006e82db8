//! Settings of the client, and what the HTTP client needs of them.

use std::time::Duration;

use pyfa_http::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::forge::ForgeError;

const API_VERSION: &str = "2022-11-28";

/// The settings of the client.
#[derive(Debug, Clone)]
pub struct GitHubSettings {
    /// The address of the API.
    pub api_url: Url,
    /// Without a token, GitHub allows 60 requests per hour.
    pub token: Option<SecretString>,
    /// The pause between two requests.
    pub cool_off: Duration,
    /// The share of each quota to use, from 0 to 1.
    pub quota_share: f64,
    /// Points of each quota that are left alone, whatever the share.
    pub reserve: u64,
    /// Only changed by tests.
    pub pace: RequestPacing,
}

/// Batch size, pauses and timeouts.
#[derive(Debug, Clone)]
pub struct RequestPacing {
    /// The most repositories in one query.
    pub batch_size: usize,
    /// The pause after a rate limit without `Retry-After`; doubles with each further one.
    pub first_pause: Duration,
    /// The longest pause to wait out; a longer one is [`ForgeError::Wait`].
    pub patience: Duration,
    /// The pause before the first retry; doubles with each.
    pub backoff: Duration,
    /// How long GitHub may send nothing before a request fails.
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
            why: "it contains characters that are not allowed in a token".to_owned(),
        })?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static("authorization"), value);
    }
    Ok(headers)
}

pub(super) fn rate(cool_off: Duration) -> Option<f64> {
    (!cool_off.is_zero()).then(|| 1.0 / cool_off.as_secs_f64())
}

/// Distinguishes tokens, and is too short to recover one.
pub(super) fn digest(token: &SecretString) -> String {
    let hash = xxhash_rust::xxh3::xxh3_64(token.expose_secret().trim().as_bytes());
    format!("{:08x}", hash & 0xffff_ffff)
}

/// The GraphQL API that belongs to a REST API: on github.com next to it, on a GitHub Enterprise
/// server next to its `v3` folder.
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
