//! One request: what is asked, how it may be sent, and names as parts of an address.

use bytes::Bytes;
use reqwest::Method;

use super::SearchError;

/// One request, before it is known which node gets it.
pub(super) struct Call {
    /// Completes the sentence "cannot …" in errors.
    pub(super) doing: String,
    pub(super) method: Method,
    pub(super) path: String,
    /// With its question mark; empty where there is none.
    pub(super) query: String,
    /// Content type and content.
    pub(super) body: Option<(&'static str, Bytes)>,
    /// Sending it twice has the same effect as sending it once.
    pub(super) repeatable: bool,
    /// It may wait for a server that says "not now".
    pub(super) patient: bool,
    pub(super) pace: Pace,
}

/// How the answer comes.
#[derive(PartialEq, Eq)]
pub(super) enum Pace {
    /// From memory.
    Quick,
    /// After the server has worked on it: the long time-out holds.
    Slow,
    /// The same, and a successful answer is handed over unread.
    Streamed,
}

impl Call {
    /// `path` begins with a slash; its parts are encoded with [`segment`].
    pub(super) fn new(method: Method, path: String, doing: String) -> Self {
        Self {
            doing,
            repeatable: method != Method::POST && method != Method::PATCH,
            method,
            path,
            query: String::new(),
            body: None,
            patient: true,
            pace: Pace::Quick,
        }
    }

    pub(super) fn parameter(mut self, name: &str, value: &str) -> Self {
        self.query
            .push(if self.query.is_empty() { '?' } else { '&' });
        self.query.push_str(&encode(name));
        self.query.push('=');
        self.query.push_str(&encode(value));
        self
    }

    /// The length of the query string as the server counts it.
    pub(super) fn query_length(&self) -> usize {
        self.query.len().saturating_sub(1)
    }

    pub(super) fn json(self, body: &impl serde::Serialize) -> Result<Self, SearchError> {
        match serde_json::to_vec(body) {
            Ok(body) => Ok(self.body("application/json", body.into())),
            Err(error) => Err(SearchError::Broken {
                doing: self.doing,
                why: format!("the request cannot be written as JSON: {error}"),
            }),
        }
    }

    pub(super) fn body(mut self, content_type: &'static str, body: Bytes) -> Self {
        self.body = Some((content_type, body));
        self
    }

    /// Sending it twice has the same effect as sending it once.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Answers "not now" at once instead of waiting for the server.
    pub(super) fn impatient(mut self) -> Self {
        self.patient = false;
        self
    }

    pub(super) fn slow(mut self) -> Self {
        self.pace = Pace::Slow;
        self
    }

    pub(super) fn streamed(mut self) -> Self {
        self.pace = Pace::Streamed;
        self
    }
}

/// Percent-encodes a part of a path or a query: everything but letters, digits and `*-._`.
pub(super) fn encode(text: &str) -> String {
    // The form encoding differs in the blank only; a literal plus is %2B in both.
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

/// Encodes a name as one part of a path.
///
/// # Errors
///
/// Refuses what a URL cannot hold: nothing, `.` and `..`, which would address the parent.
pub(super) fn segment(name: &str, doing: &str) -> Result<String, SearchError> {
    if matches!(name, "" | "." | "..") {
        return Err(SearchError::Refused {
            doing: doing.to_owned(),
            status: None,
            message: format!("`{name}` cannot be part of an address"),
        });
    }
    Ok(encode(name))
}

#[cfg(test)]
mod tests {
    use super::{encode, segment};

    #[test]
    fn names_stay_one_part_of_the_path() {
        assert_eq!(encode("a/b c+d%e?f#g"), "a%2Fb%20c%2Bd%25e%3Ff%23g");
        for name in ["", ".", ".."] {
            assert!(segment(name, "read it").is_err());
        }
    }
}
