//! Collections as a whole: answers as a real server gives them, and the same after a restart.

mod damage;
mod formats;
mod model;
mod restoring;

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Collection, ExportOptions, ImportOptions, WriteOptions};
use crate::document::{Action, DirtyValues};
use crate::error::{EngineError, EngineResult};
use crate::http::{http_status, write_import_line};
use crate::schema::SchemaRequest;
use crate::settings::EngineSettings;

fn create(folder: &Path, body: &Value) -> EngineResult<Arc<Collection>> {
    create_with(folder, body, &EngineSettings::default())
}

fn create_with(
    folder: &Path,
    body: &Value,
    settings: &EngineSettings,
) -> EngineResult<Arc<Collection>> {
    let schema = SchemaRequest::read(body)?.into_schema(1_795_277_400)?;
    let folder = folder.join("1");
    std::fs::create_dir(&folder)?;
    Collection::create(&folder, schema, settings)
}

fn open(folder: &Path) -> EngineResult<Arc<Collection>> {
    Collection::open(&folder.join("1"), &EngineSettings::default())
}

fn probe() -> Value {
    json!({"name": "probe", "fields": [
        {"name": "name", "type": "string"},
        {"name": "n", "type": "int32"},
        {"name": "tags", "type": "string[]", "optional": true, "facet": true},
        {"name": "f", "type": "float", "optional": true},
        {"name": "b", "type": "bool", "optional": true},
    ]})
}

fn options(action: Action) -> WriteOptions {
    WriteOptions {
        action,
        dirty_values: None,
    }
}

fn import(
    collection: &Collection,
    lines: &str,
    options: ImportOptions,
) -> EngineResult<Vec<String>> {
    let mut answers = Vec::new();
    let imported = collection.import(lines.as_bytes(), options, |line| {
        let mut answer = Vec::new();
        write_import_line(&mut answer, line, options)?;
        answers.push(String::from_utf8_lossy(&answer).into_owned());
        Ok(())
    })?;
    assert_eq!(
        imported.succeeded + imported.failed,
        u64::try_from(answers.len()).unwrap_or_default()
    );
    Ok(answers)
}

fn import_options(action: Action) -> ImportOptions {
    ImportOptions {
        write: options(action),
        ..ImportOptions::default()
    }
}

fn export(collection: &Collection) -> EngineResult<Vec<String>> {
    let lines = collection.export(&ExportOptions::default())?;
    lines
        .map(|line| Ok(String::from_utf8_lossy(&line?).into_owned()))
        .collect()
}

fn write(collection: &Collection, document: &Value, action: Action) -> EngineResult<Value> {
    collection.write(document.to_string().as_bytes(), options(action))
}

/// What the index holds, by number, seen through its snapshot.
fn indexed(collection: &Collection) -> EngineResult<u64> {
    Ok(collection.searchable()?.snapshot.documents())
}

#[test]
fn an_import_is_answered_line_by_line() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    let lines = [
        r#"{"id": "i1", "name": "one", "n": 1}"#,
        r#"{"id": "i2", "name": "two", "n": 2}"#,
        r#"{"name": "noid", "n": 3}"#,
        r#"{"id": "i4", "name": "bad"}"#,
        r#"{"id": "i5", "name": "x", "n": "five"}"#,
        r#"{"id": "i1", "name": "dup", "n": 9}"#,
        "{bad json",
        "",
        r#""str""#,
        "[1]",
        r#"{"id":7,"name":"intid","n":1}"#,
    ];
    let answers = import(
        &collection,
        &lines.join("\r\n"),
        import_options(Action::Create),
    )?;
    assert_eq!(
        answers,
        [
            r#"{"success":true}"#,
            r#"{"success":true}"#,
            r#"{"success":true}"#,
            r#"{"code":400,"document":"{\"id\": \"i4\", \"name\": \"bad\"}","error":"Field `n` has been declared in the schema, but is not found in the document.","success":false}"#,
            r#"{"code":400,"document":"{\"id\": \"i5\", \"name\": \"x\", \"n\": \"five\"}","error":"Field `n` must be an int32.","success":false}"#,
            r#"{"code":409,"document":"{\"id\": \"i1\", \"name\": \"dup\", \"n\": 9}","error":"A document with id i1 already exists.","success":false}"#,
            r#"{"code":400,"document":"{bad json","error":"Bad JSON: key must be a string at line 1 column 2","success":false}"#,
            r#"{"code":400,"document":"\"str\"","error":"Bad JSON: not a properly formed document.","success":false}"#,
            r#"{"code":400,"document":"[1]","error":"Bad JSON: not a properly formed document.","success":false}"#,
            r#"{"code":400,"document":"{\"id\":7,\"name\":\"intid\",\"n\":1}","error":"Document's `id` field should be a string.","success":false}"#,
        ]
    );
    assert_eq!(
        export(&collection)?,
        [
            r#"{"id":"i1","n":1,"name":"one"}"#,
            r#"{"id":"i2","n":2,"name":"two"}"#,
            r#"{"id":"2","n":3,"name":"noid"}"#,
        ]
    );
    assert_eq!(indexed(&collection)?, 3);
    Ok(())
}

#[test]
fn blank_lines_are_no_end() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    let lines = " \r\n".repeat(2 << 20) + r#"{"id": "a", "name": "one", "n": 1}"#;
    let answers = import(&collection, &lines, import_options(Action::Create))?;
    assert_eq!(answers, [r#"{"success":true}"#]);
    Ok(())
}

#[test]
fn an_answer_shows_what_was_asked_for() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    let both = ImportOptions {
        return_id: true,
        return_doc: true,
        ..import_options(Action::Upsert)
    };
    let lines = "{\"id\":\"i1\",\"name\":\"again\",\"n\":1}\n{\"id\":\"bad\",\"name\":\"x\"}\n";
    assert_eq!(
        import(&collection, lines, both)?,
        [
            r#"{"document":{"id":"i1","n":1,"name":"again"},"id":"i1","success":true}"#,
            r#"{"code":400,"document":"{\"id\":\"bad\",\"name\":\"x\"}","error":"Field `n` has been declared in the schema, but is not found in the document.","id":"bad","success":false}"#,
        ]
    );
    let dropping = ImportOptions {
        write: WriteOptions {
            action: Action::Upsert,
            dirty_values: Some(DirtyValues::Drop),
        },
        return_doc: true,
        ..ImportOptions::default()
    };
    let line = r#"{"id":"d1","name":"x","n":5,"f":"bad","tags":[1,"a",{"x":1}]}"#;
    assert_eq!(
        import(&collection, line, dropping)?,
        [r#"{"document":{"id":"d1","n":5,"name":"x","tags":["a"]},"success":true}"#]
    );
    assert!(import(&collection, "", both)?.is_empty());
    Ok(())
}

#[test]
fn generated_ids_are_numbers_that_are_free() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let fields = json!([{"name": "n", "type": "int32", "optional": true}]);
    let collection = create(folder.path(), &json!({"name": "c", "fields": fields}))?;
    let id = |document: Value, action| -> EngineResult<Value> {
        Ok(write(&collection, &document, action)?["id"].clone())
    };
    assert_eq!(id(json!({"id": "a"}), Action::Create)?, "a");
    assert_eq!(id(json!({"n": 1}), Action::Create)?, "1");
    assert!(id(json!({"id": "a"}), Action::Create).is_err());
    assert_eq!(id(json!({"n": 1}), Action::Create)?, "2");
    assert!(id(json!({"n": "x"}), Action::Create).is_err());
    assert_eq!(id(json!({"n": 1}), Action::Create)?, "4");
    assert!(id(json!({"id": "a", "n": "x"}), Action::Upsert).is_err());
    assert_eq!(id(json!({"n": 1}), Action::Create)?, "5");
    assert!(id(json!({"id": "b", "n": "x"}), Action::Upsert).is_err());
    assert_eq!(id(json!({"n": 1}), Action::Emplace)?, "7");
    assert_eq!(id(json!({"id": "9"}), Action::Create)?, "9");
    assert_eq!(id(json!({"n": 1}), Action::Upsert)?, "10", "9 is taken");
    Ok(())
}

#[test]
fn the_four_actions() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    let said = |document: Value, action| match write(&collection, &document, action) {
        Ok(stored) => stored.to_string(),
        Err(problem) => format!("{} {}", http_status(problem.code), problem.message),
    };
    for (action, document, expected) in [
        (
            Action::Create,
            json!({"id": "1", "name": "a", "n": 1, "nul": null, "f": null}),
            r#"{"id":"1","n":1,"name":"a","nul":null}"#,
        ),
        (
            Action::Create,
            json!({"id": "1", "name": 5}),
            "409 A document with id 1 already exists.",
        ),
        (
            Action::Upsert,
            json!({"id": "1", "name": "b", "n": 11}),
            r#"{"id":"1","n":11,"name":"b"}"#,
        ),
        (
            Action::Update,
            json!({"id": "1", "n": 111}),
            r#"{"id":"1","n":111,"name":"b"}"#,
        ),
        (
            Action::Update,
            json!({"id": "zz", "n": "x"}),
            "404 Could not find a document with id: zz",
        ),
        (
            Action::Update,
            json!({"n": 111}),
            "400 For update, the `id` key must be provided.",
        ),
        (
            Action::Update,
            json!({"id": "1", "n": null}),
            "400 Field `n` must be an int32.",
        ),
        (
            Action::Emplace,
            json!({"id": "e", "n": 5}),
            r#"{"id":"e","n":5}"#,
        ),
        (
            Action::Emplace,
            json!({"id": "e", "tags": ["t"]}),
            r#"{"id":"e","n":5,"tags":["t"]}"#,
        ),
        (
            Action::Emplace,
            json!({"id": "e", "tags": null, "x": 1}),
            r#"{"id":"e","n":5,"x":1}"#,
        ),
        (
            Action::Create,
            json!({"id": ""}),
            "400 The `id` should not be empty.",
        ),
        (
            Action::Create,
            json!({"id": null}),
            "400 Document's `id` field should be a string.",
        ),
    ] {
        assert_eq!(said(document.clone(), action), expected, "{document}");
    }
    let changed = collection.update("e", br#"{"n": 7}"#, options(Action::Create))?;
    assert_eq!(changed, json!({"id": "e", "n": 7, "x": 1}));
    let other = collection.update("e", br#"{"id": "1"}"#, options(Action::Create));
    assert_eq!(other.map_err(|problem| http_status(problem.code)), Err(400));
    assert_eq!(collection.delete("e", false)?, changed);
    assert_eq!(
        collection
            .delete("e", false)
            .map_err(|problem| problem.message),
        Err("Could not find a document with id: e".to_owned())
    );
    assert_eq!(collection.delete("e", true)?, json!({"id": "e"}));
    assert_eq!(collection.get("1")?["n"], 111);
    assert_eq!((collection.count(), indexed(&collection)?), (1, 1));
    Ok(())
}

#[test]
fn documents_add_fields_that_stay() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let body = json!({"name": "c", "fields": [{"name": ".*", "type": "auto"}]});
    let names = |collection: &Collection| -> Vec<String> {
        let schema = collection.schema();
        schema
            .fields
            .iter()
            .map(|field| field.name.clone())
            .collect()
    };
    {
        let collection = create(folder.path(), &body)?;
        let lines = "{\"id\":\"1\",\"a\":1}\n{\"id\":\"2\",\"a\":\"7\",\"b\":\"x\"}\n{\"id\":\"3\",\"a\":\"x\",\"c\":1}\n";
        let answers = import(&collection, lines, import_options(Action::Create))?;
        assert_eq!(
            answers.iter().filter(|line| line.contains("true")).count(),
            2
        );
        assert_eq!(collection.get("2")?, json!({"a": 7, "b": "x", "id": "2"}));
        assert_eq!(names(&collection), [".*", "a", "b", "c"]);
    }
    let collection = open(folder.path())?;
    assert_eq!(names(&collection), [".*", "a", "b", "c"]);
    Ok(())
}

#[test]
fn a_schema_changes_with_the_documents_it_has() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let fields = json!([
        {"name": "a", "type": "string"}, {"name": "n", "type": "int32", "optional": true}
    ]);
    let collection = create(folder.path(), &json!({"name": "c", "fields": fields}))?;
    write(
        &collection,
        &json!({"id": "1", "a": "x", "n": 5, "extra": "text", "num": 5, "mix": [1, "x"]}),
        Action::Create,
    )?;
    write(
        &collection,
        &json!({"id": "2", "a": "y", "num": 6.5}),
        Action::Create,
    )?;
    let alter = |fields: Value| match collection.alter(&json!({"fields": fields})) {
        Ok(_) => "done".to_owned(),
        Err(problem) => problem.message,
    };
    let incompatible = |field: &str, noun: &str| {
        format!(
            "Schema change is incompatible with the type of documents already stored in this \
             collection. Existing data for field `{field}` cannot be coerced into {noun}."
        )
    };
    let before = collection.schema();
    for (field, expected) in [
        (json!([{"name": "num", "type": "int32", "optional": true}]), incompatible("num", "an int32")),
        (json!([{"name": "extra", "type": "string[]", "optional": true}]), incompatible("extra", "an array")),
        (json!([{"name": "mix", "type": "string[]", "optional": true}]), incompatible("mix", "an array of string")),
        (json!([{"name": ".*", "type": "auto"}]), incompatible("mix", "an array of int64")),
        (json!([{"name": "extra", "type": "string"}]), "Field `extra` has been declared in the schema, but is not found in the documents already present in the collection. If you still want to add this field, set it as `optional: true`.".to_owned()),
    ] {
        assert_eq!(alter(field), expected);
        assert_eq!(collection.schema(), before);
    }
    assert_eq!(alter(json!([{"name": "num", "type": "float"}])), "done");
    assert_eq!(alter(json!([{"name": "a", "drop": true}])), "done");
    assert_eq!(indexed(&collection)?, 2);
    drop(collection);
    let collection = open(folder.path())?;
    let names: Vec<_> = collection
        .schema()
        .fields
        .iter()
        .map(|field| field.name.clone())
        .collect();
    assert_eq!(names, ["n", "num"]);
    assert_eq!(indexed(&collection)?, 2);
    Ok(())
}

#[test]
fn an_emptied_collection_goes_on() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    write(
        &collection,
        &json!({"id": "1", "name": "a", "n": 1}),
        Action::Create,
    )?;
    assert_eq!(collection.truncate()?, 1);
    assert_eq!((collection.count(), indexed(&collection)?), (0, 0));
    write(
        &collection,
        &json!({"id": "1", "name": "b", "n": 1}),
        Action::Create,
    )?;
    drop(collection);
    let collection = open(folder.path())?;
    assert_eq!((collection.count(), indexed(&collection)?), (1, 1));
    Ok(())
}

#[test]
fn a_long_line_is_refused_and_the_next_is_read() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let settings = EngineSettings {
        line_bytes: 64,
        ..EngineSettings::default()
    };
    let collection = create_with(folder.path(), &probe(), &settings)?;
    let long = format!(r#"{{"id":"1","name":"{}","n":1}}"#, "x".repeat(100_000));
    let lines = format!("{long}\n{{\"id\":\"2\",\"name\":\"x\",\"n\":1}}\n{long}");
    let answers = import(&collection, &lines, import_options(Action::Create))?;
    let codes: Vec<bool> = answers
        .iter()
        .map(|line| line.contains("\"code\":413"))
        .collect();
    assert_eq!(codes, [true, false, true]);
    assert!(answers.iter().all(|line| line.len() < 2_000));
    Ok(())
}

#[test]
fn a_filter_chooses_what_is_deleted_changed_and_exported() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    for number in 1..=9 {
        let document = json!({"id": format!("d{number}"), "name": "x", "n": number});
        write(&collection, &document, Action::Create)?;
    }
    let said = |problem: EngineError| (http_status(problem.code), problem.message);
    assert_eq!(
        collection.delete_by_filter("zzz:=1").map_err(said),
        Err((
            404,
            "Could not find a filter field named `zzz` in the schema.".to_owned()
        ))
    );
    assert_eq!(collection.delete_by_filter("")?, 0);
    assert_eq!(collection.delete_by_filter("n:=[2,3]")?, 2);
    assert_eq!(collection.delete_by_filter("n:=[2,3]")?, 0);
    let change = collection.update_by_filter("n:>7", br#"{"b": true}"#, options(Action::Update))?;
    assert_eq!(change, 2);
    let refused = collection.update_by_filter("n:>7", br#"{"n": "x"}"#, options(Action::Update));
    assert_eq!(
        refused.map_err(|problem| http_status(problem.code)),
        Err(400)
    );
    let exported = collection.export(&ExportOptions {
        filter_by: Some("n:>6".to_owned()),
        include_fields: ["n", "b", "name"].map(str::to_owned).to_vec(),
        exclude_fields: vec!["name".to_owned()],
    })?;
    let lines: Vec<Vec<u8>> = exported.collect::<EngineResult<_>>()?;
    assert_eq!(
        lines.join(&b' '),
        br#"{"n":7} {"b":true,"n":8} {"b":true,"n":9}"#
    );
    assert_eq!((collection.count(), indexed(&collection)?), (7, 7));
    Ok(())
}
