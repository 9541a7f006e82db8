//! Names: collections, aliases, and what is kept with them.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::{Engine, ObjectKind};
use crate::collection::WriteOptions;
use crate::document::Action;
use crate::error::EngineResult;
use crate::http::http_status;
use crate::memory::{AnswerBudget, MemoryPool};
use crate::request::RawParameters;
use crate::settings::EngineSettings;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn engine(folder: &Path) -> Result<Engine> {
    Ok(Engine::open(folder, EngineSettings::default())?)
}

fn make(engine: &Engine, name: &str) -> EngineResult<()> {
    let fields = json!([{"name": "a", "type": "string"}]);
    let body = json!({"name": name, "fields": fields});
    engine.create_collection(&body, None).map(drop)
}

fn names(engine: &Engine) -> Vec<String> {
    let collections = engine.collections();
    collections.iter().map(|one| one.name()).collect()
}

fn refusal<T>(answer: EngineResult<T>) -> (u16, String) {
    answer.map_or_else(
        |problem| (http_status(problem.code), problem.message),
        |_| (200, String::new()),
    )
}

#[test]
fn collections_are_listed_newest_first_also_after_a_restart() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = engine(folder.path())?;
        for name in ["b", "a", "../c/d"] {
            make(&engine, name)?;
        }
        let taken = (409, "A collection with name `b` already exists.".to_owned());
        assert_eq!(refusal(make(&engine, "b")), taken);
        assert_eq!(engine.delete_collection("a")?["name"], "a");
        let missing = (404, "No collection with name `a` found.".to_owned());
        assert_eq!(refusal(engine.delete_collection("a")), missing);
    }
    let engine = engine(folder.path())?;
    assert_eq!(names(&engine), ["../c/d", "b"]);
    assert_eq!(
        refusal(engine.collection("a")),
        (404, "Not Found".to_owned())
    );
    Ok(())
}

#[test]
fn a_schema_can_be_copied() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = engine(folder.path())?;
    make(&engine, "a")?;
    let copy = |body, source| engine.create_collection(&body, Some(source));
    let copied = copy(json!({"name": "b"}), "a")?;
    assert_eq!(
        copied["fields"],
        engine.collection("a")?.describe()["fields"]
    );
    for (body, source, message) in [
        (
            json!({"name": "c"}),
            "nope",
            "Collection with name `nope` not found.",
        ),
        (json!({}), "a", "Collection name must be provided."),
        (
            json!({"name": "b"}),
            "a",
            "Collection with name `b` already exists.",
        ),
    ] {
        assert_eq!(refusal(copy(body, source)), (400, message.to_owned()));
    }
    Ok(())
}

#[test]
fn a_collections_own_name_comes_before_an_alias() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = engine(folder.path())?;
        make(&engine, "a")?;
        engine.put_alias("x", &json!({"collection_name": "a"}))?;
        engine.put_alias("y", &json!({"collection_name": "x"}))?;
        engine.put_alias("z", &json!({"collection_name": "missing"}))?;
        assert_eq!(engine.collection("x")?.name(), "a");
        assert!(engine.collection("y").is_err(), "no alias of an alias");
        assert_eq!(
            refusal(engine.put_alias("a", &json!({"collection_name": "a"}))).0,
            500
        );
        make(&engine, "x")?;
    }
    let engine = engine(folder.path())?;
    assert_eq!(engine.collection("x")?.name(), "x");
    engine.delete_collection("x")?;
    assert_eq!(engine.collection("x")?.name(), "a");
    engine.delete_collection("x")?;
    assert!(engine.collection("x").is_err());
    let left = json!({"collection_name": "a", "name": "x"});
    assert_eq!(engine.alias("x")?, left);
    assert_eq!(engine.delete_alias("x")?, left);
    assert_eq!(refusal(engine.alias("x")), (404, "Not Found".to_owned()));
    assert_eq!(
        engine.aliases(|_| true)["aliases"].as_array().map(Vec::len),
        Some(2)
    );
    Ok(())
}

#[test]
fn one_damaged_collection_leaves_the_others() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = engine(folder.path())?;
        make(&engine, "a")?;
        make(&engine, "b")?;
    }
    let file = folder.path().join("collections/1/documents.sqlite");
    fs_err::write(&file, "this is no database at all")?;
    let engine = engine(folder.path())?;
    assert_eq!(names(&engine), ["b"]);
    let (status, message) = refusal(engine.collection("a"));
    assert_eq!(status, 500);
    assert!(
        message.contains("the file documents.sqlite is damaged"),
        "{message}"
    );
    engine.delete_collection("a")?;
    assert!(!file.exists());
    make(&engine, "a")?;
    Ok(())
}

#[test]
fn keys_and_objects_are_kept() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = engine(folder.path())?;
        make(&engine, "a")?;
        assert_eq!(engine.insert_key(&json!({"value": "one"}))?, 1);
        assert_eq!(engine.insert_key(&json!({"value": "two"}))?, 2);
        assert!(engine.delete_key(2)?);
        assert!(!engine.delete_key(2)?);
        engine.put_object(ObjectKind::Synonym, "a", "s", &json!({"x": 1}))?;
        engine.put_object(ObjectKind::Preset, "", "p", &json!({"y": 1}))?;
    }
    let engine = engine(folder.path())?;
    assert_eq!(
        engine.insert_key(&json!({}))?,
        3,
        "a number is never given twice"
    );
    assert_eq!(engine.keys()?.first(), Some(&(1, json!({"value": "one"}))));
    let synonym = || engine.object(ObjectKind::Synonym, "a", "s");
    assert_eq!(synonym()?, Some(json!({"x": 1})));
    engine.delete_collection("a")?;
    assert_eq!(synonym()?, None);
    assert_eq!(engine.objects(ObjectKind::Preset, "")?.len(), 1);
    assert!(engine.delete_object(ObjectKind::Preset, "", "p")?);
    Ok(())
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_keys() -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir()?;
    let engine = engine(&folder.path().join("data"))?;
    engine.insert_key(&json!({"value": "secret"}))?;
    for name in ["catalogue.sqlite", "catalogue.sqlite-wal", "lock", ""] {
        let mode = fs_err::metadata(engine.folder().join(name))?
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
    Ok(())
}

#[test]
fn a_search_shows_documents_as_they_were_last_written() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = engine(folder.path())?;
    let options = WriteOptions {
        action: Action::Upsert,
        ..WriteOptions::default()
    };
    let write = |text: &str| -> EngineResult<()> {
        let body = json!({"id": "1", "a": text}).to_string();
        engine
            .collection("x")?
            .write(body.as_bytes(), options)
            .map(drop)
    };
    let shown = || -> Result<Vec<String>> {
        let search = json!({"q": "*"});
        let raw = RawParameters::from_body(search.as_object().ok_or("no object")?)?;
        let budget = AnswerBudget::of(1 << 20, &MemoryPool::of(1 << 20));
        let answer = engine.search("x", raw, Duration::from_mins(1), &budget)?;
        let hits = answer["hits"].as_array().ok_or("no hits")?;
        let texts = hits.iter().map(|hit| hit["document"]["a"].to_string());
        Ok(texts.collect())
    };
    for _ in 0..2 {
        make(&engine, "x")?;
        // Each is read twice: the second time it may be remembered.
        for text in ["one", "two", "three"] {
            write(text)?;
            for _ in 0..2 {
                assert_eq!(shown()?, [format!("{text:?}")]);
            }
        }
        engine.collection("x")?.delete("1", false)?;
        assert!(shown()?.is_empty());
        write("four")?;
        assert_eq!(shown()?, [r#""four""#]);
        engine.delete_collection("x")?;
    }
    Ok(())
}
