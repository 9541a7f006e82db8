//! What is at an address below `/api/v1/`. No I/O.

use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::resources::Listed;

/// Where the API is.
pub const PREFIX: &str = "/api/v1/";
/// Bytes of the longest part of a path.
const LONGEST_PART: usize = 500;

/// What somebody asks for.
#[derive(Debug, Clone)]
pub(super) enum Address {
    /// What there is.
    Index,
    /// The description of the API, and the pages that show it.
    Document,
    SwaggerPage,
    RedocPage,
    Asset(String),
    Profiles,
    Packages,
    Package(String),
    Releases(String),
    Release(String, String),
    Dependents(String),
    LookUp,
    Metrics,
    Keys,
    /// The rows of a table.
    List(Listed),
    /// One row.
    Row(Listed, String),
}

impl Address {
    /// Reads a path; `None` if nothing is there.
    pub(super) fn parse(path: &str) -> Option<Self> {
        let rest = match path {
            "/api/v1" => "",
            path => path.strip_prefix(PREFIX)?,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let parts: Option<Vec<String>> = rest
            .split('/')
            .map(|part| {
                let decoded = percent_decode_str(part).decode_utf8().ok()?;
                (decoded.len() <= LONGEST_PART).then(|| decoded.into_owned())
            })
            .collect();
        let parts = parts?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts.len() > 1 && parts.contains(&"") {
            return None;
        }
        let own = str::to_owned;
        Some(match *parts.as_slice() {
            [""] => Self::Index,
            ["openapi.json"] => Self::Document,
            ["docs"] => Self::SwaggerPage,
            ["redoc"] => Self::RedocPage,
            ["assets", name] => Self::Asset(own(name)),
            ["profiles"] => Self::Profiles,
            ["packages"] => Self::Packages,
            ["packages", name] => Self::Package(own(name)),
            ["packages", name, "releases"] => Self::Releases(own(name)),
            ["packages", name, "releases", version] => Self::Release(own(name), own(version)),
            ["packages", name, "dependents"] => Self::Dependents(own(name)),
            ["lookup"] => Self::LookUp,
            ["metrics"] => Self::Metrics,
            ["keys"] => Self::Keys,
            [name] => Self::List(Listed::at(name)?),
            [name, one] => {
                let listed = Listed::at(name)?;
                listed.detail?;
                Self::Row(listed, own(one))
            }
            _ => return None,
        })
    }

    /// The methods that it takes.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::LookUp => "POST, OPTIONS",
            Self::List(listed) if listed.path == "jobs" => "GET, HEAD, POST, OPTIONS",
            Self::Row(listed, _) if listed.path == "jobs" => "GET, HEAD, DELETE, OPTIONS",
            _ => "GET, HEAD, OPTIONS",
        }
    }

    /// Whether it takes a method.
    pub(super) fn takes(&self, method: &Method) -> bool {
        let mut methods = self.methods().split(", ");
        methods.any(|one| one == method.as_str())
    }
}
