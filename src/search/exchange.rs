//! What one node answered, and what that means.
//!
//! Messages are put on one line, cut, and never repeat the key. Called by [`nodes`](super::nodes), which
//! decides which node is asked next.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};

use super::SearchError;
use super::call::Call;
use super::nodes::Reply;

/// Characters of a key; masking a shorter text would only spoil what else it stands in.
const SHORTEST_SECRET: usize = 4;

/// One node's answer to a call, read to its end unless it is streamed.
pub(super) struct Exchange {
    /// What no message may repeat.
    pub(super) key: HeaderValue,
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<Duration>,
    pub(super) location: Option<String>,
    pub(super) reply: Reply,
}

impl Exchange {
    pub(super) fn is_busy(&self) -> bool {
        match self.status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => true,
            // A cluster between two leaders.
            StatusCode::INTERNAL_SERVER_ERROR => {
                self.message().starts_with("Could not find a leader")
            }
            _ => false,
        }
    }

    /// What the server says of an error, on one line and short, without the key.
    pub(super) fn message(&self) -> String {
        #[derive(serde::Deserialize)]
        struct Message {
            message: String,
        }
        if let Some(location) = &self.location {
            // Its query may repeat a key.
            let location = location.split(['?', '#']).next().unwrap_or_default();
            return self.shown(&format!("it answers with a redirect to {location}"));
        }
        let body = &self.reply.body;
        let text = match serde_json::from_slice::<Message>(body) {
            Ok(answer) => answer.message,
            Err(_) => unescaped(body.get(..1000).unwrap_or(body)),
        };
        if text.trim().is_empty() {
            return self.status.to_string();
        }
        self.shown(&text)
    }

    fn shown(&self, text: &str) -> String {
        match self.key.to_str() {
            Ok(key) if key.len() >= SHORTEST_SECRET => short(&text.replace(key, "***")),
            _ => short(text),
        }
    }

    pub(super) fn into_result(self, call: &Call) -> Result<Reply, SearchError> {
        if self.status.is_success() {
            return Ok(self.reply);
        }
        let doing = call.doing.clone();
        let message = self.message();
        Err(match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                SearchError::Unauthorized { doing, message }
            }
            StatusCode::NOT_FOUND => SearchError::NotFound { doing, message },
            status => SearchError::Refused {
                doing,
                status: Some(status.as_u16()),
                message,
            },
        })
    }
}

/// The text of a message that is not JSON: the server forgets to escape quotes in names.
fn unescaped(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let message = text.strip_prefix(r#"{"message": ""#);
    let message = message.and_then(|message| message.strip_suffix(r#""}"#));
    message.unwrap_or(&text).to_owned()
}

pub(super) fn short(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_short_and_one_line() {
        let text = short(&"a\n b ".repeat(1000));
        assert!(text.chars().count() == 301 && !text.contains('\n'));
    }
}
