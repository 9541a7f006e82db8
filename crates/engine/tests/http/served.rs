//! An engine that is being served, and ways to talk to it.

use std::sync::Arc;
use std::time::Duration;

use pyfa_engine::{AdminKey, Engine, EngineError, EngineSettings, serve};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

const KEY: &str = "key";

/// An engine that is being served.
pub(crate) struct Served {
    pub(crate) address: String,
    pub(crate) client: Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Result<(), EngineError>>,
    _folder: TempDir,
}

impl Served {
    pub(crate) async fn start(settings: EngineSettings) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().to_owned();
        let engine = tokio::task::spawn_blocking(move || Engine::open(&path, settings)).await??;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let (stop, stopped) = oneshot::channel();
        let keys = vec![AdminKey::new(KEY)];
        let serving = tokio::spawn(serve(Arc::new(engine), keys, listener, async {
            let _ = stopped.await;
        }));
        #[expect(clippy::disallowed_methods, reason = "the engine is in this process")]
        let client = Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(20));
        let served = Self {
            address,
            client: client.build()?,
            stop,
            serving,
            _folder: folder,
        };
        let schema = json!({"name": "c", "fields": [{"name": "t", "type": "string"}]});
        let made = served
            .ask(Method::POST, "/collections")
            .body(schema.to_string());
        assert_eq!(made.send().await?.status(), 201);
        Ok(served)
    }

    pub(crate) fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.client
            .request(method, url)
            .header("x-typesense-api-key", KEY)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.ask(Method::GET, path).send().await?;
        Ok(serde_json::from_str(&answer.text().await?)?)
    }

    pub(crate) async fn count(&self) -> Result<Value, Failure> {
        Ok(self.get("/collections/c").await?["num_documents"].clone())
    }

    /// Sends bytes as they are and no more after them, and reads until the other side ends.
    pub(crate) async fn raw_to_the_end(&self, parts: &[&str]) -> Result<String, Failure> {
        let mut stream = self.begin(parts).await?;
        stream.shutdown().await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Sends bytes as they are, and reads until the other side ends.
    pub(crate) async fn raw(&self, parts: &[&str]) -> Result<String, Failure> {
        let mut stream = self.begin(parts).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    pub(crate) async fn begin(&self, parts: &[&str]) -> Result<TcpStream, Failure> {
        let mut stream = TcpStream::connect(&self.address).await?;
        for part in parts {
            stream.write_all(part.as_bytes()).await?;
            stream.flush().await?;
        }
        Ok(stream)
    }

    pub(crate) async fn end(self) -> Result<(), Failure> {
        let _ = self.stop.send(());
        self.serving.await??;
        Ok(())
    }
}
