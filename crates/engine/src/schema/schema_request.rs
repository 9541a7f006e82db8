//! From the JSON of a request to a [`Schema`], with the messages that the API gives for each slip.
//!
//! Reading has two steps, because the API looks between them whether the name is free.

use serde_json::{Map, Value};

use super::definition::{Field, FieldNumber, FieldType, MOST_FIELDS, Schema};
use crate::error::{EngineError, EngineResult};
use crate::text::Language;

const WRONG_FIELD: &str = "Wrong format for `fields`. It should be an array of objects containing \
     `name`, `type`, `optional` and `facet` properties.";
const NESTED_OFF: &str = "Type `object` or `object[]` can be used only when nested fields are \
     enabled by setting` enable_nested_fields` to true.";
const TWICE: &str = "There are duplicate field names in the schema.";

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
    pub fn read(body: &'a Value) -> EngineResult<Self> {
        let name = body
            .get("name")
            .ok_or_else(|| EngineError::invalid("Parameter `name` is required."))?;
        let name = name.as_str().filter(|name| !name.is_empty());
        let name = name
            .ok_or_else(|| EngineError::invalid("Parameter `name` must be a non-empty string."))?;
        let fields = body
            .get("fields")
            .ok_or_else(|| EngineError::invalid("Parameter `fields` is required."))?;
        let default_sorting_field = match body.get("default_sorting_field") {
            None => "",
            Some(Value::String(name)) => name,
            Some(_) => {
                return Err(EngineError::invalid(
                    "`default_sorting_field` should be a string. It should be the name of an \
                     int32/float field.",
                ));
            }
        };
        let token_separators = characters(body, "token_separators")?;
        let symbols_to_index = characters(body, "symbols_to_index")?;
        let enable_nested_fields = match body.get("enable_nested_fields") {
            None => false,
            Some(Value::Bool(enable)) => *enable,
            Some(_) => {
                return Err(EngineError::invalid(
                    "`enable_nested_fields` should be a boolean.",
                ));
            }
        };
        let fields = fields.as_array().filter(|fields| !fields.is_empty());
        let fields = fields.ok_or_else(|| {
            EngineError::invalid(
                "The `fields` value should be an array of objects containing `name`, `type` and \
                 optionally, `facet` properties.",
            )
        })?;
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
    pub fn into_schema(self, created_at: i64) -> EngineResult<Schema> {
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
                Value::Null => return Err(EngineError::invalid(WRONG_FIELD)),
                _ => return Err(EngineError::invalid("Bad request.")),
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

fn characters(body: &Value, key: &str) -> EngineResult<Vec<char>> {
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
    characters.ok_or_else(|| {
        EngineError::invalid(format!("`{key}` should be an array of character symbols."))
    })
}

/// Reads one field; `None` for `id`, which every collection has.
///
/// Its number is not given yet: [`Schema::add`] does that.
pub(super) fn read_field(
    properties: &Map<String, Value>,
    nested: bool,
) -> EngineResult<Option<Field>> {
    let text = |key| properties.get(key).and_then(Value::as_str);
    let (Some(name), Some(kind)) = (text("name"), text("type")) else {
        return Err(EngineError::invalid(WRONG_FIELD));
    };
    if name == "id" {
        return Ok(None);
    }
    if properties.contains_key("drop") {
        return Err(EngineError::invalid(format!(
            "Invalid property `drop` on field `{name}`: it is allowed only during schema update."
        )));
    }
    let switch = |key: &str| match properties.get(key) {
        None => Ok(None),
        Some(Value::Bool(on)) => Ok(Some(*on)),
        Some(_) => Err(EngineError::invalid(format!(
            "The `{key}` property of the field `{name}` should be a boolean."
        ))),
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
            return Err(EngineError::invalid(format!(
                "The `locale` property of the field `{name}` should be a string."
            )));
        }
    };
    if Language::of_locale(locale).is_none() {
        return Err(EngineError::invalid(format!(
            "The `locale` property of the field `{name}` is `{locale}`, which is not a language: \
             it should be a two-letter code of ISO 639-1, such as `de` or `zh`, or be left out."
        )));
    }
    let kind = FieldType::from_name(kind).ok_or_else(|| {
        EngineError::invalid(format!(
            "Field `{name}` has an invalid data type `{kind}`, see docs for supported data types."
        ))
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
fn check_field(field: &mut Field, optional: Option<bool>, nested: bool) -> EngineResult<()> {
    let name = &field.name;
    let refuse = |what: &str| Err(EngineError::invalid(format!("Field `{name}` {what}")));
    if field.kind.is_object() && !nested {
        return Err(EngineError::invalid(NESTED_OFF));
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

fn check_default_sorting_field(name: &str, fields: &[Field]) -> EngineResult<()> {
    if name == "id" {
        return Err(EngineError::invalid(
            "Invalid `default_sorting_field` value: cannot be `id`.",
        ));
    }
    let Some(field) = fields.iter().find(|field| field.name == name) else {
        if name.is_empty() {
            return Ok(());
        }
        return Err(EngineError::invalid(format!(
            "Default sorting field is defined as `{name}` but is not found in the schema."
        )));
    };
    let problem = if field.optional {
        format!("Default sorting field `{name}` cannot be an optional field.")
    } else if field.kind.is_geopoint() {
        "Default sorting field cannot be of type geopoint.".to_owned()
    } else if field.sort {
        return Ok(());
    } else {
        format!("Default sorting field `{name}` is not a sortable type.")
    };
    Err(EngineError::invalid(problem))
}

impl Schema {
    /// Appends fields and gives them their numbers.
    pub fn add(&mut self, fields: impl IntoIterator<Item = Field>) -> EngineResult<()> {
        for mut field in fields {
            let twice = |other: &&Field| {
                other.name == field.name && other.is_dynamic() == field.is_dynamic()
            };
            if self.fields.iter().any(|other| twice(&other)) {
                return Err(EngineError::invalid(if field.name == ".*" {
                    "There can be only one field named `.*`."
                } else {
                    TWICE
                }));
            }
            field.number = self.take_number()?;
            self.fields.push(field);
        }
        Ok(())
    }

    fn take_number(&mut self) -> EngineResult<FieldNumber> {
        let number = self.next_field;
        if number >= MOST_FIELDS {
            return Err(EngineError::invalid(format!(
                "A collection can have {MOST_FIELDS} fields in its life, dropped ones included; \
                 to have more, import the documents into a new collection."
            )));
        }
        self.next_field += 1;
        Ok(number)
    }
}
