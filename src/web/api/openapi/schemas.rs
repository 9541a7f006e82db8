//! What answers and bodies look like.

use serde_json::{Map, Value, json};

use crate::access::Scope;
use crate::jobs::JobKind;
use crate::records::{Column, ColumnKind};
use crate::web::api::lookup::MOST;
use crate::web::api::packages::FIELDS;
use crate::web::api::resources::{LISTED, Listed};

/// The name of the schema of a row, as `PullRequest`.
pub(super) fn row_name(listed: &Listed) -> String {
    in_capitals(listed.one)
}

/// The name of the schema of a page, as `PullRequests`.
pub(super) fn page_name(listed: &Listed) -> String {
    in_capitals(&listed.path.replace('-', " "))
}

fn in_capitals(words: &str) -> String {
    let words = words.split(' ').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// All of them.
pub(super) fn all() -> Value {
    let mut schemas = Map::new();
    for listed in &LISTED {
        let row = row_name(listed);
        schemas.insert(page_name(listed), page(&reference("schemas", &row)));
        schemas.insert(row, row_of(listed));
    }
    schemas.extend(others());
    schemas.into()
}

/// Points to a part of the document.
pub(super) fn reference(kind: &str, name: &str) -> Value {
    json!({"$ref": format!("#/components/{kind}/{name}")})
}

fn row_of(listed: &Listed) -> Value {
    let properties = listed.resource.columns.iter().map(|column| {
        let mut schema = column_schema(column);
        schema["description"] = column.description.into();
        (column.name.to_owned(), schema)
    });
    json!({
        "type": "object",
        "properties": properties.collect::<Map<String, Value>>(),
        "additionalProperties": false,
    })
}

fn column_schema(column: &Column) -> Value {
    let (kind, format) = match column.kind {
        ColumnKind::Json => return json!({}),
        ColumnKind::Text => ("string", None),
        ColumnKind::Integer => ("integer", Some("int64")),
        ColumnKind::Real => ("number", None),
        ColumnKind::Boolean => ("boolean", None),
        ColumnKind::Time | ColumnKind::Milliseconds => ("string", Some("date-time")),
    };
    let mut schema = if column.is_required {
        json!({"type": kind})
    } else {
        json!({"type": [kind, "null"]})
    };
    if let Some(format) = format {
        schema["format"] = format.into();
    }
    schema
}

fn page(row: &Value) -> Value {
    json!({
        "type": "object",
        "properties": {
            "count": {
                "type": "integer",
                "description": "Rows on all pages; of a long list, up to a minute old.",
            },
            "next": {"type": ["string", "null"], "description": "The address of the next page."},
            "previous": {"type": ["string", "null"], "description": "The address of the page before."},
            "results": {"type": "array", "items": row},
        },
        "required": ["count", "next", "previous", "results"],
        "additionalProperties": false,
    })
}

fn packages() -> Value {
    let mut schema = page(&reference("schemas", "Package"));
    schema["properties"]["interpretation"] = interpretation();
    schema["required"] = json!(["count", "next", "previous", "interpretation", "results"]);
    schema
}

fn interpretation() -> Value {
    let mut schema = object(
        &json!({
            "guessed": {
                "type": "array",
                "description": "Words for which similar ones were taken.",
                "items": object(
                    &json!({
                        "typed": {"type": "string"},
                        "found": {"type": "string"},
                        "instead": {
                            "type": "boolean",
                            "description": "Whether no package was found by the word as it was typed.",
                        },
                    }),
                    &["typed", "found", "instead"],
                ),
            },
            "missing": {
                "type": "array",
                "description": "Words that were left out, because no package was found by them.",
                "items": {"type": "string"},
            },
            "partial": {
                "type": "integer",
                "description": "Packages, on all pages, that have only some of the words.",
            },
        }),
        &["guessed", "missing", "partial"],
    );
    schema["description"] = "How the words were understood, where not as typed.".into();
    schema
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

fn names(description: &str) -> Value {
    json!({
        "type": "array",
        "items": {"type": "string", "maxLength": 300},
        "maxItems": MOST,
        "description": description,
    })
}

fn found() -> Value {
    json!({
        "type": "array",
        "items": object(
            &json!({"name": {"type": "string"}, "found": {"type": ["object", "null"]}}),
            &["name", "found"],
        ),
    })
}

fn others() -> Map<String, Value> {
    let all = of_packages()
        .into_iter()
        .chain(of_look_ups())
        .chain(of_work());
    all.map(|(name, schema)| (name.to_owned(), schema))
        .collect()
}

fn of_packages() -> Vec<(&'static str, Value)> {
    let package_fields: Map<String, Value> = FIELDS
        .iter()
        .map(|field| ((*field).to_owned(), json!({})))
        .collect();
    let package = object(&package_fields.into(), &["name", "version", "url"]);
    let release = object(
        &json!({
            "name": {"type": "string"},
            "version": {"type": "string"},
            "upload_timestamp": {"type": "integer", "description": "Unix seconds; 0 if unknown."},
            "is_latest": {"type": "boolean"},
        }),
        &["name", "version"],
    );
    vec![
        (
            "Problem",
            object(
                &json!({
                    "type": {"type": "string", "description": "The kind of problem, a name that does not change."},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string", "description": "What to do about it."},
                    "parameter": {"type": "string", "description": "The parameter that is wrong."},
                    "valid": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "What could be in its place.",
                    },
                }),
                &["type", "title", "status", "detail"],
            ),
        ),
        (
            "Index",
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
        ),
        (
            "Profiles",
            page(&object(
                &json!({
                    "key": {"type": "string"},
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                }),
                &["key", "name", "description"],
            )),
        ),
        ("Package", package),
        ("Packages", packages()),
        ("Release", release),
        ("Releases", page(&reference("schemas", "Release"))),
        (
            "Metrics",
            object(
                &json!({
                    "period": object(
                        &json!({
                            "since": {"type": "string", "format": "date-time"},
                            "until": {"type": "string", "format": "date-time"},
                        }),
                        &["since", "until"],
                    ),
                    "count": {"type": "integer"},
                    "results": {"type": "array", "items": {"type": "object"}},
                }),
                &["period", "count", "results"],
            ),
        ),
    ]
}

fn of_look_ups() -> Vec<(&'static str, Value)> {
    vec![
        (
            "LookupRequest",
            json!({
                "type": "object",
                "properties": {
                    "profile": {"type": ["string", "null"]},
                    "packages": names("Names of packages, in any spelling."),
                    "purls": names("Package URLs, as `pkg:pypi/plone.api`; a version does not count."),
                    "repositories": names("Repositories, as `owner/name`."),
                    "developers": names("Logins."),
                },
                "additionalProperties": false,
            }),
        ),
        (
            "Found",
            object(
                &json!({
                    "packages": found(),
                    "purls": found(),
                    "repositories": found(),
                    "developers": found(),
                }),
                &["packages", "purls", "repositories", "developers"],
            ),
        ),
    ]
}

fn of_work() -> Vec<(&'static str, Value)> {
    let kinds = JobKind::ALL.map(JobKind::name);
    vec![
        (
            "WantedJob",
            json!({
                "type": "object",
                "properties": {
                    "kind": {"type": "string", "enum": kinds},
                    "target": {"type": "string"},
                },
                "required": ["kind"],
                "additionalProperties": false,
            }),
        ),
        (
            "AddedJob",
            object(
                &json!({
                    "id": {"type": "integer"},
                    "existed": {"type": "boolean", "description": "Whether one that does the same was there."},
                    "url": {"type": "string"},
                }),
                &["id", "existed", "url"],
            ),
        ),
        (
            "CancelledJob",
            object(
                &json!({
                    "id": {"type": "integer"},
                    "cancelled": {"type": "string", "enum": ["at_once", "requested"]},
                }),
                &["id", "cancelled"],
            ),
        ),
        (
            "Keys",
            page(&object(
                &json!({
                    "id": {"type": "integer"},
                    "name": {"type": "string"},
                    "key": {"type": "string", "description": "Its beginning."},
                    "scopes": {"type": "array", "items": {"type": "string", "enum": Scope::names()}},
                    "created_at": {"type": "string", "format": "date-time"},
                    "expires_at": {"type": ["string", "null"], "format": "date-time"},
                }),
                &["id", "name", "key", "scopes", "created_at"],
            )),
        ),
    ]
}
