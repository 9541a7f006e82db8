//! JSON as objects of GraphQL, and errors with a type.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::Value;

/// GitHub's errors have a type, which a field error cannot hold: it is put before the message and
/// this character.
pub(super) const TYPE_SEPARATOR: char = '|';

pub(super) fn field_error(kind: &str, message: &str) -> FieldError {
    FieldError {
        message: format!("{kind}{TYPE_SEPARATOR}{message}"),
    }
}

/// Any other type: a JSON object with its type in `__typename`.
pub(super) struct Object<'b> {
    pub(super) value: Value,
    /// Fields that fail, each with the type of the error.
    pub(super) broken: &'b [(&'static str, &'static str)],
}

impl ObjectValue for Object<'_> {
    fn type_name(&self) -> &str {
        self.value["__typename"].as_str().unwrap_or_default()
    }

    fn resolve_field<'a>(
        &'a self,
        info: &'a ResolveInfo<'a>,
    ) -> Result<ResolvedValue<'a>, FieldError> {
        let name = info.field_name();
        if let Some((_, kind)) = self.broken.iter().find(|(field, _)| *field == name) {
            return Err(field_error(kind, "Something is wrong with this field."));
        }
        let states = info.arguments().get("states");
        let state = states.and_then(|states| states.as_array()?.first()?.as_str());
        let key = match state {
            Some(state) => format!("{name}({state})"),
            None => name.to_owned(),
        };
        let Some(value) = self.value.get(&key) else {
            return Err(self.unknown_field_error(info));
        };
        Ok(resolve_value(value))
    }
}

pub(super) fn resolve_value<'r>(value: &Value) -> ResolvedValue<'r> {
    match value {
        Value::Object(_) => ResolvedValue::object(Object {
            value: value.clone(),
            broken: &[],
        }),
        Value::Array(values) => {
            let values: Vec<_> = values.iter().map(resolve_value).map(Ok).collect();
            ResolvedValue::List(Box::new(values.into_iter()))
        }
        leaf => ResolvedValue::leaf(leaf.clone()),
    }
}
