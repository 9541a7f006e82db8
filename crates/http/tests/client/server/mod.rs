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
    /// Sends these bytes and keeps the connection.
    Whole(Vec<u8>),
    /// Sends these bytes and closes the connection.
    Cut(Vec<u8>),
    /// Sends these bytes and then nothing.
    Stall(Vec<u8>),
}

/// A complete answer with a body.
pub(crate) fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Reply {
    let body = body.as_ref();
    let mut bytes = head(status, headers, body.len());
    bytes.extend_from_slice(body);
    Reply::Whole(bytes)
}

pub(crate) fn head(status: u16, headers: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\n{headers}\r\n").into_bytes()
}

/// What the server saw and does; `hear` gets the number of the request, from 0, and its text.
pub(crate) struct Server {
    pub(crate) url: Url,
    seen: Arc<Seen>,
}

struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
    /// Every reply takes one.
    gate: Semaphore,
}

impl Server {
    pub(crate) async fn start(
        hear: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let server = Self::start_closed(hear).await?;
        server.let_out(Semaphore::MAX_PERMITS / 2);
        Ok(server)
    }

    /// Replies only after [`Self::let_out`].
    pub(crate) async fn start_closed(
        hear: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}/", listener.local_addr()?);
        let seen = Arc::new(Seen {
            requests: Mutex::default(),
            connections: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            most_in_flight: AtomicUsize::new(0),
            gate: Semaphore::new(0),
        });
        let (hear, shared) = (Arc::new(hear), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.connections.fetch_add(1, SeqCst);
                let (hear, seen) = (Arc::clone(&hear), Arc::clone(&shared));
                tokio::spawn(async move { seen.serve(stream, &*hear).await });
            }
        });
        Ok(Self {
            url: Url::parse(&address).map_err(io::Error::other)?,
            seen,
        })
    }

    pub(crate) fn let_out(&self, replies: usize) {
        self.seen.gate.add_permits(replies);
    }

    /// The requests so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.seen
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests().len()
    }

    pub(crate) fn most_in_flight(&self) -> usize {
        self.seen.most_in_flight.load(SeqCst)
    }

    pub(crate) fn connections(&self) -> usize {
        self.seen.connections.load(SeqCst)
    }

    /// Waits until that many requests have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        while self.count() < count {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn at(&self, path: &str) -> Url {
        self.url.join(path).unwrap_or_else(|_| self.url.clone())
    }
}

impl Seen {
    async fn serve(
        &self,
        mut stream: TcpStream,
        hear: &(impl Fn(usize, &str) -> Reply + Send + Sync),
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
            let reply = hear(number, &request);
            self.in_flight.fetch_sub(1, SeqCst);
            match reply {
                Reply::Whole(bytes) => stream.write_all(&bytes).await?,
                Reply::Cut(bytes) => return stream.write_all(&bytes).await,
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
