//! `--recreate-collection` and `--rollback`.

use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use pyfa::search::NewCollection;
use serde_json::json;

use super::{bare, document, filled};
use crate::support::{finish, plone, until, wait};

#[test]
fn the_aliases_move_and_the_old_one_stays() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let before = world.documents();
    let planned = world
        .manage(&["--recreate-collection", target, "--dry-run"])
        .exits(0);
    assert!(
        planned.stdout.contains(&format!("`{target}-2`")),
        "{}",
        planned.stdout
    );
    assert!(!world.exists(&format!("{target}-2")));

    let said = world.manage(&["--recreate-collection", target]).exits(0);
    assert_eq!(said.stdout, format!("`{target}` points at `{target}-2`\n"));
    assert!(
        said.stderr.contains(&format!("manage rollback {target}")),
        "{}",
        said.stderr
    );
    assert_eq!(world.documents(), before);
    assert_eq!(world.held(&format!("{target}-1")), before);

    // The next run goes on where the last one stood.
    let next = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(next.requests("project"), 0, "{}", next.report);
    assert!(!next.stderr.contains("full run"), "{}", next.stderr);
    world.pypi.publish("plone.part0", "3.0", &plone("newer"));
    let next = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(next.requests("project"), 1, "{}", next.report);

    let back = world.manage(&["--rollback", target]).exits(0);
    assert!(
        back.stdout.contains("(13 documents) back to"),
        "{}",
        back.stdout
    );
    assert_eq!(world.documents(), before);
    world.manage(&["--rollback", target]).exits(1);
    let next = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(next.requests("project"), 1, "{}", next.report);
    // A later rebuild does not touch what is kept.
    world
        .manage(&["--recreate-collection", target, "-f"])
        .exits(0);
    assert_eq!(world.real(target), Some(format!("{target}-3")));
    assert!(!world.exists(&format!("{target}-1")) && world.exists(&format!("{target}-2")));
    world.manage(&["--rollback", target]).exits(2);
    let gone = world.manage(&["--rollback", target, "-f"]).exits(0);
    assert!(
        gone.stdout.contains(&format!("back to `{target}-2`")),
        "{}",
        gone.stdout
    );
}

#[test]
fn a_plain_collection_becomes_an_alias_after_a_yes() {
    let Some(world) = bare() else { return };
    let plain = world.typesense.unique_name("plain");
    let second = format!("{plain}-also");
    world.create(&NewCollection::named(&plain));
    world.write(&plain, &[document("a-1"), document("b-1")]);
    world
        .manage(&["--add-alias", "-s", &second, "-t", &plain])
        .exits(0);
    let before = world.held(&plain);
    let refused = world.manage(&["--recreate-collection", &plain]).exits(2);
    assert!(
        refused.stderr.contains("delete the collection"),
        "{}",
        refused.stderr
    );
    assert!(world.exists(&plain) && !world.exists(&format!("{plain}-1")));
    let said = world
        .manage(&["--recreate-collection", &plain, "-f"])
        .exits(0);
    assert!(
        said.stderr.contains("pointed nowhere for"),
        "{}",
        said.stderr
    );
    for name in [&plain, &second] {
        assert_eq!(world.real(name), Some(format!("{plain}-1")));
    }
    assert_eq!(world.held(&plain), before);
    let gone = world.manage(&["--rollback", &plain]).exits(1);
    assert!(gone.stderr.contains("no longer exists"), "{}", gone.stderr);
}

#[test]
fn where_there_is_nothing_an_empty_one_is_made() {
    let Some(world) = bare() else { return };
    let name = world.typesense.unique_name("none");
    let said = world.manage(&["--recreate-collection", &name]).exits(0);
    assert!(
        said.stderr.contains("create an empty collection"),
        "{}",
        said.stderr
    );
    assert_eq!(world.real(&name), Some(format!("{name}-1")));
    assert!(world.held(&name).is_empty());
}

#[test]
fn what_does_not_fit_keeps_the_old_one() {
    let Some(world) = bare() else { return };
    let name = world.typesense.unique_name("lossy");
    let old = format!("{name}-1");
    let mut theirs = NewCollection::named(&old);
    for field in &mut theirs.fields {
        if field.name == "health_score" {
            field.kind = "string".to_owned();
        }
    }
    world.create(&theirs);
    world
        .manage(&["--add-alias", "-s", &name, "-t", &old])
        .exits(0);
    let mut whole = document("a-1");
    whole["health_score"] = json!("good");
    world.write(&old, &[whole]);
    let said = world
        .manage(&["--recreate-collection", &name, "-f"])
        .exits(0);
    assert!(said.stderr.contains("not copied"), "{}", said.stderr);
    assert!(
        said.stderr.contains("do not fit the schema"),
        "{}",
        said.stderr
    );
    assert_eq!(world.real(&name), Some(format!("{name}-2")));
    assert!(world.exists(&old), "it holds what the new one does not");
}

/// Somebody else writes to the old collection while it is copied: past the lock, as other tools do.
#[test]
fn what_is_written_meanwhile_is_not_lost() {
    let Some(world) = filled() else { return };
    let (target, old) = (world.target.as_str(), format!("{}-1", world.target));
    let documents: Vec<_> = (0..3_000)
        .map(|number| document(&format!("x-{number}")))
        .collect();
    for part in documents.chunks(1_000) {
        world.write(&old, part);
    }
    let run = world
        .command(&["manage", "--recreate-collection", target])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let new = format!("{target}-2");
    until("the copy has begun", || {
        wait(world.search().fetch_collection(&new))
            .expect("an answer")
            .is_some_and(|collection| collection.num_documents > 0)
    });
    world.write(&old, &[document("late-1")]);
    let expected = world.held(&old);
    finish(run).exits(0);
    assert_eq!(world.real(target).as_deref(), Some(&*new));
    assert_eq!(world.held(target), expected);
}

#[test]
fn searches_never_notice() {
    let Some(world) = filled() else { return };
    let target = world.target.clone();
    let documents: Vec<_> = (0..2_000)
        .map(|number| document(&format!("x-{number}")))
        .collect();
    for part in documents.chunks(1_000) {
        world.write(&format!("{target}-1"), part);
    }
    let (over, searches) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                wait(async {
                    let search = world.search();
                    while !over.load(Ordering::Relaxed) {
                        let found = search
                            .search(
                                &target,
                                &[("q", "*".to_owned()), ("query_by", "name".to_owned())],
                            )
                            .await
                            .expect("no search fails");
                        assert_eq!(found["found"], 2_012);
                        searches.fetch_add(1, Ordering::Relaxed);
                    }
                });
            });
        }
        for _ in 0..3 {
            let before = searches.load(Ordering::Relaxed);
            let said = world.manage(&["--recreate-collection", &target, "-f"]);
            if said.code != 0 {
                over.store(true, Ordering::Relaxed);
            }
            said.exits(0);
            assert!(
                searches.load(Ordering::Relaxed) > before,
                "nobody searched meanwhile"
            );
        }
        over.store(true, Ordering::Relaxed);
    });
    assert_eq!(world.real(&target), Some(format!("{target}-4")));
}

#[test]
fn a_fetch_and_a_rebuild_wait_for_each_other() {
    let Some(world) = filled() else { return };
    let target = world.target.as_str();
    let also = format!("{target}-also");
    world
        .manage(&["--add-alias", "-s", &also, "-t", target])
        .exits(0);
    // The fetch is at work when the rebuild begins.
    world.pypi.publish("plone.part0", "3.0", &plone("newer"));
    world.pypi.set_latency(Duration::from_millis(800));
    let fetch = world.start_pypi(&["-i", "-p", "plone"]);
    until("the fetch has begun", || world.pypi.counts().index > 1);
    let rebuilt = world.manage(&["--recreate-collection", target]).exits(0);
    finish(fetch).exits(0);
    assert!(
        rebuilt.stderr.contains("13 documents"),
        "{}",
        rebuilt.stderr
    );
    world.pypi.set_latency(Duration::ZERO);

    // The fetch, by another name, waits for a rebuild and then writes to the new collection.
    let (home, server) = (world.pyfa_home(), world.search().address().to_owned());
    let real = format!("{target}-2");
    let held = pyfa::store::lock::try_acquire(&home, &server, &real, "manage").expect("a lock");
    world.pypi.publish("plone.part1", "3.0", &plone("newer"));
    let fetch = world
        .command(&["pypi", "-t", &also, "-i", "-p", "plone"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let asked = world.pypi.counts().index;
    // By the time it waits for the collection it holds the lock of the name.
    until("the fetch waits", || {
        matches!(
            pyfa::store::lock::try_acquire(&home, &server, &also, "test"),
            Ok(pyfa::store::lock::Acquired::Held(_))
        )
    });
    assert_eq!(world.pypi.counts().index, asked);
    let moved = format!("{target}-3");
    world.create(&NewCollection::named(&moved));
    wait(world.search().set_alias(&also, &moved)).expect("a switch");
    drop(held);
    finish(fetch).exits(0);
    assert_eq!(world.held(&moved).len(), 14);
    assert_eq!(world.held(&real).len(), 13);
}
