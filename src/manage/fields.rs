//! Whether a collection has the fields of another one: what a copy elsewhere has to find.
//!
//! Pure; called by the migration. Where the copy has fields beside these, or treats a value as
//! optional that the other requires, it holds the same documents all the same.

use crate::search::{Collection, Field};

/// The fields of `model` that `copy` lacks, as they can be added to it.
///
/// # Errors
///
/// Half a sentence for each field that is there with another type or other uses: it cannot be
/// changed in place.
pub(super) fn lacking(model: &Collection, copy: &Collection) -> Result<Vec<Field>, Vec<String>> {
    let mut missing: Vec<Field> = Vec::new();
    let mut conflicts = Vec::new();
    for field in &model.fields {
        // A field of type `auto` is listed again once a value has fixed its type.
        let mut twins = copy.fields.iter().filter(|there| there.name == field.name);
        match twins.clone().next() {
            None if missing.iter().any(|one| one.name == field.name) => {}
            None => missing.push(Field {
                // Documents that are there may lack it.
                optional: true,
                ..field.clone()
            }),
            Some(_) if twins.any(|there| uses(there) == uses(field)) => {}
            Some(there) if is_open(there) || is_open(field) => {}
            Some(there) => conflicts.push(format!(
                "`{}` is {} at the target and {} at the source",
                field.name,
                described(there),
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

/// Whether the first value decides its type.
fn is_open(field: &Field) -> bool {
    matches!(field.kind.as_str(), "auto" | "string*")
}

fn uses(field: &Field) -> (&str, bool, bool, bool) {
    (&field.kind, field.index, field.facet, field.sort)
}

fn described(field: &Field) -> String {
    let mut text = field.kind.clone();
    for (is, word) in [
        (!field.index, "not indexed"),
        (field.facet, "facet"),
        (field.sort, "sort"),
    ] {
        if is {
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
    fn what_is_lacking_is_added_and_what_is_other_is_told() {
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
