//! A connection to the process that owns a folder, which proves itself before it gets a request.
//!
//! The folder's lock says where its owner answers. That address alone is worth nothing: its port
//! may belong to somebody else by the time that anyone connects. So each new connection begins
//! with a challenge that only a process that can read the folder's key can answer, and the request
//! follows on the same connection. Only loopback addresses are followed, without any proxy.
//! [Decision 9](../../docs/decisions/0009-owner-proof.md) says why it is built so.
//!
//! It never sends a key of a caller before the proof. Called by [`Embedded`](super::Embedded)
//! alone, for both sides.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use tokio::net::TcpStream;

use super::nodes::Fault;

/// Where the owner answers challenges: `/pyfa/owner?CHALLENGE`.
pub(super) const PATH: &str = "/pyfa/owner";
/// Characters of a challenge, letters and digits.
const CHALLENGE: usize = 32;
/// How long connecting and proving may take together; a busy owner takes a moment.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer to a challenge that are read.
const LONGEST_PROOF: usize = 1024;
/// Connections that are kept for the next request, and how long: less than the owner keeps them.
const MOST_IDLE: usize = 16;
const LONGEST_IDLE: Duration = Duration::from_mins(1);

/// The ways to the owner of one folder.
pub(super) struct Owner {
    key: SecretString,
    /// Proved connections, and when each was used last.
    idle: Mutex<Vec<(Connection, Instant)>>,
}

/// A connection to a process that has proved that it owns the folder.
pub(super) struct Connection(SendRequest<Body>);

/// Why there is no connection.
pub(super) enum Unconnected {
    /// Nobody listens there: the owner is going, or has only just taken the folder.
    Absent,
    /// Whoever listens there has not proved itself, or the address may not be followed.
    Unproved(String),
}

/// Why a request has no answer.
pub(super) enum Unanswered {
    /// Not a byte of it was sent; here it is again.
    Unsent(Box<Request>),
    /// Whether it was done is unknown.
    Broken(String),
}

impl Owner {
    pub(super) fn new(key: SecretString) -> Self {
        Self {
            key,
            idle: Mutex::default(),
        }
    }

    /// A connection that proved itself earlier and has nothing to do. It cannot have changed
    /// hands: it ends with the process at its other end.
    pub(super) fn idle(&self) -> Option<Connection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(connection, used)| {
            !connection.0.is_closed() && used.elapsed() < LONGEST_IDLE
        });
        let free = idle
            .iter()
            .rposition(|(connection, _)| connection.0.is_ready())?;
        Some(idle.swap_remove(free).0)
    }

    /// Keeps a connection for later requests; its last answer may still be on its way.
    pub(super) fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// Connects to the address that the lock names, and has the process there prove itself.
    pub(super) async fn connect(&self, address: &str) -> Result<Connection, Unconnected> {
        let Some(address) = loopback(address) else {
            return Err(Unconnected::Unproved(format!(
                "the folder's lock names the address {}, which is not one of this machine's own; \
                 nothing was sent there: end the process that holds the lock",
                address.escape_debug()
            )));
        };
        match tokio::time::timeout(PATIENCE, self.prove(address)).await {
            Ok(connected) => connected,
            Err(_) => Err(unproved(address, "it does not answer")),
        }
    }

    async fn prove(&self, address: SocketAddr) -> Result<Connection, Unconnected> {
        let broken = |_| unproved(address, "it breaks the connection");
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|_| Unconnected::Absent)?;
        // Requests are written at once; one that cannot be hurried arrives all the same.
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(async move {
            // Whoever sends on it is told of its end.
            let _ = connection.await;
        });
        let challenge = pyfa_engine::random_key()
            .map_err(|problem| Unconnected::Unproved(problem.to_string()))?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = format!("{PATH}?{challenge}")
            .parse()
            .map_err(|_| unproved(address, "it cannot be asked"))?;
        request.headers_mut().insert(HOST, host(address));
        let answer = sender.send_request(request).await.map_err(broken)?;
        let is_answer = answer.status() == StatusCode::OK;
        let proof = axum::body::to_bytes(Body::new(answer.into_body()), LONGEST_PROOF);
        let proof = proof.await.unwrap_or_default();
        if !(is_answer && is_proof(&self.key, address, &challenge, &proof)) {
            return Err(unproved(address, "it does not know the folder's key"));
        }
        sender.ready().await.map_err(broken)?;
        Ok(Connection(sender))
    }
}

impl Connection {
    /// Sends one request; its answer is read while it comes.
    pub(super) async fn send(&mut self, request: Request) -> Result<Response, Unanswered> {
        match self.0.try_send_request(request).await {
            Ok(answer) => Ok(answer.map(Body::new)),
            Err(mut error) => match error.take_message() {
                Some(request) => Err(Unanswered::Unsent(Box::new(request))),
                None => Err(Unanswered::Broken(error.into_error().to_string())),
            },
        }
    }
}

/// What the owner that answers at `address` says to a challenge, the query string of [`PATH`];
/// `None` for what is no challenge.
pub(super) fn answer(key: &SecretString, address: SocketAddr, query: &str) -> Option<String> {
    let is_challenge =
        query.len() == CHALLENGE && query.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_challenge.then(|| {
        let proof = proof(key, address, query).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(proof)
    })
}

/// The address is part of it, so that nobody can pass a challenge on to the owner and its answer
/// off as its own.
fn proof(key: &SecretString, address: SocketAddr, challenge: &str) -> Hmac<Sha256> {
    // A key of any length is accepted.
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.expose_secret().as_bytes())
        .unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&[0; 64].into()));
    mac.update(format!("pyfa owner\n{address}\n{challenge}").as_bytes());
    mac
}

/// Whether an answer is right; takes the same time for all wrong ones.
fn is_proof(key: &SecretString, address: SocketAddr, challenge: &str, answer: &[u8]) -> bool {
    URL_SAFE_NO_PAD
        .decode(answer)
        .is_ok_and(|answer| proof(key, address, challenge).verify_slice(&answer).is_ok())
}

/// The address out of the lock, `http://127.0.0.1:1234`, if it is one of this machine's own.
fn loopback(address: &str) -> Option<SocketAddr> {
    let address: SocketAddr = address.strip_prefix("http://")?.parse().ok()?;
    address.ip().is_loopback().then_some(address)
}

fn host(address: SocketAddr) -> HeaderValue {
    HeaderValue::from_str(&address.to_string()).unwrap_or(HeaderValue::from_static("localhost"))
}

fn unproved(address: SocketAddr, why: &str) -> Unconnected {
    Unconnected::Unproved(format!(
        "the process at http://{address}, which the folder's lock names, has not proved that it \
         owns the folder ({why}), so it was sent no request: end the process that holds the lock, \
         and ask again"
    ))
}

impl From<Unanswered> for (Fault, String) {
    fn from(unanswered: Unanswered) -> Self {
        match unanswered {
            Unanswered::Unsent(_) => {
                let why = "the process that owned the engine's folder has ended; ask again";
                (Fault::Unsent, why.to_owned())
            }
            Unanswered::Broken(why) => (Fault::Broken, why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = "0123456789abcdefghijKLMNOPQRSTUV";

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    #[test]
    fn a_proof_holds_for_one_key_one_address_and_one_challenge() {
        let (key, other) = (SecretString::from("k"), SecretString::from("l"));
        let said = answer(&key, at(1), CHALLENGE).unwrap_or_default();
        let turned: String = CHALLENGE.chars().rev().collect();
        assert!(is_proof(&key, at(1), CHALLENGE, said.as_bytes()));
        assert!(!is_proof(&other, at(1), CHALLENGE, said.as_bytes()));
        assert!(!is_proof(&key, at(2), CHALLENGE, said.as_bytes()));
        assert!(!is_proof(&key, at(1), &turned, said.as_bytes()));
        assert!(!is_proof(&key, at(1), CHALLENGE, b""));
    }

    #[test]
    fn nothing_but_a_challenge_is_answered() {
        let key = SecretString::from("k");
        let long = format!("{CHALLENGE}x");
        for query in ["", "short", &long, "0123456789abcdefghijKLMNOPQRST\n{"] {
            assert_eq!(answer(&key, at(1), query), None, "{query}");
        }
    }

    #[test]
    fn only_addresses_of_this_machine_are_followed() {
        for (address, followed) in [
            ("http://127.0.0.1:80", true),
            ("http://127.9.9.9:80", true),
            ("http://[::1]:80", true),
            ("http://192.168.1.5:80", false),
            ("http://0.0.0.0:80", false),
            ("http://localhost:80", false),
            ("http://127.0.0.1:80@example.org", false),
            ("http://127.0.0.1.example.org:80", false),
            ("https://127.0.0.1:80", false),
            ("", false),
        ] {
            assert_eq!(loopback(address).is_some(), followed, "{address}");
        }
    }
}
