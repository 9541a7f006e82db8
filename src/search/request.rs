//! A request to the search API before it is known which node gets it, and the paths of what it is
//! about.
//!
//! Says how a request may be sent: whether it may be repeated, whether it waits for a busy server,
//! and how long the response may take. `failover` acts on that.

use axum::http::Method;
use bytes::Bytes;

use super::SearchError;

/// One request to the API.
pub(super) struct ApiRequest {
    /// Completes the sentence "cannot …" in errors.
    pub(super) operation: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// With its question mark; empty without parameters.
    pub(super) query: String,
    pub(super) body: Option<RequestBody>,
    /// Sending it twice has the same effect as sending it once.
    pub(super) is_idempotent: bool,
    /// It may change what the server holds.
    pub(super) writes: bool,
    /// It is sent again to a server that is busy or starting, after a pause.
    pub(super) waits_while_busy: bool,
    pub(super) timeout: Timeout,
}

pub(super) struct RequestBody {
    pub(super) content_type: &'static str,
    pub(super) content: Bytes,
}

/// How long the response may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timeout {
    /// The server answers from memory; the whole response arrives within this time.
    Short,
    /// The server has to work first; the limit is on its silence.
    Long,
}

impl ApiRequest {
    /// `path` begins with a slash; its parts are encoded with [`path_segment`].
    fn new(method: Method, path: String, operation: String) -> Self {
        Self {
            operation,
            is_idempotent: method != Method::POST && method != Method::PATCH,
            writes: method != Method::GET,
            method,
            path,
            query: String::new(),
            body: None,
            waits_while_busy: true,
            timeout: Timeout::Short,
        }
    }

    pub(super) fn get(path: String, operation: String) -> Self {
        Self::new(Method::GET, path, operation)
    }

    pub(super) fn post(path: String, operation: String) -> Self {
        Self::new(Method::POST, path, operation)
    }

    pub(super) fn put(path: String, operation: String) -> Self {
        Self::new(Method::PUT, path, operation)
    }

    pub(super) fn patch(path: String, operation: String) -> Self {
        Self::new(Method::PATCH, path, operation)
    }

    pub(super) fn delete(path: String, operation: String) -> Self {
        Self::new(Method::DELETE, path, operation)
    }

    pub(super) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.query
            .push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(&percent_encode(name));
        self.query.push('=');
        self.query.push_str(&percent_encode(value));
        self
    }

    /// The length of the query string as the server counts it.
    pub(super) fn query_length(&self) -> usize {
        self.query.len().saturating_sub(1)
    }

    pub(super) fn json(self, value: &impl serde::Serialize) -> Result<Self, SearchError> {
        match serde_json::to_vec(value) {
            Ok(content) => Ok(self.body("application/json", content.into())),
            Err(error) => Err(SearchError::InvalidResponse {
                operation: self.operation,
                why: format!("the request cannot be written as JSON: {error}"),
            }),
        }
    }

    pub(super) fn body(mut self, content_type: &'static str, content: Bytes) -> Self {
        self.body = Some(RequestBody {
            content_type,
            content,
        });
        self
    }

    /// Sending it twice has the same effect as sending it once.
    pub(super) fn idempotent(mut self) -> Self {
        self.is_idempotent = true;
        self
    }

    /// It only asks, though it is sent with a body.
    pub(super) fn reading(mut self) -> Self {
        self.is_idempotent = true;
        self.writes = false;
        self
    }

    /// Reports a busy server at once instead of waiting for it.
    pub(super) fn without_waiting(mut self) -> Self {
        self.waits_while_busy = false;
        self
    }

    pub(super) fn long_timeout(mut self) -> Self {
        self.timeout = Timeout::Long;
        self
    }
}

/// The path of a collection, or of the one that an alias of this name points to.
pub(super) fn collection_path(name: &str, operation: &str) -> Result<String, SearchError> {
    Ok(format!("/collections/{}", path_segment(name, operation)?))
}

pub(super) fn alias_path(name: &str, operation: &str) -> Result<String, SearchError> {
    Ok(format!("/aliases/{}", path_segment(name, operation)?))
}

/// Percent-encodes a part of a path or a query: everything but letters, digits and `*-._`.
pub(super) fn percent_encode(text: &str) -> String {
    // The form encoding differs in the space only; a literal plus is %2B in both.
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// Encodes a name as one segment of a path.
///
/// # Errors
///
/// Refuses what a URL cannot hold: nothing, `.` and `..`, which would address the parent.
pub(super) fn path_segment(name: &str, operation: &str) -> Result<String, SearchError> {
    if matches!(name, "" | "." | "..") {
        return Err(SearchError::Refused {
            operation: operation.to_owned(),
            status: None,
            message: format!("`{name}` cannot be part of an address"),
        });
    }
    Ok(percent_encode(name))
}

#[cfg(test)]
mod tests {
    use super::{path_segment, percent_encode};

    #[test]
    fn names_stay_one_part_of_the_path() {
        assert_eq!(percent_encode("a/b c+d%e?f#g"), "a%2Fb%20c%2Bd%25e%3Ff%23g");
        for name in ["", ".", ".."] {
            assert!(path_segment(name, "read it").is_err());
        }
    }
}
