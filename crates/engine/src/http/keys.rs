//! `/keys`

use crate::problem::Answer;

use super::call::Call;
use super::reply::Reply;

pub(super) fn list(call: &Call) -> Answer<Reply> {
    Ok(Reply::ok(&call.app.keys.list(&call.granted.holder)?))
}

pub(super) fn get(call: &Call) -> Answer<Reply> {
    let holder = &call.granted.holder;
    Ok(Reply::ok(&call.app.keys.get(holder, call.name(0))?))
}

pub(super) fn create(call: &Call) -> Answer<Reply> {
    let maker = &call.granted.holder;
    Ok(Reply::created(&call.app.keys.create(maker, &call.json()?)?))
}

pub(super) fn delete(call: &Call) -> Answer<Reply> {
    let holder = &call.granted.holder;
    Ok(Reply::ok(&call.app.keys.delete(holder, call.name(0))?))
}
