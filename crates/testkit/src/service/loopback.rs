//! A router on a port of 127.0.0.1, on threads of its own.

use std::net::SocketAddr;

use axum::Router;
use axum::serve::ListenerExt;

/// A running server; dropping it closes its connections.
#[derive(Debug)]
pub(crate) struct Loopback {
    address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Loopback {
    /// Serves `router` at `address`; port 0 is any free one.
    pub(crate) fn serve(
        router: Router,
        address: SocketAddr,
        threads: &str,
    ) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name(threads)
            .enable_all()
            .build()?;
        let listener = {
            let _entered = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let listener = listener.tap_io(|stream| {
            // A refusal costs speed only.
            let _ = stream.set_nodelay(true);
        });
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self {
            address,
            runtime: Some(runtime),
        })
    }

    /// The base URL, without a slash at its end.
    pub(crate) fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // Requests that hang must not be waited for, and a runtime must not be dropped inside
        // another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
