//! Parameters as the `OpenAPI` document has them.

use serde_json::{Value, json};

use crate::records::{Column, ColumnKind, Lookup, MOST_SORTED, Resource, Special};
use crate::web::api::lists::{LARGEST_PAGE, PAGE_SIZE};
use crate::web::api::parameters::{Parameter, ParameterKind};

/// Characters of the longest value.
const LONGEST_VALUE: u32 = 500;

/// The names in a path.
pub(super) fn in_path(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?;
        name.strip_suffix('}')
    });
    names
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "schema": {"type": "string", "minLength": 1},
            })
        })
        .collect()
}

/// A parameter that was declared.
pub(super) fn declared(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        ParameterKind::Text => text(),
        ParameterKind::Texts => json!({"type": "array", "items": text(), "maxItems": 40}),
        ParameterKind::Whole { least, most } => {
            json!({"type": "integer", "minimum": least, "maximum": most})
        }
        ParameterKind::Switch => json!({"type": "boolean"}),
        ParameterKind::Day => json!({"type": "string", "format": "date"}),
        ParameterKind::Choice(choices) => json!({"type": "string", "enum": choices}),
    };
    in_query(parameter.name, parameter.description, &schema)
}

/// All that a list of rows can be asked.
pub(super) fn of_list(resource: &Resource) -> Vec<Value> {
    let filters = resource.columns.iter().flat_map(|column| {
        let lookups = column.lookups.iter();
        lookups.map(|lookup| filter(column, *lookup))
    });
    filters
        .chain(Special::ALL.iter().map(|one| special(*one, resource)))
        .collect()
}

fn filter(column: &Column, lookup: Lookup) -> Value {
    let description = match lookup {
        Lookup::Exact => column.description.to_owned(),
        Lookup::Less => format!("`{}` is less.", column.name),
        Lookup::AtMost => format!("`{}` is this or less.", column.name),
        Lookup::Greater => format!("`{}` is more.", column.name),
        Lookup::AtLeast => format!("`{}` is this or more.", column.name),
        Lookup::Contains => format!("`{}` has this in it, in the same case.", column.name),
        Lookup::StartsWith => format!("`{}` begins with this, in the same case.", column.name),
        Lookup::IsNull => format!("Whether `{}` has no value.", column.name),
        Lookup::In => format!("`{}` is one of these, separated by commas.", column.name),
    };
    let schema = match lookup {
        Lookup::IsNull => json!({"type": "boolean"}),
        Lookup::In => json!({"type": "string", "maxLength": 2_000}),
        _ => value(column.kind),
    };
    in_query(&column.parameter(lookup), &description, &schema)
}

fn value(kind: ColumnKind) -> Value {
    match kind {
        ColumnKind::Text | ColumnKind::Json => text(),
        ColumnKind::Integer => json!({"type": "integer", "format": "int64"}),
        ColumnKind::Real => json!({"type": "number"}),
        ColumnKind::Boolean => json!({"type": "boolean"}),
        ColumnKind::Time | ColumnKind::Milliseconds => {
            json!({"type": "string", "format": "date-time"})
        }
    }
}

fn special(special: Special, resource: &Resource) -> Value {
    let (description, schema) = match special {
        Special::Page => (
            "The number of the page, from 1.".to_owned(),
            json!({"type": "integer", "minimum": 1}),
        ),
        Special::PageSize => (
            "Rows on a page.".to_owned(),
            json!({
                "type": "integer",
                "minimum": 1,
                "maximum": LARGEST_PAGE,
                "default": PAGE_SIZE,
            }),
        ),
        Special::Cursor => (
            "A place in the list, from `next` or `previous` of an answer.".to_owned(),
            json!({"type": "string", "maxLength": 2_000}),
        ),
        Special::Ordering => (
            format!(
                "The order; with a dash, the highest first. The answer is 400 if more than \
                 {MOST_SORTED} rows pass each of the filters on other fields, and few of those at \
                 the beginning of the order pass them."
            ),
            json!({
                "type": "string",
                "enum": resource.orders(),
                "default": resource.default_order,
            }),
        ),
        Special::Fields => {
            let names: Vec<&str> = resource.columns.iter().map(|column| column.name).collect();
            (
                format!(
                    "The fields of each row, separated by commas: {}.",
                    names.join(", ")
                ),
                json!({"type": "string", "maxLength": 2_000}),
            )
        }
    };
    in_query(special.name(), &description, &schema)
}

fn text() -> Value {
    json!({"type": "string", "maxLength": LONGEST_VALUE})
}

fn in_query(name: &str, description: &str, schema: &Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}
