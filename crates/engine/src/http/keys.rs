//! `/keys`

use crate::problem::Answer;

use super::call::Call;
use super::reply::Reply;

pub(super) fn list(call: &Call) -> Answer<Reply> {
    Ok(Reply::ok(&call.app.keys.list()?))
}

pub(super) fn get(call: &Call) -> Answer<Reply> {
    Ok(Reply::ok(&call.app.keys.get(call.name(0))?))
}

pub(super) fn create(call: &Call) -> Answer<Reply> {
    Ok(Reply::created(&call.app.keys.create(&call.json()?)?))
}

pub(super) fn delete(call: &Call) -> Answer<Reply> {
    Ok(Reply::ok(&call.app.keys.delete(call.name(0))?))
}
