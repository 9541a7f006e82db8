//! The HTTP API: requests in, JSON out.
//!
//! [`mod@routes`] is the table of what there is; [`authorise`] asks the keys; [`call`] is a request
//! that was let in, [`reply`] what is answered; [`connections`] keeps clients from holding what they
//! do not use; [`work`] keeps blocking work off the threads that listen; [`share`] bounds work and
//! memory. The rest is one file per topic, each with the functions that the table names. It never
//! interprets a document, a filter or a schema: that is below. Called by the program through
//! [`serve`].

mod aliases;
mod authorise;
mod body;
mod call;
mod collections;
mod connections;
mod cors;
mod documents;
mod keys;
mod lines;
mod multi_search;
mod objects;
mod operations;
mod parameters;
mod reply;
mod routes;
mod search;
mod share;
mod spool;
mod unreadable;
mod work;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use futures::FutureExt;
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use crate::engine::Engine;
use crate::keys::Keys;
use crate::problem::Answer;
use crate::search::ValueCache;

pub use connections::listen;

use call::Call;
use reply::Reply;
use routes::Work;
use share::Share;

/// How long requests that are being answered may take after the shutdown was asked for.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes of an answer from which compressing pays.
const WORTH_COMPRESSING: u16 = 1400;

/// Bytes of a body that is read before a key is known to be good: that of a `multi_search` may hold
/// the key.
const BODY_OF_A_STRANGER: usize = 1 << 20;

/// What every request shares.
pub(crate) struct App {
    engine: Arc<Engine>,
    keys: Keys,
    /// What searches remember of facet values; segments of an index never change.
    values: ValueCache,
    /// Of the folder's own commands.
    own: Share,
    /// Of everybody else.
    others: Share,
}

impl App {
    fn share(&self, is_own: bool) -> &Share {
        if is_own { &self.own } else { &self.others }
    }
}

/// The key that may do everything; never shown, not even by `Debug`.
#[derive(Clone)]
pub struct AdminKey(String);

impl AdminKey {
    /// Takes the value; an empty one is refused by [`serve`].
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }
}

impl std::fmt::Debug for AdminKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AdminKey(…)")
    }
}

/// The routes of an engine, for a server of one's own.
///
/// # Errors
///
/// If there is no admin key or an empty one, or the keys cannot be read.
pub async fn routes(engine: Arc<Engine>, admin_keys: Vec<AdminKey>) -> Answer<Router> {
    let opened = Arc::clone(&engine);
    let keys = work::detached(move || {
        let values: Vec<&str> = admin_keys.iter().map(|key| key.0.as_str()).collect();
        Keys::open(opened, &values)
    });
    let app = Arc::new(App {
        own: Share::of(engine.settings()),
        others: Share::of(engine.settings()),
        engine,
        keys: keys.await?,
        values: ValueCache::default(),
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
) -> Answer<()> {
    let router = routes(Arc::clone(&engine), admin_keys).await?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let limits = engine.settings().clone();
    let serving = listen(listener, router, &limits, async move {
        shutdown.await;
        let _ = tell.send(());
    });
    let too_late = async {
        // An error means that serving ended without having been asked to.
        if told.await.is_ok() {
            tokio::time::sleep(GRACE).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = serving => {}
        () = too_late => {}
    }
    work::detached(move || {
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
        Ok(Err(problem)) => Reply::problem(&problem),
        Err(_) => Reply::problem(&work::broke()),
    };
    cors::allow(reply.into_response())
}

/// Finds the route, asks for the key, reads the body, does the work.
async fn dispatch(app: Arc<App>, request: Request) -> Answer<Reply> {
    let (head, body) = request.into_parts();
    let Some((work, target)) = routes::find(&head.method, head.uri.path()) else {
        body::drain(body).await;
        return Ok(Reply::no_route());
    };
    let limits = app.engine.settings().clone();
    let call = match Call::begin(&app, target, &head) {
        Ok(call) => call,
        Err(problem) => {
            body::drain(body).await;
            return Err(problem);
        }
    };
    let let_in = match work {
        // A search of many has its keys in its body, too.
        Work::Light(_) | Work::MultiSearch => Ok(call),
        Work::Search => search::check_length(&head, &limits).and_then(|()| authorise::call(call)),
        _ => authorise::call(call),
    };
    let call = match let_in {
        Ok(call) => call,
        Err(problem) => {
            body::drain(body).await;
            return Err(problem);
        }
    };
    let share = app.share(call.is_own);
    let stranger = matches!(work, Work::MultiSearch) && authorise::any_search(&call).is_err();
    let whole = body::Reading {
        limits: &limits,
        most: if stranger {
            limits.body_bytes.min(BODY_OF_A_STRANGER)
        } else {
            limits.body_bytes
        },
        room: &share.bodies,
    };
    let reply = match work {
        Work::Light(work) => {
            body::drain(body).await;
            work(&call)
        }
        Work::Import => lines::import(call, body).await,
        Work::Plain(work) => {
            let call = call.with_body(whole.read(body).await?);
            share.workers.plain(call, work).await
        }
        Work::Search => search::answer(call.with_body(whole.read(body).await?)).await,
        Work::MultiSearch => multi_search::answer(call.with_body(whole.read(body).await?)).await,
        Work::Export => lines::export(call.with_body(whole.read(body).await?)).await,
    };
    reply?.held_in(&share.answers).await
}
