//! Rows of an answer, and what stands in their columns. No I/O.
//!
//! A column of a table is read as what it was declared. What is computed (`max(updated_at)`) comes
//! from `SQLite` as text or number; the getters take either.

use std::sync::Arc;

use jiff::Timestamp;

use super::error::DatabaseError;
use super::value::{Value, parse_time};

/// A row of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub(super) columns: Arc<[String]>,
    pub(super) values: Vec<Value>,
}

impl Row {
    /// The names of its columns.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Its values, in the order of its columns.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// The value of a column; [`Value::Null`] if there is no such column.
    #[must_use]
    pub fn value(&self, column: &str) -> &Value {
        let place = self.columns.iter().position(|name| name == column);
        place
            .and_then(|place| self.values.get(place))
            .unwrap_or(&Value::Null)
    }

    pub fn integer(&self, column: &str) -> Result<i64, DatabaseError> {
        self.optional_integer(column)?
            .ok_or_else(|| self.unexpected(column, "an integer"))
    }

    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Integer(value) => Ok(Some(*value)),
            Value::Boolean(value) => Ok(Some(i64::from(*value))),
            _ => Err(self.unexpected(column, "an integer")),
        }
    }

    pub fn optional_real(&self, column: &str) -> Result<Option<f64>, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Real(value) => Ok(Some(*value)),
            Value::Integer(value) => Ok(Some(*value as f64)),
            _ => Err(self.unexpected(column, "a number")),
        }
    }

    pub fn boolean(&self, column: &str) -> Result<bool, DatabaseError> {
        self.optional_boolean(column)?
            .ok_or_else(|| self.unexpected(column, "a boolean"))
    }

    pub fn optional_boolean(&self, column: &str) -> Result<Option<bool>, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Boolean(value) => Ok(Some(*value)),
            Value::Integer(value) => Ok(Some(*value != 0)),
            _ => Err(self.unexpected(column, "a boolean")),
        }
    }

    pub fn text(&self, column: &str) -> Result<String, DatabaseError> {
        self.optional_text(column)?
            .ok_or_else(|| self.unexpected(column, "text"))
    }

    pub fn optional_text(&self, column: &str) -> Result<Option<String>, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Text(value) => Ok(Some(value.clone())),
            _ => Err(self.unexpected(column, "text")),
        }
    }

    /// A column of JSON; `null` if there is nothing.
    pub fn json(&self, column: &str) -> Result<serde_json::Value, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(serde_json::Value::Null),
            Value::Json(value) => Ok(value.clone()),
            Value::Text(text) => {
                serde_json::from_str(text).map_err(|_| self.unexpected(column, "JSON"))
            }
            _ => Err(self.unexpected(column, "JSON")),
        }
    }

    pub fn time(&self, column: &str) -> Result<Timestamp, DatabaseError> {
        self.optional_time(column)?
            .ok_or_else(|| self.unexpected(column, "a time"))
    }

    pub fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, DatabaseError> {
        match self.value(column) {
            Value::Null => Ok(None),
            Value::Time(value) => Ok(Some(*value)),
            Value::Text(text) => parse_time(text)
                .map(Some)
                .ok_or_else(|| self.unexpected(column, "a time")),
            _ => Err(self.unexpected(column, "a time")),
        }
    }

    fn unexpected(&self, column: &str, wanted: &'static str) -> DatabaseError {
        DatabaseError::Unexpected {
            column: column.to_owned(),
            wanted,
            found: self.value(column).kind(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_form_of_a_value_is_read_and_no_other() {
        let row = Row {
            columns: ["at".to_owned(), "yes".to_owned()].into(),
            values: vec![
                Value::Text("2026-01-31 23:59:59".to_owned()),
                Value::Integer(1),
            ],
        };
        let at = row.time("at").map(|at| at.to_string());
        assert_eq!(at.ok().as_deref(), Some("2026-01-31T23:59:59Z"));
        assert_eq!(row.boolean("yes").ok(), Some(true));
        assert!(row.integer("at").is_err() && row.time("yes").is_err());
        assert!(row.text("missing").is_err());
        assert_eq!(row.optional_text("missing").ok(), Some(None));
    }
}
