//! `/keys`

use crate::error::EngineResult;

use super::api_call::ApiCall;
use super::reply::Reply;

pub(super) fn list(call: &ApiCall) -> EngineResult<Reply> {
    Ok(Reply::ok(&call.app.keys.list(&call.granted.holder)?))
}

pub(super) fn get(call: &ApiCall) -> EngineResult<Reply> {
    let holder = &call.granted.holder;
    Ok(Reply::ok(&call.app.keys.get(holder, call.name(0))?))
}

pub(super) fn create(call: &ApiCall) -> EngineResult<Reply> {
    let maker = &call.granted.holder;
    Ok(Reply::created(&call.app.keys.create(maker, &call.json()?)?))
}

pub(super) fn delete(call: &ApiCall) -> EngineResult<Reply> {
    let holder = &call.granted.holder;
    Ok(Reply::ok(&call.app.keys.delete(holder, call.name(0))?))
}
