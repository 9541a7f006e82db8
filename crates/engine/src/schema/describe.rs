//! From a [`Schema`] to the JSON that the API answers, keys in alphabetical order.

use serde_json::{Value, json};

use super::definition::{Field, Schema};

impl Schema {
    /// The schema as `GET /collections/x` describes it.
    #[must_use]
    pub fn describe(&self, documents: u64) -> Value {
        let fields: Vec<Value> = self.fields.iter().map(Field::describe).collect();
        let mut description = json!({
            "created_at": self.created_at,
            "default_sorting_field": self.default_sorting_field,
            "enable_nested_fields": self.enable_nested_fields,
            "fields": fields,
        });
        if let (Some(members), Some(metadata)) = (description.as_object_mut(), &self.metadata) {
            members.insert("metadata".to_owned(), metadata.clone());
        }
        let rest = json!({
            "name": self.name,
            "num_documents": documents,
            "symbols_to_index": self.symbols_to_index,
            "token_separators": self.token_separators,
        });
        if let (Some(members), Value::Object(rest)) = (description.as_object_mut(), rest) {
            members.extend(rest);
        }
        description
    }
}

impl Field {
    /// The field as a part of its collection.
    #[must_use]
    pub fn describe(&self) -> Value {
        json!({
            "facet": self.facet,
            "index": self.index,
            "infix": self.infix,
            "locale": self.locale,
            "name": self.name,
            "optional": self.optional,
            "sort": self.sort,
            "type": self.kind,
        })
    }

    /// The field as the answer to a change of the schema shows it.
    pub(super) fn describe_added(&self, nested: bool) -> Value {
        let is_nested =
            nested && (self.kind.is_object() || self.name.contains('.')) && !self.is_pattern();
        let mut description = self.describe();
        description["nested"] = is_nested.into();
        description["nested_array"] = if is_nested { 2 } else { 0 }.into();
        description["num_dim"] = 0.into();
        description["vec_dist"] = "cosine".into();
        description
    }
}
