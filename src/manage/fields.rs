//! Compares the fields of a collection with those of its copy on another server.
//!
//! Pure; called by the migration. A copy with additional fields, or with an optional field where
//! the source requires a value, can hold the same documents, so neither is a difference.

use crate::search::{Collection, Field};

/// The fields of `model` that `copy` lacks, in the form in which they can be added to it.
///
/// # Errors
///
/// A clause for each field that `copy` has with another type or other uses, since a field cannot be
/// changed in place.
pub(super) fn lacking(model: &Collection, copy: &Collection) -> Result<Vec<Field>, Vec<String>> {
    let mut missing: Vec<Field> = Vec::new();
    let mut conflicts = Vec::new();
    for field in &model.fields {
        // A field of type `auto` is listed a second time once a value has determined its type.
        let mut same_name = copy
            .fields
            .iter()
            .filter(|existing| existing.name == field.name);
        match same_name.clone().next() {
            None if missing.iter().any(|one| one.name == field.name) => {}
            None => missing.push(Field {
                // Existing documents lack it.
                optional: true,
                ..field.clone()
            }),
            Some(_) if same_name.any(|existing| uses(existing) == uses(field)) => {}
            Some(existing) if is_open(existing) || is_open(field) => {}
            Some(existing) => conflicts.push(format!(
                "`{}` is {} at the target and {} at the source",
                field.name,
                described(existing),
                described(field)
            )),
        }
    }
    if conflicts.is_empty() {
        Ok(missing)
    } else {
        Err(conflicts)
    }
}

/// Whether the first value determines the field's type.
fn is_open(field: &Field) -> bool {
    matches!(field.kind.as_str(), "auto" | "string*")
}

fn uses(field: &Field) -> (&str, bool, bool, bool) {
    (&field.kind, field.index, field.facet, field.sort)
}

fn described(field: &Field) -> String {
    let mut text = field.kind.clone();
    for (applies, word) in [
        (!field.index, "not indexed"),
        (field.facet, "facet"),
        (field.sort, "sort"),
    ] {
        if applies {
            text.push_str(", ");
            text.push_str(word);
        }
    }
    text
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use serde_json::{Value, json};

    use super::lacking;
    use crate::search::Collection;

    fn collection(fields: &Value) -> Collection {
        serde_json::from_value(json!({ "name": "a", "num_documents": 0, "fields": fields }))
            .unwrap()
    }

    #[test]
    fn missing_fields_are_added_and_different_ones_are_conflicts() {
        let model = collection(&json!([
            {"name": "a", "type": "string", "sort": true},
            {"name": "b", "type": "int64", "facet": true},
            {"name": "c", "type": "auto"}, {"name": "c", "type": "string"},
        ]));
        let added = lacking(
            &model,
            &collection(&json!([{"name": "b", "type": "int64", "facet": true}])),
        );
        let added = added.unwrap();
        let names: Vec<_> = added.iter().map(|field| field.name.as_str()).collect();
        assert_eq!(names, ["a", "c"]);
        assert!(added.iter().all(|field| field.optional));
        assert_eq!(lacking(&model, &model).unwrap(), []);
        let other = collection(&json!([
            {"name": "a", "type": "string", "sort": true, "optional": true},
            {"name": "b", "type": "int64"}, {"name": "c", "type": "auto"},
        ]));
        assert_eq!(
            lacking(&model, &other).unwrap_err(),
            ["`b` is int64 at the target and int64, facet at the source"]
        );
    }
}
