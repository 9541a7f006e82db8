//! What the smaller fakes share: a loopback server, a clock that tests set, faults, a log.
//!
//! A fake is a function from a request to an answer ([`Play`]). The [`Stage`] around it logs the
//! request, delays it, spoils it if told to, and stamps the answer with its own clock. It runs on
//! threads of its own, so that a test may block, or pause tokio's clock, without stopping it.

mod fault;
mod loopback;

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
pub(crate) use loopback::Loopback;

use fault::Armed;

/// The first of January 2026, so that nothing depends on the day of the test.
pub const BEGINNING: u64 = 1_767_225_600;

const BODY_LIMIT: usize = 32 << 20;

/// A request as a fake sees it.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Without the query.
    pub(crate) path: String,
    /// Empty if there is none.
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// A header's text, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The value of a parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut pairs = url::form_urlencoded::parse(self.query.as_bytes());
        let (_, value) = pairs.find(|(key, _)| key == name)?;
        Some(value.into_owned())
    }
}

/// What a fake answers to a request.
pub(crate) trait Play: Send + Sync + 'static {
    fn answer(&self, stage: &Stage, call: &Call) -> Response;
}

/// The surroundings of a fake; every fake lends its own.
#[derive(Debug, Default)]
pub struct Stage {
    seconds: AtomicU64,
    latency_milliseconds: AtomicU64,
    in_flight: AtomicU64,
    most_in_flight: AtomicU64,
    faults: Mutex<Vec<Armed>>,
    requests: Mutex<Vec<String>>,
}

impl Stage {
    /// Unix time in seconds as the fake has it: [`BEGINNING`] and what it was advanced by.
    pub fn now(&self) -> u64 {
        BEGINNING + self.seconds.load(Relaxed)
    }

    /// Lets time pass for the fake.
    pub fn advance(&self, by: Duration) {
        self.seconds.fetch_add(by.as_secs(), Relaxed);
    }

    /// Delays every answer from now on.
    pub fn set_latency(&self, latency: Duration) {
        let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.latency_milliseconds.store(milliseconds, Relaxed);
    }

    /// Spoils every request whose path and query contain `part`, until the faults are cleared.
    /// Of several faults the first set wins.
    pub fn fail(&self, part: &str, fault: Fault) {
        self.arm(part, fault, None);
    }

    /// Spoils the next `times` of these requests.
    pub fn fail_next(&self, times: u32, part: &str, fault: Fault) {
        self.arm(part, fault, Some(times));
    }

    /// Ends all faults; the latency stays.
    pub fn clear_faults(&self) {
        lock(&self.faults).clear();
    }

    /// Method, path and query of every request since the start or the last reset, oldest first.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.requests).clone()
    }

    /// How many of the requests contain `part`; an empty one counts all.
    pub fn count(&self, part: &str) -> usize {
        let requests = lock(&self.requests);
        requests.iter().filter(|line| line.contains(part)).count()
    }

    /// The most requests that were being answered at once.
    pub fn most_in_flight(&self) -> u64 {
        self.most_in_flight.load(Relaxed)
    }

    /// Forgets the requests so far.
    pub fn reset(&self) {
        lock(&self.requests).clear();
        self.most_in_flight.store(0, Relaxed);
    }

    fn arm(&self, part: &str, fault: Fault, left: Option<u32>) {
        let part = part.to_owned();
        lock(&self.faults).push(Armed { part, fault, left });
    }

    fn fault_of(&self, line: &str) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let armed = faults
            .iter_mut()
            .find(|armed| armed.left != Some(0) && line.contains(&armed.part))?;
        armed.left = armed.left.map(|left| left - 1);
        Some(armed.fault.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts one request as in flight until it is dropped.
struct InFlight<'a>(&'a Stage);

impl<'a> InFlight<'a> {
    fn begin(stage: &'a Stage) -> Self {
        let now = stage.in_flight.fetch_add(1, Relaxed) + 1;
        stage.most_in_flight.fetch_max(now, Relaxed);
        Self(stage)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

/// A router that lets `play` answer everything, on `stage`.
pub(crate) fn router<P: Play>(stage: Arc<Stage>, play: Arc<P>) -> Router {
    Router::new()
        .fallback(perform::<P>)
        .with_state((stage, play))
}

async fn perform<P: Play>(
    State((stage, play)): State<(Arc<Stage>, Arc<P>)>,
    request: Request,
) -> Response {
    let _in_flight = InFlight::begin(&stage);
    let (head, body) = request.into_parts();
    let path_and_query = head.uri.path_and_query();
    let shown = path_and_query.map_or("/", |whole| whole.as_str());
    let line = format!("{} {shown}", head.method);
    lock(&stage.requests).push(line.clone());
    let milliseconds = stage.latency_milliseconds.load(Relaxed);
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let call = Call {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        method: head.method,
        headers: head.headers,
        body,
    };
    let mut response = match stage.fault_of(&line) {
        Some(fault) => fault.spoil(|| play.answer(&stage, &call)).await,
        None => play.answer(&stage, &call),
    };
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(stage.now()));
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    response
}
