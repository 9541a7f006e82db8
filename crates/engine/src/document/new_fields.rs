//! Fields that a document adds to a schema: by patterns, by `auto` and `string*`, and inside
//! objects.

use serde_json::Value;

use super::checker::{Checker, Document};
use super::document_error::DocumentError;
use crate::schema::{Field, FieldType};

impl Checker {
    /// The fields that the document adds, sorted by name, without numbers; refuses the document
    /// if a type cannot be told from a value.
    pub(crate) fn new_fields(&self, document: &Document) -> Result<Vec<Field>, DocumentError> {
        let mut fields = Vec::new();
        if self.schema.is_dynamic() {
            self.add_by_rules(document, &mut fields)?;
        }
        if self.schema.enable_nested_fields {
            let mut inside = Vec::new();
            for object in self.schema.fields.iter().chain(&fields) {
                if object.kind.is_object() && object.index {
                    self.add_inside(object, document, &mut inside);
                }
            }
            inside.retain(|field| !fields.iter().any(|other| other.name == field.name));
            fields.extend(inside);
        }
        Ok(fields)
    }

    fn is_known(&self, name: &str) -> bool {
        self.schema
            .fields
            .iter()
            .any(|field| field.name == name && (!field.is_dynamic() || field.is_pattern()))
    }

    /// Takes out the members that would become fields if they had a value.
    pub(super) fn drop_nulls(&self, document: &mut Document) {
        if self.schema.is_dynamic() {
            document.retain(|name, value| {
                !value.is_null()
                    || self.is_known(name)
                    || self.rule(name).is_none_or(|rule| !rule.index)
            });
        }
    }

    fn add_by_rules(
        &self,
        document: &Document,
        fields: &mut Vec<Field>,
    ) -> Result<(), DocumentError> {
        let mut names: Vec<&String> = document.keys().collect();
        names.sort();
        for name in names {
            let value = document.get(name).unwrap_or(&Value::Null);
            if name.is_empty() || name == "id" || self.is_known(name) {
                continue;
            }
            let Some(rule) = self.rule(name).filter(|rule| rule.index) else {
                continue;
            };
            let Some(kind) = self.kind(rule.kind, name, value)? else {
                continue;
            };
            fields.push(Field {
                name: name.clone(),
                kind,
                sort: rule.sort || rule.kind != kind && kind.sorts_by_default(),
                optional: true,
                ..rule.clone()
            });
        }
        Ok(())
    }

    /// The rule for a name: one of exactly this name, else the last pattern that matches.
    fn rule(&self, name: &str) -> Option<&Field> {
        let exact = self
            .schema
            .fields
            .iter()
            .find(|field| field.is_dynamic() && !field.is_pattern() && field.name == name);
        exact.or_else(|| {
            let mut matching = self.patterns.iter().rev();
            let (_, field) = matching.find(|(pattern, _)| pattern.is_match(name))?;
            Some(field)
        })
    }

    /// The type of the field that a rule makes of a value; `None` for a value that tells nothing.
    fn kind(
        &self,
        rule: FieldType,
        name: &str,
        value: &Value,
    ) -> Result<Option<FieldType>, DocumentError> {
        match (rule, value) {
            (FieldType::Auto | FieldType::StringOrStrings, Value::Null) => Ok(None),
            (FieldType::StringOrStrings, Value::Array(_)) => Ok(Some(FieldType::Strings)),
            (FieldType::StringOrStrings, _) => Ok(Some(FieldType::String)),
            (FieldType::Auto, value) => {
                let kind = kind_of(value).ok_or_else(|| DocumentError::UnknownType {
                    field: name.to_owned(),
                })?;
                Ok(kind.filter(|kind| self.schema.enable_nested_fields || !kind.is_object()))
            }
            (kind, _) => Ok(Some(kind)),
        }
    }

    /// The fields of the values inside an object.
    fn add_inside(&self, object: &Field, document: &Document, fields: &mut Vec<Field>) {
        let mut places = Vec::new();
        find_places(document, &object.name, false, &mut places);
        let mut leaves = Vec::new();
        for (value, array) in places {
            find_leaves(value, &object.name, array, &mut leaves);
        }
        for (name, kind) in leaves {
            let known = self.schema.fields.iter().any(|field| field.name == name)
                || fields.iter().any(|field: &Field| field.name == name);
            if !known {
                fields.push(Field {
                    name,
                    kind,
                    sort: kind.sorts_by_default(),
                    optional: true,
                    ..object.clone()
                });
            }
        }
    }
}

/// What kind a value is: inner `None` where it tells nothing, outer `None` where it has none.
#[expect(clippy::option_option, reason = "the two mean different things")]
fn kind_of(value: &Value) -> Option<Option<FieldType>> {
    let Value::Array(items) = value else {
        return Some(scalar_kind(value));
    };
    match items.first() {
        None => Some(None),
        Some(item) => Some(Some(array_of(scalar_kind(item)?)?)),
    }
}

fn scalar_kind(value: &Value) -> Option<FieldType> {
    match value {
        Value::Bool(_) => Some(FieldType::Bool),
        Value::Number(number) if number.is_f64() => Some(FieldType::Float),
        Value::Number(_) => Some(FieldType::Int64),
        Value::String(_) => Some(FieldType::String),
        Value::Object(_) => Some(FieldType::Object),
        Value::Null | Value::Array(_) => None,
    }
}

fn array_of(kind: FieldType) -> Option<FieldType> {
    match kind {
        FieldType::Bool => Some(FieldType::Bools),
        FieldType::Float => Some(FieldType::Floats),
        FieldType::Int64 => Some(FieldType::Int64s),
        FieldType::String => Some(FieldType::Strings),
        FieldType::Object => Some(FieldType::Objects),
        _ => None,
    }
}

/// The values at the end of a path, each with whether an array lies on the way.
fn find_places<'a>(
    members: &'a Document,
    path: &str,
    array: bool,
    found: &mut Vec<(&'a Value, bool)>,
) {
    if let Some(value) = members.get(path) {
        found.push((value, array));
        return;
    }
    let Some((head, tail)) = path.split_once('.') else {
        return;
    };
    match members.get(head) {
        Some(Value::Object(members)) => find_places(members, tail, array, found),
        Some(Value::Array(items)) => {
            for members in items.iter().filter_map(Value::as_object) {
                find_places(members, tail, true, found);
            }
        }
        _ => {}
    }
}

/// Deeper objects are stored, and not searched.
const DEEPEST: usize = 32;

fn find_leaves(value: &Value, path: &str, array: bool, leaves: &mut Vec<(String, FieldType)>) {
    match value {
        Value::Object(members) => {
            if path.split('.').count() > DEEPEST {
                return;
            }
            for (name, value) in members {
                find_leaves(value, &format!("{path}.{name}"), array, leaves);
            }
        }
        Value::Array(items) => {
            for item in items {
                find_leaves(item, path, true, leaves);
            }
        }
        scalar => {
            let kind = scalar_kind(scalar);
            let kind = if array { kind.and_then(array_of) } else { kind };
            leaves.extend(kind.map(|kind| (path.to_owned(), kind)));
        }
    }
}
