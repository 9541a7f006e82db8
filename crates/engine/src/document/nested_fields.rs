//! Fields inside objects: `a.b` with nested fields enabled.
//!
//! Two rules, as the API has them. A dotted field that was declared without an object around it
//! is strict: its value is of its type, or the document is refused. A field inside a declared
//! object came from a document or refines one: it is handled like any other, except that nothing
//! is taken out of the object; the index leaves out what does not fit.

use serde_json::Value;

use super::checker::{Document, Presence};
use super::coercion::{CoercionRules, TypeMismatch, fit, is_one, item_kind, type_noun};
use super::document_error::DocumentError;
use super::write_action::DirtyValues;
use crate::schema::{Field, FieldType, Schema};

/// Checks one object, or one field inside objects.
pub(super) fn check(
    schema: &Schema,
    field: &Field,
    document: &mut Document,
    presence: Presence,
    dirty: DirtyValues,
) -> Result<(), DocumentError> {
    let inside_declared = schema.fields.iter().any(|object| {
        object.kind.is_object()
            && field
                .name
                .strip_prefix(&object.name)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    let mut places = PathValues::default();
    places.find_in(document, &field.name, false);
    if inside_declared {
        return places.fit_all(field, dirty);
    }
    if field.optional && places.only_null() {
        return Ok(());
    }
    if places.missing || places.values.is_empty() {
        if presence == Presence::Whole && !field.optional {
            return Err(not_found(field));
        }
        if places.values.is_empty() {
            return Ok(());
        }
    }
    if field.kind.is_object() {
        return check_object(field, &places, presence);
    }
    let hint = places.in_array && !field.kind.is_array();
    let fits = |value: &&mut Value| {
        value.is_null() && field.optional || is_strictly(value, field.kind, places.in_array)
    };
    if !hint && places.values.iter().all(fits) {
        return Ok(());
    }
    Err(incorrect(field, hint))
}

fn check_object(
    field: &Field,
    places: &PathValues<'_>,
    presence: Presence,
) -> Result<(), DocumentError> {
    let all_objects = |items: &Vec<Value>| items.iter().all(Value::is_object);
    for value in &places.values {
        match (&**value, field.kind) {
            (Value::Object(_), FieldType::Object) => {}
            (Value::Array(items), FieldType::Objects) if items.is_empty() => {
                if presence == Presence::Whole && !field.optional {
                    return Err(not_found(field));
                }
            }
            (Value::Array(items), FieldType::Objects) if all_objects(items) => {}
            (Value::Array(items), FieldType::Object) => {
                let hint = !items.is_empty() && all_objects(items);
                return Err(incorrect(field, hint));
            }
            (Value::Null, _) if field.optional => {}
            _ => return Err(incorrect(field, false)),
        }
    }
    Ok(())
}

/// Whether the value at the end of a path is of the type; inside an array of objects one item of
/// an array-type is enough.
fn is_strictly(value: &Value, kind: FieldType, in_array: bool) -> bool {
    if kind.is_geopoint() {
        return fit(&mut value.clone(), kind, NO_HANDLING).is_ok()
            || in_array && fit(&mut value.clone(), FieldType::Geopoint, NO_HANDLING).is_ok();
    }
    match (item_kind(kind), value) {
        (Some(item), Value::Array(items)) => items.iter().all(|value| is_one(value, item)),
        (Some(item), value) => in_array && is_one(value, item),
        (None, value) => is_one(value, kind),
    }
}

const NO_HANDLING: CoercionRules = CoercionRules {
    coerce: false,
    drop_items: false,
};

fn not_found(field: &Field) -> DocumentError {
    DocumentError::MissingNestedField {
        field: field.name.clone(),
    }
}

fn incorrect(field: &Field, hint: bool) -> DocumentError {
    let suffix = if hint {
        " Hint: field inside an array of objects must be an array type as well."
    } else {
        ""
    };
    DocumentError::WrongNestedType {
        field: field.name.clone(),
        hint: suffix,
    }
}

/// The values at the end of a path.
#[derive(Default)]
struct PathValues<'a> {
    values: Vec<&'a mut Value>,
    /// Whether an array of objects lies on the way.
    in_array: bool,
    /// Whether one of those objects has no such value.
    missing: bool,
}

impl<'a> PathValues<'a> {
    fn find_in(&mut self, members: &'a mut Document, path: &str, in_array: bool) {
        if members.contains_key(path) {
            self.in_array |= in_array;
            self.values.extend(members.get_mut(path));
            return;
        }
        let Some((head, tail)) = path.split_once('.') else {
            self.missing = true;
            return;
        };
        match members.get_mut(head) {
            Some(Value::Object(members)) => self.find_in(members, tail, in_array),
            Some(Value::Array(items)) => {
                for item in items {
                    match item {
                        Value::Object(members) => self.find_in(members, tail, true),
                        _ => self.missing = true,
                    }
                }
            }
            _ => self.missing = true,
        }
    }

    fn only_null(&self) -> bool {
        self.values.iter().all(|value| value.is_null())
    }

    /// Makes every value fit; what is only left out of the index stays.
    fn fit_all(mut self, field: &Field, dirty: DirtyValues) -> Result<(), DocumentError> {
        for value in &mut self.values {
            if value.is_null() {
                continue;
            }
            let kind = match item_kind(field.kind) {
                Some(item) if self.in_array && !value.is_array() => item,
                _ => field.kind,
            };
            let mut fitted = value.clone();
            match fit(&mut fitted, kind, CoercionRules::of(field, dirty)) {
                Ok(()) => **value = fitted,
                Err(_) if dirty.drops() && field.optional => {}
                Err(wanted) if kind == field.kind => return Err(wanted.problem(field)),
                Err(wanted) => {
                    let noun = type_noun(field.kind);
                    return Err(TypeMismatch { noun, ..wanted }.problem(field));
                }
            }
        }
        Ok(())
    }
}
