//! `/metrics`: what a monitor wants to know, as text for Prometheus.
//!
//! How old data are, how long queues are, what fails, what is left of quotas, and how long requests
//! take. The labels come from short lists that the program and its settings hold, never from a request.
//! Read at most every few seconds, however many ask, and answered with what is known when the database
//! or the search server is away. [`add_to`] is called by `cli`.

mod access;
mod gather;
mod request_times;
mod text;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::Mutex;

pub use request_times::RequestTimes;

use crate::catalog::Catalog;
use crate::database::DatabaseSettings;
use crate::web::door::Door;
use crate::web::people::LazyDatabase;
use gather::Gathered;

/// How long what was gathered is given again.
const AGE: Duration = Duration::from_secs(5);

/// What is measured.
pub struct MetricsSettings {
    pub database: DatabaseSettings,
    /// By the name of the collection.
    pub catalogs: Vec<(String, Catalog)>,
    /// Knows the keys of those who are not on this machine.
    pub door: Arc<Door>,
}

struct Metrics {
    settings: MetricsSettings,
    database: LazyDatabase,
    quotas: LazyDatabase,
    times: RequestTimes,
    last: Mutex<Option<(Instant, Gathered)>>,
}

/// Adds `/metrics` to a server, and measures the requests to everything it has.
pub fn add_to(router: Router, settings: MetricsSettings) -> Router {
    let metrics = Arc::new(Metrics {
        database: LazyDatabase::new(Some(settings.database.clone())),
        quotas: LazyDatabase::new(Some(settings.database.for_quotas())),
        settings,
        times: RequestTimes::default(),
        last: Mutex::new(None),
    });
    let own = Router::new()
        .route("/metrics", get(answer))
        .with_state(Arc::clone(&metrics));
    router
        .merge(own)
        .layer(middleware::from_fn_with_state(metrics, measure))
}

async fn measure(State(metrics): State<Arc<Metrics>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let area = request_times::area_of(request.uri().path());
    let response = next.run(request).await;
    metrics.times.add(area, response.status(), begin.elapsed());
    response
}

async fn answer(State(metrics): State<Arc<Metrics>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if !access::is_admitted(&request, &metrics.settings.door).await {
        let text = "The metrics are shown on this machine, and elsewhere to keys with the scope \
                    `read`, sent as `Authorization: Bearer KEY`.\n";
        return (
            StatusCode::UNAUTHORIZED,
            [(CACHE_CONTROL, "no-store")],
            text,
        )
            .into_response();
    }
    let mut text = text::Exposition::default();
    metrics.gathered().await.write(&mut text);
    metrics.times.write(&mut text);
    let mut response = text.into_text().into_response();
    let head = response.headers_mut();
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    head.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    head.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    head.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

impl Metrics {
    /// What is known of everything but requests; several who ask at once cost one.
    async fn gathered(&self) -> Gathered {
        let mut last = self.last.lock().await;
        if let Some((at, known)) = &*last
            && at.elapsed() < AGE
        {
            return known.clone();
        }
        let known = gather::gather(&self.settings.catalogs, &self.database, &self.quotas).await;
        *last = Some((Instant::now(), known.clone()));
        known
    }
}
