//! The program is killed at each stage of a run; the next run ends in the same collection as one
//! that nobody disturbed. So does one that finds its own files gone or damaged.

use std::path::Path;
use std::time::Duration;

use pyfa::model::Document;
use pyfa::search::{Action, LineOutcome, NewCollection};
use pyfa_testkit::pypi::{Fault, On, ReleaseSpec, RequestKind};
use serde_json::{Value, json};

use crate::support::{World, kill, plone, until, wait};

const INCREMENTAL: [&str; 3] = ["-i", "-p", "plone"];

/// Twelve projects that match, with three releases each, and some that do not.
fn populate(world: &World) {
    for number in 0..12 {
        let name = format!("plone.part{number:02}");
        for version in ["1.0", "1.1", "2.0"] {
            world
                .pypi
                .publish(&name, version, &plone(&format!("{name} {version}")));
        }
        let other = format!("other{number:02}");
        world.pypi.publish(&other, "1.0", &ReleaseSpec::new());
    }
}

/// Every kind of change that a run can find.
fn disturb(world: &World) {
    let pypi = &world.pypi;
    pypi.publish("plone.part00", "3.0", &plone("new release"));
    pypi.yank("plone.part01", "1.0", "old");
    pypi.yank("plone.part02", "2.0", "latest");
    pypi.remove_release("plone.part03", "1.1");
    pypi.rename("plone.part04", "Plone.Part04");
    pypi.set_owner("plone.part05", &[("Owner", "ada")], None);
    pypi.remove_project("plone.part06");
    pypi.remove_project("plone.part07");
    pypi.publish("plone.part08", "3.0", &ReleaseSpec::new());
    pypi.publish("other00", "2.0", &plone("has begun to match"));
    pypi.publish("plone.new", "1.0", &plone("new project"));
}

/// Holds that the collection is what a run from nothing makes today.
#[track_caller]
fn is_as_undisturbed(world: &World) {
    let beside = world.beside();
    beside.pypi(&["-f", "-p", "plone"]).exits(0);
    let (content, expected) = (world.content(), beside.content());
    for id in content.keys().chain(expected.keys()) {
        assert_eq!(content.get(id), expected.get(id), "document `{id}`");
    }
    assert!(world.since_file().exists());
}

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
    // 12 newest releases, 20 older ones, and 4 that hang.
    until("all but the hanging releases are imported", || {
        world.document_count() == 32
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
        world.ledger().exists()
            && rusqlite::Connection::open(world.ledger())
                .and_then(|ledger| {
                    ledger.query_row(
                        "SELECT count(*) FROM collections WHERE baseline IS NOT NULL",
                        [],
                        |row| row.get::<_, i64>(0),
                    )
                })
                .is_ok_and(|count| count == 1)
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

#[test]
fn killed_and_the_cache_is_lost() {
    let Some(world) = World::empty() else { return };
    half_done(&world);
    std::fs::remove_dir_all(world.pyfa_home().join("cache")).expect("a cache");
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn a_lost_ledger_costs_no_more_than_what_has_moved() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let before = world.documents();
    world.pypi.publish("plone.part00", "3.0", &plone("new"));
    std::fs::remove_file(world.ledger()).expect("a ledger");
    let run = world.pypi(&INCREMENTAL).exits(0);
    // The twelve that do not match have to be read again, those that are held do not.
    assert_eq!(run.requests("project"), 13, "{}", run.report);
    let after = world.documents();
    assert!(before.keys().all(|id| after.contains_key(id)));
    is_as_undisturbed(&world);
}

#[test]
fn a_damaged_ledger_is_put_aside_and_rebuilt() {
    let damages: [fn(&[u8]) -> Vec<u8>; 4] = [
        |_| b"not a database".to_vec(),
        |bytes| bytes[..bytes.len() / 2].to_vec(),
        |_| Vec::new(),
        |bytes| {
            let mut bytes = bytes.to_vec();
            let middle = bytes.len() / 2;
            bytes[middle..].fill(0xa5);
            bytes
        },
    ];
    for damage in damages {
        let Some(world) = World::empty() else { return };
        populate(&world);
        world.pypi(&INCREMENTAL).exits(0);
        let bytes = std::fs::read(world.ledger()).expect("a ledger");
        std::fs::write(world.ledger(), damage(&bytes)).expect("a write");
        world.pypi.publish("plone.part00", "3.0", &plone("new"));
        world.pypi.remove_project("plone.part06");
        world.pypi(&INCREMENTAL).exits(0);
        is_as_undisturbed(&world);
    }
}

/// A ledger that knows of another server's collection, or of none, has nothing to say.
#[test]
fn a_foreign_ledger_does_no_harm() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let other = World::empty().expect("a server, as before");
    other.pypi.publish("plone.other", "1.0", &plone("other"));
    other.pypi(&INCREMENTAL).exits(0);
    std::fs::copy(other.ledger(), world.ledger()).expect("a copy");
    world.pypi.publish("plone.part00", "3.0", &plone("new"));
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

#[test]
fn a_since_file_of_garbage_counts_as_missing() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    let collection = format!("{}-1", world.target);
    let lines = [
        b"1732180000".to_vec(),
        b"\xff\xfe\x00garbage\n\n \t".to_vec(),
        Vec::new(),
        // A mark beyond everything must not hide anything.
        format!("{collection} 18446744073709551615 2031-01-01T00:00:00Z").into_bytes(),
        vec![b'x'; 3 << 20],
    ];
    for (number, line) in lines.into_iter().enumerate() {
        std::fs::write(world.since_file(), line).expect("a write");
        let name = format!("plone.late{number}");
        world.pypi.publish(&name, "1.0", &plone("late"));
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert_eq!(run.requests("project"), 1, "{}", run.report);
        let text = std::fs::read_to_string(world.since_file()).expect("a since-file");
        let serial = world.pypi.serial();
        assert!(
            text.starts_with(&format!("{collection} {serial} ")),
            "{text}"
        );
    }
    is_as_undisturbed(&world);
}

#[test]
fn a_garbled_cache_costs_requests_only() {
    let Some(world) = World::empty() else { return };
    populate(&world);
    world.pypi(&INCREMENTAL).exits(0);
    garble(&world.pyfa_home().join("cache"));
    disturb(&world);
    world.pypi(&INCREMENTAL).exits(0);
    is_as_undisturbed(&world);
}

/// Writes nonsense over all files below a folder.
fn garble(folder: &Path) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            garble(&path);
        } else {
            let mut bytes = std::fs::read(&path).expect("a file");
            for byte in bytes.iter_mut().step_by(3) {
                *byte ^= 0x5a;
            }
            std::fs::write(&path, bytes).expect("a write");
        }
    }
}

/// What another program made of the same projects: none of our fields, but years of enrichment.
#[test]
fn a_peers_collection_keeps_its_enrichment() {
    for through_alias in [false, true] {
        let Some(world) = World::empty() else { return };
        populate(&world);
        peers_collection(&world, through_alias);
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert!(run.report["collection"].as_str().is_some_and(|name| {
            name == if through_alias {
                format!("{}-old", world.target)
            } else {
                world.target.clone()
            }
        }));
        let documents = world.documents();
        // Their document of something that nobody has any more is not ours to judge by rule,
        // but the registry knows no such project.
        assert!(!documents.contains_key("plone.bygone-1.0"));
        assert_eq!(documents.len(), 36, "{:?}", documents.keys());
        for (id, document) in &documents {
            let enriched = id.starts_with("plone.part00-");
            let stars = enriched.then_some(json!(12));
            assert_eq!(document.get("github_stars"), stars.as_ref(), "{id}");
        }
        let latest = &documents["plone.part00-2.0"];
        assert_eq!(latest["summary"], json!("plone.part00 2.0"));
        assert_eq!(latest["health_score"], json!(75));
        assert_eq!(
            latest["contributors"],
            json!([{"contributions": 5, "username": "jane"}])
        );
        let theirs = ["github_stars", "health_score", "contributors"];
        let beside = world.beside();
        beside.pypi(&["-f", "-p", "plone"]).exits(0);
        let mut content = world.content();
        for document in content.values_mut() {
            document.retain(|field, _| !theirs.contains(&field.as_str()));
        }
        assert_eq!(content, beside.content());
        // And they stay when the release changes.
        world.pypi.publish("plone.part00", "3.0", &plone("new"));
        world.pypi(&INCREMENTAL).exits(0);
        assert_eq!(
            world.documents()["plone.part00-3.0"]["github_stars"],
            json!(12)
        );
    }
}

fn peers_collection(world: &World, through_alias: bool) {
    let ours = [
        "is_latest",
        "version_order",
        "serial",
        "license_spdx",
        "maintainers",
        "release_count",
    ];
    let name = if through_alias {
        format!("{}-old", world.target)
    } else {
        world.target.clone()
    };
    let mut collection = NewCollection::named(&name);
    collection
        .fields
        .retain(|field| !ours.contains(&field.name.as_str()));
    let mut documents: Vec<Value> = ["1.0", "1.1", "2.0"]
        .iter()
        .map(|version| peers_document("plone.part00", version))
        .collect();
    documents[2]["github_stars"] = json!(12);
    documents[2]["health_score"] = json!(75);
    documents[2]["contributors"] = json!([{"username": "jane", "contributions": 5}]);
    documents.push(peers_document("plone.part01", "2.0"));
    documents.push(peers_document("plone.bygone", "1.0"));
    let lines = documents
        .iter()
        .map(|document| document.to_string().into())
        .collect();
    let search = world.search();
    wait(async {
        search
            .create_collection(&collection)
            .await
            .expect("a collection");
        if through_alias {
            search
                .set_alias(&world.target, &name)
                .await
                .expect("an alias");
        }
        let outcomes = search
            .import(&name, Action::Upsert, lines)
            .await
            .expect("an import");
        assert!(
            outcomes
                .iter()
                .all(|outcome| *outcome == LineOutcome::Accepted),
            "{outcomes:?}"
        );
    });
}

fn peers_document(name: &str, version: &str) -> Value {
    let mut document = serde_json::to_value(Document {
        id: format!("{name}-{version}"),
        identifier: format!("{name}-{version}"),
        name: name.to_owned(),
        name_sortable: name.to_owned(),
        version: version.to_owned(),
        summary: "as the peer saw it".to_owned(),
        ..Document::default()
    })
    .expect("a document");
    let fields = document.as_object_mut().expect("an object");
    for ours in [
        "is_latest",
        "version_order",
        "serial",
        "license_spdx",
        "maintainers",
        "registry",
    ] {
        fields.remove(ours);
    }
    document
}
