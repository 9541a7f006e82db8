//! Import and export: bodies of many lines of JSON, never held in memory whole.
//!
//! The lines of an import are read as they arrive, and its answer is sent when all are written,
//! since many clients read nothing before they have sent everything; until then it is kept by
//! [`super::line_spool`]. An export is sent as it is read; if that fails in its middle the connection is
//! cut, so that nobody takes a part for the whole.

use std::io::{self, BufRead, Read};
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, channel};

use super::api_call::ApiCall;
use super::document_routes;
use super::import_lines::write_import_line;
use super::line_spool::{Spool, Spooled};
use super::reply::{Reply, reserved_bytes};
use super::request_body::{drain_pieces, next_piece};
use super::worker_pool::run_blocking;
use crate::collection::{ExportOptions, ImportOptions};
use crate::error::{EngineError, EngineResult};
use crate::memory::MemoryPool;

/// Chunks that wait between the connection and the thread at work.
const QUEUE: usize = 8;
/// Bytes of an export that are sent at once.
const PIECE: usize = 64 * 1024;

/// `POST /collections/x/documents/import`
pub(super) async fn import(call: ApiCall, body: Body) -> EngineResult<Reply> {
    let mut pieces = body.into_data_stream();
    let permit = match call.capacity().workers.acquire().await {
        Ok(permit) => permit,
        Err(error) => {
            drain_pieces(pieces).await;
            return Err(error);
        }
    };
    let memory = call.capacity().answers.clone();
    let (sender, receiver) = channel(QUEUE);
    let patience = call.app.engine.settings().body_patience;
    let writing = run_blocking(move || {
        let collection = call.collection()?;
        let options = ImportOptions {
            write: document_routes::write_options(&call, &collection)?,
            return_id: call.query.flag("return_id")?,
            return_doc: call.query.flag("return_doc")?,
        };
        call.query.check_positive("batch_size")?;
        let mut answers = Spool::new(call.app.engine.folder());
        let mut answer = Vec::new();
        collection.import(ChannelReader::new(receiver), options, |line| {
            answer.clear();
            write_import_line(&mut answer, line, options)?;
            answers.add(&answer)
        })?;
        Ok((answers.read()?, permit))
    });
    let reading = async {
        loop {
            let (piece, is_end) = match next_piece(&mut pieces, patience).await {
                Ok(Some(piece)) if piece.is_empty() => continue,
                Ok(Some(piece)) => (Ok(piece), false),
                Ok(None) => (Ok(END), true),
                Err(error) => (Err(io::Error::other(error.message)), true),
            };
            // Nobody listens any more when the import was refused.
            if sender.send(piece).await.is_err() || is_end {
                break;
            }
        }
        drop(sender);
        drain_pieces(pieces).await;
    };
    let (written, ()) = tokio::join!(writing, reading);
    let (answers, permit) = written?;
    Ok(match answers {
        Spooled::Memory(lines) => Reply::lines(lines),
        Spooled::File(chunks) => {
            Reply::line_stream(stream_chunks(chunks, (permit, memory), patience))
        }
    })
}

/// The piece that says that a body is whole: without it the request, or its answer, was given up.
const END: Bytes = Bytes::new();

/// The pieces of a body as one reader.
struct ChannelReader {
    receiver: Receiver<io::Result<Bytes>>,
    piece: Bytes,
    is_whole: bool,
}

impl ChannelReader {
    fn new(receiver: Receiver<io::Result<Bytes>>) -> Self {
        Self {
            receiver,
            piece: Bytes::new(),
            is_whole: false,
        }
    }
}

impl BufRead for ChannelReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() && !self.is_whole {
            let piece = self.receiver.blocking_recv();
            self.piece = piece.ok_or(io::ErrorKind::UnexpectedEof)??;
            self.is_whole = self.piece.is_empty();
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        let amount = amount.min(self.piece.len());
        let _ = self.piece.split_to(amount);
    }
}

impl Read for ChannelReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}

/// `GET /collections/x/documents/export`
pub(super) async fn export(call: ApiCall) -> EngineResult<Reply> {
    let permit = call.capacity().workers.acquire().await?;
    let memory = call.capacity().answers.clone();
    let patience = call.app.engine.settings().body_patience;
    let lines = run_blocking(move || {
        let mut filters = call.query.filters();
        let options = ExportOptions {
            filter_by: filters.pop(),
            include_fields: call.query.list("include_fields"),
            exclude_fields: call.query.list("exclude_fields"),
        };
        if !filters.is_empty() {
            return Err(EngineError::invalid(
                "Parameter `filter_by` must be given once.",
            ));
        }
        call.collection()?.export(&options)
    })
    .await?;
    Ok(Reply::line_stream(stream_chunks(
        LineChunks::of(lines),
        (permit, memory),
        patience,
    )))
}

/// A body of chunks that are read as they are sent, until they end, fail, or are not taken any
/// more. Each chunk reserves memory until it is sent.
fn stream_chunks(
    pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static,
    (permit, memory): (OwnedSemaphorePermit, MemoryPool),
    patience: Duration,
) -> Body {
    let (sender, mut receiver) = channel(QUEUE);
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let runtime = Handle::current();
        for piece in pieces.chain([Ok(END)]) {
            let is_last = piece.is_err();
            let sending = async {
                let piece = match piece {
                    Ok(piece) if !piece.is_empty() => {
                        let taken = memory.take_within(piece.len(), patience).await;
                        Ok(reserved_bytes(piece, taken.ok()?))
                    }
                    piece => piece,
                };
                let sent = tokio::time::timeout(patience, sender.send(piece)).await;
                sent.ok()?.ok()
            };
            if runtime.block_on(sending).is_none() || is_last {
                return;
            }
        }
    });
    let mut is_whole = false;
    Body::from_stream(stream::poll_fn(move |context| {
        if is_whole {
            return Poll::Ready(None);
        }
        receiver.poll_recv(context).map(|piece| match piece {
            Some(Ok(piece)) if piece.is_empty() => {
                is_whole = true;
                None
            }
            // The sender has given up: this must not look like the end.
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
            piece => piece,
        })
    }))
}

/// Lines with line feeds between them, many in one piece.
struct LineChunks<I> {
    lines: I,
    is_first: bool,
}

impl<I: Iterator<Item = EngineResult<Vec<u8>>>> LineChunks<I> {
    fn of(lines: I) -> Self {
        Self {
            lines,
            is_first: true,
        }
    }
}

impl<I: Iterator<Item = EngineResult<Vec<u8>>>> Iterator for LineChunks<I> {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut piece = Vec::with_capacity(PIECE);
        while piece.len() < PIECE
            && let Some(line) = self.lines.next()
        {
            match line {
                Ok(line) => {
                    if !self.is_first {
                        piece.push(b'\n');
                    }
                    self.is_first = false;
                    piece.extend_from_slice(&line);
                }
                Err(error) => {
                    tracing::warn!("an export was cut off: {error}");
                    return Some(Err(io::Error::other(error.message)));
                }
            }
        }
        (!piece.is_empty()).then(|| Ok(piece.into()))
    }
}
