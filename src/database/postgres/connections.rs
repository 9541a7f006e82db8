//! A few connections to a server, which are made when they are needed and again when they break.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::{Client, Config, Error, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::fault::translate;
use crate::database::error::DatabaseError;
use crate::database::settings::{PostgresSettings, ReadLimits, Tls};

/// How many statements a process runs at once: a long one must not keep a job from showing that it
/// is alive.
const MOST: usize = 4;

/// Times are UTC; a statement that hangs, and a transaction whose host is gone, end. The transaction
/// of a paused host ends before those that wait for its locks give up.
const PREPARE: &str = "SET TIME ZONE 'UTC'; SET statement_timeout = '5min'; \
    SET idle_in_transaction_session_timeout = '30s'; SET lock_timeout = '1min'";

/// What a handle with limits adds to that. Each statement is planned for its values: how many rows pass a
/// filter depends on them. Compiling statements takes longer than
/// running them, and bitmaps forget the order that an index has.
fn prepare_reads(limits: ReadLimits) -> String {
    let patience = limits.patience.as_millis().max(1);
    format!(
        "SET statement_timeout = {patience}; SET default_transaction_read_only = on; \
         SET plan_cache_mode = force_custom_plan; SET jit = off; \
         SET enable_bitmapscan = off"
    )
}

/// How many statements a connection keeps prepared.
const PREPARED_LIMIT: usize = 200;

#[derive(Debug)]
pub(super) struct Connections {
    settings: PostgresSettings,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
}

/// One connection, and the statements that it knows.
struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Session")
    }
}

/// A connection that is in use. It is closed when dropped, unless it is given back.
pub(super) struct Connection {
    pub(super) client: Client,
    /// Whether nothing was run on it yet.
    pub(super) is_new: bool,
    prepared: HashMap<String, Statement>,
    home: Arc<Connections>,
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    /// The statement with this text, which is prepared once.
    pub(super) async fn prepare(&mut self, text: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(text).await?;
        if self.prepared.len() >= PREPARED_LIMIT {
            self.prepared.clear();
        }
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Keeps it for the next caller.
    pub(super) fn give_back(self) {
        if !self.client.is_closed() && !self.home.permits.is_closed() {
            self.home.idle().push(Session {
                client: self.client,
                prepared: self.prepared,
            });
        }
    }
}

impl Connections {
    pub(super) fn new(settings: PostgresSettings) -> Self {
        let most = settings.reads.map_or(MOST, |limits| limits.at_once.max(1));
        Self {
            settings,
            permits: Arc::new(Semaphore::new(most)),
            idle: Mutex::default(),
        }
    }

    pub(super) fn place(&self) -> String {
        self.settings.place()
    }

    pub(super) fn translate(&self, error: &Error) -> DatabaseError {
        translate(self.place(), error)
    }

    /// A connection, as soon as fewer than [`MOST`], or than the handle's limits say, are in use.
    pub(super) async fn take(self: &Arc<Self>) -> Result<Connection, DatabaseError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| DatabaseError::Broken {
            place: self.place(),
            why: "it was closed while in use (a bug in pyfa); please report it".to_owned(),
        })?;
        let found = loop {
            match self.idle().pop() {
                Some(session) if session.client.is_closed() => {}
                found => break found,
            }
        };
        let is_new = found.is_none();
        let session = match found {
            Some(session) => session,
            None => Session {
                client: self.open().await?,
                prepared: HashMap::new(),
            },
        };
        Ok(Connection {
            client: session.client,
            is_new,
            prepared: session.prepared,
            home: Arc::clone(self),
            _permit: permit,
        })
    }

    /// Ends the connections that are not in use; the others end with their statement.
    pub(super) fn close(&self) {
        self.permits.close();
        self.idle().clear();
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self) -> Result<Client, DatabaseError> {
        let mut config: Config = self.settings.config.clone();
        if config.get_password().is_none()
            && let Some(password) = &self.settings.password
        {
            config.password(password.expose_secret());
        }
        let fault = |error: Error| self.translate(&error);
        let client = match self.settings.tls {
            Tls::Off => {
                let (client, connection) = config.connect(NoTls).await.map_err(fault)?;
                tokio::spawn(log_end(connection));
                client
            }
            Tls::Verified => {
                let tls = self.load_tls().await?;
                let (client, connection) = config.connect(tls).await.map_err(fault)?;
                tokio::spawn(log_end(connection));
                client
            }
        };
        client.batch_execute(PREPARE).await.map_err(fault)?;
        if let Some(limits) = self.settings.reads {
            let prepare = prepare_reads(limits);
            client.batch_execute(&prepare).await.map_err(fault)?;
        }
        Ok(client)
    }

    /// The certificates that the server's has to be signed with: those of `sslrootcert`, or the
    /// system's.
    async fn load_tls(&self) -> Result<MakeRustlsConnect, DatabaseError> {
        let broken = |why: String| DatabaseError::Broken {
            place: self.place(),
            why,
        };
        let file = self.settings.root_certificate.clone();
        let loaded = tokio::task::spawn_blocking(move || match file {
            Some(file) => rustls_native_certs::load_certs_from_paths(Some(&file), None),
            None => rustls_native_certs::load_native_certs(),
        });
        let loaded = loaded.await.map_err(|error| broken(error.to_string()))?;
        let mut roots = rustls::RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(loaded.certs);
        if added == 0 {
            let reason = loaded.errors.first().map(ToString::to_string);
            return Err(broken(format!(
                "no root certificate was found ({})",
                reason.unwrap_or_else(|| "the file or the system's store is empty".to_owned())
            )));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| broken(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(MakeRustlsConnect::new(config))
    }
}

/// Drives a connection until it ends.
async fn log_end(connection: impl Future<Output = Result<(), Error>>) {
    if let Err(error) = connection.await {
        tracing::debug!(%error, "the connection to PostgreSQL broke");
    }
}
