//! `POST /collections/x/documents/import`: lines in, lines out.
//!
//! One thread reads lines and prepares them while another stores the batch before: reading,
//! checking, compressing and cutting into words overlap with the store; tantivy indexes on threads
//! of its own. A batch is one transaction; its lines are answered when it is on the disk.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{SyncSender, sync_channel};

use super::handle::Collection;
use super::options::{ImportOptions, ImportSummary};
use super::prepare::PreparedDocument;
use super::transaction::StoredDocument;
use crate::document::Identity;
use crate::error::{EngineError, EngineResult, ErrorCode};

/// Lines and bytes of a batch.
const BATCH_LINES: usize = 5_000;
const BATCH_BYTES: usize = 4 << 20;

/// A line that is not blank.
struct PreparedLine {
    /// Without its line feed.
    text: Vec<u8>,
    prepared: EngineResult<PreparedDocument>,
}

impl Collection {
    /// `POST /collections/x/documents/import`: reads lines of JSON and writes them in batches.
    ///
    /// `report` is called for each line that is not blank, in their order, and only after the
    /// line's batch is on the disk. A refused line does not fail the import. The import ends early
    /// when reading or `report` fails; what was stored by then stays.
    pub fn import(
        &self,
        lines: impl BufRead + Send,
        options: ImportOptions,
        mut report: impl FnMut(&ImportedLine) -> io::Result<()>,
    ) -> EngineResult<ImportSummary> {
        let mut imported = ImportSummary::default();
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(1);
            scope.spawn(move || self.read_batches(lines, options, &sender));
            for batch in receiver {
                for line in self.store(batch?, options)? {
                    match &line.outcome {
                        Ok(_) => imported.succeeded += 1,
                        Err(_) => imported.failed += 1,
                    }
                    report(&line)?;
                }
            }
            Ok(imported)
        })
    }

    fn read_batches(
        &self,
        mut lines: impl BufRead,
        options: ImportOptions,
        sender: &SyncSender<EngineResult<Vec<PreparedLine>>>,
    ) {
        loop {
            let batch = self.read_batch(&mut lines, options);
            let last = !matches!(&batch, Ok(lines) if !lines.is_empty());
            let nothing = matches!(&batch, Ok(lines) if lines.is_empty());
            if nothing || sender.send(batch).is_err() || last {
                return;
            }
        }
    }

    /// The next lines, prepared; none at the end.
    fn read_batch(
        &self,
        lines: &mut impl BufRead,
        options: ImportOptions,
    ) -> EngineResult<Vec<PreparedLine>> {
        let view = self.view();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
            let Some(text) = read_line(lines, self.settings.line_bytes)? else {
                break;
            };
            if text.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            bytes += text.len();
            let prepared = if text.len() > self.settings.line_bytes {
                Err(EngineError::new(
                    ErrorCode::TooLarge,
                    format!(
                        "The line is longer than {} bytes.",
                        self.settings.line_bytes
                    ),
                ))
            } else {
                PreparedDocument::read(&text, &view, options.write)
            };
            batch.push(PreparedLine { text, prepared });
        }
        Ok(batch)
    }

    /// Stores a batch; if the store fails, all of its lines are refused.
    fn store(
        &self,
        batch: Vec<PreparedLine>,
        options: ImportOptions,
    ) -> EngineResult<Vec<ImportedLine>> {
        let mut sources = Vec::with_capacity(batch.len());
        let mut prepared = Vec::with_capacity(batch.len());
        for line in batch {
            let id = match line.prepared.as_ref().map(|document| &document.identity) {
                Ok(Identity::Given(id)) => Some(id.clone()),
                Ok(Identity::Generated) | Err(_) => None,
            };
            sources.push((line.text, id));
            prepared.push(line.prepared);
        }
        let mut writer = self.writer();
        let stored = self.transact(&mut writer, |transaction| {
            let each = prepared.into_iter().map(|document| match document {
                Ok(document) => transaction.put(document, options.write),
                Err(refusal) => Ok(Err(refusal)),
            });
            each.collect::<EngineResult<Vec<EngineResult<StoredDocument>>>>()
        });
        drop(writer);
        let outcomes = match stored {
            Ok(stored) => stored,
            Err(error) if error.code == ErrorCode::NotFound => return Err(error),
            Err(error) => sources.iter().map(|_| Err(error.clone())).collect(),
        };
        let lines = sources.into_iter().zip(outcomes);
        Ok(lines
            .map(|((text, id), outcome)| ImportedLine { text, id, outcome })
            .collect())
    }
}

/// What became of one line of an import.
#[derive(Debug)]
pub struct ImportedLine {
    /// The line as it was sent, without its line feed; of one that is too long only the beginning.
    pub text: Vec<u8>,
    /// The id that the line gives its document.
    pub id: Option<String>,
    /// The stored document, or why the line was refused.
    pub outcome: EngineResult<StoredDocument>,
}

/// Reads a line without its end. Of one that is too long only the beginning is kept, one byte
/// more than allowed at least.
fn read_line(lines: &mut impl BufRead, longest: usize) -> EngineResult<Option<Vec<u8>>> {
    let cannot = |error: io::Error| {
        EngineError::invalid(format!("The lines cannot be read to the end: {error}."))
    };
    let mut text = Vec::new();
    let most = u64::try_from(longest).unwrap_or(u64::MAX).saturating_add(2);
    lines
        .take(most)
        .read_until(b'\n', &mut text)
        .map_err(cannot)?;
    if text.is_empty() {
        return Ok(None);
    }
    if text.last() == Some(&b'\n') {
        text.pop();
        if text.last() == Some(&b'\r') {
            text.pop();
        }
    } else if text.len() > longest {
        text.truncate(longest + 1);
        skip_line(lines).map_err(cannot)?;
    }
    Ok(Some(text))
}

fn skip_line(lines: &mut impl BufRead) -> io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        lines.consume(length);
        if end.is_some() {
            return Ok(());
        }
    }
}
