//! The router of an engine, and a server for it: finds the route of a request, asks for its key, reads
//! its body, calls, and writes the reply.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::response::Response;
use futures::FutureExt;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::api_call::ApiCall;
use super::app::{AdminKey, App};
use super::capacity::{Share, Shares};
use super::connections::listen;
use super::query_string::QueryString;
use super::reply::Reply;
use super::request_body::{BodyReader, drain};
use super::route_table::Handler;
use super::worker_pool::{panic_error, run_blocking};
use super::{authorize, cors, import_export, multi_search_route, route_table, search_route};
use crate::engine::Engine;
use crate::error::EngineResult;
use crate::keys::KeyRing;
use crate::settings::EngineSettings;

/// How long requests that are being answered may take after the shutdown was asked for.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);
/// Bytes of an answer from which compressing pays.
const WORTH_COMPRESSING: u16 = 1400;

/// The routes of an engine, for a server of one's own.
///
/// # Errors
///
/// If there is no admin key or an empty one, or the keys cannot be read.
pub async fn routes(engine: Arc<Engine>, admin_keys: Vec<AdminKey>) -> EngineResult<Router> {
    let opened = Arc::clone(&engine);
    let keys = run_blocking(move || {
        let values: Vec<&str> = admin_keys.iter().map(|key| key.0.as_str()).collect();
        KeyRing::open(opened, &values)
    });
    let app = Arc::new(App {
        shares: Shares::of(engine.settings()),
        engine,
        keys: keys.await?,
    });
    let compression = CompressionLayer::new()
        .quality(tower_http::CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_COMPRESSING));
    Ok(Router::new()
        .fallback(move |request: Request| answer(Arc::clone(&app), request))
        .layer(compression))
}

/// Answers requests until `shutdown` is ready; then lets those that have begun end, within ten
/// seconds, and commits what the indexes have not.
///
/// # Errors
///
/// As for [`routes()`].
pub async fn serve(
    engine: Arc<Engine>,
    admin_keys: Vec<AdminKey>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> EngineResult<()> {
    let router = routes(Arc::clone(&engine), admin_keys).await?;
    let (shutdown_sender, shutdown_begun) = tokio::sync::oneshot::channel();
    let limits = engine.settings().clone();
    let serving = listen(listener, router, &limits, async move {
        shutdown.await;
        let _ = shutdown_sender.send(());
    });
    let too_late = async {
        // An error means that serving ended without having been asked to.
        if shutdown_begun.await.is_ok() {
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = serving => {}
        () = too_late => {}
    }
    run_blocking(move || {
        engine.close();
        Ok(())
    })
    .await
}

/// Answers one request; nothing that goes wrong in it reaches the connection.
async fn answer(app: Arc<App>, request: Request) -> Response {
    if cors::is_preflight(&request) {
        return cors::preflight(&request);
    }
    let answered = AssertUnwindSafe(dispatch(app, request))
        .catch_unwind()
        .await;
    let reply = match answered {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) => Reply::error(&error),
        Err(_) => Reply::error(&panic_error()),
    };
    cors::allow(reply.into_response())
}

/// Finds the route, asks for the key, reads the body, does the work. What is refused by its head is
/// answered before its body has come.
async fn dispatch(app: Arc<App>, request: Request) -> EngineResult<Reply> {
    let (head, body) = request.into_parts();
    let Some((handler, matched)) = route_table::find(&head.method, head.uri.path()) else {
        drain(body);
        return Ok(Reply::no_route());
    };
    let limits = app.engine.settings().clone();
    let call = match authorize_head(
        ApiCall::begin(&app, matched, &head),
        handler,
        &head,
        &limits,
    ) {
        Ok(call) => call,
        Err(error) => {
            drain(body);
            return Err(error);
        }
    };
    let capacity = app.capacity(call.share);
    let mut reader = BodyReader {
        limits: &limits,
        most: limits.body_bytes,
        within: None,
        memory: &capacity.bodies,
    };
    if call.share == Share::Strangers {
        reader.most = limits.body_bytes.min(limits.stranger_body_bytes);
        reader.within = Some(limits.stranger_body_patience);
    }
    let reply = match handler {
        Handler::Light(respond) => {
            drain(body);
            respond(&call)
        }
        Handler::Import => import_export::import(call, body).await,
        Handler::Plain(respond) => {
            let call = call.with_body(reader.read(body).await?);
            capacity.workers.run(move || respond(&call)).await
        }
        Handler::Search => search_route::search(call.with_body(reader.read(body).await?)).await,
        Handler::MultiSearch => {
            multi_search_route::multi_search(call.with_body(reader.read(body).await?)).await
        }
        Handler::Export => import_export::export(call.with_body(reader.read(body).await?)).await,
    };
    reply?.reserve_memory(&capacity.answers).await
}

/// Asks for the key in the head or query string of a request.
fn authorize_head(
    mut call: ApiCall,
    handler: Handler,
    head: &Parts,
    limits: &EngineSettings,
) -> EngineResult<ApiCall> {
    match handler {
        Handler::Light(_) => {}
        // A search of many may have its keys in its body instead.
        Handler::MultiSearch => {
            if authorize::any_search(&call).is_ok() {
                call.recognize();
            }
        }
        Handler::Search => {
            search_route::check_length(head, limits)?;
            call = authorize::authorize(call)?;
        }
        _ => call = authorize::authorize(call)?,
    }
    let query = head.uri.query().unwrap_or_default();
    call.reserve_memory(QueryString::size_in_memory(query))?;
    Ok(call)
}
