//! What happens to a collection whose files are not what was written.

use super::*;
use crate::error::ErrorCode;

type Damage = fn(&Path) -> std::io::Result<()>;

#[test]
fn a_damaged_index_is_built_anew() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    for number in 0..50 {
        write(
            &collection,
            &json!({"name": "a", "n": number}),
            Action::Create,
        )?;
    }
    collection.close();
    drop(collection);
    let index = folder.path().join("1/index-1");
    let damages: [(&str, Damage); 3] = [
        ("removed", |folder| std::fs::remove_dir_all(folder)),
        ("truncated", |folder| {
            each_file(folder, |bytes| bytes.truncate(bytes.len() / 2))
        }),
        ("without its list", |folder| {
            std::fs::remove_file(folder.join("meta.json"))
        }),
    ];
    let mut current = index;
    for (number, (what, damage)) in (2..).zip(damages) {
        damage(&current)?;
        let collection = open(folder.path())?;
        assert_eq!(indexed(&collection)?, 50, "{what}");
        drop(collection);
        current = folder.path().join(format!("1/index-{number}"));
        assert!(current.is_dir(), "{what}");
    }
    each_file(&current, |bytes| {
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 0x55;
        }
    })?;
    // A flipped byte may be seen at once; if not, it is when all is read.
    let collection = open(folder.path())?;
    assert_eq!(indexed(&collection)?, 50);
    assert!(collection.verify(&|| false)?);
    assert_eq!(indexed(&collection)?, 50);
    let index = collection.view().index;
    let flipped = index
        .map(|index| index.damaged_files(&|| false))
        .transpose()?;
    assert_eq!(flipped.flatten(), Some(Vec::new()));
    Ok(())
}

fn each_file(folder: &Path, change: impl Fn(&mut Vec<u8>)) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let is_data = path
            .extension()
            .is_some_and(|extension| extension != "json" && extension != "lock");
        if path.is_file() && is_data {
            let mut bytes = std::fs::read(&path)?;
            change(&mut bytes);
            std::fs::write(path, bytes)?;
        }
    }
    Ok(())
}

#[test]
fn a_damaged_store_is_told() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    for number in 0..500 {
        let name = format!("{number}").repeat(200);
        write(
            &collection,
            &json!({"name": name, "n": number}),
            Action::Create,
        )?;
    }
    drop(collection);
    let file = folder.path().join("1/documents.sqlite");
    let whole = std::fs::read(&file)?;
    for left in [0, 10, 100, 5_000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file, whole.get(..left).unwrap_or_default())?;
        let error = match open(folder.path()) {
            Err(problem) => problem,
            // The end of the file may be needed only when it is read.
            Ok(collection) => match export(&collection) {
                Err(problem) => problem,
                Ok(_) => continue,
            },
        };
        assert_eq!(error.code, ErrorCode::Internal);
        assert!(
            error.message.contains("documents.sqlite"),
            "{left}: {error}"
        );
    }
    Ok(())
}

/// Nobody has to write for the index to come back.
#[test]
fn an_index_that_could_not_be_committed_is_built_anew() -> EngineResult<()> {
    let folder = tempfile::tempdir()?;
    let collection = create(folder.path(), &probe())?;
    let document = json!({"name": "a", "n": 1});
    write(&collection, &document, Action::Create)?;
    // In one step: the index's threads are writing into it.
    let index = folder.path().join("1/index-1");
    std::fs::rename(index, folder.path().join("away"))?;
    assert_eq!(indexed(&collection)?, 1);
    write(&collection, &document, Action::Create)?;
    assert_eq!(indexed(&collection)?, 2);
    Ok(())
}
