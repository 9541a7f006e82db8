//! Documents: import, fetch one, delete, search. `export` streams all of them.

use std::io::Write;

use bytes::Bytes;
use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::{ApiRequest, collection_path, path_segment};
use super::{Client, SearchError, filter};

/// Query strings of more characters are refused by a search.
const LONGEST_QUERY: usize = 4000;
/// Room for ids in a filter: the rest is the parameter's name and the brackets.
pub(super) const LONGEST_ID_LIST: usize = 3900;

/// What an import does with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportAction {
    /// Adds the document; 409 where the id exists. After a connection that broke, the document
    /// that exists may be this one.
    Create,
    /// Adds the document, or replaces the one with its id.
    Upsert,
    /// Changes the given fields of an existing document; 404 where the id is absent. `null`
    /// removes an optional field.
    Update,
}

/// What became of one line of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineOutcome {
    /// The server holds the document.
    Accepted,
    /// The server will not take the line (`code` 400 for a value that does not fit, 404 and 409
    /// as at [`ImportAction`]), or cannot now (5xx). With `code` 0 its answer does not reach this
    /// line, which may or may not be written.
    Rejected { code: u16, error: String },
}

impl Client {
    /// Writes documents, each line one JSON object with a string `id` and without line ends.
    ///
    /// The answer has one outcome per line, in order. Values are coerced to the type of their field
    /// where that loses nothing but a fraction (`"5"` and `5.0` for an integer); a line with a value
    /// that does not fit otherwise is rejected entirely, never trimmed.
    ///
    /// # Errors
    ///
    /// Only where the whole request failed; what was written of it is unknown then.
    pub async fn import(
        &self,
        collection: &str,
        action: ImportAction,
        lines: Vec<Bytes>,
    ) -> Result<Vec<LineOutcome>, SearchError> {
        let sent = lines.len();
        if sent == 0 {
            return Ok(Vec::new());
        }
        let operation = format!("write {sent} documents to the collection `{collection}`");
        let path = format!(
            "{}/documents/import",
            collection_path(collection, &operation)?
        );
        let request = ApiRequest::post(path, operation.clone())
            .parameter("action", action.name())
            .parameter("dirty_values", "coerce_or_reject")
            .body("text/plain", join_lines(lines, &operation)?)
            .long_timeout()
            .idempotent();
        let response = self.api.send(&request).await?;
        let mut outcomes: Vec<LineOutcome> =
            non_blank_lines(&response.body).map(line_outcome).collect();
        if outcomes.len() > sent {
            return Err(SearchError::InvalidResponse {
                operation,
                why: format!("the server answered with {} lines", outcomes.len()),
            });
        }
        outcomes.resize_with(sent, unanswered);
        Ok(outcomes)
    }

    /// Fetches the stored document, all fields; `None` where there is none with this id.
    pub async fn fetch_document(
        &self,
        collection: &str,
        id: &str,
    ) -> Result<Option<Map<String, Value>>, SearchError> {
        let operation = format!("read the document `{id}` of `{collection}`");
        let path = document_path(collection, id, &operation)?;
        let request = ApiRequest::get(path, operation.clone());
        let document: Option<Map<String, Value>> =
            optional_document(self.api.fetch(request).await)?;
        match &document {
            Some(document) if document.get("id").and_then(Value::as_str) != Some(id) => {
                Err(SearchError::InvalidResponse {
                    operation,
                    why: "the server answers with another document".to_owned(),
                })
            }
            _ => Ok(document),
        }
    }

    /// Finds out which of `ids` the collection holds a document of.
    pub async fn find_existing_ids(
        &self,
        collection: &str,
        ids: &[&str],
    ) -> Result<Vec<String>, SearchError> {
        let (batches, alone) = filter::id_batches(ids, LONGEST_ID_LIST);
        let mut existing = Vec::new();
        for filter in batches.iter().filter_map(|ids| filter::id_filter(ids)) {
            existing.extend(self.fetch_matching_ids(collection, &filter).await?);
        }
        for id in alone {
            if self.fetch_document(collection, id).await?.is_some() {
                existing.push(id.to_owned());
            }
        }
        Ok(existing)
    }

    /// Deletes one document; false where there was none with this id.
    pub async fn delete_document(&self, collection: &str, id: &str) -> Result<bool, SearchError> {
        let operation = format!("delete the document `{id}` of `{collection}`");
        let path = document_path(collection, id, &operation)?;
        let request = ApiRequest::delete(path, operation);
        Ok(optional_document(self.api.send(&request).await)?.is_some())
    }

    /// Deletes the documents with these ids and no other; returns how many there were. Ids without
    /// a document are ignored.
    ///
    /// Ids that a filter can name go together, the others one by one. Where the server deleted
    /// fewer than named, it is asked which of them are left, and these go one by one too.
    ///
    /// # Errors
    ///
    /// Some of the documents may be gone then; the call can be repeated.
    pub async fn delete_documents(
        &self,
        collection: &str,
        ids: &[&str],
    ) -> Result<usize, SearchError> {
        let (batches, mut alone) = filter::id_batches(ids, LONGEST_ID_LIST);
        let mut deleted = 0;
        for batch in batches {
            let Some(filter) = filter::id_filter(&batch) else {
                continue;
            };
            let batch_deleted = self
                .delete_matching(collection, &filter, batch.len())
                .await?;
            deleted += batch_deleted;
            if batch_deleted < batch.len() {
                let left = self.fetch_matching_ids(collection, &filter).await?;
                alone.extend(
                    batch
                        .into_iter()
                        .filter(|id| left.iter().any(|left| left == id)),
                );
            }
        }
        for id in alone {
            deleted += usize::from(self.delete_document(collection, id).await?);
        }
        Ok(deleted)
    }

    async fn delete_matching(
        &self,
        collection: &str,
        filter: &str,
        expected: usize,
    ) -> Result<usize, SearchError> {
        #[derive(Deserialize)]
        struct Deleted {
            num_deleted: usize,
        }
        let operation = format!("delete {expected} documents of `{collection}`");
        let path = format!("{}/documents", collection_path(collection, &operation)?);
        let request = ApiRequest::delete(path, operation.clone())
            .parameter("filter_by", filter)
            .long_timeout();
        let deleted = self.api.fetch::<Deleted>(request).await?.num_deleted;
        if deleted > expected {
            return Err(SearchError::InvalidResponse {
                operation,
                why: format!("the server says that it deleted {deleted}; compare the collection"),
            });
        }
        Ok(deleted)
    }

    async fn fetch_matching_ids(
        &self,
        collection: &str,
        filter: &str,
    ) -> Result<Vec<String>, SearchError> {
        #[derive(Deserialize)]
        struct Document {
            id: String,
        }
        self.export(collection, Some(filter), &["id"])
            .map_ok(|line| serde_json::from_slice::<Document>(&line).map(|document| document.id))
            .try_collect::<Vec<_>>()
            .await?
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| SearchError::InvalidResponse {
                operation: format!("read ids of `{collection}`"),
                why: error.to_string(),
            })
    }

    /// Searches with the parameters of the API (`q`, `query_by`, `filter_by`, …) and gives the
    /// answer as it comes. At most 250 hits per page.
    pub async fn search(
        &self,
        collection: &str,
        parameters: &[(&str, String)],
    ) -> Result<Value, SearchError> {
        let operation = format!("search the collection `{collection}`");
        let path = format!(
            "{}/documents/search",
            collection_path(collection, &operation)?
        );
        let mut request = ApiRequest::get(path, operation);
        for (name, value) in parameters {
            request = request.parameter(name, value);
        }
        if request.query_length() <= LONGEST_QUERY {
            return self.api.fetch(request).await;
        }
        self.search_by_post(collection, parameters, &request.operation)
            .await
    }
}

impl ImportAction {
    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Upsert => "upsert",
            Self::Update => "update",
        }
    }
}

fn line_outcome(line: &[u8]) -> LineOutcome {
    #[derive(Deserialize)]
    struct Line {
        success: bool,
        #[serde(default)]
        code: u16,
        #[serde(default)]
        error: String,
    }
    match serde_json::from_slice::<Line>(line) {
        Ok(Line { success: true, .. }) => LineOutcome::Accepted,
        Ok(Line { code, error, .. }) => LineOutcome::Rejected { code, error },
        Err(_) => unanswered(),
    }
}

fn unanswered() -> LineOutcome {
    LineOutcome::Rejected {
        code: 0,
        error: "the server's answer does not say what became of it".to_owned(),
    }
}

/// The body of an import. One line more or less in it would give every document after it the
/// outcome of its neighbour.
///
/// It is pure ASCII: the server reads it in pieces, and a character that two pieces share
/// vanishes from the document while the line counts as written (seen with 0.24).
fn join_lines(lines: Vec<Bytes>, operation: &str) -> Result<Bytes, SearchError> {
    let size = lines.iter().map(|line| line.len() + 1).sum();
    let mut body = Vec::with_capacity(size);
    for line in lines {
        let text = std::str::from_utf8(&line).unwrap_or_default();
        if text.contains('\n') || text.trim().is_empty() {
            return Err(SearchError::Refused {
                operation: operation.to_owned(),
                status: None,
                message: "a document has to be one line of JSON".to_owned(),
            });
        }
        if !body.is_empty() {
            body.push(b'\n');
        }
        escape_non_ascii(text, &mut body);
    }
    Ok(body.into())
}

/// Appends JSON with all but ASCII as escapes; outside of strings JSON has nothing to escape.
fn escape_non_ascii(json: &str, body: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(start) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let (plain, escaped) = rest.split_at(start);
        body.extend_from_slice(plain.as_bytes());
        let mut characters = escaped.chars();
        if let Some(character) = characters.next() {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to memory cannot fail.
                let _ = write!(body, "\\u{unit:04x}");
            }
        }
        rest = characters.as_str();
    }
    body.extend_from_slice(rest.as_bytes());
}

/// The lines of an answer; the server ends the last one or does not.
fn non_blank_lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    body.split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
}

fn document_path(collection: &str, id: &str, operation: &str) -> Result<String, SearchError> {
    Ok(format!(
        "{}/documents/{}",
        collection_path(collection, operation)?,
        path_segment(id, operation)?
    ))
}

/// A missing document is `None`; a missing collection, or an answer from something that is no
/// search server, stays an error.
fn optional_document<T>(result: Result<T, SearchError>) -> Result<Option<T>, SearchError> {
    match result {
        Err(SearchError::NotFound { message, .. })
            if message.starts_with("Could not find a document") =>
        {
            Ok(None)
        }
        result => result.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use serde_json::{Value, json};

    use super::{LineOutcome, join_lines, line_outcome, non_blank_lines, unanswered};

    #[test]
    fn bodies_are_ascii_and_say_the_same() {
        let documents = [
            json!({"ü": "größer\n", "🦀": "a🦀b", "empty": ""}),
            json!({"plain": "back\\slash \"quoted\" \u{7f}", "last": "中"}),
        ];
        let lines = documents
            .clone()
            .map(|document| Bytes::from(document.to_string()));
        let body = join_lines(lines.to_vec(), "write").unwrap_or_default();
        assert!(body.is_ascii());
        let read: Vec<Value> = non_blank_lines(&body)
            .map(|line| serde_json::from_slice(line).unwrap_or_default())
            .collect();
        assert_eq!(read, documents);
    }

    #[test]
    fn a_document_is_one_line() {
        for line in [&b"{\n}"[..], b"", b" ", b"{\"a\":\"\xff\"}"] {
            let line = Bytes::copy_from_slice(line);
            assert!(join_lines(vec![Bytes::from("{}"), line], "write").is_err());
        }
    }

    #[test]
    fn accepted_and_rejected_lines_are_distinguished() {
        assert_eq!(
            line_outcome(br#"{"id":"a","success":true}"#),
            LineOutcome::Accepted
        );
        assert_eq!(
            line_outcome(br#"{"code":400,"document":"{","error":"bad","success":false}"#),
            LineOutcome::Rejected {
                code: 400,
                error: "bad".to_owned()
            }
        );
        assert_eq!(line_outcome(b"{\"succ"), unanswered());
        assert_eq!(line_outcome(b"{}"), unanswered());
    }

    #[test]
    fn blank_lines_do_not_count() {
        assert_eq!(non_blank_lines(b"\n{}\r\n \n{}\n").count(), 2);
    }
}
