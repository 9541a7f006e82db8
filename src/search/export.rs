//! Export: the documents of a collection, line by line, as they come from the wire.
//!
//! An export that breaks off or ends early must not look like a short collection: `export_lines`
//! refuses a response that is not complete, `complete_export` one that does not hold all documents.
//!
//! A server sends a complete document as it is stored, but has to parse and rewrite it to pick some
//! of its fields. So the fields are picked here, unless a network lies in between, which the texts
//! would fill.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::complete_export::{CompleteExport, ExportScope};
use super::request::{ApiRequest, collection_path};
use super::{Client, SearchError};

/// Documents of which a server picks fields at once; its default is 100.
const PICK_BATCH: &str = "250";

impl Client {
    /// Streams the documents that match `filter_by` (all where it is `None`) as lines of JSON
    /// without line ends, in the server's order, each document once. `include_fields` narrows the
    /// fields; `id` is always among them, and an empty list means all.
    ///
    /// The stream ends well only after as many documents as the server counts. An export that
    /// comes short is repeated, and what was missing follows.
    ///
    /// # Errors
    ///
    /// An item is an error where the export does not begin, breaks off, stays short
    /// ([`SearchError::IncompleteExport`]), or holds a line that is not a document; nothing follows it, and what
    /// came before is incomplete.
    pub fn export(
        &self,
        collection: &str,
        filter_by: Option<&str>,
        include_fields: &[&str],
    ) -> impl Stream<Item = Result<Bytes, SearchError>> + Send + use<> {
        let request = export_request(collection, filter_by, include_fields);
        let scope = match filter_by.map(str::trim) {
            None | Some("") => ExportScope::Collection,
            Some(filter) => ExportScope::Filter(filter.to_owned()),
        };
        let api = self.api.clone();
        let collection = collection.to_owned();
        let export = async move { Ok(CompleteExport::new(api, request?, &collection, scope)) };
        stream::once(export)
            .map_ok(|export| {
                stream::try_unfold(export, |mut export| async move {
                    Ok(export.next_document().await?.map(|line| (line, export)))
                })
            })
            .try_flatten()
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
        let include = if self.is_local { &[] } else { fields };
        let mut wanted: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        wanted.push("id".to_owned());
        let operation = format!("export the collection `{collection}`");
        let lines = self.export(collection, filter_by, include);
        lines.map(move |line| {
            pick(&line?, &wanted).map_err(|error| SearchError::InvalidResponse {
                operation: operation.clone(),
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

fn export_request(
    collection: &str,
    filter_by: Option<&str>,
    include_fields: &[&str],
) -> Result<ApiRequest, SearchError> {
    let operation = format!("export the collection `{collection}`");
    let path = format!(
        "{}/documents/export",
        collection_path(collection, &operation)?
    );
    let mut request = ApiRequest::get(path, operation).long_timeout();
    if let Some(filter) = filter_by {
        request = request.parameter("filter_by", filter);
    }
    if !include_fields.is_empty() {
        let with_id = format!("id,{}", include_fields.join(","));
        request = request
            .parameter("include_fields", &with_id)
            .parameter("batch_size", PICK_BATCH);
    }
    Ok(request)
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
