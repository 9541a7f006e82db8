//! What the smaller fakes share: [`Fake`], a service on a loopback port, and [`ServiceControls`] for
//! tests: a clock, faults, latency, requests that are held back, and a log of requests.
//!
//! A service implements [`FakeService`]: its state, and a function from a request to a response. It
//! runs on its own threads, so a test may block, or pause tokio's clock, without stopping it.

mod fault;
mod held;
mod loopback;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

pub use fault::Fault;
pub use held::HeldRequest;
pub(crate) use loopback::LoopbackServer;

use fault::ActiveFault;
use held::Hold;

/// When the clocks of fakes start: 1 January 2026, so that tests do not depend on the date.
pub const CLOCK_START: u64 = 1_767_225_600;

const BODY_LIMIT: usize = 32 << 20;

/// A request to a fake.
#[derive(Debug)]
pub struct ReceivedRequest {
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query; empty if there is none.
    pub query: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl ReceivedRequest {
    /// The text of a header; empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The value of a query parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value.into_owned())
    }
}

/// The state of a service, which responds to requests.
pub trait FakeService: Default + Send + 'static {
    /// Names its threads.
    const NAME: &'static str;

    fn respond(&mut self, controls: &ServiceControls, request: &ReceivedRequest) -> Response;
}

/// A running fake. Dropping it closes its connections.
#[derive(Debug)]
pub struct Fake<S> {
    controls: Arc<ServiceControls>,
    state: Arc<Mutex<S>>,
    server: LoopbackServer,
}

impl<S: FakeService> Fake<S> {
    /// Starts it without any data, on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        let controls = Arc::new(ServiceControls::default());
        let state = Arc::new(Mutex::new(S::default()));
        let router = Router::new()
            .fallback(respond::<S>)
            .with_state((controls.clone(), state.clone()));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Ok(Self {
            controls,
            state,
            server: LoopbackServer::serve(router, address, S::NAME)?,
        })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// Its clock, faults and request log.
    #[must_use]
    pub fn controls(&self) -> &ServiceControls {
        &self.controls
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, S> {
        lock(&self.state)
    }
}

/// How tests control a fake and see what it was asked.
#[derive(Debug, Default)]
pub struct ServiceControls {
    seconds: AtomicU64,
    latency_milliseconds: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    faults: Mutex<Vec<ActiveFault>>,
    holds: Mutex<Vec<Hold>>,
    requests: Mutex<Vec<String>>,
}

impl ServiceControls {
    /// The Unix time of the fake in seconds: [`CLOCK_START`] plus what it was advanced by.
    pub fn now(&self) -> u64 {
        CLOCK_START + self.seconds.load(Relaxed)
    }

    /// Advances the clock of the fake.
    pub fn advance(&self, by: Duration) {
        self.seconds.fetch_add(by.as_secs(), Relaxed);
    }

    /// Delays every response from now on.
    pub fn set_latency(&self, latency: Duration) {
        let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.latency_milliseconds.store(milliseconds, Relaxed);
    }

    /// Applies a fault to every request whose method, path and query contain `part`, until the faults
    /// are cleared. If several match, the first one set is used.
    pub fn fail(&self, part: &str, fault: Fault) {
        self.add_fault(part, fault, None);
    }

    /// Applies a fault to the next `times` of these requests.
    pub fn fail_next(&self, times: u32, part: &str, fault: Fault) {
        self.add_fault(part, fault, Some(times));
    }

    /// Keeps the next request that contains `part`, also in its body, waiting until the test lets it
    /// go on.
    pub fn hold_next(&self, part: &str) -> HeldRequest {
        let (hold, request) = held::new(part);
        lock(&self.holds).push(hold);
        request
    }

    /// Removes all faults; the latency stays.
    pub fn clear_faults(&self) {
        lock(&self.faults).clear();
    }

    /// The method, path and query of every request since the last reset, oldest first.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.requests).clone()
    }

    /// The number of requests that contain `part`; an empty `part` counts all.
    pub fn count(&self, part: &str) -> usize {
        let requests = lock(&self.requests);
        requests.iter().filter(|line| line.contains(part)).count()
    }

    /// The highest number of requests in flight so far.
    pub fn most_in_flight(&self) -> u64 {
        self.most_in_flight.load(Relaxed)
    }

    /// Clears the log of requests.
    pub fn reset(&self) {
        lock(&self.requests).clear();
        self.most_in_flight.store(0, Relaxed);
    }

    fn add_fault(&self, part: &str, fault: Fault, left: Option<u32>) {
        let part = part.to_owned();
        lock(&self.faults).push(ActiveFault { part, fault, left });
    }

    fn take_hold(&self, line: &str, body: &[u8]) -> Option<Hold> {
        let mut holds = lock(&self.holds);
        let body = String::from_utf8_lossy(body);
        let place = holds
            .iter()
            .position(|hold| hold.is_for(line) || hold.is_for(&body))?;
        Some(holds.remove(place))
    }

    fn take_fault(&self, line: &str) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let active = faults
            .iter_mut()
            .find(|active| active.left != Some(0) && line.contains(&active.part))?;
        active.left = active.left.map(|left| left - 1);
        Some(active.fault.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts one request as in flight until it is dropped.
struct InFlight<'a>(&'a ServiceControls);

impl<'a> InFlight<'a> {
    fn begin(controls: &'a ServiceControls) -> Self {
        let now = controls.in_flight.fetch_add(1, Relaxed) + 1;
        controls.most_in_flight.fetch_max(now, Relaxed);
        Self(controls)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

async fn respond<S: FakeService>(
    State((controls, state)): State<(Arc<ServiceControls>, Arc<Mutex<S>>)>,
    http_request: Request,
) -> Response {
    let _in_flight = InFlight::begin(&controls);
    let (head, body) = http_request.into_parts();
    let path_and_query = head.uri.path_and_query();
    let shown = path_and_query.map_or("/", |whole| whole.as_str());
    let line = format!("{} {shown}", head.method);
    lock(&controls.requests).push(line.clone());
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let hold = controls.take_hold(&line, &body);
    if let Some(hold) = hold {
        hold.wait().await;
    }
    let milliseconds = controls.latency_milliseconds.load(Relaxed);
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let request = ReceivedRequest {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        method: head.method,
        headers: head.headers,
        body,
    };
    let respond = || lock(&state).respond(&controls, &request);
    let mut response = match controls.take_fault(&line) {
        Some(fault) => fault.apply(respond).await,
        None => respond(),
    };
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(controls.now()));
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    response
}
