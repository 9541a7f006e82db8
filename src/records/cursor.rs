//! A place in a list: the values by which a row is sorted. Opaque to others, and checked when it comes
//! back. No I/O.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::column::{Column, ColumnKind};
use super::error::QuestionError;
use super::order::{Order, hidden_name};
use super::resource::Resource;
use crate::database::{Row, SMALLEST_INTEGER, TEXT_KEY, Value};

/// The place before or after a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cursor {
    /// What the row is sorted by, ready to be compared with.
    pub(super) values: Vec<Value>,
    /// Whether the rows before it are meant.
    pub(super) is_backwards: bool,
}

impl Cursor {
    /// The place after a row, whose hidden columns are there.
    pub(super) fn after(row: &Row, resource: &Resource, order: Order) -> Option<Self> {
        let columns = order.columns(resource);
        let values = columns.iter().zip(hidden_values(row, columns.len()));
        let values = values.map(|(column, value)| sortable(column, &value));
        Some(Self {
            values: values.collect::<Option<_>>()?,
            is_backwards: false,
        })
    }

    /// The place of a row, whose hidden columns are there.
    pub(super) fn write(
        row: &Row,
        resource: &Resource,
        order: Order,
        is_backwards: bool,
    ) -> String {
        let values = hidden_values(row, order.columns(resource).len());
        let content = Json::from(vec![
            Json::from(resource.name),
            order.name().into(),
            is_backwards.into(),
            values.into(),
        ]);
        URL_SAFE_NO_PAD.encode(content.to_string())
    }

    /// Reads what [`Self::write`] has written for this list.
    pub(super) fn read(
        text: &str,
        resource: &Resource,
        order: Order,
    ) -> Result<Self, QuestionError> {
        Self::decode(text, resource, order).ok_or(QuestionError::Cursor)
    }

    fn decode(text: &str, resource: &Resource, order: Order) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let content: (String, String, bool, Vec<Json>) = serde_json::from_slice(&bytes).ok()?;
        let (name, order_name, is_backwards, values) = content;
        let columns = order.columns(resource);
        let is_meant =
            name == resource.name && order_name == order.name() && values.len() == columns.len();
        if !is_meant {
            return None;
        }
        let values = columns
            .iter()
            .zip(values)
            .map(|(column, value)| sortable(column, &value));
        Some(Self {
            values: values.collect::<Option<_>>()?,
            is_backwards,
        })
    }
}

/// What a row is sorted by.
fn hidden_values(row: &Row, count: usize) -> Vec<Json> {
    let values = (0..count).map(|place| match row.value(&hidden_name(place)) {
        Value::Text(text) => text.chars().take(TEXT_KEY).collect::<String>().into(),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(value) => (*value).into(),
        Value::Time(time) => time.as_second().into(),
        _ => Json::Null,
    });
    values.collect()
}

/// The value as an index holds it.
fn sortable(column: &Column, value: &Json) -> Option<Value> {
    match (column.kind, value) {
        (_, Json::Null) if column.is_required => None,
        (ColumnKind::Text, Json::Null) => Some("".into()),
        (ColumnKind::Text, Json::String(text)) => {
            (!text.contains('\0')).then(|| text.as_str().into())
        }
        (ColumnKind::Integer | ColumnKind::Milliseconds, Json::Null) => {
            Some(SMALLEST_INTEGER.into())
        }
        (ColumnKind::Integer | ColumnKind::Milliseconds, value) => value.as_i64().map(Value::from),
        (ColumnKind::Time, Json::Null) => {
            let first: Timestamp = "0001-01-01T00:00:00Z".parse().ok()?;
            Some(first.into())
        }
        (ColumnKind::Time, value) => {
            let time = Timestamp::from_second(value.as_i64()?).ok()?;
            let year = jiff::tz::TimeZone::UTC.to_datetime(time).year();
            (1..=9999).contains(&year).then(|| time.into())
        }
        (ColumnKind::Boolean, value) => value.as_bool().map(Value::from),
        _ => None,
    }
}
