//! Changes of a schema: `PATCH /collections/x`.
//!
//! Whether the stored documents allow a change is for [`crate::collection`] to find out.

use serde_json::{Map, Value, json};

use super::definition::Schema;
use super::schema_error::SchemaError;
use super::schema_request::read_field;

/// A change that fits the schema it was made for.
#[derive(Debug)]
pub struct SchemaChange {
    /// The schema as it will be.
    pub schema: Schema,
    /// What the API answers.
    pub echo: Value,
    /// Whether the fields are other ones, so that the documents have to be looked at.
    pub fields_changed: bool,
}

impl Schema {
    /// Reads the body of a `PATCH`.
    pub fn altered(&self, body: &Value) -> Result<SchemaChange, SchemaError> {
        let Value::Object(body) = body else {
            return Err(SchemaError::NotAnObject);
        };
        let known = |key: &String| key == "fields" || key == "metadata";
        if body.is_empty() || !body.keys().all(known) {
            return Err(SchemaError::NothingToChange);
        }
        let mut schema = self.clone();
        let mut echo = Map::new();
        if let Some(fields) = body.get("fields") {
            echo.insert("fields".to_owned(), schema.alter_fields(fields)?);
        }
        if let Some(metadata) = body.get("metadata") {
            if !metadata.is_object() {
                return Err(SchemaError::MetadataNotAnObject);
            }
            schema.metadata = Some(metadata.clone());
            echo.insert("metadata".to_owned(), metadata.clone());
        }
        Ok(SchemaChange {
            fields_changed: schema.fields != self.fields,
            schema,
            echo: Value::Object(echo),
        })
    }

    fn alter_fields(&mut self, fields: &Value) -> Result<Value, SchemaError> {
        let listed = fields.as_array().filter(|fields| !fields.is_empty());
        let mut named = Vec::new();
        for field in listed.ok_or(SchemaError::MalformedChange)? {
            let properties = field.as_object();
            let name = field.get("name").and_then(Value::as_str);
            let (Some(properties), Some(name)) = (properties, name) else {
                return Err(SchemaError::MalformedChange);
            };
            named.push((name, properties));
        }
        let mut echo = Vec::new();
        let mut added = Vec::new();
        let before = self.clone();
        for (name, properties) in named {
            if name == "id" {
                return Err(SchemaError::ChangeOfId);
            }
            if let Some(drop) = properties.get("drop") {
                if drop != &json!(true) {
                    return Err(SchemaError::DropValue {
                        field: name.to_owned(),
                    });
                }
                if !before.fields.iter().any(|field| field.name == name) {
                    return Err(SchemaError::UnknownField {
                        field: name.to_owned(),
                    });
                }
                self.drop_field(name);
                echo.push(Value::Object(properties.clone()));
            } else if let Some(field) = read_field(properties, self.enable_nested_fields)? {
                added.push(field);
            }
        }
        for field in &added {
            if self.fields.iter().any(|other| other.name == field.name) {
                return Err(SchemaError::ExistingField {
                    field: field.name.clone(),
                });
            }
            echo.push(field.describe_added(self.enable_nested_fields));
        }
        self.add(added)?;
        Ok(Value::Array(echo))
    }

    /// Drops a field, and with an object the fields inside it.
    fn drop_field(&mut self, name: &str) {
        let object = self
            .fields
            .iter()
            .any(|field| field.name == name && field.kind.is_object());
        let inside = format!("{name}.");
        self.fields
            .retain(|field| field.name != name && !(object && field.name.starts_with(&inside)));
        if self.default_sorting_field == name {
            self.default_sorting_field.clear();
        }
    }
}
