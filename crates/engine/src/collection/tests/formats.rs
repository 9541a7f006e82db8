//! A collection that an earlier version has written.

use super::*;

/// The first format had no long members; a document held all of its own.
#[test]
fn documents_of_the_first_format_are_read_and_written() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    for name in ["one", "two"] {
        write(
            &collection,
            &json!({"id": name, "name": name, "n": 1}),
            Action::Create,
        )?;
    }
    collection.close();
    drop(collection);
    let file = folder.path().join("1/documents.sqlite");
    let earlier = rusqlite::Connection::open(&file).and_then(|connection| {
        connection.execute_batch(
            "ALTER TABLE documents DROP COLUMN long_names;
             ALTER TABLE documents DROP COLUMN long_cuts;
             PRAGMA user_version = 1;",
        )
    });
    assert_eq!(earlier, Ok(()));

    let collection = open(folder.path())?;
    assert_eq!(collection.get("one")?["n"], 1);
    let long = json!({"id": "two", "name": "x".repeat(9_000), "n": 2});
    write(&collection, &long, Action::Upsert)?;
    collection.close();
    drop(collection);
    let collection = open(folder.path())?;
    assert_eq!(collection.get("two")?, long);
    assert_eq!(export(&collection)?.len(), 2);
    assert_eq!(indexed(&collection)?, 2);
    Ok(())
}
