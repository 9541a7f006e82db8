//! What is asked: a server of our own, or the engine in this process, both over HTTP.

use std::sync::Arc;
use std::time::Duration;

use pyfa_engine::{AdminKey, Engine, EngineSettings, serve};
use pyfa_testkit::requirement::Requirement;
use pyfa_testkit::typesense::TypesenseServer;
use reqwest::{Body, Client, Method};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Failure;

const ADMIN: &str = "the-admin-key-of-these-tests";

/// One side.
pub(crate) struct Subject {
    url: String,
    pub(crate) admin: String,
    pub(crate) client: Client,
    running: Running,
}

enum Running {
    Server(Box<TypesenseServer>),
    Engine {
        stop: oneshot::Sender<()>,
        serving: JoinHandle<Result<(), pyfa_engine::EngineError>>,
        _folder: TempDir,
    },
}

fn client() -> Result<Client, Failure> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the requests of cases are sent as they are written"
    )]
    let client = Client::builder();
    Ok(client.timeout(Duration::from_secs(20)).no_proxy().build()?)
}

impl Subject {
    /// A server that nobody else uses; `None` where it is left out.
    pub(crate) async fn server() -> Result<Option<Self>, Failure> {
        if Requirement::Typesense.is_left_out() {
            return Ok(None);
        }
        let server = tokio::task::spawn_blocking(TypesenseServer::start_own).await??;
        Ok(Some(Self {
            url: server.url(),
            admin: server.api_key().to_owned(),
            client: client()?,
            running: Running::Server(Box::new(server)),
        }))
    }

    /// The engine on a fresh folder.
    pub(crate) async fn engine() -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().to_owned();
        let engine =
            tokio::task::spawn_blocking(move || Engine::open(&path, EngineSettings::default()))
                .await??;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (stop, stopped) = oneshot::channel();
        let keys = vec![AdminKey::new(ADMIN)];
        let serving = serve(Arc::new(engine), keys, listener, async {
            let _ = stopped.await;
        });
        Ok(Self {
            url,
            admin: ADMIN.to_owned(),
            client: client()?,
            running: Running::Engine {
                stop,
                serving: tokio::spawn(serving),
                _folder: folder,
            },
        })
    }

    pub(crate) fn is_server(&self) -> bool {
        matches!(self.running, Running::Server(_))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Removes all that earlier cases left.
    pub(crate) async fn clear(&self) -> Result<(), Failure> {
        for (list, entries, name) in [
            ("/aliases", "/aliases", "name"),
            ("/collections", "", "name"),
            ("/keys", "/keys", "id"),
            ("/presets", "/presets", "name"),
        ] {
            let found: Value = serde_json::from_str(&self.ask(Method::GET, list, "").await?)?;
            let found = found.pointer(entries).and_then(Value::as_array);
            for entry in found.into_iter().flatten() {
                let name = match entry.get(name) {
                    Some(Value::String(name)) => name.clone(),
                    Some(other) => other.to_string(),
                    None => continue,
                };
                let name = url_part(&name);
                self.ask(Method::DELETE, &format!("{list}/{name}"), "")
                    .await?;
            }
        }
        Ok(())
    }

    /// The body of the answer to a request with the admin's key.
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Body>,
    ) -> Result<String, Failure> {
        let request = self.client.request(method, self.url(path)).body(body);
        let request = request.header("x-typesense-api-key", &self.admin);
        Ok(request.send().await?.text().await?)
    }

    /// Ends it; the engine's own shutdown is a test, too.
    pub(crate) async fn end(self) -> Result<(), Failure> {
        match self.running {
            Running::Server(server) => {
                tokio::task::spawn_blocking(move || drop(server)).await?;
            }
            Running::Engine { stop, serving, .. } => {
                let _ = stop.send(());
                serving.await??;
            }
        }
        Ok(())
    }
}

/// A name as one segment of a path.
fn url_part(name: &str) -> String {
    use std::fmt::Write;
    name.bytes().fold(String::new(), |mut part, byte| {
        let _ = write!(part, "%{byte:02X}");
        part
    })
}
