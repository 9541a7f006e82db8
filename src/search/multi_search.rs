//! Searches sent in the body of a request: several at once, or one whose parameters no address holds.

use serde_json::{Map, Value, json};

use super::request::ApiRequest;
use super::{Client, SearchError};

/// Searches that a server accepts in one request.
pub const MOST_SEARCHES: usize = 50;

/// The parameters of one search, in the server's words.
pub type SearchParameters = Vec<(&'static str, String)>;

impl Client {
    /// Does up to [`MOST_SEARCHES`] searches of one collection in one request, and gives their
    /// answers in order.
    ///
    /// # Errors
    ///
    /// The first search that failed.
    pub async fn multi_search(
        &self,
        collection: &str,
        searches: &[SearchParameters],
    ) -> Result<Vec<Value>, SearchError> {
        let operation = format!("search the collection `{collection}`");
        if searches.is_empty() {
            return Ok(Vec::new());
        }
        if searches.len() > MOST_SEARCHES {
            return Err(SearchError::Refused {
                operation,
                status: None,
                message: format!(
                    "{} searches are more than the {MOST_SEARCHES} that a server accepts at once",
                    searches.len()
                ),
            });
        }
        let bodies: Vec<Map<String, Value>> = searches
            .iter()
            .map(|parameters| search_body(collection, parameters))
            .collect();
        let request = search_request(&bodies, operation.clone())?;
        read_results(self.api.fetch(request).await?, searches.len(), &operation)
    }

    /// One search in the body of a request, where its length is not limited.
    pub(super) async fn search_by_post(
        &self,
        collection: &str,
        parameters: &[(&str, String)],
        operation: &str,
    ) -> Result<Value, SearchError> {
        let body = search_body(collection, parameters);
        let request = search_request(&[body], operation.to_owned())?;
        only_result(self.api.fetch(request).await?, operation)
    }
}

fn search_body(collection: &str, parameters: &[(&str, String)]) -> Map<String, Value> {
    let mut body: Map<String, Value> = parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())))
        .collect();
    body.insert("collection".to_owned(), Value::from(collection));
    body
}

/// The request for searches with these parameters; the collection is among them.
pub(super) fn search_request(
    searches: &[Map<String, Value>],
    operation: String,
) -> Result<ApiRequest, SearchError> {
    let request = ApiRequest::post("/multi_search".to_owned(), operation)
        .json(&json!({ "searches": searches }))?;
    Ok(request.reading())
}

/// The result of a request with one search; its error is one of ours.
pub(super) fn only_result(answer: Value, operation: &str) -> Result<Value, SearchError> {
    let results = read_results(answer, 1, operation)?;
    let result = results.into_iter().next();
    result.ok_or_else(|| unanswered(operation))
}

/// The results of the `expected` searches; an error of one of them becomes ours.
fn read_results(
    mut answer: Value,
    expected: usize,
    operation: &str,
) -> Result<Vec<Value>, SearchError> {
    let results = match answer.get_mut("results").map(Value::take) {
        Some(Value::Array(results)) if results.len() == expected => results,
        _ => return Err(unanswered(operation)),
    };
    results
        .into_iter()
        .map(|result| read_result(result, operation))
        .collect()
}

fn read_result(result: Value, operation: &str) -> Result<Value, SearchError> {
    if !result.is_object() {
        return Err(unanswered(operation));
    }
    let Some(message) = result.get("error") else {
        return Ok(result);
    };
    let operation = operation.to_owned();
    let message = message.as_str().unwrap_or_default().to_owned();
    Err(match result.get("code").and_then(Value::as_u64) {
        Some(404) => SearchError::NotFound { operation, message },
        code => SearchError::Refused {
            operation,
            status: code.and_then(|code| code.try_into().ok()),
            message,
        },
    })
}

fn unanswered(operation: &str) -> SearchError {
    SearchError::InvalidResponse {
        operation: operation.to_owned(),
        why: "the server does not answer every search that it was sent".to_owned(),
    }
}
