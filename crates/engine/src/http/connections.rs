//! Connections: accepted, served, and given up when the other side does nothing.
//!
//! What is said on them is for the HTTP library and the router that they are handed: nothing here
//! reads a request, or changes a byte of one.
//! Called by [`super::server::serve`], and by the program for a router of its own.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::Sleep;

use super::connection_table::{AwaitedBody, Connection, ConnectionTable};
use crate::settings::EngineSettings;

/// Bytes of a request's head. The HTTP library itself accepts no longer request line than half of it.
const HEAD: usize = 128 * 1024;
/// How long to wait when the system has no connection to give.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Answers what comes to a listener until `shutdown` is ready; then lets those requests end that
/// have begun.
///
/// A connection ends when the head of a request does not come, and when an answer is not read, in
/// the time that the settings name for that; and those of strangers, when others wait for a place.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    limits: &EngineSettings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_patience)
        .max_buf_size(HEAD);
    let table = Arc::new(ConnectionTable::new(
        limits.places(),
        limits.crowded_patience,
    ));
    // Notified of the shutdown; each open connection listens to it.
    let stop = watch::Sender::new(());
    let mut shutdown = pin!(shutdown);
    loop {
        let entering = async {
            let stream = accept(&listener).await;
            let peer = stream.peer_addr().ok();
            (table.enter(peer.map(|peer| peer.ip())).await, stream, peer)
        };
        let (place, stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            entered = entering => entered,
        };
        let connection = place.connection.clone();
        let monitored = MonitoredStream::new(stream, limits.body_patience, connection.clone());
        let answers = TowerToHyperService::new(router.clone());
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(|body| AwaitedBody {
                body,
                connection: connection.clone(),
            });
            let extensions = request.extensions_mut();
            extensions.insert(connection.clone());
            // For routers that want to know who asks.
            if let Some(peer) = peer {
                extensions.insert(ConnectInfo(peer));
            }
            connection.tracker().track(answers.call(request))
        });
        let serving = http.serve_connection(TokioIo::new(monitored), service);
        let stopped = stop.subscribe();
        tokio::spawn(async move {
            keep(serving, &place.connection, stopped).await;
            drop(place);
        });
    }
    drop(listener);
    stop.send_replace(());
    stop.closed().await;
}

/// Serves a connection until it ends, has to make room, or the server stops.
async fn keep<S>(
    serving: http1::Connection<TokioIo<MonitoredStream>, S>,
    connection: &Connection,
    mut stopped: watch::Receiver<()>,
) where
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let mut serving = pin!(serving);
    tokio::select! {
        _ = serving.as_mut() => {}
        () = connection.told_to_leave() => {}
        _ = stopped.changed() => {
            serving.as_mut().graceful_shutdown();
            let _ = serving.await;
        }
    }
}

/// The next connection; faults of single ones are theirs, others pass.
async fn accept(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // Answers are written at once; one that cannot be hurried comes all the same.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) if is_connection_error(&error) => {}
            Err(error) => {
                tracing::error!("cannot accept connections: {error}");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
}

fn is_connection_error(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// A connection that fails when nothing could be written to it for a while, and on which the HTTP
/// library's own message about an unreadable request are replaced by [`replace_rejection`](super::malformed_requests::ResponseTracker::replace_rejection).
struct MonitoredStream {
    stream: TcpStream,
    patience: Duration,
    /// Runs while the other side does not read.
    waiting: Option<Pin<Box<Sleep>>>,
    connection: Connection,
    /// The answer to an unreadable request, once there is one, and how much of it is written.
    replacement: Option<(Vec<u8>, usize)>,
}

impl MonitoredStream {
    fn new(stream: TcpStream, patience: Duration, connection: Connection) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
            connection,
            replacement: None,
        }
    }

    fn wait<T>(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            if self.waiting.take().is_some() {
                self.connection.set_unread(false);
            }
            return done;
        }
        self.connection.set_unread(true);
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Writes the last words instead of `slices`, if there are any to be written.
    fn write_replacement(
        &mut self,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        if self.replacement.is_none() {
            let said = slices.first().map_or(&[][..], |slice| slice);
            self.replacement = self
                .connection
                .tracker()
                .replace_rejection(said)
                .map(|answer| (answer, 0));
        }
        let (answer, written) = self.replacement.as_mut()?;
        while let Some(rest) = answer.get(*written..).filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.stream).poll_write(context, rest) {
                Poll::Ready(Ok(0)) => {
                    return Some(Poll::Ready(Err(io::ErrorKind::WriteZero.into())));
                }
                Poll::Ready(Ok(more)) => *written += more,
                other => return Some(other),
            }
        }
        Some(Poll::Ready(Ok(slices
            .iter()
            .map(|slice| slice.len())
            .sum())))
    }
}

impl AsyncRead for MonitoredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for MonitoredStream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match self.write_replacement(context, slices) {
            Some(written) => written,
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        };
        self.wait(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.connection.tracker().flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
