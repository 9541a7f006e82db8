//! The log and the notes as JSON: one object on each line of standard error.
//!
//! Texts are cut and cleaned as those of the other form are, so a line is never two.

use std::fmt;
use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::LONGEST_LINE;
use crate::model::one_line;

/// Writes each event of the log.
pub(super) struct JsonLog;

impl<S: Subscriber> Layer<S> for JsonLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let level = metadata.level().as_str();
        write_line(level, metadata.target(), &fields.message, fields.others);
    }
}

/// Writes a note or an error of our own.
pub(super) fn write_message(level: &str, message: &str) {
    write_line(level, "pyfa", message, Map::new());
}

fn write_line(level: &str, target: &str, message: &str, fields: Map<String, Value>) {
    let mut line = json!({
        "timestamp": Timestamp::now().to_string(),
        "level": level,
        "target": target,
        "message": one_line(message, LONGEST_LINE),
    });
    if !fields.is_empty()
        && let Some(line) = line.as_object_mut()
    {
        line.insert("fields".to_owned(), Value::Object(fields));
    }
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Map<String, Value>,
}

impl Fields {
    fn insert(&mut self, field: &Field, value: Value) {
        self.others.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.insert(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.insert(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.insert(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.insert(field, value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.insert(field, one_line(value, LONGEST_LINE).into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = one_line(&format!("{value:?}"), LONGEST_LINE);
        if field.name() == "message" {
            self.message = text;
        } else {
            self.insert(field, text.into());
        }
    }
}
