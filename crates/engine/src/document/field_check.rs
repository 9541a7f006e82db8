//! Checking a document against the schema, and making it fit where that was asked for.

use serde_json::Value;

use super::checker::{Checker, Document, Presence};
use super::coercion::{CoercionRules, fit};
use super::document_error::DocumentError;
use super::nested_fields;
use super::write_action::DirtyValues;
use crate::schema::{Field, FieldType};

impl Checker {
    /// Checks all fields in the order of the schema; the first that does not fit is the answer.
    pub(crate) fn check(
        &self,
        document: &mut Document,
        presence: Presence,
        dirty: DirtyValues,
    ) -> Result<(), DocumentError> {
        let schema = &self.schema;
        if presence == Presence::Whole
            && !schema.default_sorting_field.is_empty()
            && !document.contains_key(&schema.default_sorting_field)
        {
            return Err(DocumentError::NoDefaultSortingField {
                field: schema.default_sorting_field.clone(),
            });
        }
        if presence == Presence::Whole {
            self.drop_nulls(document);
        }
        for field in &schema.fields {
            if field.is_dynamic()
                || matches!(field.kind, FieldType::Auto | FieldType::StringOrStrings)
            {
                continue;
            }
            if self.is_nested(field) && !document.contains_key(&field.name)
                || self.nests && field.kind.is_object()
            {
                nested_fields::check(schema, field, document, presence, dirty)?;
            } else {
                check_member(field, document, presence, dirty)?;
            }
        }
        Ok(())
    }

    /// Checks one field that is new to the schema against a stored document.
    pub(crate) fn check_stored(
        &self,
        field: &Field,
        document: &Document,
    ) -> Result<(), DocumentError> {
        let name = &field.name;
        let mut members = Document::new();
        if self.is_nested(field) && !document.contains_key(name) {
            let head = name.split('.').next().unwrap_or_default();
            members.extend(
                document
                    .get(head)
                    .map(|value| (head.to_owned(), value.clone())),
            );
            let presence = if field.optional {
                Presence::Part
            } else {
                Presence::Whole
            };
            return nested_fields::check(
                &self.schema,
                field,
                &mut members,
                presence,
                DirtyValues::Reject,
            );
        }
        let mut value = document.get(name).cloned().unwrap_or(Value::Null);
        if value.is_null() {
            if field.optional {
                return Ok(());
            }
            return Err(DocumentError::MissingInStored {
                field: name.clone(),
            });
        }
        fit(
            &mut value,
            field.kind,
            CoercionRules::of(field, DirtyValues::Reject),
        )
        .map_err(|wanted| DocumentError::IncompatibleStored {
            field: name.clone(),
            noun: wanted.noun,
        })
    }

    fn is_nested(&self, field: &Field) -> bool {
        self.nests && (field.kind.is_object() || field.name.contains('.'))
    }
}

fn check_member(
    field: &Field,
    document: &mut Document,
    presence: Presence,
    dirty: DirtyValues,
) -> Result<(), DocumentError> {
    let Some(value) = document.get_mut(&field.name) else {
        if presence == Presence::Whole && !field.optional {
            return Err(DocumentError::MissingField {
                field: field.name.clone(),
            });
        }
        return Ok(());
    };
    if value.is_null() && field.optional {
        // In a change it is what removes the member, so there it stays.
        if presence == Presence::Whole {
            document.remove(&field.name);
        }
        return Ok(());
    }
    match fit(value, field.kind, CoercionRules::of(field, dirty)) {
        Ok(()) => Ok(()),
        Err(wanted) if field.optional && dirty.drops() && wanted.can_be_dropped => {
            document.remove(&field.name);
            Ok(())
        }
        Err(wanted) => Err(wanted.problem(field)),
    }
}
