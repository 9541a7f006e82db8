//! Why no node has answered a request, and whether it is worth another attempt.
//!
//! Pure functions; [`failover`](super::failover) sends and waits.

use std::time::Duration;

use super::SearchError;
use super::request::ApiRequest;
use super::transport::Delivery;

/// How often a request is sent to a server that is busy.
const BUSY_ATTEMPTS: u32 = 6;
/// How often a request is sent when connections break while it is under way. A node that follows a
/// leader that is gone breaks them for the six seconds, or ten, that the next election takes.
const INTERRUPTED_ATTEMPTS: u32 = 5;
/// Pauses are between half of this and all of it, doubled with each attempt, so that writers that
/// failed together do not come back together.
const FIRST_PAUSE: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(45);
/// The longest pause that a server is granted.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why one node, or all of them in turn, gave no answer to pass on.
#[derive(Debug)]
pub(super) enum Failure {
    /// This process may not write any more.
    NotPermitted,
    /// The node turned the request away for now.
    Busy {
        message: String,
        retry_after: Option<Duration>,
    },
    ServerError {
        status: u16,
        message: String,
    },
    NoResponse {
        delivery: Delivery,
        /// One entry per node.
        reasons: Vec<String>,
    },
}

impl Failure {
    /// Whether the request was certainly not carried out.
    pub(super) fn is_undone(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::NotPermitted | Self::ServerError { .. } => false,
            Self::NoResponse { delivery, .. } => *delivery == Delivery::NotSent,
        }
    }

    /// The failures of two nodes as one: that nothing may be written counts most, then what can be
    /// waited for, then what a server said, then silence.
    pub(super) fn merge(self, next: Self) -> Self {
        match (self, next) {
            (Self::NotPermitted, _) | (_, Self::NotPermitted) => Self::NotPermitted,
            (busy @ Self::Busy { .. }, _) | (_, busy @ Self::Busy { .. }) => busy,
            (said @ Self::ServerError { .. }, _) | (_, said @ Self::ServerError { .. }) => said,
            (
                Self::NoResponse {
                    delivery,
                    mut reasons,
                },
                Self::NoResponse {
                    delivery: next_delivery,
                    reasons: next_reasons,
                },
            ) => {
                reasons.extend(next_reasons);
                Self::NoResponse {
                    delivery: delivery.max(next_delivery),
                    reasons,
                }
            }
        }
    }

    /// How long to wait before the next attempt; `None` when there is to be none.
    pub(super) fn pause(&self, request: &ApiRequest, attempts: u32) -> Option<Duration> {
        let (most_attempts, retry_after) = match self {
            Self::Busy { retry_after, .. } => (BUSY_ATTEMPTS, *retry_after),
            Self::NoResponse {
                delivery: Delivery::Interrupted,
                ..
            } => (INTERRUPTED_ATTEMPTS, None),
            _ => return None,
        };
        let may_retry = request.is_idempotent && request.waits_while_busy;
        (may_retry && attempts < most_attempts).then(|| match retry_after {
            Some(retry_after) => retry_after.min(LONGEST_RETRY_AFTER),
            None => pyfa_http::backoff(FIRST_PAUSE, LONGEST_PAUSE, attempts),
        })
    }

    /// The error of a request for which there is no further attempt; `nodes` are all addresses, or
    /// the name of the embedded engine.
    pub(super) fn into_error(
        self,
        operation: String,
        nodes: &str,
        is_embedded: bool,
    ) -> SearchError {
        match self {
            Self::NotPermitted => SearchError::NotPermitted { operation },
            Self::Busy { message, .. } => SearchError::Busy {
                operation,
                nodes: nodes.to_owned(),
                message,
            },
            Self::ServerError { status, message } => SearchError::Refused {
                operation,
                status: Some(status),
                message,
            },
            Self::NoResponse { reasons, .. } if is_embedded => SearchError::EngineUnavailable {
                operation,
                why: reasons.join("; "),
            },
            Self::NoResponse { reasons, .. } => SearchError::Unreachable {
                operation,
                nodes: nodes.to_owned(),
                why: reasons.join("; "),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_spread_and_end() {
        let request = ApiRequest::get("/".to_owned(), "try".to_owned());
        let interrupted = Failure::NoResponse {
            delivery: Delivery::Interrupted,
            reasons: Vec::new(),
        };
        for (attempts, base) in [(1, 2), (2, 4), (3, 8), (4, 16)] {
            let pause = interrupted
                .pause(&request, attempts)
                .map(|it| it.as_millis());
            assert!(
                pause.is_some_and(|pause| (base * 500..base * 1500).contains(&pause)),
                "{attempts}: {pause:?}"
            );
        }
        assert_eq!(interrupted.pause(&request, INTERRUPTED_ATTEMPTS), None);
        let busy = Failure::Busy {
            message: String::new(),
            retry_after: Some(Duration::from_secs(7)),
        };
        assert_eq!(busy.pause(&request, 1), Some(Duration::from_secs(7)));
        assert_eq!(busy.pause(&request, BUSY_ATTEMPTS), None);
        assert_eq!(busy.pause(&request.without_waiting(), 1), None);
    }
}
