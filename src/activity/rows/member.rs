//! Members of organisations.

use serde_json::Value as Json;

use super::{Kind, integer, text, value_of};
use crate::database::Value;

/// What GitHub says of a member, and the organisation.
pub(in crate::activity) const MEMBER_COLUMNS: &[&str] = &[
    "id",
    "login",
    "avatar_url",
    "events_url",
    "followers_url",
    "following_url",
    "gists_url",
    "gravatar_id",
    "html_url",
    "node_id",
    "organizations_url",
    "received_events_url",
    "repos_url",
    "site_admin",
    "starred_url",
    "subscriptions_url",
    "type",
    "url",
    "raw",
    "org",
];

/// A member's id and values, in the order of the columns; `None` if the answer is not an account.
pub(in crate::activity) fn member_values(item: &Json, org: &str) -> Option<(i64, Vec<Value>)> {
    let id = integer(item, "id")?;
    text(item, "login")?;
    let values = MEMBER_COLUMNS.iter().map(|name| match *name {
        "org" => org.into(),
        "raw" => item.clone().into(),
        "id" => id.into(),
        "site_admin" => value_of(item.get(name), Kind::Boolean),
        name => value_of(item.get(name), Kind::Text),
    });
    Some((id, values.collect()))
}
