//! Connections: let in up to a number, and given up when the other side does nothing.
//!
//! What is said on them is for the HTTP library and the router that they are handed: nothing here
//! reads a request, or changes a byte of one.
//! Called by [`super::serve`], and by the program for a router of its own.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Sleep;

use super::unreadable::Turns;
use crate::settings::Settings;

/// Bytes of a request's head. The HTTP library itself accepts no longer request line than half of it.
const HEAD: usize = 128 * 1024;
/// How often silent connections are looked for while somebody waits for a place.
const LOOK_AROUND: Duration = Duration::from_millis(100);
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
        .header_read_timeout(limits.head_patience)
        .max_buf_size(HEAD);
    let room = Arc::new(Semaphore::new(limits.places()));
    // Told that it is over; each connection that goes on listens to it.
    let stop = watch::Sender::new(());
    // Told while somebody waits for a place.
    let crowd = watch::Sender::new(());
    let mut shutdown = pin!(shutdown);
    loop {
        let entered = async {
            let stream = accept(&listener).await;
            find_place(&room, &crowd).await.zip(Some(stream))
        };
        let entered = tokio::select! {
            () = &mut shutdown => break,
            entered = entered => entered,
        };
        let Some((place, stream)) = entered else {
            continue;
        };
        let turns = Turns::default();
        let stream = TokioIo::new(Patient::new(stream, limits.body_patience, turns.clone()));
        let answers = TowerToHyperService::new(router.clone());
        let asked = turns.clone();
        let answers = service_fn(move |request| asked.take(answers.call(request)));
        let connection = http.serve_connection(stream, answers);
        let (mut stopped, mut crowded) = (stop.subscribe(), crowd.subscribe());
        let patience = limits.crowded_patience;
        tokio::spawn(async move {
            let mut connection = pin!(connection);
            loop {
                tokio::select! {
                    _ = connection.as_mut() => break,
                    _ = stopped.changed() => {
                        connection.as_mut().graceful_shutdown();
                        let _ = connection.await;
                        break;
                    }
                    // Those who are waited for need not be silent.
                    Ok(()) = crowded.changed() => if turns.are_quiet_for(patience) {
                        break;
                    }
                }
            }
            drop((place, stopped));
        });
    }
    drop(listener);
    stop.send_replace(());
    stop.closed().await;
}

/// Waits for a place; meanwhile those are asked to go that have been silent for long.
async fn find_place(
    room: &Arc<Semaphore>,
    crowd: &watch::Sender<()>,
) -> Option<OwnedSemaphorePermit> {
    let mut place = pin!(Arc::clone(room).acquire_owned());
    loop {
        match tokio::time::timeout(LOOK_AROUND, place.as_mut()).await {
            // It is never closed.
            Ok(place) => return place.ok(),
            Err(_) => crowd.send_replace(()),
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

/// A connection that fails when nothing could be written to it for a while, and on which the HTTP
/// library's own words about an unreadable request are replaced by [`Turns::answer`].
struct Patient {
    stream: TcpStream,
    patience: Duration,
    /// Runs while the other side does not read.
    waiting: Option<Pin<Box<Sleep>>>,
    turns: Turns,
    /// The answer to an unreadable request, once there is one, and how much of it is written.
    last_words: Option<(Vec<u8>, usize)>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration, turns: Turns) -> Self {
        Self {
            stream,
            patience,
            waiting: None,
            turns,
            last_words: None,
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

    /// Writes the last words instead of `slices`, if there are any to be written.
    fn write_last_words(
        &mut self,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Option<Poll<io::Result<usize>>> {
        if self.last_words.is_none() {
            let said = slices.first().map_or(&[][..], |slice| slice);
            self.last_words = self.turns.answer(said).map(|answer| (answer, 0));
        }
        let (answer, written) = self.last_words.as_mut()?;
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

impl AsyncRead for Patient {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Patient {
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
        let written = match self.write_last_words(context, slices) {
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
            self.turns.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
