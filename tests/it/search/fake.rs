//! A server of raw bytes: says exactly what it is told to, then closes the connection.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request per connection; the last answer is repeated. Dropping it closes the port.
pub(crate) struct Fake {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

/// What happens after a request was read.
#[derive(Clone)]
pub(crate) enum Answer {
    /// These bytes, then the end of the connection.
    Bytes(Vec<u8>),
    /// Nothing; the connection stays open.
    Silence,
    /// These bytes; from then on nobody listens.
    Last(Vec<u8>),
}

impl Answer {
    pub(crate) fn json(status: &str, body: &str) -> Self {
        Self::raw(&format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
             connection: close\r\n\r\n{body}",
            body.len()
        ))
    }

    /// "Not now", to be asked again at once.
    pub(crate) fn busy() -> Self {
        Self::raw(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 35\r\n\
             connection: close\r\n\r\n{\"message\": \"Not Ready or Lagging\"}",
        )
    }

    pub(crate) fn raw(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl Fake {
    pub(crate) async fn start(answers: Vec<Answer>) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let requests = Arc::default();
        let task = tokio::spawn(serve(listener, answers, Arc::clone(&requests)));
        Ok(Self {
            address,
            requests,
            task,
        })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The heads of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, answers: Vec<Answer>, requests: Arc<Mutex<Vec<String>>>) {
    let mut silent = Vec::new();
    let mut served = 0;
    while let Ok((mut connection, _)) = listener.accept().await {
        let Some(head) = read_request(&mut connection).await else {
            continue;
        };
        requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(head);
        let answer = answers.get(served).or(answers.last());
        served += 1;
        match answer {
            Some(Answer::Bytes(bytes)) => drop(connection.write_all(bytes).await),
            Some(Answer::Silence) | None => silent.push(connection),
            Some(Answer::Last(bytes)) => {
                drop(listener);
                drop(connection.write_all(bytes).await);
                return;
            }
        }
    }
}

/// Reads a request with its body and gives its head.
async fn read_request(connection: &mut TcpStream) -> Option<String> {
    let mut received = Vec::new();
    loop {
        if connection.read_buf(&mut received).await.ok()? == 0 {
            return None;
        }
        let text = String::from_utf8_lossy(&received);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0_usize);
        if body.len() >= length {
            return Some(head.to_owned());
        }
    }
}
