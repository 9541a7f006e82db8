//! Aliases, deletions, and the questions before them.

use std::io::Write;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{bare, filled, small};
use crate::support::{Outcome, World, outcome, wait};

#[test]
fn an_alias_leads_to_the_collection_behind_the_name() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let real = format!("{target}-1");
    let other = format!("{target}-other");
    let said = world
        .manage(&["--add-alias", "-s", &other, "-t", target])
        .exits(0);
    assert!(
        said.stdout
            .contains(&format!("`{other}` points at `{real}` (12 documents)"))
    );
    assert_eq!(world.real(&other).as_deref(), Some(&*real));
    // A chain would lead nowhere.
    let chained = world.manage_json(&[
        "--add-alias",
        "-s",
        &format!("{target}-third"),
        "-t",
        &other,
    ]);
    assert_eq!(chained["collection"], *real);
    let copy = format!("{target}-copy");
    world
        .manage(&["--migrate", "-s", target, "-t", &copy])
        .exits(0);
    let moved = world
        .manage(&["--add-alias", "-s", &other, "-t", &copy])
        .exits(0);
    assert!(
        moved
            .stdout
            .contains(&format!("before, it pointed at `{real}` (12 documents)")),
        "{}",
        moved.stdout
    );
}

#[test]
fn a_collection_is_no_alias() {
    let Some(world) = filled() else { return };
    let real = format!("{}-1", world.target);
    let plain = format!("{}-plain", world.target);
    world
        .manage(&["--migrate", "-s", &world.target, "-t", &plain])
        .exits(0);
    let refused = world
        .manage(&["--add-alias", "-s", &plain, "-t", &real])
        .exits(2);
    assert!(
        refused.stderr.contains(&format!("manage recreate {plain}")),
        "{}",
        refused.stderr
    );
    assert!(world.exists(&plain));
    let missing = world
        .manage(&["--add-alias", "-s", "x", "-t", "no-such-thing"])
        .exits(1);
    assert!(
        missing.stderr.contains("`no-such-thing`"),
        "{}",
        missing.stderr
    );
    let deleting = world
        .manage(&["--delete-collection", &world.target, "-f"])
        .exits(2);
    assert!(
        deleting.stderr.contains(&format!("manage delete {real}")),
        "{}",
        deleting.stderr
    );
    assert!(world.exists(&real));
}

#[test]
fn nothing_is_destroyed_without_a_word() {
    let Some(world) = filled() else { return };
    let (target, real) = (world.target.as_str(), format!("{}-1", world.target));
    let key = world.manage_json(&["--add-search-only-apikey", "-t", target])["id"].to_string();
    for (verb, named) in [
        (&["--delete-collection", &real][..], "12 documents"),
        (&["--delete-alias", target], "12 documents"),
        (&["--delete-apikey", &key], target),
    ] {
        let refused = world.manage(verb).exits(2);
        assert!(refused.stderr.contains(named), "{}", refused.stderr);
        assert!(refused.stderr.contains("`-f`"), "{}", refused.stderr);
        let said = world.manage(&[verb, &["--dry-run"]].concat()).exits(0);
        assert!(said.stdout.contains(named), "{}", said.stdout);
    }
    assert_eq!(world.documents().len(), 12);
    let keys = wait(world.search().list_keys()).expect("keys");
    assert!(keys.iter().any(|one| one.id.to_string() == key));

    let gone = world.manage(&["--delete-collection", &real, "-f"]).exits(0);
    assert!(
        gone.stderr
            .contains(&format!("`{target}` will point nowhere")),
        "{}",
        gone.stderr
    );
    assert!(!world.exists(&real));
    let listed = world.manage(&["-lsa"]).exits(0);
    let line = listed
        .stdout
        .lines()
        .find(|line| line.starts_with(target))
        .expect("a line");
    assert!(line.contains("there is no such collection"), "{line}");
    world.manage(&["--delete-apikey", &key, "-f"]).exits(0);
    world.manage(&["--delete-apikey", &key, "-f"]).exits(1);
    world.manage(&["--delete-alias", target, "-f"]).exits(0);
    assert_eq!(
        wait(world.search().fetch_alias(target)).expect("an answer"),
        None
    );
}

#[test]
fn what_is_deleted_is_forgotten() {
    let Some(world) = filled() else { return };
    let real = format!("{}-1", world.target);
    world.manage(&["--delete-collection", &real, "-f"]).exits(0);
    // The alias still promises the collection, and a fetch keeps the promise, from nothing.
    let again = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(again.number("documents.written"), 12);
    assert_eq!(world.real(&world.target), Some(real));
}

#[test]
fn lists_tell_what_is_there() {
    let Some(world) = bare() else { return };
    let own = world.typesense.unique_name("own");
    world.create(&small(&own));
    let listed = world.manage_json(&["-ls"]);
    let listed = listed["collections"].as_array().expect("a list");
    let summary = listed.iter().find(|one| one["name"] == *own).expect("ours");
    assert_eq!(summary["documents"], 0);
    assert_eq!(summary["projects"], serde_json::Value::Null);
    let names = world.manage(&["-lsn"]).exits(0);
    assert!(names.stdout.lines().any(|line| line == own));
    world.manage(&[]).exits(2);
    world.manage(&["-ls", "-lsn"]).exits(2);
    wait(world.search().delete_collection(&own)).expect("an end");
}

/// The program with somebody at the terminal, who types `answer`.
fn answered(world: &World, arguments: &[&str], answer: &str) -> Outcome {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&terminal).expect("a right");
    unlockpt(&terminal).expect("an open end");
    let name = ptsname(&terminal, Vec::new()).expect("a name");
    let stdin = std::fs::File::open(name.to_str().expect("a path")).expect("a terminal");
    let mut terminal = std::fs::File::from(terminal);
    writeln!(terminal, "{answer}").expect("an answer");
    let mut command = world.command(&[&["manage"], arguments].concat());
    command.stdin(stdin);
    outcome(&mut command)
}

#[test]
fn questions_are_asked_and_no_is_the_default() {
    let Some(world) = filled() else { return };
    let (target, real) = (world.target.as_str(), format!("{}-1", world.target));
    for answer in ["", "n", "what?"] {
        let said = answered(&world, &["--delete-collection", &real], answer).exits(2);
        assert!(said.stderr.contains("12 documents"), "{}", said.stderr);
        assert!(said.stderr.contains("Delete it? [y/N]"), "{}", said.stderr);
        assert!(world.exists(&real));
    }
    let kept = answered(&world, &["--recreate-collection", target], "n").exits(0);
    assert!(kept.stderr.contains("is kept"), "{}", kept.stderr);
    let gone = answered(&world, &["--recreate-collection", target], "y").exits(0);
    assert!(
        gone.stderr.contains("Delete the old version?"),
        "{}",
        gone.stderr
    );
    assert!(world.exists(&real) && !world.exists(&format!("{target}-2")));
    assert_eq!(world.documents().len(), 12);
    answered(&world, &["--delete-collection", &real], "yes").exits(0);
    assert!(!world.exists(&real));
}
