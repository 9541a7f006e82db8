//! An address at which this process accepts connections, with the engine's limits for them.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Why nobody can listen at an address.
#[derive(Debug, Error)]
#[error("cannot listen on {address}: {source}")]
pub struct ListenError {
    address: SocketAddr,
    source: io::Error,
}

/// A socket that is bound and does not accept connections yet.
pub struct BoundSocket {
    socket: TcpListener,
    pub address: SocketAddr,
}

/// A listener that accepts connections until it is told to stop.
pub struct Listener {
    address: SocketAddr,
    /// Ends when the last connection has ended.
    pub task: JoinHandle<()>,
}

impl Listener {
    /// The URL at which it is reached from this machine.
    #[must_use]
    pub fn local_url(&self) -> String {
        match self.address {
            SocketAddr::V4(any) if any.ip().is_unspecified() => {
                format!("http://127.0.0.1:{}", any.port())
            }
            SocketAddr::V6(any) if any.ip().is_unspecified() => {
                format!("http://[::1]:{}", any.port())
            }
            address => format!("http://{address}"),
        }
    }
}

impl BoundSocket {
    /// Takes an address; port 0 is any free one.
    ///
    /// # Errors
    ///
    /// [`ListenError`] if it is not this machine's, or taken.
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let error = |source| ListenError { address, source };
        let socket = TcpListener::bind(address).await.map_err(error)?;
        Ok(Self {
            address: socket.local_addr().map_err(error)?,
            socket,
        })
    }

    /// Accepts connections in the background until `stop` is true; then lets the requests end that
    /// have begun.
    #[must_use]
    pub fn accept(
        self,
        router: Router,
        limits: pyfa_engine::EngineSettings,
        mut stop: watch::Receiver<bool>,
    ) -> Listener {
        let stopped = async move {
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let task = tokio::spawn(async move {
            pyfa_engine::listen(self.socket, router, &limits, stopped).await;
        });
        Listener {
            address: self.address,
            task,
        }
    }
}
