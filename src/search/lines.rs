//! The answer to an export, line by line, as it comes from the wire.
//!
//! The answer has to tell its end (by length or by chunks), and every line has to be a whole document
//! with an id: newer servers write their errors as lines. Whether all documents came is for `whole`
//! to say, which calls this.

use std::hash::{BuildHasher, RandomState};

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::SearchError;
use super::answer::Answer;
use super::call::Call;
use super::nodes::{Fault, Nodes};

/// The largest stored document that is read.
const LONGEST_LINE: usize = 64 << 20;

/// The lines of one answer.
pub(super) struct Lines {
    node: String,
    doing: String,
    /// `None` once the end was read.
    answer: Option<Answer>,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    /// How many lines were handed on.
    read: u64,
    digests: RandomState,
}

impl Lines {
    /// Sends the call. Ids are told apart by their `digests`.
    pub(super) async fn open(
        nodes: &Nodes,
        call: &Call,
        digests: RandomState,
    ) -> Result<Self, SearchError> {
        let reply = nodes.send(call).await?;
        let lines = Self {
            node: reply.node,
            doing: call.doing.clone(),
            answer: reply.stream,
            buffer: BytesMut::new(),
            searched: 0,
            read: 0,
            digests,
        };
        lines.check_framing()?;
        Ok(lines)
    }

    /// Which node answers.
    pub(super) fn node(self) -> String {
        self.node
    }

    /// Refuses an answer that ends where the connection ends: its end could be anywhere.
    fn check_framing(&self) -> Result<(), SearchError> {
        match &self.answer {
            Some(answer) if !answer.tells_its_end() => {
                Err(self
                    .broken("the answer does not tell where it ends; is there a proxy in between?"))
            }
            _ => Ok(()),
        }
    }

    /// The next document, and the digest of its id.
    pub(super) async fn next(&mut self) -> Result<Option<(u64, Bytes)>, SearchError> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            let line = match unseen.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    let mut line = self.buffer.split_to(self.searched + end + 1);
                    line.truncate(self.searched + end);
                    line
                }
                None if self.answer.is_none() => self.buffer.split(),
                None => {
                    self.searched = self.buffer.len();
                    self.fill().await?;
                    continue;
                }
            };
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                let digest = self.check(&line)?;
                self.read += 1;
                return Ok(Some((digest, line.freeze())));
            }
            if self.answer.is_none() && self.buffer.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Reads the next piece of the answer.
    async fn fill(&mut self) -> Result<(), SearchError> {
        if self.buffer.len() > LONGEST_LINE {
            return Err(self.broken("a document is too large"));
        }
        let Some(answer) = &mut self.answer else {
            return Ok(());
        };
        match answer.next().await {
            Ok(Some(piece)) => self.buffer.extend_from_slice(&piece),
            Ok(None) => self.answer = None,
            Err((Fault::TimedOut, _)) => return Err(self.broken("the server fell silent")),
            Err(_) => return Err(self.broken("the answer broke off")),
        }
        Ok(())
    }

    /// The digest of the document's id.
    fn check(&self, line: &[u8]) -> Result<u64, SearchError> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            #[serde(borrow)]
            error: Option<&'a RawValue>,
        }
        match serde_json::from_slice::<Document<'_>>(line) {
            Ok(Document { id: Some(id), .. }) => Ok(self.digests.hash_one(id.get())),
            Ok(Document { error, .. }) => {
                let error = error.map_or("a line is no document", RawValue::get);
                Err(self.broken(error))
            }
            Err(error) => Err(self.broken(&format!("a line is not whole ({error})"))),
        }
    }

    fn broken(&self, why: &str) -> SearchError {
        SearchError::Broken {
            doing: self.doing.clone(),
            why: format!("{why}, after {} documents", self.read),
        }
    }
}
