//! `/collections/x/documents`, one document or those that a filter names.

use serde_json::{Value, json};

use crate::collection::{Collection, WriteOptions};
use crate::document::{Action, DirtyValues};
use crate::error::{EngineError, EngineResult};

use super::api_call::ApiCall;
use super::reply::Reply;

/// What the query string says about writing.
pub(super) fn write_options(call: &ApiCall, collection: &Collection) -> EngineResult<WriteOptions> {
    Ok(WriteOptions {
        action: Action::parse(call.query.get("action"))?,
        dirty_values: Some(DirtyValues::parse(
            call.query.get("dirty_values"),
            &collection.schema(),
        )),
    })
}

pub(super) fn write(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    let options = write_options(call, &collection)?;
    Ok(Reply::created(&collection.write(&call.body, options)?))
}

pub(super) fn get(call: &ApiCall) -> EngineResult<Reply> {
    let mut document = call.collection()?.get(call.name(1))?;
    let kept = call.query.list("include_fields");
    let left_out = call.query.list("exclude_fields");
    if let Value::Object(fields) = &mut document {
        fields
            .retain(|name, _| (kept.is_empty() || kept.contains(name)) && !left_out.contains(name));
    }
    Ok(Reply::ok(&document))
}

pub(super) fn update(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    let options = write_options(call, &collection)?;
    let updated = collection.update(call.name(1), &call.body, options)?;
    Ok(Reply::created(&updated))
}

pub(super) fn delete(call: &ApiCall) -> EngineResult<Reply> {
    let ignore_not_found = call.query.is_true("ignore_not_found");
    let deleted = call.collection()?.delete(call.name(1), ignore_not_found)?;
    Ok(Reply::ok(&deleted))
}

pub(super) fn delete_by_filter(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    call.query.check_positive("batch_size")?;
    let deleted = if call.query.is_true("truncate") {
        collection.truncate()?
    } else {
        collection.delete_by_filter(only_filter(call)?)?
    };
    Ok(Reply::ok(&json!({ "num_deleted": deleted })))
}

pub(super) fn update_by_filter(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    let options = write_options(call, &collection)?;
    let updated = collection.update_by_filter(only_filter(call)?, &call.body, options)?;
    Ok(Reply::ok(&json!({ "num_updated": updated })))
}

/// The one filter of a request that changes documents.
fn only_filter(call: &ApiCall) -> EngineResult<&str> {
    let mut filters = call.query.all("filter_by");
    match (filters.next(), filters.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(EngineError::invalid(
            "Parameter `filter_by` must be provided.",
        )),
        // Which documents are meant is nothing to guess.
        (Some(_), Some(_)) => Err(EngineError::invalid(
            "Parameter `filter_by` must be given once.",
        )),
    }
}
