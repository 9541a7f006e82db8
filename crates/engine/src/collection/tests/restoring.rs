//! What goes on while a thread brings the index up to the store, and after it was waited for.

use super::*;

/// As after a crash: the index lacks what is stored, and somebody is busy with it.
#[test]
fn documents_are_read_and_written_while_the_index_is_behind() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let document = json!({"name": "a", "n": 1, "id": "x"});
    write(
        &*create(folder.path(), &probe())?,
        &document,
        Action::Create,
    )?;
    let collection = open(folder.path())?;
    let making = collection.making();
    collection.restore_soon();
    assert_eq!(collection.get("x")?["n"], 1);
    write(&collection, &json!({"name": "b", "n": 2}), Action::Create)?;
    assert_eq!(export(&collection)?.len(), 2);
    assert!(!collection.has_index());
    drop(making);
    assert_eq!(indexed(&collection)?, 2);
    collection.close();
    let number = collection.writer().counters.index_folder;
    drop(collection);
    // What was closed has nothing to catch up.
    let collection = open(folder.path())?;
    let index = crate::store::collection_folders::index_folder(&folder.path().join("1"), number);
    let (_, applied) = crate::index::Index::open(&index, crate::index::IndexSettings::default())?;
    assert_eq!(applied, collection.writer().counters.change);
    Ok(())
}

/// After the wait, the folder can be opened again, and nobody else writes to it.
#[test]
fn no_thread_holds_a_collection_that_was_waited_for() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let document = json!({"name": "a", "n": 1});
    drop(create(folder.path(), &probe())?);
    for round in 1..=50 {
        let collection = open(folder.path())?;
        write(&collection, &document, Action::Create)?;
        collection.end_restoring(round % 2 == 0);
        assert_eq!(Arc::strong_count(&collection), 1);
    }
    Ok(())
}

#[test]
fn nothing_is_begun_in_the_folder_of_a_dropped_collection() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    drop(create(folder.path(), &probe())?);
    let collection = open(folder.path())?;
    collection.drop_out();
    let making = collection.making();
    collection.restore_soon();
    assert!(!collection.progress.state().working);
    drop(making);
    assert!(indexed(&collection).is_err());
    Ok(())
}
