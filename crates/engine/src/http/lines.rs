//! Import and export: bodies of many lines of JSON, never held in memory whole.
//!
//! The lines of an import are read as they arrive, and its answer is sent when all are written,
//! since many clients read nothing before they have sent everything. An export is sent as it is
//! read; if that fails in its middle the connection is cut, so that nobody takes a part for the
//! whole.

use std::io::{self, BufRead, Read};

use axum::body::{Body, Bytes};
use futures::stream;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::collection::{ExportOptions, ImportOptions};
use crate::problem::{Answer, Problem};

use super::body::{drain_pieces, next};
use super::call::Call;
use super::reply::Reply;
use super::work::detached;
use super::{documents, parameters};

/// Pieces that wait between the connection and the thread at work.
const QUEUE: usize = 8;
/// Bytes of an export that are sent at once.
const PIECE: usize = 64 * 1024;
/// How long a client may leave a piece of an export unread.
const PATIENCE: std::time::Duration = std::time::Duration::from_mins(1);

/// `POST /collections/x/documents/import`
pub(super) async fn import(call: Call, body: Body) -> Answer<Reply> {
    let turn = call.app.workers.turn().await?;
    let (sender, receiver) = channel(QUEUE);
    let mut pieces = body.into_data_stream();
    let writing = detached(move || {
        let _turn = turn;
        let collection = call.collection()?;
        let options = ImportOptions {
            write: documents::write_options(&call, &collection)?,
            return_id: parameters::flag(&call.query, "return_id")?,
            return_doc: parameters::flag(&call.query, "return_doc")?,
        };
        parameters::positive(&call.query, "batch_size")?;
        let mut answers = Vec::new();
        collection.import(Incoming::new(receiver), options, |line| {
            if !answers.is_empty() {
                answers.push(b'\n');
            }
            answers.extend_from_slice(line);
            Ok(())
        })?;
        Ok(Bytes::from(answers))
    });
    let reading = async {
        loop {
            let (piece, is_end) = match next(&mut pieces).await {
                Ok(Some(piece)) if piece.is_empty() => continue,
                Ok(Some(piece)) => (Ok(piece), false),
                Ok(None) => (Ok(END), true),
                Err(problem) => (Err(io::Error::other(problem.message)), true),
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
    Ok(Reply::lines(written?))
}

/// The piece that says that the body is whole: without it the request was given up.
const END: Bytes = Bytes::new();

/// The pieces of a body as one reader.
struct Incoming {
    receiver: Receiver<io::Result<Bytes>>,
    piece: Bytes,
    is_whole: bool,
}

impl Incoming {
    fn new(receiver: Receiver<io::Result<Bytes>>) -> Self {
        Self {
            receiver,
            piece: Bytes::new(),
            is_whole: false,
        }
    }
}

impl BufRead for Incoming {
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

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}

/// `GET /collections/x/documents/export`
pub(super) async fn export(call: Call) -> Answer<Reply> {
    let turn = call.app.workers.turn().await?;
    let collection = detached(move || {
        let mut filters = parameters::filters(&call.query);
        let options = ExportOptions {
            filter_by: filters.pop(),
            include_fields: call.query.list("include_fields"),
            exclude_fields: call.query.list("exclude_fields"),
        };
        if !filters.is_empty() {
            return Err(Problem::bad_request(
                "Parameter `filter_by` must be given once.",
            ));
        }
        call.collection()?.export(&options)
    })
    .await?;
    let (sender, mut receiver) = channel(QUEUE);
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        send(collection, &sender);
    });
    let pieces = stream::poll_fn(move |context| receiver.poll_recv(context));
    Ok(Reply::line_stream(Body::from_stream(pieces)))
}

/// Sends lines in pieces until they end, fail, or are not read any more.
fn send(lines: impl Iterator<Item = Answer<Vec<u8>>>, sender: &Sender<io::Result<Bytes>>) {
    let runtime = Handle::current();
    let pass = |piece: io::Result<Bytes>| {
        let sending = tokio::time::timeout(PATIENCE, sender.send(piece));
        matches!(runtime.block_on(sending), Ok(Ok(())))
    };
    let mut piece = Vec::with_capacity(PIECE);
    let mut is_first = true;
    for line in lines {
        let line = match line {
            Ok(line) => line,
            Err(problem) => {
                tracing::warn!("an export was cut off: {problem}");
                pass(Err(io::Error::other(problem.message)));
                return;
            }
        };
        if !is_first {
            piece.push(b'\n');
        }
        is_first = false;
        piece.extend_from_slice(&line);
        if piece.len() >= PIECE && !pass(Ok(Bytes::from(std::mem::take(&mut piece)))) {
            return;
        }
    }
    if !piece.is_empty() {
        pass(Ok(Bytes::from(piece)));
    }
}
