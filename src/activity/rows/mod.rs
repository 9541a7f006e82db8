//! What GitHub's answers become as rows. No I/O.
//!
//! Columns carry the names of GitHub's own keys. A key that no column has stays in `raw`; one that
//! is missing, or of another kind than expected, leaves its column empty. Only what identifies a row
//! is required.

mod event;
mod issue;
mod member;
mod person;

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::database::Value;

pub(super) use event::{EVENT_COLUMNS, EventRow, is_of_other_kind, is_tracked};
pub(super) use issue::{IssueRow, issue_columns};
pub(super) use member::{MEMBER_COLUMNS, member_values};
pub(super) use person::Person;

/// What a column expects of GitHub.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Boolean,
    Integer,
    Real,
    Text,
    Json,
    List,
    Time,
    /// The name of an app, which is an object.
    App,
}

/// The columns that carry a key of GitHub, in the order of a statement.
type Columns = [(&'static str, Kind)];

/// The repository that rows belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryIdentity {
    pub id: i64,
    pub org: String,
    pub repo: String,
}

impl std::fmt::Display for RepositoryIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.org, self.repo)
    }
}

fn values_of(item: &Json, columns: &Columns) -> Vec<Value> {
    let values = columns.iter();
    values
        .map(|(name, kind)| value_of(item.get(name), *kind))
        .collect()
}

fn value_of(found: Option<&Json>, kind: Kind) -> Value {
    let Some(found) = found else {
        return Value::Null;
    };
    match kind {
        Kind::Boolean => found.as_bool().into(),
        Kind::Integer => found.as_i64().into(),
        Kind::Real => found.as_f64().into(),
        Kind::Text => found.as_str().map(str::to_owned).into(),
        Kind::Json => found.clone().into(),
        Kind::List => found.is_array().then(|| found.clone()).into(),
        Kind::Time => time(Some(found)).into(),
        Kind::App => {
            let name = found.get("slug").or_else(|| found.get("name"));
            let text = name.unwrap_or(found).as_str();
            text.map(str::to_owned).into()
        }
    }
}

/// A time as GitHub writes it.
pub(super) fn time(found: Option<&Json>) -> Option<Timestamp> {
    found?.as_str()?.parse().ok()
}

pub(super) fn integer(item: &Json, name: &str) -> Option<i64> {
    item.get(name)?.as_i64()
}

pub(super) fn text<'a>(item: &'a Json, name: &str) -> Option<&'a str> {
    item.get(name)?.as_str()
}
