//! How many documents there are, as the node says that has most of them.
//!
//! Called for the counts of [`Client`](super::Client), and by `complete_export`, which holds an
//! export against them.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::SearchError;
use super::aliases::check_leads_to;
use super::failover::Failover;
use super::multi_search::{only_result, search_request};
use super::request::{ApiRequest, collection_path};

/// Fetches the number of documents that a collection says it holds.
pub(super) async fn fetch_stated_count(
    api: &Failover,
    collection: &str,
) -> Result<u64, SearchError> {
    #[derive(Deserialize)]
    struct Counted {
        name: Option<String>,
        num_documents: u64,
    }
    let operation = format!("count the documents of `{collection}`");
    let path = collection_path(collection, &operation)?;
    let request = ApiRequest::get(path, operation);
    let mut most = 0;
    for counted in api.fetch_from_all::<Counted>(&request).await? {
        if let Some(name) = &counted.name
            && !check_leads_to(api, collection, name).await?
        {
            return Err(SearchError::InvalidResponse {
                operation: request.operation,
                why: format!("the server answers about `{name}`"),
            });
        }
        most = most.max(counted.num_documents);
    }
    Ok(most)
}

/// The same, but "none" is checked by a search, where the key may search.
pub(super) async fn fetch_checked_count(
    api: &Failover,
    collection: &str,
) -> Result<u64, SearchError> {
    let stated = fetch_stated_count(api, collection).await?;
    if stated > 0 {
        return Ok(stated);
    }
    match count_matches(api, collection, "").await {
        Err(error) if error.is_unauthorized() => Ok(stated),
        found => found,
    }
}

/// Searches for the documents that match a filter (all documents, if it is empty), and returns how
/// many there are.
pub(super) async fn count_matches(
    api: &Failover,
    collection: &str,
    filter: &str,
) -> Result<u64, SearchError> {
    let operation = format!("count documents of `{collection}`");
    let mut parameters = Map::from_iter([
        ("collection".to_owned(), Value::from(collection)),
        ("q".to_owned(), Value::from("*")),
        ("per_page".to_owned(), Value::from(0)),
        // What an owner pins or hides does not count; servers call it by either name.
        ("enable_overrides".to_owned(), Value::from(false)),
        ("enable_curations".to_owned(), Value::from(false)),
    ]);
    if !filter.is_empty() {
        parameters.insert("filter_by".to_owned(), Value::from(filter));
    }
    let request = search_request(&[parameters], operation)?.long_timeout();
    let mut most = 0;
    for answer in api.fetch_from_all::<Value>(&request).await? {
        let result = only_result(answer, &request.operation)?;
        let is_cut_off = result.get("search_cutoff") == Some(&Value::Bool(true));
        let found = result.get("found").and_then(Value::as_u64);
        let found = found.filter(|_| !is_cut_off);
        most = most.max(found.ok_or_else(|| SearchError::InvalidResponse {
            operation: request.operation.clone(),
            why: "the server does not say how many match".to_owned(),
        })?);
    }
    Ok(most)
}
