//! From the JSON of a request to a [`Schema`], with the messages that the API gives for each slip.
//!
//! Reading has two steps, because the API looks between them whether the name is free.

use serde_json::{Map, Value};

use super::definition::{Field, FieldNumber, FieldType, MOST_FIELDS, Schema};
use super::schema_error::SchemaError;
use crate::text::Language;

/// A request for a collection whose frame is right; its fields are not read yet.
#[derive(Debug)]
pub struct SchemaRequest<'a> {
    /// The name asked for; never empty.
    pub name: &'a str,
    fields: &'a [Value],
    default_sorting_field: &'a str,
    enable_nested_fields: bool,
    token_separators: Vec<char>,
    symbols_to_index: Vec<char>,
    metadata: Option<&'a Value>,
}

impl<'a> SchemaRequest<'a> {
    /// Reads everything but the fields.
    pub fn read(body: &'a Value) -> Result<Self, SchemaError> {
        let value = body.get("name").ok_or(SchemaError::NoName)?;
        let name = value
            .as_str()
            .filter(|name| !name.is_empty())
            .ok_or(SchemaError::EmptyName)?;
        let listed = body.get("fields").ok_or(SchemaError::NoFields)?;
        let default_sorting_field = match body.get("default_sorting_field") {
            None => "",
            Some(Value::String(name)) => name,
            Some(_) => {
                return Err(SchemaError::DefaultSortingFieldNotText);
            }
        };
        let token_separators = characters(body, "token_separators")?;
        let symbols_to_index = characters(body, "symbols_to_index")?;
        let enable_nested_fields = match body.get("enable_nested_fields") {
            None => false,
            Some(Value::Bool(enable)) => *enable,
            Some(_) => {
                return Err(SchemaError::NestedFieldsNotABool);
            }
        };
        let fields = listed
            .as_array()
            .filter(|fields| !fields.is_empty())
            .ok_or(SchemaError::FieldsNotAList)?;
        Ok(Self {
            name,
            fields,
            default_sorting_field,
            enable_nested_fields,
            token_separators,
            symbols_to_index,
            metadata: body.get("metadata").filter(|value| value.is_object()),
        })
    }

    /// Reads the fields. `created_at` is in seconds since 1970.
    pub fn into_schema(self, created_at: i64) -> Result<Schema, SchemaError> {
        let mut schema = Schema {
            name: self.name.to_owned(),
            fields: Vec::new(),
            default_sorting_field: self.default_sorting_field.to_owned(),
            enable_nested_fields: self.enable_nested_fields,
            token_separators: self.token_separators,
            symbols_to_index: self.symbols_to_index,
            metadata: self.metadata.cloned(),
            created_at,
            next_field: 0,
        };
        let mut fields = Vec::new();
        for value in self.fields {
            let value = match value {
                Value::Object(properties) => properties,
                Value::Null => return Err(SchemaError::MalformedField),
                _ => return Err(SchemaError::FieldNotAnObject),
            };
            if let Some(field) = read_field(value, schema.enable_nested_fields)? {
                fields.push(field);
            }
        }
        check_default_sorting_field(&schema.default_sorting_field, &fields)?;
        schema.add(fields)?;
        Ok(schema)
    }
}

fn characters(body: &Value, key: &'static str) -> Result<Vec<char>, SchemaError> {
    let Some(value) = body.get(key) else {
        return Ok(Vec::new());
    };
    let character = |value: &Value| match value.as_str()?.as_bytes() {
        [byte] => Some(char::from(*byte)),
        _ => None,
    };
    let characters = value
        .as_array()
        .and_then(|values| values.iter().map(character).collect());
    characters.ok_or(SchemaError::NotCharacters { key })
}

/// Reads one field; `None` for `id`, which every collection has.
///
/// Its number is not given yet: [`Schema::add`] does that.
pub(super) fn read_field(
    properties: &Map<String, Value>,
    nested: bool,
) -> Result<Option<Field>, SchemaError> {
    let text = |key| properties.get(key).and_then(Value::as_str);
    let (Some(name), Some(type_name)) = (text("name"), text("type")) else {
        return Err(SchemaError::MalformedField);
    };
    if name == "id" {
        return Ok(None);
    }
    if properties.contains_key("drop") {
        return Err(SchemaError::DropOfNewField {
            field: name.to_owned(),
        });
    }
    let switch = |key: &'static str| match properties.get(key) {
        None => Ok(None),
        Some(Value::Bool(on)) => Ok(Some(*on)),
        Some(_) => Err(SchemaError::PropertyNotABool {
            field: name.to_owned(),
            key,
        }),
    };
    let facet = switch("facet")?.unwrap_or(false);
    let optional = switch("optional")?;
    let index = switch("index")?.unwrap_or(true);
    let sort = switch("sort")?;
    let infix = switch("infix")?.unwrap_or(false);
    let locale = match properties.get("locale") {
        None => "",
        Some(Value::String(locale)) => locale,
        Some(_) => {
            return Err(SchemaError::LocaleNotText {
                field: name.to_owned(),
            });
        }
    };
    if Language::of_locale(locale).is_none() {
        return Err(SchemaError::UnknownLocale {
            field: name.to_owned(),
            locale: locale.to_owned(),
        });
    }
    let kind = FieldType::from_name(type_name).ok_or_else(|| SchemaError::UnknownType {
        field: name.to_owned(),
        kind: type_name.to_owned(),
    })?;
    let mut field = Field {
        name: name.to_owned(),
        kind,
        facet,
        index,
        infix,
        locale: locale.to_owned(),
        optional: optional.unwrap_or(false),
        sort: sort.unwrap_or_else(|| kind.sorts_by_default()),
        number: 0,
    };
    check_field(&mut field, optional, nested)?;
    Ok(Some(field))
}

/// The rules between the properties of one field, in the API's order.
fn check_field(field: &mut Field, optional: Option<bool>, nested: bool) -> Result<(), SchemaError> {
    let name = &field.name;
    let refuse = |rule: &'static str| {
        Err(SchemaError::Contradiction {
            field: name.clone(),
            rule,
        })
    };
    if field.kind.is_object() && !nested {
        return Err(SchemaError::NestedFieldsOff);
    }
    if field.is_pattern() || matches!(field.kind, FieldType::Auto | FieldType::StringOrStrings) {
        if optional == Some(false) {
            return refuse("must be an optional field.");
        }
        field.optional = true;
    }
    if name == ".*" {
        if field.facet {
            return refuse("cannot be a facet field.");
        }
        if !field.index {
            return refuse("must be an index field.");
        }
    }
    if !field.index {
        if !field.optional {
            return refuse("must be optional since it is marked as non-indexable.");
        }
        if field.facet {
            return refuse("cannot be a facet since it's marked as non-indexable.");
        }
    }
    if field.sort && !field.kind.can_be_sorted_by() {
        return refuse("cannot be a sortabale field.");
    }
    if field.kind == FieldType::Geopoint {
        field.sort = true;
    }
    if field.is_pattern() && super::definition::pattern(name).is_none() {
        return refuse("is not a valid regular expression.");
    }
    Ok(())
}

fn check_default_sorting_field(name: &str, fields: &[Field]) -> Result<(), SchemaError> {
    if name == "id" {
        return Err(SchemaError::DefaultSortingById);
    }
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        if name.is_empty() {
            return Ok(());
        }
        return Err(SchemaError::UnknownDefaultSortingField {
            field: name.to_owned(),
        });
    };
    let field_name = name.to_owned();
    if field.optional {
        Err(SchemaError::OptionalDefaultSortingField { field: field_name })
    } else if field.kind.is_geopoint() {
        Err(SchemaError::GeopointDefaultSortingField)
    } else if field.sort {
        Ok(())
    } else {
        Err(SchemaError::UnsortableDefaultSortingField { field: field_name })
    }
}

impl Schema {
    /// Appends fields and gives them their numbers.
    pub fn add(&mut self, fields: impl IntoIterator<Item = Field>) -> Result<(), SchemaError> {
        for mut field in fields {
            let twice = |other: &&Field| {
                other.name == field.name && other.is_dynamic() == field.is_dynamic()
            };
            if self.fields.iter().any(|other| twice(&other)) {
                return Err(if field.name == ".*" {
                    SchemaError::SecondCatchAll
                } else {
                    SchemaError::DuplicateFields
                });
            }
            field.number = self.take_number()?;
            self.fields.push(field);
        }
        Ok(())
    }

    fn take_number(&mut self) -> Result<FieldNumber, SchemaError> {
        let number = self.next_field;
        if number >= MOST_FIELDS {
            return Err(SchemaError::TooManyFields);
        }
        self.next_field += 1;
        Ok(number)
    }
}
