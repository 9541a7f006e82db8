//! The engine of a folder: opened by this process, or asked through the process that owns the
//! folder.
//!
//! As a transport it decides with every request. If this process owns the folder, the request goes
//! to the engine's routes by a function call, without a connection; the bodies of its responses
//! stream. If another process owns it, the request goes there over loopback. If nobody does, this
//! process takes the folder first.
//!
//! Never sends a request to a process that has not proved that it owns the folder. Made by `cli`,
//! used through [`Client`](crate::search::Client).

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::HOST;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use futures::future::BoxFuture;
use pyfa_engine::{AdminKey, Connection, Engine, EngineError, OpenError};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinError;
use tower::ServiceExt;

use super::listener::{BoundSocket, ListenError, Listener};
use super::owner_connection::{ConnectError, OwnerConnection, OwnerConnections, SendError};
use super::{forwarding, key_file, owner_proof};
use crate::search::SearchError;
use crate::search::transport::{Delivery, Transport, TransportError};

/// How long an owner may take from having the folder to answering for it, or to give it back.
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// How long to wait before the lock is read again.
const LOCK_INTERVAL: Duration = Duration::from_millis(20);
/// How often a process at the lock's address may fail to prove itself before that is an error: for
/// a moment, a new owner's lock still names the old one's address.
const MOST_REJECTED: u32 = 5;
/// The same for a process that says nothing, which takes longer to find out.
const MOST_SILENT: u32 = 2;
/// How often one request follows an owner that ends before it gets it.
const MOST_OWNERS: u32 = 5;
/// How long responses that have begun may take when the process ends.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections of the folder's own commands.
const OWN_CONNECTIONS: usize = 200;

/// The engines that this process has opened.
static OPENED: std::sync::Mutex<Vec<Weak<EmbeddedEngine>>> = std::sync::Mutex::new(Vec::new());

/// Closes the engines that this process owns, so that their indexes are finished before it ends.
/// Called once, when the work is done.
pub async fn close_engines() {
    let opened = std::mem::take(&mut *OPENED.lock().unwrap_or_else(PoisonError::into_inner));
    for engine in opened.iter().filter_map(Weak::upgrade) {
        engine.close().await;
    }
}

/// Where the engine is, and how it is opened.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// Created if it does not exist.
    pub folder: PathBuf,
    /// Another key that may do everything, in addition to the folder's own.
    pub api_key: Option<SecretString>,
    /// How long an import, an export or a schema change may be silent.
    pub timeout: Duration,
}

/// The engine of a folder, whichever process runs it.
pub struct EmbeddedEngine {
    settings: EmbeddedSettings,
    key: SecretString,
    /// Locked while the folder is taken, listened for or given back.
    state: Mutex<EngineState>,
    /// The routes of the engine, while this process owns the folder.
    router: RwLock<Option<Router>>,
    /// The connections to the process that owns it otherwise.
    owner: OwnerConnections,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct EngineState {
    /// The engine, while this process owns the folder.
    engine: Option<Arc<Engine>>,
    /// For the folder's other commands, while this process owns it.
    internal_listener: Option<Listener>,
}

/// Who answers a request.
enum Owner {
    ThisProcess(Router),
    OtherProcess(OwnerConnection),
}

/// Why nobody answers for the folder. Each is shown as it is; none has a cause that says more.
#[derive(Debug, Error)]
enum ReachError {
    #[error("{0}")]
    Open(OpenError),
    #[error("{0}")]
    Routes(EngineError),
    #[error("{0}")]
    Listen(ListenError),
    #[error("{0}")]
    Connect(ConnectError),
    #[error("the engine could not be opened: {0}")]
    Aborted(JoinError),
}

impl std::fmt::Debug for EmbeddedEngine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "EmbeddedEngine({})",
            self.settings.folder.display()
        )
    }
}

impl EmbeddedEngine {
    /// Reads or creates the folder's key; opens nothing yet.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] if the folder cannot be created or its key cannot be read.
    pub fn new(settings: EmbeddedSettings) -> Result<Self, SearchError> {
        let key =
            key_file::read_or_create(&settings.folder).map_err(|error| SearchError::Setting {
                setting: "PYFA_DATA",
                why: error.to_string(),
            })?;
        Ok(Self {
            owner: OwnerConnections::new(key.clone(), &settings.folder),
            key,
            settings,
            state: Mutex::default(),
            router: RwLock::default(),
            stop: watch::channel(false).0,
        })
    }

    /// The key that the folder's own commands use.
    #[must_use]
    pub fn key(&self) -> &SecretString {
        &self.key
    }

    /// The settings that it was made from.
    #[must_use]
    pub fn settings(&self) -> &EmbeddedSettings {
        &self.settings
    }

    /// Opens the folder, or finds the process that owns it, so that a folder that cannot be used is
    /// known at once.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] if the folder cannot be used.
    pub async fn open(self: &Arc<Self>) -> Result<(), SearchError> {
        match self.find_owner().await {
            Ok(_) => Ok(()),
            Err(error) => Err(SearchError::Setting {
                setting: "PYFA_DATA",
                why: error.to_string(),
            }),
        }
    }

    /// The API for front ends: answers or forwards their requests, which need a key.
    pub fn public_routes(self: &Arc<Self>) -> Router {
        Router::new()
            .fallback(answer_or_forward)
            .with_state(Arc::clone(self))
    }

    /// Finishes the responses that have begun, then gives the folder back.
    pub async fn close(&self) {
        let mut state = self.state.lock().await;
        self.stop.send_replace(true);
        if let Some(listener) = state.internal_listener.take() {
            let _ = tokio::time::timeout(CLOSE_TIMEOUT, listener.task).await;
        }
        self.router
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(engine) = state.engine.take() {
            let _ = tokio::task::spawn_blocking(move || engine.close()).await;
        }
    }

    /// Has the owner of the folder answer a request.
    async fn send_to_owner(
        self: &Arc<Self>,
        mut request: Request,
    ) -> Result<Response, TransportError> {
        let mut owners = 0;
        loop {
            let owner = self.find_owner().await;
            let mut connection = match owner.map_err(TransportError::not_sent)? {
                Owner::ThisProcess(router) => return Ok(call(router, request).await),
                Owner::OtherProcess(connection) => connection,
            };
            match connection.send(request).await {
                Ok(response) => {
                    self.owner.keep(connection);
                    return Ok(response);
                }
                Err(SendError::NotSent(unsent)) if owners < MOST_OWNERS => request = *unsent,
                Err(SendError::NotSent(_)) => {
                    let why = "the process that owned the engine's folder has ended; try again";
                    return Err(TransportError::not_sent(why));
                }
                Err(SendError::Interrupted(error)) => {
                    return Err(TransportError::interrupted(error));
                }
            }
            owners += 1;
        }
    }

    /// Takes the folder, or connects to its owner. The lock is read for each new connection.
    async fn find_owner(self: &Arc<Self>) -> Result<Owner, ReachError> {
        let begun = Instant::now();
        let (mut rejected, mut silent) = (0, 0);
        loop {
            if let Some(router) = self.router() {
                return Ok(Owner::ThisProcess(router));
            }
            if let Some(connection) = self.owner.take_idle() {
                return Ok(Owner::OtherProcess(connection));
            }
            // A task of its own, which goes on if nobody waits for it any more.
            let this = Arc::clone(self);
            let taken = tokio::spawn(async move { this.take_folder().await }).await;
            let error = match taken.unwrap_or_else(|error| Err(ReachError::Aborted(error))) {
                Ok(router) => return Ok(Owner::ThisProcess(router)),
                Err(error) => error,
            };
            let error = match error {
                ReachError::Open(OpenError::InUse {
                    address: Some(address),
                    ..
                }) => match self.owner.connect(&address).await {
                    Ok(connection) => return Ok(Owner::OtherProcess(connection)),
                    Err(error) => {
                        match error {
                            ConnectError::NobodyListens { .. } => {}
                            ConnectError::Silent { .. } => silent += 1,
                            _ => rejected += 1,
                        }
                        ReachError::Connect(error)
                    }
                },
                // It is being opened, or its owner is ending.
                error @ ReachError::Open(OpenError::InUse { .. }) => error,
                error => return Err(error),
            };
            if rejected >= MOST_REJECTED
                || silent >= MOST_SILENT
                || begun.elapsed() >= START_TIMEOUT
            {
                return Err(error);
            }
            tokio::time::sleep(LOCK_INTERVAL).await;
        }
    }

    /// Takes the folder and begins to answer for it; returns the routes of its engine.
    async fn take_folder(self: &Arc<Self>) -> Result<Router, ReachError> {
        let mut state = self.state.lock().await;
        if let Some(router) = self.router() {
            return Ok(router);
        }
        let engine = Arc::new(self.open_engine().await?);
        let keys = std::iter::once(&self.key)
            .chain(self.settings.api_key.as_ref())
            .map(|key| AdminKey::new(key.expose_secret()))
            .collect();
        let router = pyfa_engine::routes(Arc::clone(&engine), keys).await;
        let router = router.map_err(ReachError::Routes)?;
        let socket = BoundSocket::bind((Ipv4Addr::LOCALHOST, 0).into()).await;
        let socket = socket.map_err(ReachError::Listen)?;
        let address = socket.address;
        let mut limits = engine.settings().clone();
        // A process that forwards to this one can have that many requests on their way.
        limits.connections += OWN_CONNECTIONS;
        let internal = self.internal_routes(address);
        let listener = socket.accept(internal, limits, self.stop.subscribe());
        state.internal_listener = Some(listener);
        let announced = engine.announce(&format!("http://{address}"));
        announced.map_err(ReachError::Routes)?;
        state.engine = Some(engine);
        let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
        opened.push(Arc::downgrade(self));
        drop(opened);
        *self.router.write().unwrap_or_else(PoisonError::into_inner) = Some(router.clone());
        Ok(router)
    }

    async fn open_engine(&self) -> Result<Engine, ReachError> {
        let folder = self.settings.folder.clone();
        let settings = pyfa_engine::EngineSettings::default();
        tokio::task::spawn_blocking(move || Engine::open(&folder, settings))
            .await
            .map_err(ReachError::Aborted)?
            .map_err(ReachError::Open)
    }

    /// The routes of the engine, if this process owns the folder.
    fn router(&self) -> Option<Router> {
        self.router
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What the internal listener answers: challenges, and everything that the engine does.
    fn internal_routes(self: &Arc<Self>, address: SocketAddr) -> Router {
        let key = self.key.clone();
        let prove = async move |RawQuery(challenge): RawQuery| {
            let challenge = challenge.unwrap_or_default();
            owner_proof::prove(&key, address, &challenge).ok_or(StatusCode::BAD_REQUEST)
        };
        Router::new()
            .route(owner_proof::PATH, get(prove))
            .fallback(answer_or_forward)
            .with_state(Arc::clone(self))
    }
}

impl Transport for Arc<EmbeddedEngine> {
    /// The folder, wherever its engine answers.
    fn address(&self) -> String {
        let folder = &self.settings.folder;
        let folder = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        format!("the engine in {}", folder.display())
    }

    fn is_embedded(&self) -> bool {
        true
    }

    fn send(
        &self,
        mut request: axum::http::Request<Bytes>,
    ) -> BoxFuture<'_, Result<Response, TransportError>> {
        let host = HeaderValue::from_static("localhost");
        request.headers_mut().insert(HOST, host);
        Box::pin(self.send_to_owner(request.map(Body::from)))
    }
}

/// Answers a request by the engine of this process, or forwards it to the owner of the folder.
async fn answer_or_forward(
    State(embedded): State<Arc<EmbeddedEngine>>,
    request: Request,
) -> Response {
    match embedded.router() {
        Some(router) => call(router, request).await,
        None => forward(&embedded, request).await,
    }
}

/// A request that did not reach the owner is sent to the next one, which may be this process; one
/// that may have reached it is not sent twice, because nobody here knows what it does.
async fn forward(embedded: &Arc<EmbeddedEngine>, mut request: Request) -> Response {
    if request.uri().path() == owner_proof::PATH {
        return forwarding::error_response(StatusCode::NOT_FOUND, "Not Found");
    }
    // A client that has shown the owner a key has shown it on this connection.
    let connection = request.extensions_mut().remove::<Connection>();
    let needs_key = pyfa_engine::needs_key(request.method(), request.uri().path());
    forwarding::prepare_request(&mut request);
    // Boxed because the listeners that are opened on the way forward requests themselves.
    let sent: BoxFuture<'_, _> = Box::pin(embedded.send_to_owner(request));
    let error = match sent.await {
        Ok(mut response) => {
            forwarding::prepare_response(&mut response);
            if let Some(connection) = connection
                && needs_key
                && response.status().is_success()
            {
                connection.show_key();
            }
            return response;
        }
        Err(error) => error,
    };
    tracing::warn!("a request could not be forwarded: {error}");
    // The error itself may name folders, which are not for front ends.
    let message = if error.delivery() == Delivery::NotSent {
        "the process that owns the engine cannot be reached; try again later, or see this server's \
         log"
    } else {
        "the process that owns the engine broke the connection; whether the request was carried \
         out is unknown"
    };
    forwarding::error_response(StatusCode::SERVICE_UNAVAILABLE, message)
}

async fn call(router: Router, request: Request) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_owner_calls_its_engine_without_a_connection() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let engine = Arc::new(EmbeddedEngine::new(EmbeddedSettings {
            folder: folder.path().join("engine"),
            api_key: None,
            timeout: Duration::from_mins(1),
        })?);
        let health = || axum::http::Request::get("/health").body(Bytes::new());
        engine.send(health()?).await?;
        let listener = engine.state.lock().await.internal_listener.take();
        let listener = listener.ok_or_else(|| anyhow::anyhow!("the owner listens for others"))?;
        listener.task.abort();
        let response = engine.send(health()?).await?;
        assert_eq!(response.status(), StatusCode::OK);
        engine.close().await;
        Ok(())
    }
}
