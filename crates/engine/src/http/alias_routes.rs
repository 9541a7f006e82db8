//! `/aliases`

#![expect(
    clippy::unnecessary_wraps,
    reason = "the table of routes wants one form of function"
)]

use serde_json::Value;

use crate::error::EngineResult;

use super::api_call::ApiCall;
use super::reply::Reply;

pub(super) fn list(call: &ApiCall) -> EngineResult<Reply> {
    let aliases = call.app.engine.aliases(|name| call.covers(name));
    Ok(Reply::ok(&aliases))
}

pub(super) fn get(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.app.engine.alias(call.name(0))?))
}

pub(super) fn put(call: &ApiCall) -> EngineResult<Reply> {
    let body = call.json()?;
    call.check_covers(body.get("collection_name").and_then(Value::as_str))?;
    let stored = call.app.engine.put_alias(call.name(0), &body)?;
    Ok(Reply::ok(&stored))
}

pub(super) fn delete(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.app.engine.delete_alias(call.name(0))?))
}
