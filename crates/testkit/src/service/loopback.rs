//! Serves a router on 127.0.0.1, on its own threads.

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;

/// A running server; dropping it closes its connections.
#[derive(Debug)]
pub(crate) struct LoopbackServer {
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl LoopbackServer {
    /// Serves `router` at `address`; port 0 picks a free one.
    pub(crate) fn serve(
        router: Router,
        address: SocketAddr,
        threads: &str,
    ) -> std::io::Result<Self> {
        let socket = std::net::TcpListener::bind(address)?;
        socket.set_nonblocking(true)?;
        let bound_address = socket.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(threads)
            .enable_all()
            .build()?;
        let tokio_listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(socket)?
        };
        let listener = tokio_listener.tap_io(|stream| {
            // An error only costs speed.
            let _ = stream.set_nodelay(true);
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address: bound_address,
            runtime: Some(runtime),
        })
    }

    /// The base URL, without a slash at its end.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for LoopbackServer {
    fn drop(&mut self) {
        // Do not wait for requests that hang; and a runtime must not be dropped within another.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
