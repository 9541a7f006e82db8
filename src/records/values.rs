//! Values of columns: from the text of a parameter, and to JSON and text. No I/O.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value as Json;

use super::column::ColumnKind;
use crate::database::{Value, from_milliseconds, to_milliseconds};

/// The value that a parameter means, or what it should be.
pub(super) fn parse_value(kind: ColumnKind, text: &str) -> Result<Value, &'static str> {
    match kind {
        ColumnKind::Text if text.contains('\0') => Err("a text without NUL characters"),
        ColumnKind::Text => Ok(text.into()),
        ColumnKind::Integer => {
            let number: Result<i64, _> = text.parse();
            // The smallest stands for nothing.
            let number = number.ok().filter(|number| *number > -i64::MAX);
            number.map(Value::from).ok_or("a whole number")
        }
        ColumnKind::Real => {
            let number: Option<f64> = text.parse().ok();
            let number = number.filter(|number| number.is_finite());
            number.map(Value::from).ok_or("a number")
        }
        ColumnKind::Boolean => parse_boolean(text)
            .map(Value::from)
            .ok_or("`true` or `false`"),
        ColumnKind::Time => parse_time(text).map(Value::from).ok_or(TIME),
        ColumnKind::Milliseconds => parse_time(text)
            .map(|time| to_milliseconds(time).into())
            .ok_or(TIME),
        ColumnKind::Json => Err("nothing that can be compared"),
    }
}

const TIME: &str = "a time such as `2026-01-31T12:00:00Z`, or a date";

/// `true` and `false` in the spellings of other programs.
pub(super) fn parse_boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    }
}

/// A time, or the beginning of a day in UTC, within what both databases keep.
fn parse_time(text: &str) -> Option<Timestamp> {
    let at = |time: DateTime| {
        let zoned = time.to_zoned(TimeZone::UTC);
        zoned.ok().map(|zoned| zoned.timestamp())
    };
    let time: Option<Timestamp> = match text.parse::<Timestamp>() {
        Ok(time) => Some(time),
        Err(_) if text.contains(['T', ' ']) => text.parse::<DateTime>().ok().and_then(at),
        Err(_) => text
            .parse::<Date>()
            .ok()
            .and_then(|date| at(date.to_datetime(jiff::civil::Time::midnight()))),
    };
    let year = |time: &Timestamp| TimeZone::UTC.to_datetime(*time).year();
    time.filter(|time| (2..=9999).contains(&year(time)))
}

/// A value as it stands in JSON.
#[must_use]
pub fn json_value(kind: ColumnKind, value: &Value) -> Json {
    match (kind, value) {
        (_, Value::Null) => Json::Null,
        (ColumnKind::Boolean, Value::Integer(number)) => (*number != 0).into(),
        (ColumnKind::Milliseconds, Value::Integer(number)) => {
            from_milliseconds(*number).to_string().into()
        }
        (ColumnKind::Json, Value::Text(text)) => serde_json::from_str(text).unwrap_or(Json::Null),
        (_, Value::Boolean(value)) => (*value).into(),
        (_, Value::Integer(value)) => (*value).into(),
        (_, Value::Real(value)) => (*value).into(),
        (_, Value::Text(value)) => value.as_str().into(),
        (_, Value::Json(value)) => value.clone(),
        (_, Value::Time(value)) => value.to_string().into(),
    }
}

/// A value as it stands in a cell; nothing is empty.
#[must_use]
pub fn text_value(kind: ColumnKind, value: &Value) -> String {
    match json_value(kind, value) {
        Json::Null => String::new(),
        Json::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_column_can_hold_is_a_value() {
        for (kind, text, is_value) in [
            (ColumnKind::Integer, "12", true),
            (ColumnKind::Integer, "-9223372036854775808", false),
            (ColumnKind::Integer, "12.5", false),
            (ColumnKind::Integer, "", false),
            (ColumnKind::Text, "", true),
            (ColumnKind::Text, "a\0b", false),
            (ColumnKind::Real, "NaN", false),
            (ColumnKind::Boolean, "True", true),
            (ColumnKind::Boolean, "yes", false),
            (ColumnKind::Time, "2026-01-31", true),
            (ColumnKind::Time, "2026-01-31T12:00:00+01:00", true),
            (ColumnKind::Time, "2026-01-31 12:00:00", true),
            (ColumnKind::Time, "-000100-01-01T00:00:00Z", false),
            (ColumnKind::Time, "soon", false),
            (ColumnKind::Json, "{}", false),
        ] {
            assert_eq!(parse_value(kind, text).is_ok(), is_value, "{text}");
        }
    }
}
