//! The API's answers to descriptions and changes, as a real server gives them.

use serde_json::{Value, json};

use super::{Schema, SchemaRequest};
use crate::error::EngineResult;
use crate::http::http_status;

fn schema(body: &Value) -> EngineResult<Schema> {
    Ok(SchemaRequest::read(body)?.into_schema(1_795_277_400)?)
}

fn with(fields: &Value) -> Value {
    json!({"name": "c", "fields": fields})
}

#[test]
fn a_collection_is_described_as_it_was_made() -> EngineResult<()> {
    let body = json!({
        "name": "probe_pkg",
        "fields": [
            {"name": "name", "type": "string", "infix": true, "sort": true},
            {"name": "summary", "type": "string", "locale": "en", "optional": true},
            {"name": "classifiers", "type": "string[]", "facet": true, "optional": true},
            {"name": "downloads", "type": "int64"},
            {"name": "raw", "type": "string", "index": false, "optional": true},
        ],
        "default_sorting_field": "downloads",
        "token_separators": ["-", ".", "_"],
        "symbols_to_index": ["+", "#"],
    });
    let expected = r##"{"created_at":1795277400,"default_sorting_field":"downloads","enable_nested_fields":false,"fields":[{"facet":false,"index":true,"infix":true,"locale":"","name":"name","optional":false,"sort":true,"type":"string"},{"facet":false,"index":true,"infix":false,"locale":"en","name":"summary","optional":true,"sort":false,"type":"string"},{"facet":true,"index":true,"infix":false,"locale":"","name":"classifiers","optional":true,"sort":false,"type":"string[]"},{"facet":false,"index":true,"infix":false,"locale":"","name":"downloads","optional":false,"sort":true,"type":"int64"},{"facet":false,"index":false,"infix":false,"locale":"","name":"raw","optional":true,"sort":false,"type":"string"}],"name":"probe_pkg","num_documents":7,"symbols_to_index":["+","#"],"token_separators":["-",".","_"]}"##;
    assert_eq!(schema(&body)?.describe(7).to_string(), expected);
    Ok(())
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn every_slip_has_its_message() {
    let wrong = "Wrong format for `fields`. It should be an array of objects containing `name`, \
                 `type`, `optional` and `facet` properties.";
    let no_array = "The `fields` value should be an array of objects containing `name`, `type` \
                    and optionally, `facet` properties.";
    let a = |rest: Value| {
        let mut field = json!({"name": "a"});
        if let (Some(field), Value::Object(rest)) = (field.as_object_mut(), rest) {
            field.extend(rest);
        }
        with(&json!([field]))
    };
    let sorted_by = |name: &str, field: Value| json!({"name": "c", "fields": [field], "default_sorting_field": name});
    for (body, message) in [
        (json!({"fields": []}), "Parameter `name` is required."),
        (json!([]), "Parameter `name` is required."),
        (
            json!({"name": ""}),
            "Parameter `name` must be a non-empty string.",
        ),
        (
            json!({"name": 5}),
            "Parameter `name` must be a non-empty string.",
        ),
        (json!({"name": "c"}), "Parameter `fields` is required."),
        (with(&json!([])), no_array),
        (with(&json!({})), no_array),
        (with(&json!(["a"])), "Bad request."),
        (with(&json!([null])), wrong),
        (a(json!({})), wrong),
        (
            a(json!({"type": "text"})),
            "Field `a` has an invalid data type `text`, see docs for supported data types.",
        ),
        (
            a(json!({"type": "text", "facet": 5})),
            "The `facet` property of the field `a` should be a boolean.",
        ),
        (
            a(json!({"type": "string", "locale": 5})),
            "The `locale` property of the field `a` should be a string.",
        ),
        (
            a(json!({"type": "string", "drop": true})),
            "Invalid property `drop` on field `a`: it is allowed only during schema update.",
        ),
        (
            a(json!({"type": "string", "index": false})),
            "Field `a` must be optional since it is marked as non-indexable.",
        ),
        (
            a(json!({"type": "string", "index": false, "optional": true, "facet": true})),
            "Field `a` cannot be a facet since it's marked as non-indexable.",
        ),
        (
            a(json!({"type": "object"})),
            "Type `object` or `object[]` can be used only when nested fields are enabled by setting` enable_nested_fields` to true.",
        ),
        (
            a(json!({"type": "string[]", "sort": true})),
            "Field `a` cannot be a sortabale field.",
        ),
        (
            a(json!({"type": "auto", "optional": false})),
            "Field `a` must be an optional field.",
        ),
        (
            with(&json!([{"name": ".*", "type": "auto", "facet": true}])),
            "Field `.*` cannot be a facet field.",
        ),
        (
            with(&json!([{"name": ".*", "type": "auto", "index": false}])),
            "Field `.*` must be an index field.",
        ),
        (
            with(&json!([{"name": ".*", "type": "auto"}, {"name": ".*", "type": "string"}])),
            "There can be only one field named `.*`.",
        ),
        (
            with(&json!([{"name": "a", "type": "string"}, {"name": "a", "type": "int32"}])),
            "There are duplicate field names in the schema.",
        ),
        (
            sorted_by("zz", json!({"name": "a", "type": "string"})),
            "Default sorting field is defined as `zz` but is not found in the schema.",
        ),
        (
            sorted_by("id", json!({"name": "a", "type": "string"})),
            "Invalid `default_sorting_field` value: cannot be `id`.",
        ),
        (
            sorted_by("a", json!({"name": "a", "type": "string"})),
            "Default sorting field `a` is not a sortable type.",
        ),
        (
            sorted_by("a", json!({"name": "a", "type": "int32", "optional": true})),
            "Default sorting field `a` cannot be an optional field.",
        ),
        (
            sorted_by("a", json!({"name": "a", "type": "geopoint"})),
            "Default sorting field cannot be of type geopoint.",
        ),
        (
            json!({"name": "c", "fields": [{"name": "", "type": "string"}]}),
            "Default sorting field `` is not a sortable type.",
        ),
        (
            json!({"name": "c", "fields": 5, "token_separators": ["ab"]}),
            "`token_separators` should be an array of character symbols.",
        ),
        (
            json!({"name": "c", "fields": 5, "symbols_to_index": ["é"]}),
            "`symbols_to_index` should be an array of character symbols.",
        ),
        (
            json!({"name": "c", "fields": 5, "enable_nested_fields": 1}),
            "`enable_nested_fields` should be a boolean.",
        ),
        (
            json!({"name": "c", "fields": 5, "default_sorting_field": 1}),
            "`default_sorting_field` should be a string. It should be the name of an int32/float field.",
        ),
    ] {
        let refused = schema(&body)
            .map(drop)
            .map_err(|error| (http_status(error.code), error.message));
        assert_eq!(refused, Err((400, message.to_owned())), "{body}");
    }
}

#[test]
fn changes_are_echoed() -> EngineResult<()> {
    let before = schema(&with(&json!([
        {"name": "a", "type": "string"},
        {"name": "n", "type": "int32", "optional": true},
    ])))?;
    let changed = before.altered(&json!({"fields": [
        {"name": "n", "type": "int32", "optional": true},
        {"name": "n", "drop": true},
    ]}))?;
    let expected = r#"{"fields":[{"drop":true,"name":"n"},{"facet":false,"index":true,"infix":false,"locale":"","name":"n","nested":false,"nested_array":0,"num_dim":0,"optional":true,"sort":true,"type":"int32","vec_dist":"cosine"}]}"#;
    let mut echo = changed.echo;
    echo.sort_all_objects();
    assert_eq!(echo.to_string(), expected);
    let numbers: Vec<u16> = changed
        .schema
        .fields
        .iter()
        .map(|field| field.number)
        .collect();
    assert_eq!(numbers, [0, 2], "a number is never given twice");
    Ok(())
}

#[test]
fn changes_that_do_not_fit_are_refused() -> EngineResult<()> {
    let before = schema(&json!({
        "name": "c",
        "fields": [{"name": "a", "type": "string"}, {"name": "s", "type": "int32"}],
        "default_sorting_field": "s",
    }))?;
    let fields = "The `fields` value should be an array of objects containing the field `name` \
                  and other properties.";
    for (body, message) in [
        (json!([]), "Bad JSON."),
        (json!({}), "Only `fields` can be updated at the moment."),
        (
            json!({"fields": [], "x": 1}),
            "Only `fields` can be updated at the moment.",
        ),
        (json!({"fields": []}), fields),
        (json!({"fields": null}), fields),
        (json!({"fields": ["x"]}), fields),
        (json!({"fields": [{"type": "string"}]}), fields),
        (
            json!({"fields": [{"name": "id", "drop": true}]}),
            "Field `id` cannot be altered.",
        ),
        (
            json!({"fields": [{"name": "a", "drop": false}]}),
            "Field `a` must have a drop value of `true`.",
        ),
        (
            json!({"fields": [{"name": "zz", "drop": true}]}),
            "Field `zz` is not part of collection schema.",
        ),
        (
            json!({"fields": [{"name": "a", "type": "string"}]}),
            "Field `a` is already part of the schema: To change this field, drop it first before adding it back to the schema.",
        ),
        (
            json!({"fields": [{"name": "x", "type": "string"}, {"name": "x", "type": "string"}]}),
            "There are duplicate field names in the schema.",
        ),
    ] {
        let refused = before
            .altered(&body)
            .map(drop)
            .map_err(|error| error.to_string());
        assert_eq!(refused, Err(message.to_owned()), "{body}");
    }
    let dropped = before.altered(&json!({"fields": [{"name": "s", "drop": true}]}))?;
    assert_eq!(dropped.schema.default_sorting_field, "");
    Ok(())
}
