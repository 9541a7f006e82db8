//! Values, the same for both dialects. No I/O.
//!
//! A value is brought into the form that both databases can keep when it is made, so that what comes
//! back equals what was stored.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value as Json;

/// What stands in a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Json(Json),
    /// To the second, UTC.
    Time(Timestamp),
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueKind {
    Boolean,
    Integer,
    Real,
    Text,
    Json,
    Time,
}

/// How times are written in `SQLite`.
const TIME_FORMAT: &str = "%Y-%m-%d %H:%M:%S";

/// From here up, `JSONB` writes whole numbers without a point.
const LARGE: f64 = 1e16;

impl Value {
    /// The name of its kind, for messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a number",
            Self::Text(_) => "text",
            Self::Json(_) => "JSON",
            Self::Time(_) => "a time",
        }
    }

    /// A time as `SQLite` keeps it.
    pub(super) fn time_text(time: Timestamp) -> String {
        time.strftime(TIME_FORMAT).to_string()
    }
}

/// The time that `SQLite` keeps as `text`.
pub(super) fn parse_time(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime(TIME_FORMAT, text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// A text without NUL characters, which no text of `PostgreSQL` can hold.
fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "")
    } else {
        text
    }
}

/// JSON that `JSONB` gives back as it was; its keys are sorted, as nothing keeps their order.
fn keepable(json: Json) -> Json {
    match json {
        Json::String(text) => Json::String(without_nul(text)),
        Json::Array(values) => values.into_iter().map(keepable).collect(),
        Json::Object(fields) => {
            let fields = fields.into_iter();
            let fields: BTreeMap<String, Json> = fields
                .map(|(key, value)| (without_nul(key), keepable(value)))
                .collect();
            fields.into_iter().collect()
        }
        Json::Number(number) if number.is_f64() => keepable_number(number),
        other => other,
    }
}

/// `JSONB` knows no negative zero, and writes large floating-point numbers with all their digits.
fn keepable_number(number: serde_json::Number) -> Json {
    let Some(real) = number.as_f64() else {
        return number.into();
    };
    if real == 0.0 {
        return Json::from(0.0);
    }
    if real.abs() >= LARGE
        && let Ok(whole) = format!("{real:.0}").parse::<serde_json::Number>()
    {
        return whole.into();
    }
    number.into()
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        // What is not a number is nothing in `SQLite`.
        if value.is_finite() {
            Self::Real(value)
        } else {
            Self::Null
        }
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(without_nul(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        value.to_owned().into()
    }
}

impl From<Json> for Value {
    fn from(value: Json) -> Self {
        if value.is_null() {
            Self::Null
        } else {
            Self::Json(keepable(value))
        }
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        let seconds = value.as_second() - i64::from(value.subsec_nanosecond() < 0);
        Self::Time(Timestamp::from_second(seconds).unwrap_or(value))
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_postgresql_cannot_hold_is_taken_out() {
        assert_eq!(Value::from("a\0b"), Value::Text("ab".to_owned()));
        assert_eq!(
            Value::from(json!({"a\0": ["\0b"]})),
            Value::Json(json!({"a": ["b"]}))
        );
        assert_eq!(Value::from(json!(null)), Value::Null);
        assert_eq!(Value::from(f64::NAN), Value::Null);
        assert_eq!(
            Value::from(json!([1e17, -0.0, 0.5])),
            Value::Json(json!([100_000_000_000_000_000_u64, 0.0, 0.5]))
        );
    }

    #[test]
    fn a_time_is_the_same_after_being_text() {
        for milliseconds in [1_764_510_000_123, -1, 0] {
            let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
            let Value::Time(kept) = Value::from(time) else {
                panic!("not a time");
            };
            assert_eq!(kept.as_millisecond(), milliseconds.div_euclid(1000) * 1000);
            assert_eq!(parse_time(&Value::time_text(kept)), Some(kept));
        }
    }
}
