//! The engine of a folder, for programs without a server.
//!
//! One process owns the folder and answers for it on a loopback port; it is the first that asks.
//! Every other one finds the owner's address in the folder and talks to it. When the owner ends, the
//! next request of anybody else takes its place, so any number of commands and a `pyfa serve` can
//! come and go in any order. Who listens for front ends while another process owns the folder
//! [forwards](super::forward) to it.
//!
//! Nothing above [`Client`](super::Client) knows that there is no server. The key that all of
//! them use lies in the folder, for its user's eyes only.

use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use fs_err as fs;
use futures::future::BoxFuture;
use pyfa_engine::{AdminKey, Engine, OpenError};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tower::ServiceExt;

use super::SearchError;
use super::forward::Forwarder;

/// How long an owner may take from having the folder to answering for it.
const START: Duration = Duration::from_mins(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);
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
    /// Held while the way is looked for.
    way: Mutex<Way>,
    /// The routes of the engine, while this process owns the folder.
    routes: RwLock<Option<Router>>,
    forwarder: Forwarder,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Way {
    /// The engine of this process, if it owns the folder.
    engine: Option<Arc<Engine>>,
    /// Where this process listens for front ends.
    listening: Option<Listening>,
    /// Where it answers the folder's own commands, which do not wait there behind others'
    /// connections: an address on loopback that only the folder tells.
    private: Option<Listening>,
    /// Where another process answers.
    elsewhere: Option<String>,
}

struct Listening {
    address: String,
    task: JoinHandle<()>,
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
            key,
            forwarder: Forwarder::new(settings.timeout)?,
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

    /// Where the engine answers now; takes the folder and answers for it if nobody does.
    ///
    /// # Errors
    ///
    /// A sentence about what keeps the folder from being opened.
    // Boxed because whoever answers may have to ask for the address again.
    pub fn address(self: &Arc<Self>) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(self.find())
    }

    async fn find(self: &Arc<Self>) -> Result<String, String> {
        let mut way = self.way.lock().await;
        if let (Some(_), Some(private)) = (&way.engine, &way.private) {
            return Ok(private.address.clone());
        }
        if let Some(address) = &way.elsewhere {
            return Ok(address.clone());
        }
        let begun = Instant::now();
        loop {
            match self.open().await {
                Ok(engine) => return self.own(engine, &mut way).await,
                Err(OpenError::InUse {
                    address: Some(address),
                    ..
                }) => {
                    way.elsewhere = Some(address.clone());
                    return Ok(address);
                }
                // It is being opened, or its owner is going.
                Err(OpenError::InUse { .. }) if begun.elapsed() < START => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// Tells that nobody answers at `address` any more.
    pub async fn lost(&self, address: &str) {
        let mut way = self.way.lock().await;
        if way.elsewhere.as_deref() == Some(address) {
            way.elsewhere = None;
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
        let address = {
            let mut way = self.way.lock().await;
            let limits = pyfa_engine::Settings::default();
            let listening = self.listen_at(address, limits).await.map_err(unusable)?;
            let address = listening.address.clone();
            way.listening = Some(listening);
            address
        };
        self.address().await.map_err(|why| SearchError::Setting {
            setting: "PYFA_DATA",
            why,
        })?;
        Ok(address)
    }

    /// Where this process listens for front ends, if it does.
    pub async fn listening(&self) -> Option<String> {
        let way = self.way.lock().await;
        way.listening
            .as_ref()
            .map(|listening| listening.address.clone())
    }

    /// Answers what has begun, then gives the folder back.
    pub async fn close(&self) {
        let mut way = self.way.lock().await;
        self.stop.send_replace(true);
        let listening = [way.listening.take(), way.private.take()];
        let tasks = listening.into_iter().flatten().map(|one| one.task);
        let _ = tokio::time::timeout(GRACE, futures::future::join_all(tasks)).await;
        self.routes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(engine) = way.engine.take() {
            let _ = tokio::task::spawn_blocking(move || engine.close()).await;
        }
    }

    /// The routes of the engine, if this process owns the folder.
    pub(super) fn routes(&self) -> Option<Router> {
        self.routes
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn open(&self) -> Result<Engine, OpenError> {
        let folder = self.settings.folder.clone();
        let settings = pyfa_engine::Settings::default();
        let opened = tokio::task::spawn_blocking(move || Engine::open(&folder, settings));
        opened.await.unwrap_or_else(|error| {
            let why = format!("the engine could not be opened: {error}");
            Err(OpenError::Broken(pyfa_engine::Problem::fault(why)))
        })
    }

    /// Begins to answer for the folder.
    async fn own(self: &Arc<Self>, engine: Engine, way: &mut Way) -> Result<String, String> {
        let engine = Arc::new(engine);
        let keys = std::iter::once(&self.key)
            .chain(self.settings.api_key.as_ref())
            .map(|key| AdminKey::new(key.expose_secret()))
            .collect();
        let routes = pyfa_engine::routes(Arc::clone(&engine), keys)
            .await
            .map_err(|problem| problem.to_string())?;
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = Some(routes);
        let mut limits = engine.settings().clone();
        // Whoever forwards to this process can have that many requests on their way.
        limits.connections += OWN_CONNECTIONS;
        let private = self
            .listen_at((Ipv4Addr::LOCALHOST, 0).into(), limits)
            .await?;
        let address = private.address.clone();
        way.private = Some(private);
        engine
            .announce(&address)
            .map_err(|problem| problem.to_string())?;
        way.engine = Some(engine);
        let mut owners = OWNERS.lock().unwrap_or_else(PoisonError::into_inner);
        owners.push(Arc::downgrade(self));
        Ok(address)
    }

    async fn listen_at(
        self: &Arc<Self>,
        address: SocketAddr,
        limits: pyfa_engine::Settings,
    ) -> Result<Listening, String> {
        let refused = |error: std::io::Error| format!("cannot listen on {address}: {error}");
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let bound = listener.local_addr().map_err(refused)?;
        // Who listens everywhere is reached from here by the loopback address.
        let address = if bound.ip().is_unspecified() {
            format!("http://127.0.0.1:{}", bound.port())
        } else {
            format!("http://{bound}")
        };
        let answers = Router::new().fallback(answer).with_state(Arc::clone(self));
        let mut stop = self.stop.subscribe();
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let task = tokio::spawn(async move {
            pyfa_engine::listen(listener, answers, &limits, stopped).await;
        });
        Ok(Listening { address, task })
    }
}

/// Answers a request by the engine of this process, or has its owner answer it.
async fn answer(State(embedded): State<Arc<Embedded>>, request: Request) -> Response {
    match embedded.routes() {
        Some(routes) => match routes.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        None => embedded.forwarder.forward(&embedded, request).await,
    }
}

/// The folder's key, made by whoever comes first.
fn key(folder: &Path) -> std::io::Result<SecretString> {
    fs::create_dir_all(folder)?;
    let path = folder.join(KEY_FILE);
    for _ in 0..2 {
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
