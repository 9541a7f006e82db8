//! The addresses of Git-o-matic. All but files end with a slash.

use std::fmt;

/// Where the documents of the API are, which describes these addresses too.
const SWAGGER: &str = "/api/v1/docs";
const REDOC: &str = "/api/v1/redoc";
const DOCUMENT: &str = "/api/v1/openapi.json";

/// Whether a path is one of these.
#[must_use]
pub fn is_path(path: &str) -> bool {
    path == "/github" || path.starts_with("/github/") || path == "/health/"
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    Root,
    Developers,
    Developer(String),
    Repositories,
    Repository(String),
    RateLimits,
    RateLimit(String),
    Tasks,
    /// Something that describes the addresses, and where that is.
    Documents(&'static str),
    Health,
}

/// What a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Parsed {
    There(Address),
    /// It lacks the slash at its end.
    WithoutSlash(Address),
    Nowhere,
}

impl Address {
    pub(super) fn parse(path: &str) -> Parsed {
        let address = match path.trim_start_matches('/').trim_end_matches('/') {
            "health" => Some(Self::Health),
            "github" => Some(Self::Root),
            rest => rest.strip_prefix("github/").and_then(Self::within),
        };
        let bare = path.trim_end_matches('/');
        let is_file = matches!(bare.rsplit('.').next(), Some("json" | "yaml"));
        match address {
            Some(address) if path.ends_with('/') != is_file => Parsed::There(address),
            Some(address) if !is_file => Parsed::WithoutSlash(address),
            _ => Parsed::Nowhere,
        }
    }

    fn within(rest: &str) -> Option<Self> {
        Some(match rest.split_once('/') {
            None => match rest {
                "developers" => Self::Developers,
                "repositories" => Self::Repositories,
                "rate_limit" => Self::RateLimits,
                "tasks" => Self::Tasks,
                "swagger" => Self::Documents(SWAGGER),
                "redoc" => Self::Documents(REDOC),
                "swagger.json" | "swagger.yaml" => Self::Documents(DOCUMENT),
                _ => return None,
            },
            Some((_, id)) if id.is_empty() || id.contains('/') || !is_plain(id) => return None,
            Some(("developers", id)) => Self::Developer(id.to_owned()),
            Some(("repositories", id)) => Self::Repository(id.to_owned()),
            Some(("rate_limit", id)) => Self::RateLimit(id.to_owned()),
            Some(_) => return None,
        })
    }

    /// The methods that it takes.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Tasks => "GET, HEAD, POST",
            _ => "GET, HEAD",
        }
    }
}

/// Whether a text can be an id.
fn is_plain(id: &str) -> bool {
    id.len() <= 40
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => formatter.write_str("/github/"),
            Self::Developers => formatter.write_str("/github/developers/"),
            Self::Developer(id) => write!(formatter, "/github/developers/{id}/"),
            Self::Repositories => formatter.write_str("/github/repositories/"),
            Self::Repository(id) => write!(formatter, "/github/repositories/{id}/"),
            Self::RateLimits => formatter.write_str("/github/rate_limit/"),
            Self::RateLimit(id) => write!(formatter, "/github/rate_limit/{id}/"),
            Self::Tasks => formatter.write_str("/github/tasks/"),
            Self::Documents(to) => formatter.write_str(to),
            Self::Health => formatter.write_str("/health/"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, Parsed};

    #[test]
    fn paths_are_read_as_django_reads_them() {
        let id = "b136112b-3ff0-47d3-bbaa-01471666fbe4";
        let developer = format!("/github/developers/{id}/");
        for (path, expected) in [
            ("/github/", Parsed::There(Address::Root)),
            ("/github", Parsed::WithoutSlash(Address::Root)),
            ("/github/tasks/", Parsed::There(Address::Tasks)),
            ("/github/tasks", Parsed::WithoutSlash(Address::Tasks)),
            (
                developer.as_str(),
                Parsed::There(Address::Developer(id.to_owned())),
            ),
            ("/github/developers/a%20b/", Parsed::Nowhere),
            ("/github/developers/a/b/", Parsed::Nowhere),
            ("/github/tasks/1/", Parsed::Nowhere),
            ("/github/swagger.json/", Parsed::Nowhere),
            ("/health/", Parsed::There(Address::Health)),
            ("/github/nothing/", Parsed::Nowhere),
        ] {
            assert_eq!(Address::parse(path), expected, "{path}");
        }
        assert!(matches!(
            Address::parse("/github/swagger.yaml"),
            Parsed::There(Address::Documents(_))
        ));
    }
}
