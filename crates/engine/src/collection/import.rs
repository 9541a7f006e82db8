//! `POST /collections/x/documents/import`: lines in, lines out.
//!
//! One thread reads lines and prepares them while another stores the batch before: reading,
//! checking, compressing and cutting into words overlap with the store; tantivy indexes on threads
//! of its own. A batch is one transaction; its lines are answered when it is on the disk.

use std::io::{self, BufRead, Read, Write};
use std::sync::mpsc::{SyncSender, sync_channel};

use serde_json::Value;

use super::prepare::Prepared;
use super::writer::Stored;
use super::{Collection, ImportOptions, Imported};
use crate::document::Identity;
use crate::problem::{Answer, Problem};

/// Lines and bytes of a batch.
const BATCH_LINES: usize = 5_000;
const BATCH_BYTES: usize = 4 << 20;
/// Bytes of a line that was too long, as the answer shows it.
const SHOWN_OF_LONG_LINE: usize = 1_000;

/// A line that is not blank.
struct Line {
    /// Without its line feed.
    text: Vec<u8>,
    prepared: Answer<Prepared>,
}

impl Collection {
    /// `POST /collections/x/documents/import`: reads lines of JSON and writes them in batches.
    ///
    /// `answer` gets one line of JSON, without its line feed, for each line that is not blank, in
    /// their order, and only after its batch is on the disk. A refused line is a line of the
    /// answer, not a problem. The import ends early when reading or `answer` fails; what was
    /// answered by then stays.
    pub fn import(
        &self,
        lines: impl BufRead + Send,
        options: ImportOptions,
        mut answer: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Answer<Imported> {
        let mut imported = Imported::default();
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(1);
            scope.spawn(move || self.read_batches(lines, options, &sender));
            let mut buffer = Vec::new();
            for batch in receiver {
                for (line, stored) in self.store(batch?, options)? {
                    buffer.clear();
                    match &stored {
                        Ok(_) => imported.succeeded += 1,
                        Err(_) => imported.failed += 1,
                    }
                    write_answer(&mut buffer, &line, stored, options)?;
                    answer(&buffer)?;
                }
            }
            Ok(imported)
        })
    }

    fn read_batches(
        &self,
        mut lines: impl BufRead,
        options: ImportOptions,
        sender: &SyncSender<Answer<Vec<Line>>>,
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
    fn read_batch(&self, lines: &mut impl BufRead, options: ImportOptions) -> Answer<Vec<Line>> {
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
                Err(Problem::new(
                    413,
                    format!(
                        "The line is longer than {} bytes.",
                        self.settings.line_bytes
                    ),
                ))
            } else {
                Prepared::read(&text, &view, options.write)
            };
            batch.push(Line { text, prepared });
        }
        Ok(batch)
    }

    /// Stores a batch; a fault of the store refuses all of its lines.
    fn store(
        &self,
        batch: Vec<Line>,
        options: ImportOptions,
    ) -> Answer<Vec<(Refusable, Answer<Stored>)>> {
        let mut texts = Vec::with_capacity(batch.len());
        let mut prepared = Vec::with_capacity(batch.len());
        for line in batch {
            let id = match &line.prepared {
                Ok(prepared) => match &prepared.identity {
                    Identity::Given(id) => Some(id.clone()),
                    Identity::Generated => None,
                },
                Err(_) => None,
            };
            texts.push(Refusable {
                text: line.text,
                id,
            });
            prepared.push(line.prepared);
        }
        let mut writer = self.writer();
        let stored = self.session(&mut writer, |session| {
            let each = prepared.into_iter().map(|prepared| match prepared {
                Ok(prepared) => session.put(prepared, options.write),
                Err(problem) => Ok(Err(problem)),
            });
            each.collect::<Answer<Vec<Answer<Stored>>>>()
        });
        drop(writer);
        match stored {
            Ok(stored) => Ok(texts.into_iter().zip(stored).collect()),
            Err(problem) if problem.status == 404 => Err(problem),
            Err(problem) => Ok(texts
                .into_iter()
                .map(|text| (text, Err(problem.clone())))
                .collect()),
        }
    }
}

/// What a refused line is answered with.
struct Refusable {
    text: Vec<u8>,
    id: Option<String>,
}

/// Reads a line without its end. Of one that is too long only the beginning is kept, one byte
/// more than allowed at least.
fn read_line(lines: &mut impl BufRead, longest: usize) -> Answer<Option<Vec<u8>>> {
    let cannot = |error: io::Error| {
        Problem::bad_request(format!("The lines cannot be read to their end: {error}."))
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

/// Writes the answer to one line, its members in alphabetical order.
fn write_answer(
    buffer: &mut Vec<u8>,
    line: &Refusable,
    stored: Answer<Stored>,
    options: ImportOptions,
) -> Answer<()> {
    let mut json = |head: &str, value: &Value| -> io::Result<()> {
        buffer.write_all(head.as_bytes())?;
        Ok(serde_json::to_writer(&mut *buffer, value)?)
    };
    let mut head = "{";
    match stored {
        Ok(stored) => {
            if options.return_doc {
                json("{\"document\":", &stored.document)?;
                head = ",";
            }
            if options.return_id {
                json(&format!("{head}\"id\":"), &Value::String(stored.id))?;
                head = ",";
            }
            write!(buffer, "{head}\"success\":true}}")?;
        }
        Err(problem) => {
            let shown = match problem.status {
                413 => line.text.get(..SHOWN_OF_LONG_LINE).unwrap_or(&line.text),
                _ => &line.text,
            };
            json("{\"code\":", &Value::from(problem.status))?;
            let shown = String::from_utf8_lossy(shown).into_owned();
            json(",\"document\":", &Value::String(shown))?;
            json(",\"error\":", &Value::from(problem.message_to_send()))?;
            if let Some(id) = line.id.as_ref().filter(|_| options.return_id) {
                json(",\"id\":", &Value::from(id.as_str()))?;
            }
            buffer.extend_from_slice(b",\"success\":false}");
        }
    }
    Ok(())
}
