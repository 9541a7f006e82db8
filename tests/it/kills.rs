//! The program is killed at each stage of a run; the next run ends in the same collection as one
//! that nobody disturbed.

use std::path::Path;
use std::time::Duration;

use pyfa::search::NewCollection;
use pyfa_testkit::pypi::{Fault, On, RequestKind};
use serde_json::json;

use crate::support::scene::{INCREMENTAL, disturb, is_as_undisturbed, populate};
use crate::support::{World, kill, plone, until, wait};

/// Holds back whatever wants to write to the ledger.
fn locked_ledger(path: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(path).expect("a ledger");
    connection
        .busy_timeout(Duration::from_secs(30))
        .expect("a setting");
    connection
        .execute_batch("BEGIN IMMEDIATE")
        .expect("the lock of the ledger");
    connection
}

/// How many rows of the ledger are like this; none while there is no ledger.
fn count(world: &World, rows: &str) -> i64 {
    if !world.ledger().exists() {
        return 0;
    }
    rusqlite::Connection::open(world.ledger())
        .and_then(|ledger| {
            let query = format!("SELECT count(*) FROM {rows}");
            ledger.query_row(&query, [], |row| row.get(0))
        })
        .unwrap_or_default()
}

#[test]
fn killed_while_reading_the_index() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world
        .pypi
        .fail_next(1, On::Kind(RequestKind::Index), Fault::StallMidBody);
    let run = world.start_pypi(&INCREMENTAL);
    until("the index is asked for", || world.pypi.counts().index == 1);
    kill(run);
    assert!(!world.since_file().exists());
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn killed_while_examining() {
    for asked in [1, 9, 20] {
        let Some(world) = World::empty() else { return };
        populate(&world);
        world.pypi.set_latency(Duration::from_millis(5));
        let run = world.start_pypi(&INCREMENTAL);
        until("some projects are asked for", || {
            world.pypi.counts().project >= asked
        });
        kill(run);
        world.pypi.set_latency(Duration::ZERO);
        world.pypi(&INCREMENTAL).exits(0);
        is_as_undisturbed(&world);
    }
}

#[test]
fn killed_after_an_import_that_the_ledger_does_not_know() {
    let Some(world) = World::empty() else { return };
    for number in 0..12 {
        let name = format!("plone.part{number:02}");
        for version in ["1.0", "2.0"] {
            world.pypi.publish(&name, version, &plone(version));
        }
    }
    world.pypi.set_latency(Duration::from_millis(200));
    let run = world.start_pypi(&INCREMENTAL);
    until("projects are asked for", || world.pypi.counts().project > 0);
    {
        let _held = locked_ledger(&world.ledger());
        until("documents are imported", || world.document_count() > 0);
        kill(run);
    }
    world.pypi.set_latency(Duration::ZERO);
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn killed_in_the_middle_of_the_history() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    for name in ["plone.part03", "plone.part07"] {
        world.pypi.fail(
            On::Document(RequestKind::Release, name.to_owned()),
            Fault::Hang,
        );
    }
    let run = world.start_pypi(&INCREMENTAL);
    until("all but the two are complete", || {
        count(&world, "written WHERE complete") == 10
    });
    kill(run);
    // Stopped early, the gallery is complete: each project's newest release is there.
    let latest = world
        .documents()
        .values()
        .filter(|document| document["is_latest"] == json!(true))
        .count();
    assert_eq!(latest, 12);
    world.pypi.clear_faults();
    world.pypi.reset_counts();
    world.pypi(&INCREMENTAL).exits(0);
    // Only what was missing is read: two projects.
    assert_eq!(world.pypi.counts().project, 2);
    is_as_undisturbed(&world);
}

#[test]
fn killed_while_changes_are_written() {
    for asked in [2, 6, 10, 12, 14] {
        let Some(world) = World::empty() else { return };
        populate(&world);
        world.pypi(&INCREMENTAL).exits(0);
        disturb(&world);
        world.pypi.reset_counts();
        world.pypi.set_latency(Duration::from_millis(15));
        let run = world.start_pypi(&INCREMENTAL);
        until("so much is asked for", || {
            world.pypi.counts().total >= asked
        });
        kill(run);
        world.pypi.set_latency(Duration::ZERO);
        world.pypi(&INCREMENTAL).exits(0);
        is_as_undisturbed(&world);
    }
}

/// What was written and not noted may be taken back on the registry before the next run.
#[test]
fn killed_before_a_change_that_is_taken_back() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    world.pypi.yank("plone.part02", "2.0", "latest");
    world.pypi.reset_counts();
    world.pypi.set_latency(Duration::from_millis(300));
    let run = world.start_pypi(&INCREMENTAL);
    until("the former latest release is asked for", || {
        world.pypi.counts().release == 1
    });
    {
        // Its answer is still on its way, and whatever comes after cannot be noted.
        let _held = locked_ledger(&world.ledger());
        until("the yank has arrived", || {
            world.documents()["plone.part02-2.0"]["yanked"] == json!(true)
        });
        kill(run);
    }
    world.pypi.set_latency(Duration::ZERO);
    world.pypi.unyank("plone.part02", "2.0");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn killed_during_removal() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let gone = ["plone.part06", "plone.part07"];
    for name in gone {
        world.pypi.remove_project(name);
    }
    world.pypi.reset_counts();
    world.pypi.set_latency(Duration::from_millis(200));
    let run = world.start_pypi(&INCREMENTAL);
    until("both are known to be gone", || {
        world.pypi.counts().simple_detail == 2
    });
    {
        let _held = locked_ledger(&world.ledger());
        until("the first is removed", || world.document_count() == 33);
        kill(run);
    }
    world.pypi.set_latency(Duration::ZERO);
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    is_as_undisturbed(&world);
}

#[test]
fn killed_just_before_the_mark() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    let lock = std::fs::File::create(world.home.path().join(".pyaggregator.since.lock"))
        .expect("a lock file");
    lock.lock().expect("the lock of the since-file");
    let run = world.start_pypi(&INCREMENTAL);
    until("the ledger knows of a complete run", || {
        count(&world, "collections WHERE baseline IS NOT NULL") == 1
    });
    kill(run);
    drop(lock);
    assert!(!world.since_file().exists());
    world.pypi.reset_counts();
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.written"), 0);
    assert_eq!(world.pypi.counts().total, 1, "{}", run.report);
    is_as_undisturbed(&world);
}

/// Two names, `NAME-1` and the alias `NAME`, cannot be made in one step.
#[test]
fn killed_between_the_collection_and_its_alias() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    let name = format!("{}-1", world.target);
    wait(
        world
            .search()
            .create_collection(&NewCollection::named(&name)),
    )
    .expect("a collection");
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.report["collection"], json!(name));
    is_as_undisturbed(&world);
}

/// A change of `--versions` concerns every project, moved or not.
#[test]
fn killed_while_the_versions_change() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world
        .pypi(&["-f", "-p", "plone", "--versions", "latest"])
        .exits(0);
    assert_eq!(world.document_count(), 12);
    world.pypi.fail(On::Kind(RequestKind::Release), Fault::Hang);
    world.pypi.reset_counts();
    let run = world.start_pypi(&["-f", "-p", "plone", "--versions", "all", "--prune"]);
    until("the history is asked for", || {
        world.pypi.counts().release > 0
    });
    kill(run);
    world.pypi.clear_faults();
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 36);
    is_as_undisturbed(&world);
}

/// A run that is killed on its way, with every kind of change before and behind it.
fn half_done(world: &World) {
    populate(world);
    world.pypi(&INCREMENTAL).exits(0);
    disturb(world);
    world.pypi.fail(
        On::Document(RequestKind::Release, "plone.part01".to_owned()),
        Fault::Hang,
    );
    let run = world.start_pypi(&INCREMENTAL);
    let added = "plone.part00-3.0".to_owned();
    until("the first changes are written", || {
        world.ids().contains(&added)
    });
    kill(run);
    world.pypi.clear_faults();
}

#[test]
fn killed_and_the_ledger_is_lost() {
    let Some(world) = World::empty() else { return };
    half_done(&world);
    std::fs::remove_file(world.ledger()).expect("a ledger");
    // Rules are remembered in the ledger: without them, nothing leaves by rule.
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.names("kept"), ["plone-part08"], "{}", run.report);
    world.pypi(&["-i", "-p", "plone", "--prune"]).exits(0);
    is_as_undisturbed(&world);
}

/// A first run writes the newest releases first: what it leaves looks like a collection of newest
/// releases only.
#[test]
fn killed_before_the_history_and_the_ledger_is_lost() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi.fail(On::Kind(RequestKind::Release), Fault::Hang);
    let run = world.start_pypi(&INCREMENTAL);
    until("the newest releases are there", || {
        world.document_count() == 12
    });
    kill(run);
    world.pypi.clear_faults();
    std::fs::remove_file(world.ledger()).expect("a ledger");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn killed_and_the_cache_is_lost() {
    let Some(world) = World::empty() else { return };
    half_done(&world);
    std::fs::remove_dir_all(world.pyfa_home().join("cache")).expect("a cache");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}
