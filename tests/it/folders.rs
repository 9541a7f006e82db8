//! The folder of the embedded engine: what is in it stays, whatever its catalogue says, and the next
//! process finds it in order.

use std::path::Path;

use anyhow::Result;

use crate::embedded::Home;

fn collections(home: &Home) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs_err::read_dir(home.engine().join("collections"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

type Damage = fn(&Path, &[u8]) -> std::io::Result<()>;

#[test]
fn a_folder_that_the_catalogue_does_not_know_is_kept_named_and_adopted() -> Result<()> {
    let damages: [(&str, Damage); 3] = [
        ("missing", |file, _| fs_err::remove_file(file)),
        ("empty", |file, _| fs_err::write(file, "")),
        ("of an older day", |file, older| fs_err::write(file, older)),
    ];
    let home = Home::with_registry()?;
    home.run(&["engine", "adopt"]).exits(0);
    let catalogue = home.engine().join("catalogue.sqlite");
    let older = fs_err::read(&catalogue)?;
    home.run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    fs_err::write(home.engine().join("collections/notes.txt"), "mine")?;
    for (what, damage) in damages {
        damage(&catalogue, &older)?;
        let search = home.run(&["search", "-p", "plone", "part07"]);
        assert_ne!(search.code, 0, "{what}: nobody knows its name");
        assert!(
            search.stderr.contains("`plone-1` with 24 documents")
                && search.stderr.contains("pyfa engine adopt 1"),
            "{what}: {}",
            search.stderr
        );
        assert_eq!(collections(&home)?, ["1", "notes.txt"], "{what}");
        let listed = home.run(&["engine", "adopt"]).exits(0);
        assert!(
            listed.stdout.contains("1: collection plone-1 with 24")
                && listed.stdout.contains("notes.txt: no collection"),
            "{what}: {}",
            listed.stdout
        );
        home.run(&["engine", "adopt", "1"]).exits(0);
        let found = home
            .run(&[
                "search",
                "-t",
                "plone-1",
                "--all-versions",
                "--format",
                "json",
            ])
            .exits(0);
        assert_eq!(found.report["found"], 24, "{what}: {}", found.stdout);
        assert_eq!(found.stderr, "", "{what}");
    }
    // A run after that makes nothing over what is there.
    damages[0].1(&catalogue, &older)?;
    home.run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    assert_eq!(collections(&home)?, ["1", "2", "notes.txt"]);
    let taken = home.run(&["engine", "adopt", "1"]);
    assert_ne!(taken.code, 0);
    assert!(taken.stderr.contains("is taken"), "{}", taken.stderr);
    let adopted = home
        .run(&["engine", "adopt", "1", "--as", "plone-old"])
        .exits(0);
    assert!(
        adopted.stdout.contains("plone-old with 24"),
        "{}",
        adopted.stdout
    );
    Ok(())
}

#[test]
fn the_index_is_finished_when_a_fetch_ends() -> Result<()> {
    let home = Home::with_registry()?;
    home.run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    assert!(!home.engine().join("in-use").exists(), "left in disorder");
    let found = home
        .run(&["-v", "search", "-p", "plone", "part07", "--format", "json"])
        .exits(0);
    assert_eq!(found.report["found"], 1, "{}", found.stdout);
    assert!(!found.stderr.contains("caught up"), "{}", found.stderr);

    // Also where the work has failed.
    home.run(&["pypi", "-f", "-p", "plone", "--project", "nobody-has-this"]);
    assert!(!home.engine().join("in-use").exists(), "left in disorder");
    Ok(())
}
