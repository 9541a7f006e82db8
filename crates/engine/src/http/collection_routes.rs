//! `/collections`

use serde_json::Value;

use crate::error::{EngineError, EngineResult};

use super::api_call::ApiCall;
use super::reply::Reply;

pub(super) fn list(call: &ApiCall) -> EngineResult<Reply> {
    let left_out = call.query.list("exclude_fields");
    let skipped = number(call, "offset")?.unwrap_or(0);
    let wanted = number(call, "limit")?.unwrap_or(usize::MAX);
    let collections = call.app.engine.collections();
    let seen = collections.iter().filter(|one| call.covers(&one.name()));
    let described = seen.skip(skipped).take(wanted).map(|one| {
        let mut described = one.describe();
        if let Value::Object(described) = &mut described {
            described.retain(|name, _| !left_out.contains(name));
        }
        described
    });
    Ok(Reply::ok(&Value::Array(described.collect())))
}

fn number(call: &ApiCall, name: &str) -> EngineResult<Option<usize>> {
    let given = call.query.get(name).map(str::parse).transpose();
    given.map_err(|_| {
        EngineError::invalid(format!("Parameter `{name}` must be an unsigned integer."))
    })
}

pub(super) fn create(call: &ApiCall) -> EngineResult<Reply> {
    let source = call.query.get("src_name");
    let body = call.json()?;
    call.check_covers(source.filter(|source| !source.is_empty()))?;
    call.check_covers(body.get("name").and_then(Value::as_str))?;
    let created = call.app.engine.create_collection(&body, source)?;
    Ok(Reply::created(&created))
}

pub(super) fn get(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.collection()?.describe()))
}

pub(super) fn alter(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    Ok(Reply::ok(&collection.alter(&call.json()?)?))
}

pub(super) fn delete(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.app.engine.delete_collection(call.name(0))?))
}

/// Not of Typesense: rebuilds the search index, and answers how many documents it holds.
pub(super) fn rebuild(call: &ApiCall) -> EngineResult<Reply> {
    let collection = call.collection()?;
    collection.rebuild()?;
    Ok(Reply::ok(
        &serde_json::json!({"num_documents": collection.count()}),
    ))
}

/// Not of Typesense: folders of collections that the catalogue does not know.
pub(super) fn unknown_folders(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.app.engine.unknown_folders()?))
}

/// Not of Typesense: takes the collection in such a folder into the catalogue.
pub(super) fn adopt_folder(call: &ApiCall) -> EngineResult<Reply> {
    let body = call.json()?;
    let text = |name: &str| match body.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(EngineError::invalid(format!(
            "Parameter `{name}` must be a string."
        ))),
    };
    let folder =
        text("folder")?.ok_or_else(|| EngineError::invalid("Parameter `folder` is required."))?;
    let adopted = call.app.engine.adopt_folder(folder, text("name")?)?;
    Ok(Reply::created(&adopted))
}
