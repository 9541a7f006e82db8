//! A schema with a field of each type, for tests.

use crate::schema::{Field, FieldType, Schema};

pub(crate) fn test_schema() -> Schema {
    let field = |number, name: &str, kind, sort| Field {
        name: name.to_owned(),
        kind,
        facet: name != "summary",
        index: name != "raw",
        infix: false,
        locale: String::new(),
        optional: true,
        sort,
        number,
    };
    Schema {
        name: "packages".to_owned(),
        fields: vec![
            field(1, "name", FieldType::String, true),
            field(2, "tags", FieldType::Strings, false),
            field(3, "stars", FieldType::Int64, true),
            field(4, "health", FieldType::Float, true),
            field(5, "yanked", FieldType::Bool, true),
            field(6, "place", FieldType::Geopoint, true),
            field(7, "small", FieldType::Int32s, false),
            field(8, "author", FieldType::Object, false),
            field(9, "author.name", FieldType::String, false),
            field(10, "raw", FieldType::String, false),
            field(11, "summary", FieldType::String, false),
        ],
        default_sorting_field: "stars".to_owned(),
        enable_nested_fields: true,
        token_separators: vec!['-', '.', '_'],
        symbols_to_index: Vec::new(),
        metadata: None,
        created_at: 0,
        next_field: 12,
    }
}
