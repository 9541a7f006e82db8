//! One search sent in the body of a request, where its length is not limited.

use serde_json::{Map, Value, json};

use super::SearchError;
use super::request::ApiRequest;

/// The request for a search with these parameters; `collection` is among them.
pub(super) fn search_request(
    parameters: &Map<String, Value>,
    operation: String,
) -> Result<ApiRequest, SearchError> {
    let request = ApiRequest::post("/multi_search".to_owned(), operation)
        .json(&json!({ "searches": [parameters] }))?;
    Ok(request.idempotent())
}

/// The result of that search; its error is one of ours.
pub(super) fn only_result(mut answer: Value, operation: &str) -> Result<Value, SearchError> {
    let operation = operation.to_owned();
    let result = answer.pointer_mut("/results/0").map(Value::take);
    let Some(result) = result.filter(Value::is_object) else {
        return Err(SearchError::InvalidResponse {
            operation,
            why: "the server does not answer the search that it was sent".to_owned(),
        });
    };
    let Some(message) = result.get("error") else {
        return Ok(result);
    };
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
