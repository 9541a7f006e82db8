//! What is at an address below `/api/v1/`. No I/O.

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
        Some(match *parts.as_slice() {
            [""] => Self::Index,
            [name] => Self::List(Listed::at(name)?),
            [name, one] if !one.is_empty() => {
                let listed = Listed::at(name)?;
                listed.detail?;
                Self::Row(listed, one.to_owned())
            }
            _ => return None,
        })
    }

    /// The methods that it takes besides `OPTIONS`.
    pub(super) fn methods(&self) -> &'static str {
        match self {
            Self::Index | Self::List(_) | Self::Row(..) => "GET, HEAD, OPTIONS",
        }
    }
}
