//! Connections to the process that owns a folder, which proves that it does before it gets a
//! request.
//!
//! The folder's lock says where its owner listens. That address alone is worth nothing: its port may
//! belong to another process by the time that anyone connects. So each new connection begins with a
//! challenge ([`owner_proof`]), and the request follows on the same connection.
//! Only loopback addresses are followed, without any proxy.
//!
//! Never sends a caller's key before the proof. Called by [`engine`](super::engine).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::HOST;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use secrecy::SecretString;
use thiserror::Error;
use tokio::net::TcpStream;

use super::owner_proof;

/// How long connecting and proving may take together. The owner answers challenges from memory,
/// whatever its engine is doing, but may need five seconds to make room for one more connection.
const PROOF_TIMEOUT: Duration = Duration::from_secs(7);
/// Bytes of an answer to a challenge that are read.
const LONGEST_PROOF: usize = 1024;
/// Connections that are kept for later requests, and how long: less than the owner keeps them.
const MOST_IDLE: usize = 16;
const LONGEST_IDLE: Duration = Duration::from_mins(1);

/// The connections to the owner of one folder.
pub(super) struct OwnerConnections {
    key: SecretString,
    /// The file that names the owner's address.
    lock: PathBuf,
    /// Proved connections, and when each was used last.
    idle: Mutex<Vec<(OwnerConnection, Instant)>>,
}

/// A connection to a process that has proved that it owns the folder.
pub(super) struct OwnerConnection(SendRequest<Body>);

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum ConnectError {
    /// The owner is ending, or has only just taken the folder.
    #[error(
        "another process holds {}, but nothing listens at the address in it, http://{address}",
        lock.display()
    )]
    NobodyListens { address: SocketAddr, lock: PathBuf },
    #[error(
        "a process accepts connections at http://{address}, the address in {}, but has not answered \
         within {} s: a pyfa that is suspended or hangs, or another program that took its port. It \
         was sent nothing but a challenge. Find the process that holds the lock (`fuser {}`), resume \
         or end it, and try again",
        lock.display(), PROOF_TIMEOUT.as_secs(), lock.display()
    )]
    Silent { address: SocketAddr, lock: PathBuf },
    #[error(
        "the process at http://{address}, the address in {}, has not proved that it owns the folder \
         ({reason}), so it was sent no request: end the process that holds the lock, and try again",
        lock.display()
    )]
    NotProved {
        address: SocketAddr,
        lock: PathBuf,
        reason: &'static str,
    },
    #[error(
        "{} names the address {address}, which is not one of this machine's own; nothing was sent \
         there: end the process that holds the lock",
        lock.display()
    )]
    NotLoopback { address: String, lock: PathBuf },
    #[error("cannot create a challenge: {0}")]
    NoChallenge(pyfa_engine::EngineError),
}

/// Why a request on a connection has no response.
pub(super) enum SendError {
    /// Not a byte of it was sent; here it is again.
    NotSent(Box<Request>),
    /// Whether it was carried out is unknown.
    Interrupted(hyper::Error),
}

impl OwnerConnections {
    pub(super) fn new(key: SecretString, folder: &Path) -> Self {
        Self {
            key,
            lock: folder.join("lock"),
            idle: Mutex::default(),
        }
    }

    /// A connection that was proved earlier and is free. It cannot have changed hands: it ends with
    /// the process at its other end.
    pub(super) fn take_idle(&self) -> Option<OwnerConnection> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(connection, used)| {
            !connection.0.is_closed() && used.elapsed() < LONGEST_IDLE
        });
        let free = idle
            .iter()
            .rposition(|(connection, _)| connection.0.is_ready())?;
        Some(idle.swap_remove(free).0)
    }

    /// Keeps a connection for later requests; its last response may still be on its way.
    pub(super) fn keep(&self, connection: OwnerConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MOST_IDLE {
            idle.push((connection, Instant::now()));
        }
    }

    /// Connects to the address that the lock names, and has the process there prove itself.
    pub(super) async fn connect(&self, address: &str) -> Result<OwnerConnection, ConnectError> {
        let Some(address) = loopback_address(address) else {
            return Err(ConnectError::NotLoopback {
                address: address.escape_debug().to_string(),
                lock: self.lock.clone(),
            });
        };
        tokio::time::timeout(PROOF_TIMEOUT, self.connect_and_challenge(address))
            .await
            .unwrap_or_else(|_| {
                Err(ConnectError::Silent {
                    address,
                    lock: self.lock.clone(),
                })
            })
    }

    async fn connect_and_challenge(
        &self,
        address: SocketAddr,
    ) -> Result<OwnerConnection, ConnectError> {
        let not_proved = |reason| ConnectError::NotProved {
            address,
            lock: self.lock.clone(),
            reason,
        };
        let broken = |_| not_proved("it closed the connection");
        let Ok(stream) = TcpStream::connect(address).await else {
            return Err(ConnectError::NobodyListens {
                address,
                lock: self.lock.clone(),
            });
        };
        // Only saves time; where the system refuses it, requests arrive all the same.
        let _ = stream.set_nodelay(true);
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(async move {
            // The sender reports how it ends.
            let _ = connection.await;
        });
        let challenge = pyfa_engine::random_key().map_err(ConnectError::NoChallenge)?;
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = format!("{}?{challenge}", owner_proof::PATH)
            .parse()
            .map_err(|_| not_proved("it cannot be sent a challenge"))?;
        request.headers_mut().insert(HOST, host_header(address));
        let response = sender.send_request(request).await.map_err(broken)?;
        let is_answer = response.status() == StatusCode::OK;
        let proof = axum::body::to_bytes(Body::new(response.into_body()), LONGEST_PROOF);
        let proof = proof.await.unwrap_or_default();
        if !(is_answer && owner_proof::is_proof(&self.key, address, &challenge, &proof)) {
            return Err(not_proved("it does not know the folder's key"));
        }
        sender.ready().await.map_err(broken)?;
        Ok(OwnerConnection(sender))
    }
}

impl OwnerConnection {
    /// Sends one request; the body of its response is read as it arrives.
    pub(super) async fn send(&mut self, request: Request) -> Result<Response, SendError> {
        match self.0.try_send_request(request).await {
            Ok(response) => Ok(response.map(Body::new)),
            Err(mut error) => Err(match error.take_message() {
                Some(request) => SendError::NotSent(Box::new(request)),
                None => SendError::Interrupted(error.into_error()),
            }),
        }
    }
}

/// The address in the lock, `http://127.0.0.1:1234`, if it is one of this machine's own.
fn loopback_address(address: &str) -> Option<SocketAddr> {
    let address: SocketAddr = address.strip_prefix("http://")?.parse().ok()?;
    address.ip().is_loopback().then_some(address)
}

fn host_header(address: SocketAddr) -> HeaderValue {
    HeaderValue::from_str(&address.to_string()).unwrap_or(HeaderValue::from_static("localhost"))
}

#[cfg(test)]
mod tests {
    use super::loopback_address;

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
            assert_eq!(loopback_address(address).is_some(), followed, "{address}");
        }
    }
}
