//! Connections: let in up to a number, and given up when the other side does nothing.
//!
//! What is said on them is for the router that they are handed; nothing here reads a request.
//! Called by [`super::serve`], and by the program for a router of its own.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::Sleep;

use super::targets::Targets;
use crate::settings::Settings;

/// Bytes that are read at once.
const PIECE: usize = 16 * 1024;
/// How long to wait when the system has no connection to give.
const BREATH: Duration = Duration::from_secs(1);

/// Answers what comes to a listener until `shutdown` is ready; then lets those requests end that
/// have begun.
///
/// A connection ends when the head of a request does not come, and when an answer is not read, in
/// the time that the settings name for that.
pub async fn listen(
    listener: TcpListener,
    router: Router,
    limits: &Settings,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_patience);
    let room = Arc::new(Semaphore::new(limits.connections.max(1)));
    // Told that it is over; each connection that goes on listens to it.
    let stop = watch::Sender::new(());
    let mut shutdown = pin!(shutdown);
    loop {
        let entered = async {
            // It is never closed.
            let place = Arc::clone(&room).acquire_owned().await;
            place.ok().zip(Some(accept(&listener).await))
        };
        let entered = tokio::select! {
            () = &mut shutdown => break,
            entered = entered => entered,
        };
        let Some((place, stream)) = entered else {
            continue;
        };
        let stream = TokioIo::new(Patient::new(stream, limits.body_patience));
        let answers = TowerToHyperService::new(router.clone());
        let connection = http.serve_connection(stream, answers);
        let mut stopped = stop.subscribe();
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            tokio::select! {
                _ = connection.as_mut() => {}
                _ = stopped.changed() => {
                    connection.as_mut().graceful_shutdown();
                    let _ = connection.await;
                }
            }
            drop((place, stopped));
        });
    }
    drop(listener);
    stop.send_replace(());
    stop.closed().await;
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
            Err(error) if of_one(&error) => {}
            Err(error) => {
                tracing::error!("no connection can be taken in: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

fn of_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

/// A connection that fails when nothing could be written to it for a while, and whose request lines
/// are read as [`super::targets`] makes them.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while the other side does not read.
    waiting: Option<Pin<Box<Sleep>>>,
    targets: Targets,
    /// What was read and not taken yet.
    passed: Vec<u8>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
            targets: Targets::new(),
            passed: Vec::new(),
        }
    }

    fn wait<T>(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.waiting = None;
            return done;
        }
        let patience = self.patience;
        let waiting = self
            .waiting
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.passed.is_empty() {
            let mut piece = [0; PIECE];
            let mut piece = ReadBuf::new(&mut piece);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut piece);
            if !matches!(read, Poll::Ready(Ok(()))) || piece.filled().is_empty() {
                return read;
            }
            let Self {
                targets, passed, ..
            } = &mut *self;
            targets.pass(piece.filled(), passed);
        }
        let length = self.passed.len().min(buffer.remaining());
        buffer.put_slice(self.passed.get(..length).unwrap_or_default());
        self.passed.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Patient {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wait(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.wait(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
