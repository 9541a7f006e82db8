//! The response to an export, line by line, as it arrives.
//!
//! The response has to show its end (by length or by chunks), and every line has to be a complete
//! document with an id: newer servers write their errors as lines. Whether all documents came is for
//! `complete_export` to say, which calls this.

use std::hash::{BuildHasher, RandomState};

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::SearchError;
use super::response::ApiResponse;
use super::transport::{ResponseBody, TransportError};

/// The largest stored document that is read.
const LONGEST_LINE: usize = 64 << 20;

/// The lines of one response.
pub(super) struct ExportLines {
    node: String,
    operation: String,
    /// `None` once the end was read.
    body: Option<ResponseBody>,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    /// How many documents were passed on.
    read: u64,
    id_hasher: RandomState,
}

impl ExportLines {
    /// Refuses a response that ends where the connection ends: that could be anywhere.
    pub(super) fn new(
        response: ApiResponse<ResponseBody>,
        operation: String,
        id_hasher: RandomState,
    ) -> Result<Self, SearchError> {
        let has_known_end = response.body.has_known_end();
        let lines = Self {
            node: response.node,
            operation,
            body: Some(response.body),
            buffer: BytesMut::new(),
            searched: 0,
            read: 0,
            id_hasher,
        };
        if has_known_end {
            return Ok(lines);
        }
        Err(lines.invalid("the answer does not show where it ends; is there a proxy in between?"))
    }

    /// The node that answered.
    pub(super) fn into_node(self) -> String {
        self.node
    }

    /// Reads the next document, and hashes its id.
    pub(super) async fn next_document(&mut self) -> Result<Option<(u64, Bytes)>, SearchError> {
        loop {
            let unseen = self.buffer.get(self.searched..).unwrap_or_default();
            let line = match unseen.iter().position(|&byte| byte == b'\n') {
                Some(end) => {
                    let mut line = self.buffer.split_to(self.searched + end + 1);
                    line.truncate(self.searched + end);
                    line
                }
                None if self.body.is_none() => self.buffer.split(),
                None => {
                    self.searched = self.buffer.len();
                    self.read_chunk().await?;
                    continue;
                }
            };
            self.searched = 0;
            if !line.trim_ascii().is_empty() {
                let id_hash = self.check(&line)?;
                self.read += 1;
                return Ok(Some((id_hash, line.freeze())));
            }
            if self.body.is_none() && self.buffer.is_empty() {
                return Ok(None);
            }
        }
    }

    async fn read_chunk(&mut self) -> Result<(), SearchError> {
        if self.buffer.len() > LONGEST_LINE {
            return Err(self.invalid("a document is too large"));
        }
        let Some(body) = &mut self.body else {
            return Ok(());
        };
        match body.next_chunk().await {
            Ok(Some(chunk)) => self.buffer.extend_from_slice(&chunk),
            Ok(None) => self.body = None,
            Err(TransportError::TimedOut) => return Err(self.invalid("the server stopped sending")),
            Err(_) => return Err(self.invalid("the answer ended early")),
        }
        Ok(())
    }

    /// The hash of the document's id, if it is a document.
    fn check(&self, line: &[u8]) -> Result<u64, SearchError> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            #[serde(borrow)]
            error: Option<&'a RawValue>,
        }
        match serde_json::from_slice::<Document<'_>>(line) {
            Ok(Document { id: Some(id), .. }) => Ok(self.id_hasher.hash_one(id.get())),
            Ok(Document { error, .. }) => {
                Err(self.invalid(error.map_or("a line is not a document", RawValue::get)))
            }
            Err(error) => Err(self.invalid(&format!("a line is not complete ({error})"))),
        }
    }

    fn invalid(&self, why: &str) -> SearchError {
        SearchError::InvalidResponse {
            operation: self.operation.clone(),
            why: format!("{why}, after {} documents", self.read),
        }
    }
}
