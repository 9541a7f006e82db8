//! The `OpenAPI` document: made of the same declarations that requests are read by.

mod parameters;
mod schemas;

use serde_json::{Map, Value, json};

use super::address::PREFIX;
use super::operations::{OPERATIONS, Operation};
use super::resources::{LISTED, Listed};
use parameters::{declared, in_path, of_list};
use schemas::reference;

const DESCRIPTION: &str = "What pyfa holds: packages, releases, developers, repositories, issues, pull requests, events, members, transfers, metrics and jobs.\n\nSend a key as `Authorization: Bearer KEY`. Errors are problem details (RFC 9457). `docs/api.md` says more.";

/// The statuses that any answer may have, with the names of their descriptions.
const PROBLEMS: [(u16, &str); 8] = [
    (400, "BadRequest"),
    (401, "NoKey"),
    (403, "NotAllowed"),
    (404, "NotFound"),
    (405, "OtherMethod"),
    (406, "NotAcceptable"),
    (429, "TooMany"),
    (503, "Unavailable"),
];

/// The document.
#[must_use]
pub fn document() -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in OPERATIONS {
        let path = format!("{PREFIX}{}", operation.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item[operation.method] = described(operation);
    }
    for listed in &LISTED {
        let path = format!("{PREFIX}{}", listed.path);
        let item = paths.entry(path).or_insert_with(|| json!({}));
        item["get"] = list(listed);
        if listed.detail.is_some() {
            let path = format!("{PREFIX}{}/{{id}}", listed.path);
            let item = paths.entry(path).or_insert_with(|| json!({}));
            item["get"] = row(listed);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "pyfa",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"key": []}],
        "tags": [
            {"name": "packages", "description": "Packages and their releases, from the collections."},
            {"name": "map", "description": "Developers and repositories."},
            {"name": "activity", "description": "What happens in repositories."},
            {"name": "jobs", "description": "What the workers do."},
            {"name": "lookup", "description": "Many things at once."},
            {"name": "about", "description": "The API itself."},
        ],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas::all(),
            "responses": responses(),
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut parameters = in_path(operation.path);
    parameters.extend(operation.parameters.iter().map(declared));
    let mut answers = Map::new();
    for (status, schema) in operation.answers {
        answers.insert(status.to_string(), success(schema, operation));
    }
    if operation.method == "get" {
        answers.insert("304".to_owned(), reference("responses", "Unchanged"));
    } else {
        answers.insert("409".to_owned(), reference("responses", "Conflict"));
        answers.insert("413".to_owned(), reference("responses", "TooLarge"));
        answers.insert("415".to_owned(), reference("responses", "OtherMedia"));
    }
    let mut value = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": format!("Takes the scope `{}`.", operation.scope.name()),
        "responses": with_problems(answers),
    });
    if !parameters.is_empty() {
        value["parameters"] = parameters.into();
    }
    if let Some(schema) = operation.body {
        value["requestBody"] = json!({
            "required": true,
            "content": {"application/json": {"schema": reference("schemas", schema)}},
        });
    }
    value
}

fn success(schema: &str, operation: &Operation) -> Value {
    let mut content = json!({"application/json": {"schema": reference("schemas", schema)}});
    if operation.has_csv {
        content["text/csv"] = json!({"schema": {"type": "string"}});
    }
    if operation.has_lines {
        content["application/jsonl"] = json!({"schema": {"type": "string"}});
    }
    json!({"description": "It is there.", "content": content})
}

fn list(listed: &Listed) -> Value {
    let page = schemas::page_name(listed);
    let answers = Map::from_iter([
        (
            "200".to_owned(),
            json!({
                "description": "A page. As CSV and as lines of JSON the whole list, unless a page is asked for.",
                "content": {
                    "application/json": {"schema": reference("schemas", &page)},
                    "text/csv": {"schema": {"type": "string"}},
                    "application/jsonl": {"schema": {"type": "string"}},
                },
            }),
        ),
        ("304".to_owned(), reference("responses", "Unchanged")),
    ]);
    json!({
        "operationId": format!("list{page}"),
        "tags": [listed.tag],
        "summary": listed.resource.description,
        "description": "Takes the scope `read`.",
        "parameters": of_list(listed.resource),
        "responses": with_problems(answers),
    })
}

fn row(listed: &Listed) -> Value {
    let name = schemas::row_name(listed);
    let answers = Map::from_iter([
        (
            "200".to_owned(),
            json!({
                "description": "It is there.",
                "content": {"application/json": {"schema": reference("schemas", &name)}},
            }),
        ),
        ("304".to_owned(), reference("responses", "Unchanged")),
    ]);
    json!({
        "operationId": format!("show{name}"),
        "tags": [listed.tag],
        "summary": format!("One {}.", listed.one),
        "description": "Takes the scope `read`.",
        "parameters": in_path("{id}"),
        "responses": with_problems(answers),
    })
}

fn with_problems(mut answers: Map<String, Value>) -> Value {
    for (status, name) in PROBLEMS {
        answers.insert(status.to_string(), reference("responses", name));
    }
    answers.into()
}

fn responses() -> Value {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": {"application/problem+json": {"schema": reference("schemas", "Problem")}},
        })
    };
    let later = |description: &str| {
        let mut value = problem(description);
        value["headers"] = json!({
            "Retry-After": {
                "description": "Seconds to wait.",
                "schema": {"type": "integer", "minimum": 1},
            },
        });
        value
    };
    json!({
        "BadRequest": problem("The request cannot be meant; `parameter` and `valid` say what could be."),
        "NoKey": problem("There is no key, or one that opens nothing."),
        "NotAllowed": problem("The key may not do this."),
        "NotFound": problem("There is no such thing, or no such page."),
        "OtherMethod": problem("The address takes other methods; `Allow` names them."),
        "NotAcceptable": problem("There is no format that `Accept` takes."),
        "Conflict": problem("It cannot be done now."),
        "TooLarge": problem("The body is too large."),
        "OtherMedia": problem("The body is of another kind."),
        "TooMany": later("The key has asked too often."),
        "Unavailable": later("Too many ask, the answer takes too long, or a server is away."),
        "Unchanged": {"description": "The client has it already, as `If-None-Match` says."},
    })
}
