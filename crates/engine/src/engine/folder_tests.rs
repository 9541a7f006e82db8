//! Folders and the catalogue that does not know them: nothing is removed that nobody named.

use std::path::Path;

use serde_json::json;

use super::Engine;
use crate::collection::WriteOptions;
use crate::error::EngineResult;
use crate::http::http_status;
use crate::settings::EngineSettings;
use crate::store::catalogue::{CollectionRecord, UnfinishedStep};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn open(folder: &Path) -> Result<Engine> {
    Ok(Engine::open(folder, EngineSettings::default())?)
}

fn make(engine: &Engine, name: &str, documents: u64) -> EngineResult<()> {
    let fields = json!([{"name": "a", "type": "string"}]);
    engine.create_collection(&json!({"name": name, "fields": fields}), None)?;
    for _ in 0..documents {
        let collection = engine.collection(name)?;
        collection.write(br#"{"a": "word"}"#, WriteOptions::default())?;
    }
    Ok(())
}

/// The catalogue without the files that `SQLite` keeps next to it.
fn take_catalogue(folder: &Path) -> Result<Vec<u8>> {
    let file = folder.join("catalogue.sqlite");
    let taken = fs_err::read(&file)?;
    fs_err::remove_file(file)?;
    Ok(taken)
}

fn names(engine: &Engine) -> Vec<String> {
    let collections = engine.collections();
    collections.iter().map(|one| one.name()).collect()
}

fn status<T>(answer: EngineResult<T>) -> u16 {
    answer.map_or_else(|problem| http_status(problem.code), |_| 200)
}

#[test]
fn a_lost_catalogue_costs_no_folder_and_no_number() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = open(folder.path())?;
        make(&engine, "a", 3)?;
        make(&engine, "b", 2)?;
    }
    for (name, text) in [("notes.txt", "mine"), ("2/notes.txt", "mine as well")] {
        fs_err::write(folder.path().join("collections").join(name), text)?;
    }
    take_catalogue(folder.path())?;
    {
        let engine = open(folder.path())?;
        assert!(names(&engine).is_empty());
        make(&engine, "c", 1)?;
        assert!(folder.path().join("collections/3").is_dir());
    }
    let engine = open(folder.path())?;
    let unknown = engine.unknown_folders()?;
    let listed: Vec<_> = (0..3_usize)
        .map(|at| unknown[at]["collection"].clone())
        .collect();
    assert_eq!(listed, [json!("a"), json!("b"), json!(null)], "{unknown}");
    assert_eq!(unknown[2]["folder"], "notes.txt");

    assert_eq!(status(engine.adopt_folder("3", None)), 404, "it is known");
    assert_eq!(status(engine.adopt_folder("notes.txt", None)), 404);
    assert_eq!(status(engine.adopt_folder("../collections/1", None)), 404);
    assert_eq!(status(engine.adopt_folder("1", Some("c"))), 409);
    engine.put_alias("x", &json!({"collection_name": "c"}))?;
    assert_eq!(status(engine.adopt_folder("1", Some("x"))), 409);
    assert_eq!(engine.adopt_folder("1", None)?["num_documents"], 3);
    assert_eq!(engine.adopt_folder("2", Some("d"))?["name"], "d");
    assert_eq!(engine.collection("d")?.indexed_documents()?, 2);
    drop(engine);

    let engine = open(folder.path())?;
    assert_eq!(names(&engine), ["c", "d", "a"]);
    assert_eq!(engine.collection("d")?.count(), 2);
    // What others have put there stays even where the collection goes.
    engine.delete_collection("d")?;
    let left = fs_err::read_to_string(folder.path().join("collections/2/notes.txt"))?;
    assert_eq!(left, "mine as well");
    assert_eq!(
        fs_err::read_dir(folder.path().join("collections/2"))?.count(),
        1
    );
    Ok(())
}

#[test]
fn a_catalogue_of_an_older_day_is_not_mixed_with_the_folders_of_today() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = open(folder.path())?;
        make(&engine, "old", 1)?;
    }
    let older = take_catalogue(folder.path())?;
    // Another life of the same folder, whose collections got the numbers again.
    fs_err::remove_dir_all(folder.path().join("collections"))?;
    {
        let engine = open(folder.path())?;
        make(&engine, "new", 2)?;
        make(&engine, "newer", 3)?;
    }
    fs_err::write(folder.path().join("catalogue.sqlite"), older)?;
    let engine = open(folder.path())?;
    let told = engine.collection("old").err().ok_or("it is mixed")?;
    assert!(
        told.message.contains("`new`") && told.message.contains("`old`"),
        "{told}"
    );
    assert!(names(&engine).is_empty());
    assert_eq!(engine.adopt_folder("2", None)?["num_documents"], 3);
    // To delete what the catalogue calls so does no harm to the other one.
    engine.delete_collection("old")?;
    assert_eq!(engine.adopt_folder("1", None)?["num_documents"], 2);
    assert_eq!(names(&engine), ["newer", "new"]);
    Ok(())
}

#[test]
fn what_was_begun_is_ended_and_nothing_else() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let entry = |number, name: &str, created_at| CollectionRecord {
        number,
        name: name.to_owned(),
        created_at,
    };
    {
        let engine = open(folder.path())?;
        for name in ["dropped", "half made", "made", "other"] {
            make(&engine, name, u64::from(name != "half made"))?;
        }
        let catalogue = &engine.storage.catalogue;
        let of = |number, name: &str| -> EngineResult<CollectionRecord> {
            let created_at = engine.collection(name)?.schema().created_at;
            Ok(entry(number, name, Some(created_at)))
        };
        // As a process leaves it that is killed between the record and the disk.
        catalogue.remove_collection(&of(1, "dropped")?)?;
        for (number, name) in [(2, "half made"), (3, "made")] {
            catalogue.forget_collection(&of(number, name)?)?;
            catalogue.begin_making(&of(number, name)?)?;
        }
        catalogue.forget_collection(&of(4, "other")?)?;
        catalogue.remove_collection(&entry(4, "not the other", None))?;
        let steps: Vec<UnfinishedStep> = catalogue
            .unfinished()?
            .into_iter()
            .map(|one| one.1)
            .collect();
        assert_eq!(
            steps,
            [
                UnfinishedStep::Removing,
                UnfinishedStep::Making,
                UnfinishedStep::Making,
                UnfinishedStep::Removing
            ]
        );
    }
    let engine = open(folder.path())?;
    engine.close();
    let left = |number: &str| folder.path().join("collections").join(number).is_dir();
    assert_eq!(["1", "2", "3", "4"].map(left), [false, false, true, true]);
    assert_eq!(engine.adopt_folder("3", None)?["num_documents"], 1);
    assert_eq!(engine.adopt_folder("4", None)?["name"], "other");
    make(&engine, "next", 0)?;
    assert!(left("5"), "a number is never given twice");
    Ok(())
}

#[test]
fn a_start_opens_no_collection() -> Result<()> {
    let folder = tempfile::tempdir()?;
    {
        let engine = open(folder.path())?;
        make(&engine, "a", 1)?;
        make(&engine, "b", 1)?;
    }
    let engine = open(folder.path())?;
    let opened = |name: &str| {
        let slot = engine.names().by_name(name).cloned();
        slot.and_then(|slot| slot.if_opened()).is_some()
    };
    assert!(!opened("a") && !opened("b"));
    engine.collection("b")?;
    assert!(!opened("a") && opened("b"));
    Ok(())
}
