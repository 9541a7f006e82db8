//! A body with lists of links. Short lists are in it from the beginning; of a long one, the rest is
//! read and sent some links at a time, so that no list is cut and none is in memory as a whole.

use std::fmt::Write as _;

use axum::body::Body;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use serde_json::{Map, Value as Json};

use super::failure::Failure;
use super::relations::{Related, Relation};
use super::shapes;
use crate::records::Records;

/// What is sent, in this order.
#[derive(Debug)]
enum Part {
    Text(String),
    /// The links of a relation that follow one of GitHub's ids.
    Links {
        relation: &'static Relation,
        subject: i64,
        after: i64,
    },
}

/// A body that is being put together.
#[derive(Debug)]
pub(super) struct LinkedBody {
    base: String,
    parts: Vec<Part>,
}

impl LinkedBody {
    /// An empty one, with links below this address.
    pub(super) fn new(base: String) -> Self {
        Self {
            base,
            parts: vec![Part::Text(String::new())],
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    /// Adds a row: its fields, and behind them its relations.
    pub(super) fn push_row(
        &mut self,
        fields: Map<String, Json>,
        relations: &[&'static Relation],
        subject: i64,
        related: &Related,
    ) {
        let fields = Json::Object(fields).to_string();
        self.push(fields.strip_suffix('}').unwrap_or(&fields));
        for relation in relations {
            let links = related.links(relation, subject);
            self.push(&format!(",\"{}\":[", relation.name));
            let text = join(&self.base, relation, &links.ids);
            self.push(&text);
            if let Some(after) = links.after {
                self.parts.push(Part::Links {
                    relation,
                    subject,
                    after,
                });
            }
            self.push("]");
        }
        self.push("}");
    }

    /// The body; what is not there yet is read from `records` while it is sent.
    pub(super) fn into_body(self, records: Records) -> Body {
        let base = self.base;
        let mut parts = self.parts;
        if let [Part::Text(text)] = parts.as_mut_slice() {
            return Body::from(std::mem::take(text));
        }
        let pieces = stream::iter(parts).flat_map(move |part| match part {
            Part::Text(text) => stream::iter([Ok(text)]).boxed(),
            Part::Links {
                relation,
                subject,
                after,
            } => rest(records.clone(), base.clone(), relation, (subject, after)),
        });
        let pieces = pieces.map_ok(Bytes::from).inspect_err(|error| {
            tracing::warn!(%error, "a list of links was not sent to its end");
        });
        Body::from_stream(pieces)
    }
}

/// The links that follow a place, as texts that go on with a list.
fn rest(
    records: Records,
    base: String,
    relation: &'static Relation,
    (subject, after): (i64, i64),
) -> BoxStream<'static, Result<String, Failure>> {
    let texts = stream::try_unfold(Some(after), move |after| {
        let (records, base) = (records.clone(), base.clone());
        async move {
            let Some(after) = after else {
                return Ok(None);
            };
            let links = relation.fetch_after(&records, subject, after).await?;
            let text = join(&base, relation, &links.ids);
            let text = if text.is_empty() {
                text
            } else {
                format!(",{text}")
            };
            Ok(Some((text, links.after)))
        }
    });
    texts.boxed()
}

/// Links as they stand between the brackets of a list.
fn join(base: &str, relation: &Relation, ids: &[String]) -> String {
    let mut text = String::new();
    for (place, id) in ids.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        let link = Json::from(shapes::link(relation.kind, base, id));
        // Writing to memory does not fail.
        let _ = write!(text, "{comma}{link}");
    }
    text
}
