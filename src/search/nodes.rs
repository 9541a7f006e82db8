//! The road to the server: one call, tried on one node after the other.
//!
//! The first node that is not marked down is asked; a node that cannot be reached, does not
//! answer in time or answers with a server error is marked down for a while, which moves it to
//! the end of the order. A call that may be repeated goes on to the next node; one that may not
//! only moves on where nothing was done. 503 and 429 are waited for, in growing pauses, and so is
//! a cluster that has lost its leader, until it has elected another one. What one node does not
//! find, a node that is further ahead may: "not found" is what all of them say. The engine
//! of a folder is a node whose process may end: what may be repeated is sent to the next one.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use axum::http::{Method, Request, StatusCode};
use bytes::{Bytes, BytesMut};
use futures::future::join_all;
use serde::de::DeserializeOwned;

use super::SearchError;
use super::answer::Answer;
use super::call::{Call, Pace};
use super::exchange::{Exchange, short};
use super::node::Node;

/// How long a node that failed is asked last.
const DOWN: Duration = Duration::from_secs(30);
/// The same for a node that is alive but lags behind.
const LAGGING: Duration = Duration::from_secs(5);
/// How often a call is sent to a server that says "not now".
const BUSY_TRIES: u32 = 6;
/// How often a call is sent when connections break while it is under way. A node that follows a
/// leader that is gone breaks them for the six seconds, or ten, that the next election takes.
const BROKEN_TRIES: u32 = 5;
/// How often one call is sent to an engine whose process ends before it has answered.
const MOVES: u32 = 5;
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const LARGEST_ANSWER: usize = 256 << 20;
const KEY: HeaderName = HeaderName::from_static("x-typesense-api-key");

pub(super) struct Nodes {
    /// Sent with every request.
    pub(super) key: HeaderValue,
    /// In order of preference.
    pub(super) list: Vec<Node>,
    /// All of them, for people to read.
    pub(super) address: String,
    /// The same, sorted.
    pub(super) identity: String,
    /// How long an answer from the server's memory may take.
    pub(super) quick: Duration,
    /// How long the server may be silent while it works.
    pub(super) timeout: Duration,
}

/// A successful answer.
pub(super) struct Reply {
    /// Which node gave it.
    pub(super) node: String,
    pub(super) body: Bytes,
    /// The unread answer to a streamed call.
    pub(super) stream: Option<Answer>,
}

/// Why one node, or a round over all of them, gave no answer to hand on.
enum Failure {
    Busy {
        message: String,
        after: Option<Duration>,
    },
    ServerError {
        status: u16,
        message: String,
    },
    Unanswered {
        fault: Fault,
        /// One entry per node.
        why: Vec<String>,
    },
}

/// How an exchange ended early, from the clearest to the most doubtful.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Nothing reached the node.
    Unsent,
    TimedOut,
    Broken,
}

impl Nodes {
    /// Sends `call` and reads the answer as JSON.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: Call) -> Result<T, SearchError> {
        parse(&self.send(&call).await?, &call)
    }

    /// Sends a question to every node that is not marked down, and reads the answers of those that
    /// find what it is about. Where none does, it is sent as any other call.
    pub(super) async fn read_all<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Vec<T>, SearchError> {
        let mut answers = Vec::new();
        if self.list.len() > 1 {
            let up = self.list.iter().filter(|node| !node.is_down());
            let exchanges = join_all(up.map(|node| self.ask(node, call))).await;
            for exchange in exchanges.into_iter().flatten() {
                match exchange.into_result(call) {
                    Ok(reply) => answers.push(parse(&reply, call)?),
                    Err(error) if error.is_not_found() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        if answers.is_empty() {
            answers.push(parse(&self.send(call).await?, call)?);
        }
        Ok(answers)
    }

    /// Lets the other nodes go first for a while, if there are any.
    pub(super) fn pass_over(&self, name: &str) {
        for node in self.list.iter().filter(|node| node.name() == name) {
            node.mark(Some(LAGGING));
        }
    }

    /// Sends `call` until a node answers; every status but success is an error.
    pub(super) async fn send(&self, call: &Call) -> Result<Reply, SearchError> {
        let mut attempt = 1;
        loop {
            let failure = match self.round(call).await {
                Ok(exchange) => return exchange.into_result(call),
                Err(failure) => failure,
            };
            let Some(pause) = failure.pause(call, attempt) else {
                return Err(self.error(failure, call));
            };
            tracing::warn!("cannot {} yet; trying again in {pause:.1?}", call.doing);
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    /// Asks the nodes in order until one answers with anything but a server error or, to a
    /// question, "not found".
    async fn round(&self, call: &Call) -> Result<Exchange, Failure> {
        let (down, up): (Vec<&Node>, Vec<&Node>) =
            self.list.iter().partition(|node| node.is_down());
        let mut failed = Failure::Unanswered {
            fault: Fault::Unsent,
            why: Vec::new(),
        };
        let mut absent = None;
        for node in up.into_iter().chain(down) {
            if absent.is_some() && node.is_down() {
                continue;
            }
            match self.ask(node, call).await {
                Ok(exchange)
                    if call.method == Method::GET && exchange.status == StatusCode::NOT_FOUND =>
                {
                    absent.get_or_insert(exchange);
                }
                Ok(exchange) => return Ok(exchange),
                Err(failure) => {
                    let may_go_on = call.repeatable || failure.is_undone();
                    failed = failed.and(failure);
                    if !may_go_on {
                        break;
                    }
                }
            }
        }
        absent.ok_or(failed)
    }

    /// Asks one node and remembers how it does.
    async fn ask(&self, node: &Node, call: &Call) -> Result<Exchange, Failure> {
        let (down_for, failure) = match self.exchange(node, call).await {
            Ok(exchange) if exchange.is_busy() => (
                LAGGING,
                Failure::Busy {
                    after: exchange.retry_after,
                    message: exchange.message(),
                },
            ),
            Ok(exchange) if exchange.status.is_server_error() => (
                DOWN,
                Failure::ServerError {
                    status: exchange.status.as_u16(),
                    message: exchange.message(),
                },
            ),
            Ok(mut exchange) => {
                node.mark(None);
                exchange.reply.node = node.name();
                return Ok(exchange);
            }
            Err((fault, mut why)) => {
                if !call.repeatable && fault != Fault::Unsent {
                    why.push_str("; whether it was done is unknown");
                }
                let why = vec![format!("{}: {why}", node.name())];
                (DOWN, Failure::Unanswered { fault, why })
            }
        };
        node.mark(Some(down_for));
        Err(failure)
    }

    /// Sends the call; once more where it may be repeated and another process may answer by now.
    async fn exchange(&self, node: &Node, call: &Call) -> Result<Exchange, (Fault, String)> {
        let mut attempts = 0;
        loop {
            let sent = self.exchange_once(node, call);
            let failed = match call.pace {
                Pace::Quick => tokio::time::timeout(self.quick, sent)
                    .await
                    .unwrap_or_else(|_| Err(too_late())),
                Pace::Slow | Pace::Streamed => sent.await,
            };
            attempts += 1;
            match failed {
                Err((Fault::Broken, _))
                    if node.is_embedded() && call.repeatable && attempts < MOVES => {}
                exchanged => return exchanged,
            }
        }
    }

    async fn exchange_once(&self, node: &Node, call: &Call) -> Result<Exchange, (Fault, String)> {
        let request = Request::builder()
            .method(&call.method)
            .uri(format!("{}{}", call.path, call.query))
            .header(KEY, &self.key);
        let request = match &call.body {
            Some((kind, body)) => request.header(CONTENT_TYPE, *kind).body(body.clone()),
            None => request.body(Bytes::new()),
        };
        let request = request.map_err(|error| (Fault::Unsent, innermost(&error)))?;
        let answer = tokio::time::timeout(self.timeout, node.send(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(too_late()))?;
        let (head, body) = answer.into_parts();
        let status = head.status;
        let header = |name| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
        let retry_after = header(RETRY_AFTER).and_then(|value| value.parse().ok());
        let location = header(LOCATION);
        let mut reply = Reply {
            node: String::new(),
            body: Bytes::new(),
            stream: None,
        };
        let mut answer = Answer::new(&head, body, node.is_embedded(), self.timeout);
        if call.pace == Pace::Streamed && status.is_success() {
            reply.stream = Some(answer);
        } else {
            let mut body = BytesMut::new();
            while let Some(piece) = answer.next().await? {
                if body.len() + piece.len() > LARGEST_ANSWER {
                    return Err((Fault::Broken, "its answer is too large".to_owned()));
                }
                body.extend_from_slice(&piece);
            }
            reply.body = body.freeze();
        }
        Ok(Exchange {
            key: self.key.clone(),
            status,
            retry_after: retry_after.map(Duration::from_secs),
            location,
            reply,
        })
    }

    fn error(&self, failure: Failure, call: &Call) -> SearchError {
        let doing = call.doing.clone();
        match failure {
            Failure::Busy { message, .. } => SearchError::Busy {
                doing,
                nodes: self.address.clone(),
                message,
            },
            Failure::ServerError { status, message } => SearchError::Refused {
                doing,
                status: Some(status),
                message,
            },
            Failure::Unanswered { why, .. } => SearchError::Unreachable {
                doing,
                nodes: self.address.clone(),
                why: why.join("; "),
            },
        }
    }
}

impl Failure {
    /// Nothing reached the node, or it has turned away what did.
    fn is_undone(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. }
                | Self::Unanswered {
                    fault: Fault::Unsent,
                    ..
                }
        )
    }

    /// The failures of two nodes as one: what can be waited for counts most, then what a server
    /// said, then silence.
    fn and(self, next: Self) -> Self {
        match (self, next) {
            (busy @ Self::Busy { .. }, _) | (_, busy @ Self::Busy { .. }) => busy,
            (said @ Self::ServerError { .. }, _) | (_, said @ Self::ServerError { .. }) => said,
            (
                Self::Unanswered { fault, mut why },
                Self::Unanswered {
                    fault: also,
                    why: more,
                },
            ) => {
                why.extend(more);
                Self::Unanswered {
                    fault: fault.max(also),
                    why,
                }
            }
        }
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    fn pause(&self, call: &Call, attempt: u32) -> Option<Duration> {
        let (tries, after) = match self {
            Self::Busy { after, .. } => (BUSY_TRIES, *after),
            Self::Unanswered {
                fault: Fault::Broken,
                ..
            } => (BROKEN_TRIES, None),
            _ => return None,
        };
        (call.repeatable && call.patient && attempt < tries)
            .then(|| after.map_or_else(|| back_off(attempt), |after| after.min(LONGEST_PAUSE)))
    }
}

fn parse<T: DeserializeOwned>(reply: &Reply, call: &Call) -> Result<T, SearchError> {
    serde_json::from_slice(&reply.body).map_err(|error| SearchError::Broken {
        doing: call.doing.clone(),
        why: format!(
            "the answer is not what a Typesense server sends ({error}); check TYPESENSE_HOST and \
             TYPESENSE_PORT"
        ),
    })
}

pub(super) fn fault(error: &reqwest::Error) -> (Fault, String) {
    if error.is_connect() || error.is_builder() {
        (Fault::Unsent, innermost(error))
    } else if error.is_timeout() {
        too_late()
    } else {
        (Fault::Broken, innermost(error))
    }
}

pub(super) fn too_late() -> (Fault, String) {
    (Fault::TimedOut, "no answer in time".to_owned())
}

/// The cause that says most; the outer ones repeat the address.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    short(&cause.to_string())
}

/// Two seconds, doubled with each attempt, give or take a half so that writers spread.
fn back_off(attempt: u32) -> Duration {
    let seconds = 2_u64.saturating_pow(attempt).min(LONGEST_PAUSE.as_secs());
    let spread = RandomState::new().hash_one(attempt) % 1000;
    Duration::from_millis(seconds * (500 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_spread_and_end() {
        for (attempt, base) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 30), (40, 30)] {
            let pause = back_off(attempt).as_millis();
            assert!(
                (base * 500..base * 1500).contains(&pause),
                "{attempt}: {pause}"
            );
        }
        let call = Call::new(Method::GET, "/".to_owned(), "try".to_owned());
        let busy = Failure::Busy {
            message: String::new(),
            after: Some(Duration::from_secs(7)),
        };
        assert_eq!(busy.pause(&call, 1), Some(Duration::from_secs(7)));
        assert_eq!(busy.pause(&call, BUSY_TRIES), None);
        assert_eq!(busy.pause(&call.impatient(), 1), None);
    }
}
