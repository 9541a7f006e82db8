//! The engine of a folder, for programs without a server.
//!
//! One process owns the folder and answers for it on a loopback port; it is the first that asks.
//! Every other one finds the owner's address in the folder's lock, has it
//! [prove](super::owner) that it owns the folder, and talks to it. When the owner ends, the next
//! request of any other process takes its place, so any number of commands and a `pyfa serve` can
//! come and go in any order. A process that listens for front ends while another one owns the
//! folder [forwards](super::forward) to it.
//!
//! The owner has two doors. Front ends come in by the front door, wherever `--listen` says; the
//! folder's own commands by the side door, which is always on loopback. The owner's own requests
//! need neither.
//!
//! Nothing above [`Client`](super::Client) knows that there is no server. The key that all of
//! them use lies in the folder, for its user's eyes only.

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use fs_err as fs;
use futures::future::BoxFuture;
use pyfa_engine::{AdminKey, Engine, EngineError, OpenError};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::SearchError;
use super::forward::forward;
use super::nodes::Fault;
use super::owner::{self, Connection, Owner, Unanswered, Unconnected};

/// How long an owner may take from having the folder to answering for it.
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// How often a process that does not prove itself is found at the lock's address before that is an
/// error: for a moment, a new owner's lock still names the old one's address.
const UNPROVED: u32 = 5;
/// How often one request follows an owner that ends before it gets it.
const MOVES: u32 = 5;
/// How long answers that have begun may take when the process ends.
const GRACE: Duration = Duration::from_secs(10);
/// Connections of the folder's own commands.
const OWN_CONNECTIONS: usize = 200;
const KEY_FILE: &str = "admin.key";
const KEY_LENGTH: usize = 32;

/// What owns a folder in this process.
static OWNERS: std::sync::Mutex<Vec<Weak<Embedded>>> = std::sync::Mutex::new(Vec::new());

/// Closes the engines that this process owns, so that their indexes are finished before it ends.
/// Called once, when the work is done.
pub async fn close_engines() {
    let owners = std::mem::take(&mut *OWNERS.lock().unwrap_or_else(PoisonError::into_inner));
    for owner in owners.iter().filter_map(Weak::upgrade) {
        owner.close().await;
    }
}

/// Where the engine is, and how it is opened.
#[derive(Debug, Clone)]
pub struct EmbeddedSettings {
    /// Made if it is not there.
    pub folder: PathBuf,
    /// Another key that may do everything, beside the folder's own.
    pub api_key: Option<SecretString>,
    /// How long an import, an export or a schema change may be silent.
    pub timeout: Duration,
}

/// A way to the engine of a folder.
pub struct Embedded {
    settings: EmbeddedSettings,
    key: SecretString,
    /// Held while the folder is looked at.
    way: Mutex<Way>,
    /// The routes of the engine, while this process owns the folder.
    routes: RwLock<Option<Router>>,
    /// The process that owns it otherwise.
    owner: Owner,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Way {
    /// The engine of this process, if it owns the folder.
    engine: Option<Arc<Engine>>,
    /// Where front ends come in, if they do.
    front: Option<Door>,
    /// Where the folder's other commands come in, while this process owns it.
    side: Option<Door>,
}

/// An address at which this process answers.
struct Door {
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// Where a request goes.
enum Reached {
    Here(Router),
    There(Connection),
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Embedded({})", self.settings.folder.display())
    }
}

impl Embedded {
    /// Prepares the way; reads or makes the folder's key, opens nothing yet.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] if the folder cannot be made or its key not be read.
    pub fn new(settings: EmbeddedSettings) -> Result<Self, SearchError> {
        let key = key(&settings.folder).map_err(|error| SearchError::Setting {
            setting: "PYFA_DATA",
            why: error.to_string(),
        })?;
        Ok(Self {
            owner: Owner::new(key.clone()),
            key,
            settings,
            way: Mutex::default(),
            routes: RwLock::default(),
            stop: watch::channel(false).0,
        })
    }

    /// The key that the folder's own commands use.
    #[must_use]
    pub fn key(&self) -> &SecretString {
        &self.key
    }

    /// How the settings describe the way.
    #[must_use]
    pub fn settings(&self) -> &EmbeddedSettings {
        &self.settings
    }

    /// What ledger and locks know the engine by: its folder, wherever it answers.
    #[must_use]
    pub fn identity(&self) -> String {
        let folder = &self.settings.folder;
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        format!("the engine in {}", folder.display())
    }

    /// Has the engine answer a request: the one of this process, or the process that owns the
    /// folder; takes the folder if nobody has it. Only a process that has proved that it owns the
    /// folder is sent anything.
    ///
    /// # Errors
    ///
    /// Whether the request may have been done, and a sentence that says why it has no answer.
    // Boxed because the doors that are opened on the way send requests themselves.
    pub(super) fn send(
        self: &Arc<Self>,
        request: Request,
    ) -> BoxFuture<'_, Result<Response, (Fault, String)>> {
        Box::pin(self.send_on(request))
    }

    async fn send_on(self: &Arc<Self>, mut request: Request) -> Result<Response, (Fault, String)> {
        let mut moves = 0;
        loop {
            let mut connection = match self.reach().await.map_err(|why| (Fault::Unsent, why))? {
                Reached::Here(routes) => return Ok(answer_by(routes, request).await),
                Reached::There(connection) => connection,
            };
            match connection.send(request).await {
                Ok(answer) => {
                    self.owner.keep(connection);
                    return Ok(answer);
                }
                Err(Unanswered::Unsent(unsent)) if moves < MOVES => request = *unsent,
                Err(unanswered) => return Err(unanswered.into()),
            }
            moves += 1;
        }
    }

    /// Takes the folder, or connects to its owner. Each time that a connection is made, the lock
    /// says where.
    async fn reach(self: &Arc<Self>) -> Result<Reached, String> {
        let begun = Instant::now();
        let mut unproved = 0;
        loop {
            if let Some(routes) = self.routes() {
                return Ok(Reached::Here(routes));
            }
            if let Some(connection) = self.owner.idle() {
                return Ok(Reached::There(connection));
            }
            // A task of its own, which does not stop half way when nobody waits for it any more.
            let this = Arc::clone(self);
            let taken = tokio::spawn(async move { this.take().await }).await;
            let error = match taken.unwrap_or_else(|error| Err(unopened(&error))) {
                Ok(routes) => return Ok(Reached::Here(routes)),
                Err(error) => error,
            };
            let why = match &error {
                OpenError::InUse {
                    address: Some(address),
                    ..
                } => match self.owner.connect(address).await {
                    Ok(connection) => return Ok(Reached::There(connection)),
                    Err(Unconnected::Absent) => error.to_string(),
                    Err(Unconnected::Unproved(why)) => {
                        unproved += 1;
                        why
                    }
                },
                // It is being opened, or its owner is going.
                OpenError::InUse { .. } => error.to_string(),
                OpenError::Broken(_) => return Err(error.to_string()),
            };
            if unproved >= UNPROVED || begun.elapsed() >= START {
                return Err(why);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Listens at an address for front ends, as owner or for the owner; returns it as a URL.
    ///
    /// # Errors
    ///
    /// A sentence about what keeps the address or the folder from being used.
    pub async fn listen(self: &Arc<Self>, address: SocketAddr) -> Result<String, SearchError> {
        let unusable = |why: String| SearchError::Setting {
            setting: "--listen",
            why,
        };
        {
            let mut way = self.way.lock().await;
            let routes = Router::new().fallback(answer).with_state(Arc::clone(self));
            let listener = bind(address).await.map_err(unusable)?;
            let limits = pyfa_engine::EngineSettings::default();
            let door = self.open_door(listener, routes, limits);
            way.front = Some(door.map_err(unusable)?);
        }
        self.reach().await.map_err(|why| SearchError::Setting {
            setting: "PYFA_DATA",
            why,
        })?;
        // It has just been opened.
        Ok(self.listening().await.unwrap_or_default())
    }

    /// Where this process listens for front ends, if it does.
    pub async fn listening(&self) -> Option<String> {
        let way = self.way.lock().await;
        let address = way.front.as_ref()?.address;
        // Who listens everywhere is reached from here by the loopback address.
        Some(match address {
            SocketAddr::V4(any) if any.ip().is_unspecified() => {
                format!("http://127.0.0.1:{}", any.port())
            }
            SocketAddr::V6(any) if any.ip().is_unspecified() => {
                format!("http://[::1]:{}", any.port())
            }
            address => format!("http://{address}"),
        })
    }

    /// Answers what has begun, then gives the folder back.
    pub async fn close(&self) {
        let mut way = self.way.lock().await;
        self.stop.send_replace(true);
        let doors = [way.front.take(), way.side.take()];
        let ended = doors.into_iter().flatten().map(|door| door.task);
        let _ = tokio::time::timeout(GRACE, futures::future::join_all(ended)).await;
        self.routes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(engine) = way.engine.take() {
            let _ = tokio::task::spawn_blocking(move || engine.close()).await;
        }
    }

    /// The routes of the engine, if this process owns the folder.
    fn routes(&self) -> Option<Router> {
        self.routes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn open(&self) -> Result<Engine, OpenError> {
        let folder = self.settings.folder.clone();
        let settings = pyfa_engine::EngineSettings::default();
        let opened = tokio::task::spawn_blocking(move || Engine::open(&folder, settings));
        opened.await.unwrap_or_else(|error| Err(unopened(&error)))
    }

    /// Takes the folder and begins to answer for it; the routes of its engine.
    async fn take(self: &Arc<Self>) -> Result<Router, OpenError> {
        let mut way = self.way.lock().await;
        if let Some(routes) = self.routes() {
            return Ok(routes);
        }
        let engine = Arc::new(self.open().await?);
        let keys = std::iter::once(&self.key)
            .chain(self.settings.api_key.as_ref())
            .map(|key| AdminKey::new(key.expose_secret()))
            .collect();
        let routes = pyfa_engine::routes(Arc::clone(&engine), keys).await?;
        let listener = bind((Ipv4Addr::LOCALHOST, 0).into()).await;
        let listener = listener.map_err(EngineError::internal)?;
        let address = listener.local_addr().map_err(EngineError::from)?;
        let side = self.side_routes(address);
        let mut limits = engine.settings().clone();
        // A process that forwards to this one can have that many requests on their way.
        limits.connections += OWN_CONNECTIONS;
        let door = self.open_door(listener, side, limits);
        way.side = Some(door.map_err(EngineError::internal)?);
        engine.announce(&format!("http://{address}"))?;
        way.engine = Some(engine);
        let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
        owners.push(Arc::downgrade(self));
        drop(owners);
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Some(routes.clone());
        Ok(routes)
    }

    /// What the side door answers: challenges, and everything that the engine does.
    fn side_routes(self: &Arc<Self>, address: SocketAddr) -> Router {
        let key = self.key.clone();
        let prove = async move |RawQuery(query): RawQuery| {
            let query = query.unwrap_or_default();
            owner::answer(&key, address, &query).ok_or(StatusCode::BAD_REQUEST)
        };
        Router::new()
            .route(owner::PATH, get(prove))
            .fallback(answer)
            .with_state(Arc::clone(self))
    }

    fn open_door(
        &self,
        listener: TcpListener,
        routes: Router,
        limits: pyfa_engine::EngineSettings,
    ) -> Result<Door, String> {
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let task = tokio::spawn(async move {
            pyfa_engine::listen(listener, routes, &limits, stopped).await;
        });
        Ok(Door { address, task })
    }
}

fn unopened(error: &tokio::task::JoinError) -> OpenError {
    EngineError::internal(format!("the engine could not be opened: {error}")).into()
}

async fn bind(address: SocketAddr) -> Result<TcpListener, String> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Answers a request by the engine of this process, or has its owner answer it.
async fn answer(State(embedded): State<Arc<Embedded>>, request: Request) -> Response {
    match embedded.routes() {
        Some(routes) => answer_by(routes, request).await,
        None => forward(&embedded, request).await,
    }
}

async fn answer_by(routes: Router, request: Request<Body>) -> Response {
    match routes.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Refuses a link in the key's place, and takes from others what they could do with the file.
fn keep_private(path: &Path) -> std::io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !found.is_file() {
        return Err(std::io::Error::other(format!(
            "{} is no file of its own, which this program never makes: remove it, and see who made \
             it",
            path.display()
        )));
    }
    let mode = found.permissions().mode();
    if mode & 0o077 != 0 {
        tracing::error!(
            "{} could be read or changed by others until now: remove it, and a new key is made",
            path.display()
        );
        fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o700))?;
    }
    Ok(())
}

/// The folder's key, made by whoever comes first.
fn key(folder: &Path) -> std::io::Result<SecretString> {
    fs::create_dir_all(folder)?;
    let path = folder.join(KEY_FILE);
    for _ in 0..2 {
        keep_private(&path)?;
        match fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= KEY_LENGTH => return Ok(text.trim().into()),
            Ok(_) => {
                return Err(std::io::Error::other(format!(
                    "{} holds no key; delete the file, and a new one is made",
                    path.display()
                )));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        // Written whole before it has its name, so nobody reads half of it; whoever is first wins.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let key = pyfa_engine::random_key().map_err(std::io::Error::other)?;
        writeln!(file, "{key}")?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
    }
    Err(std::io::Error::other(format!(
        "{} cannot be read",
        path.display()
    )))
}
