//! Presets, which are kept and applied; synonyms, overrides and stop words, which are not: their
//! lists are empty, and storing one is refused rather than forgotten.

#![expect(
    clippy::unnecessary_wraps,
    reason = "the table of routes wants one form of function"
)]

use serde_json::{Value, json};

use crate::engine::ObjectKind;
use crate::error::{EngineError, EngineResult, ErrorCode};

use super::api_call::ApiCall;
use super::reply::Reply;

pub(super) fn list_presets(call: &ApiCall) -> EngineResult<Reply> {
    // They concern all collections: a key for some of them has none to see.
    let presets = if call.covers("") {
        call.app.engine.objects(ObjectKind::Preset, "")?
    } else {
        Vec::new()
    };
    let listed: Vec<Value> = presets
        .into_iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    Ok(Reply::ok(&json!({ "presets": listed })))
}

pub(super) fn get_preset(call: &ApiCall) -> EngineResult<Reply> {
    find_preset(call).map(|preset| Reply::ok(&preset))
}

pub(super) fn put_preset(call: &ApiCall) -> EngineResult<Reply> {
    let body = call.json()?;
    let value = body
        .get("value")
        .ok_or_else(|| EngineError::invalid("Parameter `value` is required."))?;
    let name = call.name(0);
    let engine = &call.app.engine;
    engine.put_object(ObjectKind::Preset, "", name, value)?;
    Ok(Reply::ok(&json!({"name": name, "value": value})))
}

pub(super) fn delete_preset(call: &ApiCall) -> EngineResult<Reply> {
    let preset = find_preset(call)?;
    let engine = &call.app.engine;
    if !engine.delete_object(ObjectKind::Preset, "", call.name(0))? {
        return Err(EngineError::not_found("Not found."));
    }
    Ok(Reply::ok(&preset))
}

fn find_preset(call: &ApiCall) -> EngineResult<Value> {
    let name = call.name(0);
    let stored = call.app.engine.object(ObjectKind::Preset, "", name)?;
    let value = stored.ok_or_else(|| EngineError::not_found("Not found."))?;
    Ok(json!({"name": name, "value": value}))
}

pub(super) fn no_synonyms(call: &ApiCall) -> EngineResult<Reply> {
    call.collection()?;
    Ok(Reply::ok(&json!({"synonyms": []})))
}

pub(super) fn no_overrides(call: &ApiCall) -> EngineResult<Reply> {
    call.collection()?;
    Ok(Reply::ok(&json!({"overrides": []})))
}

pub(super) fn no_stopwords(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!({"stopwords": []})))
}

pub(super) fn empty_list(_: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&json!([])))
}

/// There is never one of this name.
pub(super) fn not_there(call: &ApiCall) -> EngineResult<Reply> {
    call.collection()?;
    Err(if call.is_deletion() {
        EngineError::not_found("Could not find that `id`.")
    } else {
        EngineError::not_found("Not Found")
    })
}

/// Refused: storing it without applying it would mislead its owner.
pub(super) fn not_offered(call: &ApiCall) -> EngineResult<Reply> {
    call.collection()?;
    Err(EngineError::new(
        ErrorCode::Unsupported,
        "Synonyms and overrides are not applied by this engine, so it does not store them.",
    ))
}
