//! A small HTTP server that can misbehave at every byte.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use pyfa_http::Url;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// What the server does with a request.
pub(crate) enum Reply {
    /// Sends these bytes and keeps the connection open.
    Complete(Vec<u8>),
    /// Sends these bytes and closes the connection.
    Close(Vec<u8>),
    /// Sends these bytes and then nothing.
    Stall(Vec<u8>),
}

/// A complete response with a body.
pub(crate) fn response(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = head(status, headers, body.len());
    bytes.extend_from_slice(body);
    Reply::Complete(bytes)
}

pub(crate) fn head(status: u16, headers: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status} Status\r\ncontent-length: {length}\r\n{headers}\r\n").into_bytes()
}

/// A server that replies with `respond`, which gets the number of the request, from 0, and its text.
pub(crate) struct Server {
    pub(crate) url: Url,
    log: Arc<ServerLog>,
}

struct ServerLog {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// Each reply takes a permit.
    gate: Semaphore,
}

impl Server {
    pub(crate) async fn start(
        respond: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let server = Self::start_held(respond).await?;
        server.release(Semaphore::MAX_PERMITS / 2);
        Ok(server)
    }

    /// Holds replies back until [`Self::release`].
    pub(crate) async fn start_held(
        respond: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let log = Arc::new(ServerLog {
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        });
        let (respond, shared) = (Arc::new(respond), Arc::clone(&log));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, SeqCst);
                let (respond, log) = (Arc::clone(&respond), Arc::clone(&shared));
                tokio::spawn(async move { log.serve(stream, &*respond).await });
            }
        });
        Ok(Self {
            url: Url::parse(&address).map_err(io::Error::other)?,
            log,
        })
    }

    pub(crate) fn release(&self, replies: usize) {
        self.log.gate.add_permits(replies);
    }

    /// The requests so far, with head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.log.most_in_flight.load(SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(SeqCst)
    }

    /// Waits until `count` requests have arrived.
    pub(crate) async fn wait_for(&self, count: usize) {
        while self.count() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap_or_else(|_| self.url.clone())
    }
}

impl ServerLog {
    async fn serve(
        &self,
        mut stream: TcpStream,
        respond: &(impl Fn(usize, &str) -> Reply + Send + Sync),
    ) -> io::Result<()> {
        while let Some(request) = read_request(&mut stream).await? {
            let now = self.in_flight.fetch_add(1, SeqCst) + 1;
            self.most_in_flight.fetch_max(now, SeqCst);
            let number = {
                let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
                requests.push(request.clone());
                requests.len() - 1
            };
            if let Ok(permit) = self.gate.acquire().await {
                permit.forget();
            }
            let reply = respond(number, &request);
            self.in_flight.fetch_sub(1, SeqCst);
            match reply {
                Reply::Complete(bytes) => stream.write_all(&bytes).await?,
                Reply::Close(bytes) => return stream.write_all(&bytes).await,
                Reply::Stall(bytes) => {
                    stream.write_all(&bytes).await?;
                    return std::future::pending().await;
                }
            }
        }
        Ok(())
    }
}

async fn read_request(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    loop {
        let mut piece = [0; 4096];
        let length = stream.read(&mut piece).await?;
        if length == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let announced = head.split("content-length: ").nth(1);
            let digits = announced.and_then(|rest| rest.split("\r\n").next());
            let length = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
            if body.len() >= length {
                return Ok(Some(text.into_owned()));
            }
        }
    }
}
