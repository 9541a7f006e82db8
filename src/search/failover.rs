//! Sends a request to one node after the other until one answers, and tries again where that may
//! help.
//!
//! The first node that is not marked as down is asked. One that cannot be reached, does not answer
//! in time or answers with a server error is marked as down for a while, which moves it to the end
//! of the order. An idempotent request goes on to the next node; any other only where the node has
//! certainly not carried it out. A busy server (503, 429) is waited for, in growing pauses, and so
//! is a cluster that has lost its leader. "Not found" counts only if every node says so, because a
//! node may lag behind. If the process of an embedded engine ends while it answers, an idempotent
//! request is sent to its successor. A request that writes is sent only while the permits that the
//! client requires are held ([`permit`](super::permit)).
//!
//! Knows nothing of how a request travels ([`transport`](super::transport)) or what it means.
//! Called by every part of [`Client`](super::Client).

use std::sync::Arc;
use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{Method, Request, StatusCode};
use bytes::Bytes;
use futures::future::join_all;
use pyfa_http::Secrets;
use serde::de::DeserializeOwned;

use super::SearchError;
use super::node::Node;
use super::permit::Permits;
use super::request::{ApiRequest, Timeout};
use super::response::{ApiResponse, ErrorResponse, LARGEST_BODY, NodeResponse, TakeBody};
use super::retry::Failure;
use super::transport::{Delivery, ResponseBody, TransportError};

/// How long a node that failed is asked last.
const DOWN: Duration = Duration::from_secs(30);
/// The same for a node that is alive but lags behind.
const LAGGING: Duration = Duration::from_secs(5);
/// How often one request is sent to an embedded engine whose process ends before it has answered.
const MOST_OWNERS: u32 = 5;
const API_KEY: HeaderName = HeaderName::from_static("x-typesense-api-key");
/// How long an answer from the server's memory may take, where the settings allow as much.
const SHORT_TIMEOUT: Duration = Duration::from_mins(1);

/// The nodes of a server, and how they are asked.
pub(super) struct Failover {
    /// Sent with every request.
    key: HeaderValue,
    /// What no message may repeat.
    secrets: Secrets,
    /// In order of preference.
    nodes: Vec<Node>,
    /// All of them, for people to read.
    address: String,
    /// The same, sorted.
    identity: String,
    /// How long an answer from the server's memory may take.
    short_timeout: Duration,
    /// How long the server may be silent while it works.
    long_timeout: Duration,
    /// What has to be held to write.
    permits: Arc<Permits>,
}

impl Failover {
    /// Prepares requests with this key; `timeout` is how long the server may be silent.
    pub(super) fn new(nodes: Vec<Node>, mut key: HeaderValue, timeout: Duration) -> Self {
        key.set_sensitive(true);
        let mut addresses: Vec<&str> = nodes.iter().map(|node| node.address.as_str()).collect();
        let address = addresses.join(", ");
        addresses.sort_unstable();
        addresses.dedup();
        let identity = addresses.join(", ");
        Self {
            secrets: Secrets::from_headers(&[(API_KEY, key.clone())].into_iter().collect()),
            key,
            nodes,
            address,
            identity,
            short_timeout: SHORT_TIMEOUT.min(timeout),
            long_timeout: timeout,
            permits: Arc::default(),
        }
    }

    pub(super) fn permits(&self) -> &Arc<Permits> {
        &self.permits
    }

    pub(super) fn is_embedded(&self) -> bool {
        self.nodes.iter().any(|node| node.transport.is_embedded())
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    pub(super) fn is_cluster(&self) -> bool {
        self.nodes.len() > 1
    }

    /// Sends a request and reads the answer as JSON.
    pub(super) async fn fetch<T: DeserializeOwned>(
        &self,
        request: ApiRequest,
    ) -> Result<T, SearchError> {
        parse(&self.send(&request).await?.body, &request)
    }

    /// Sends a question to every node that is not marked as down, and reads the answers of those
    /// that find what it is about. If none does, it is sent like any other request.
    pub(super) async fn fetch_from_all<T: DeserializeOwned>(
        &self,
        request: &ApiRequest,
    ) -> Result<Vec<T>, SearchError> {
        let mut answers = Vec::new();
        if self.is_cluster() {
            let up = self.nodes.iter().filter(|node| !node.is_down());
            let responses = join_all(up.map(|node| self.ask::<Bytes>(node, request))).await;
            for response in responses.into_iter().flatten() {
                match response {
                    NodeResponse::Success(response) => {
                        answers.push(parse(&response.body, request)?);
                    }
                    NodeResponse::Error(error) if error.status == StatusCode::NOT_FOUND => {}
                    NodeResponse::Error(error) => return Err(error.into_error(&request.operation)),
                }
            }
        }
        if answers.is_empty() {
            answers.push(parse(&self.send(request).await?.body, request)?);
        }
        Ok(answers)
    }

    /// Sends a request and reads the body of the answer; every status but success is an error.
    pub(super) async fn send(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse<Bytes>, SearchError> {
        self.send_with_retries(request).await
    }

    /// The same, but leaves the body of a successful answer to be read as it arrives.
    pub(super) async fn open_stream(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse<ResponseBody>, SearchError> {
        self.send_with_retries(request).await
    }

    /// Has the other nodes asked first for a while, if there are any.
    pub(super) fn mark_lagging(&self, address: &str) {
        for node in self.nodes.iter().filter(|node| node.address == address) {
            node.mark_down_for(LAGGING);
        }
    }

    async fn send_with_retries<B: TakeBody>(
        &self,
        request: &ApiRequest,
    ) -> Result<ApiResponse<B>, SearchError> {
        let mut attempts = 1;
        loop {
            let failure = match self.ask_in_turn(request).await {
                Ok(NodeResponse::Success(response)) => return Ok(response),
                Ok(NodeResponse::Error(error)) => return Err(error.into_error(&request.operation)),
                Err(failure) => failure,
            };
            let Some(pause) = failure.pause(request, attempts) else {
                let operation = request.operation.clone();
                return Err(failure.into_error(operation, &self.address, self.is_embedded()));
            };
            tracing::warn!(
                "cannot {} yet; trying again in {pause:.1?}",
                request.operation
            );
            tokio::time::sleep(pause).await;
            attempts += 1;
        }
    }

    /// Asks the nodes in order until one answers with anything but a server error or, to a
    /// question, "not found".
    async fn ask_in_turn<B: TakeBody>(
        &self,
        request: &ApiRequest,
    ) -> Result<NodeResponse<B>, Failure> {
        let (down, up): (Vec<&Node>, Vec<&Node>) =
            self.nodes.iter().partition(|node| node.is_down());
        let mut failures = Failure::NoResponse {
            delivery: Delivery::NotSent,
            reasons: Vec::new(),
        };
        let mut not_found = None;
        for node in up.into_iter().chain(down) {
            if not_found.is_some() && node.is_down() {
                continue;
            }
            match self.ask(node, request).await {
                Ok(NodeResponse::Error(error))
                    if request.method == Method::GET && error.status == StatusCode::NOT_FOUND =>
                {
                    not_found.get_or_insert(error);
                }
                Ok(response) => return Ok(response),
                Err(failure) => {
                    let may_go_on = request.is_idempotent || failure.is_undone();
                    failures = failures.merge(failure);
                    if !may_go_on {
                        break;
                    }
                }
            }
        }
        not_found.map(NodeResponse::Error).ok_or(failures)
    }

    /// Asks one node, and remembers whether it failed.
    async fn ask<B: TakeBody>(
        &self,
        node: &Node,
        request: &ApiRequest,
    ) -> Result<NodeResponse<B>, Failure> {
        let (down_for, failure) = match self.exchange(node, request).await {
            Ok(NodeResponse::Error(error)) if error.is_busy() => (
                LAGGING,
                Failure::Busy {
                    retry_after: error.retry_after,
                    message: error.message,
                },
            ),
            Ok(NodeResponse::Error(error)) if error.status.is_server_error() => (
                DOWN,
                Failure::ServerError {
                    status: error.status.as_u16(),
                    message: error.message,
                },
            ),
            Ok(response) => {
                node.mark_up();
                return Ok(response);
            }
            Err(TransportError::NotPermitted) => return Err(Failure::NotPermitted),
            Err(error) => {
                let delivery = error.delivery();
                let is_doubtful = !request.is_idempotent && delivery != Delivery::NotSent;
                let doubt = if is_doubtful {
                    "; whether it was done is unknown"
                } else {
                    ""
                };
                let reasons = vec![format!("{}: {error}{doubt}", node.address)];
                (DOWN, Failure::NoResponse { delivery, reasons })
            }
        };
        node.mark_down_for(down_for);
        Err(failure)
    }

    /// Sends the request to a node; again if it is idempotent and another process may have become
    /// the owner of the engine.
    async fn exchange<B: TakeBody>(
        &self,
        node: &Node,
        request: &ApiRequest,
    ) -> Result<NodeResponse<B>, TransportError> {
        let mut attempts = 0;
        loop {
            if request.writes && !self.permits.are_held() {
                return Err(TransportError::NotPermitted);
            }
            let sent = self.exchange_once(node, request);
            let response = match request.timeout {
                Timeout::Short => tokio::time::timeout(self.short_timeout, sent)
                    .await
                    .unwrap_or(Err(TransportError::TimedOut)),
                Timeout::Long => sent.await,
            };
            attempts += 1;
            match response {
                Err(error)
                    if error.delivery() == Delivery::Interrupted
                        && node.transport.is_embedded()
                        && request.is_idempotent
                        && attempts < MOST_OWNERS => {}
                response => return response,
            }
        }
    }

    async fn exchange_once<B: TakeBody>(
        &self,
        node: &Node,
        request: &ApiRequest,
    ) -> Result<NodeResponse<B>, TransportError> {
        let sent = node.transport.send(self.http_request(request)?);
        let response = tokio::time::timeout(self.long_timeout, sent).await;
        let (head, body) = response
            .unwrap_or(Err(TransportError::TimedOut))?
            .into_parts();
        let always_ends = node.transport.is_embedded();
        let body = ResponseBody::new(&head, body, always_ends, self.long_timeout);
        if head.status.is_success() {
            return Ok(NodeResponse::Success(ApiResponse {
                node: node.address.clone(),
                body: B::take(body).await?,
            }));
        }
        let body = body.read_to_end(LARGEST_BODY).await?;
        let error = ErrorResponse::new(&head, &body, &self.secrets);
        Ok(NodeResponse::Error(error))
    }

    fn http_request(&self, request: &ApiRequest) -> Result<Request<Bytes>, TransportError> {
        let builder = Request::builder()
            .method(&request.method)
            .uri(format!("{}{}", request.path, request.query))
            .header(API_KEY, &self.key);
        match &request.body {
            Some(body) => builder
                .header(CONTENT_TYPE, body.content_type)
                .body(body.content.clone()),
            None => builder.body(Bytes::new()),
        }
        .map_err(TransportError::not_sent)
    }
}

fn parse<T: DeserializeOwned>(body: &[u8], request: &ApiRequest) -> Result<T, SearchError> {
    serde_json::from_slice(body).map_err(|error| SearchError::InvalidResponse {
        operation: request.operation.clone(),
        why: format!(
            "the answer is not what a Typesense server sends ({error}); check TYPESENSE_HOST and \
             TYPESENSE_PORT"
        ),
    })
}
