//! Export: the documents of a collection, line by line, as they come from the wire.
//!
//! An export that breaks off must not look like a short collection. So the answer has to tell
//! its end (by length or by chunks), and every line has to be a whole document with an id:
//! newer servers write their errors as lines.
//!
//! Documents cost a server less whole than cut: it sends them as they are stored, where it parses,
//! cuts and writes each one to pick some of its fields. So whoever needs only some picks them here,
//! unless a network lies in between, which the texts would fill.

use std::borrow::Cow;
use std::fmt;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, TryFutureExt, stream};
use reqwest::Method;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::call::Call;
use super::collections::path;
use super::nodes::{Fault, Nodes};
use super::{Client, SearchError};

/// The largest stored document that is read.
const LONGEST_LINE: usize = 64 << 20;
/// Documents that a server cuts before it sends them, together; by itself it takes 100.
const CUT_AT_ONCE: &str = "250";

impl Client {
    /// Streams the documents that match `filter_by` (all where it is `None`) as lines of JSON
    /// without line ends, in the server's order. `include_fields` narrows the fields; `id` is
    /// always among them, and an empty list means all.
    ///
    /// # Errors
    ///
    /// An item is an error where the export does not begin, breaks off, or holds a line that is
    /// no document; nothing follows it, and what came before is not the whole.
    pub fn export(
        &self,
        collection: &str,
        filter_by: Option<&str>,
        include_fields: &[&str],
    ) -> impl Stream<Item = Result<Bytes, SearchError>> + Send + use<> {
        let call = export_call(collection, filter_by, include_fields);
        let nodes = self.nodes.clone();
        let lines = async move { Lines::open(&nodes, &call?).await };
        lines
            .map_ok(|lines| {
                stream::try_unfold(lines, |mut lines| async move {
                    Ok(lines.next().await?.map(|line| (line, lines)))
                })
            })
            .try_flatten_stream()
    }

    /// Streams the same documents, each with its `id` and those of `fields` that it has, and
    /// nothing else.
    ///
    /// # Errors
    ///
    /// As [`Self::export`].
    pub fn export_fields(
        &self,
        collection: &str,
        filter_by: Option<&str>,
        fields: &[&str],
    ) -> impl Stream<Item = Result<Map<String, Value>, SearchError>> + Send + use<> {
        let include = if self.is_here { &[] } else { fields };
        let mut wanted: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        wanted.push("id".to_owned());
        let doing = format!("export the collection `{collection}`");
        let lines = self.export(collection, filter_by, include);
        lines.map(move |line| {
            pick(&line?, &wanted).map_err(|error| SearchError::Broken {
                doing: doing.clone(),
                why: error.to_string(),
            })
        })
    }
}

/// The wanted fields of a document; the others are passed over unread.
fn pick(line: &[u8], wanted: &[String]) -> serde_json::Result<Map<String, Value>> {
    Pick(wanted).deserialize(&mut serde_json::Deserializer::from_slice(line))
}

struct Pick<'w>(&'w [String]);

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Pick<'_> {
    type Value = Map<String, Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut document: A) -> Result<Self::Value, A::Error> {
        #[derive(Deserialize)]
        struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

        let mut picked = Map::new();
        while let Some(Name(name)) = document.next_key()? {
            if self.0.iter().any(|wanted| *wanted == name) {
                picked.insert(name.into_owned(), document.next_value()?);
            } else {
                document.next_value::<IgnoredAny>()?;
            }
        }
        Ok(picked)
    }
}

fn export_call(
    collection: &str,
    filter_by: Option<&str>,
    include_fields: &[&str],
) -> Result<Call, SearchError> {
    let doing = format!("export the collection `{collection}`");
    let path = format!("{}/documents/export", path(collection, &doing)?);
    let mut call = Call::new(Method::GET, path, doing).streamed();
    if let Some(filter) = filter_by {
        call = call.parameter("filter_by", filter);
    }
    if !include_fields.is_empty() {
        let with_id = format!("id,{}", include_fields.join(","));
        call = call
            .parameter("include_fields", &with_id)
            .parameter("batch_size", CUT_AT_ONCE);
    }
    Ok(call)
}

struct Lines {
    doing: String,
    /// `None` once the end was read.
    answer: Option<Answer>,
    buffer: BytesMut,
    /// How much of the buffer is known to hold no line end.
    searched: usize,
    /// How many lines were handed on.
    read: u64,
}

impl Lines {
    async fn open(nodes: &Nodes, call: &Call) -> Result<Self, SearchError> {
        let lines = Self {
            doing: call.doing.clone(),
            answer: nodes.send(call).await?.stream,
            buffer: BytesMut::new(),
            searched: 0,
            read: 0,
        };
        lines.check_framing()?;
        Ok(lines)
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

    async fn next(&mut self) -> Result<Option<Bytes>, SearchError> {
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
                self.check(&line)?;
                self.read += 1;
                return Ok(Some(line.freeze()));
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

    fn check(&self, line: &[u8]) -> Result<(), SearchError> {
        #[derive(Deserialize)]
        struct Document<'a> {
            #[serde(borrow)]
            id: Option<&'a RawValue>,
            #[serde(borrow)]
            error: Option<&'a RawValue>,
        }
        match serde_json::from_slice::<Document<'_>>(line) {
            Ok(Document { id: Some(_), .. }) => Ok(()),
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::pick;

    #[test]
    fn wanted_fields_are_picked_whole_and_nothing_else() -> serde_json::Result<()> {
        let line =
            br#"{"id":"a","text":"{\"b\":1}","b":{"c":[1,null],"id":2},"n\u0061me":"\u00fc"}"#;
        let wanted = ["b", "id", "name", "absent"].map(str::to_owned);
        let picked = Value::Object(pick(line, &wanted)?);
        let expected = json!({"id": "a", "b": {"c": [1, null], "id": 2}, "name": "ü"});
        assert_eq!(picked, expected);
        assert!(pick(br#"{"id":"a","text":"#, &wanted).is_err());
        assert!(pick(b"[]", &wanted).is_err());
        Ok(())
    }
}
