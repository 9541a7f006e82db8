//! What a run must not do unasked: remove much, forget rules, exceed a limit, write in a dry run,
//! or tell secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyfa_testkit::pypi::{Fault, On, ReleaseSpec, RequestKind};
use serde_json::json;

use crate::support::scene::INCREMENTAL;
use crate::support::{World, folder_holds, plone};

/// A world with `count` matching projects of one release each, already indexed.
fn indexed(count: usize) -> Option<World> {
    let world = World::empty()?;
    for number in 0..count {
        world
            .pypi
            .publish(&name(number), "1.0", &plone(&name(number)));
    }
    world.pypi(&INCREMENTAL).exits(0);
    Some(world)
}

fn name(number: usize) -> String {
    format!("plone.part{number:02}")
}

#[test]
fn many_removals_at_once_need_a_second_thought() {
    // One kind alone, and both together.
    for (vanishing, leaving) in [(21, 0), (0, 21), (11, 10)] {
        let Some(world) = indexed(60) else { return };
        for number in 0..vanishing {
            world.pypi.remove_project(&name(number));
        }
        for number in vanishing..vanishing + leaving {
            world
                .pypi
                .publish(&name(number), "2.0", &ReleaseSpec::new());
        }
        let before = world.documents();
        for _ in 0..2 {
            let run = world.pypi(&INCREMENTAL).exits(3);
            assert_eq!(world.documents(), before);
            assert_eq!(run.names("kept").len(), 21);
            assert!(run.stderr.contains("--prune"), "{}", run.stderr);
        }
        let run = world.pypi(&["-i", "-p", "plone", "--prune"]).exits(0);
        assert_eq!(run.number("projects.removed"), 21);
        assert_eq!(world.document_count(), 39);
        world.pypi(&INCREMENTAL).exits(0);
    }
}

/// What a short index lacks is not gone, and what else it lacks is not passed over for good.
#[test]
fn an_index_that_lacks_what_the_registry_serves_sets_no_mark() {
    let Some(world) = indexed(6) else { return };
    let (before, mark) = (world.documents(), world.since_file());
    let marked = std::fs::read(&mark).expect("a since-file");
    // The new one is among those that the index lacks.
    world.pypi.publish("plone.partnew", "1.0", &plone("new"));
    world
        .pypi
        .publish("plone.part00", "2.0", &plone("seen all the same"));
    world
        .pypi
        .fail(On::Kind(RequestKind::Index), Fault::ShortIndex(3));
    let run = world.pypi(&INCREMENTAL).exits(3);
    assert_eq!(
        run.names("pending_retry"),
        ["plone-part03", "plone-part04", "plone-part05"]
    );
    assert!(run.stderr.contains("the index lacks 3"), "{}", run.stderr);
    assert_eq!(world.document_count(), before.len() as u64 + 1);
    assert_eq!(std::fs::read(&mark).expect("a since-file"), marked);
    world.pypi.clear_faults();
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), before.len() as u64 + 2);
}

#[test]
fn twenty_projects_may_go() {
    let Some(world) = indexed(30) else { return };
    for number in 0..20 {
        world.pypi.remove_project(&name(number));
    }
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 10);
}

#[test]
fn other_rules_add_and_remove_only_when_told() {
    let Some(world) = World::empty() else { return };
    let django = ReleaseSpec::new().classifiers(["Framework :: Django"]);
    for number in 0..3 {
        world.pypi.publish(&name(number), "1.0", &plone("plone"));
        world
            .pypi
            .publish(&format!("django.part{number}"), "1.0", &django);
    }
    world.pypi(&["-f", "-ft", "Framework :: Plone"]).exits(0);
    assert_eq!(world.document_count(), 3);
    let run = world.pypi(&["-f", "-ft", "Framework :: Django"]).exits(0);
    assert_eq!(world.document_count(), 6);
    assert_eq!(run.number("documents.deleted"), 0);
    assert_eq!(
        run.names("kept"),
        ["plone-part00", "plone-part01", "plone-part02"]
    );
    assert!(run.stderr.contains("--prune"), "{}", run.stderr);
    // The recorded rules are the first ones: what they do not select may leave under them.
    let run = world.pypi(&["-i", "-ft", "Framework :: Plone"]).exits(0);
    assert_eq!(run.number("documents.deleted"), 3, "{}", run.report);
    world
        .pypi(&["-f", "-ft", "Framework :: Django", "--prune"])
        .exits(0);
    assert!(world.ids().iter().all(|id| id.starts_with("django.")));
    // From now on these are the rules.
    world.pypi.publish("django.part0", "2.0", &plone("moved"));
    world.pypi(&["-i", "-ft", "Framework :: Django"]).exits(0);
    assert_eq!(world.document_count(), 2);
}

#[test]
fn a_limit_is_exact_and_claims_nothing() {
    let Some(world) = World::empty() else { return };
    for number in 0..10 {
        world
            .pypi
            .publish(&format!("other{number}"), "1.0", &ReleaseSpec::new());
        for version in ["1.0", "2.0"] {
            world.pypi.publish(&name(number), version, &plone(version));
        }
    }
    let run = world.pypi(&["-f", "-p", "plone", "-l", "3"]).exits(0);
    assert_eq!(run.number("projects.matched"), 3);
    assert_eq!(world.document_count(), 6);
    assert!(!world.since_file().exists());
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 20);
    // It removes what it has examined, and nothing else.
    world.pypi.remove_project(&name(9));
    world.pypi.publish(&name(0), "3.0", &ReleaseSpec::new());
    world.pypi(&["-i", "-p", "plone", "-l", "5"]).exits(0);
    assert_eq!(world.document_count(), 18);
    assert!(!world.ids().contains(&format!("{}-1.0", name(0))));
}

#[test]
fn a_narrowed_run_removes_only_what_it_examines() {
    let Some(world) = indexed(4) else { return };
    for number in 0..2 {
        world.pypi.remove_project(&name(number));
    }
    let mark = std::fs::read(world.since_file()).expect("a since-file");
    world.pypi(&["-i", "-p", "plone", "-fn", "part01"]).exits(0);
    assert_eq!(
        world.ids(),
        ["plone.part00-1.0", "plone.part02-1.0", "plone.part03-1.0"]
    );
    assert_eq!(
        std::fs::read(world.since_file()).expect("a since-file"),
        mark
    );
    world
        .pypi(&["-i", "-p", "plone", "--project", "Plone_Part00"])
        .exits(0);
    assert_eq!(world.ids(), ["plone.part02-1.0", "plone.part03-1.0"]);
}

#[test]
fn the_choice_of_versions_is_kept() {
    let Some(world) = World::empty() else { return };
    for version in ["1.0", "2.0"] {
        world.pypi.publish("plone.one", version, &plone(version));
    }
    world
        .pypi(&["-f", "-p", "plone", "--versions", "latest"])
        .exits(0);
    let run = world
        .pypi(&["-f", "-p", "plone", "--versions", "all"])
        .exits(2);
    assert!(run.stderr.contains("--prune"), "{}", run.stderr);
    world.pypi.publish("plone.one", "3.0", &plone("third"));
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.ids(), ["plone.one-3.0"]);
    world
        .pypi(&["-f", "-p", "plone", "--versions", "all", "--prune"])
        .exits(0);
    assert_eq!(world.document_count(), 3);
    world
        .pypi(&["-f", "-p", "plone", "--versions", "latest", "--prune"])
        .exits(0);
    assert_eq!(world.ids(), ["plone.one-3.0"]);
}

/// Every file below a folder with its bytes.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.insert(path.clone(), Vec::new());
            files.extend(snapshot(&path));
        } else {
            files.insert(path.clone(), std::fs::read(path).expect("a file"));
        }
    }
    files
}

#[track_caller]
fn assert_same_files(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    for path in one.keys().chain(other.keys()) {
        assert_eq!(
            one.get(path).map(Vec::len),
            other.get(path).map(Vec::len),
            "{}",
            path.display()
        );
    }
    assert!(one == other, "the bytes of a file have changed");
}

#[test]
fn a_dry_run_writes_nothing_and_says_what_it_would() {
    let Some(world) = indexed(4) else { return };
    world.pypi.remove_project("plone.part00");
    world.pypi.publish("plone.part01", "2.0", &plone("second"));
    world
        .pypi
        .publish("plone.part02", "2.0", &ReleaseSpec::new());
    world.pypi.publish("plone.broken", "1.0", &plone("broken"));
    world
        .pypi
        .fail(On::Project("plone.broken".to_owned()), Fault::Status(500));
    let (files, documents) = (snapshot(world.home.path()), world.documents());
    let run = world.pypi(&["-i", "-p", "plone", "--dry-run"]).exits(3);
    assert_eq!(world.documents(), documents);
    assert_same_files(&snapshot(world.home.path()), &files);
    assert_eq!(
        run.report["changes"],
        json!([
            {"kind": "add", "id": "plone.part01-2.0"},
            {"kind": "change", "id": "plone.part01-1.0"},
            {"kind": "delete", "id": "plone.part00-1.0"},
            {"kind": "delete", "id": "plone.part02-1.0"},
        ])
    );
    assert_eq!(run.report["mark"], json!(null));
    assert_eq!(run.names("pending_retry"), ["plone-broken"]);
    let text = world.run(&[
        "pypi",
        "-t",
        &world.target,
        "-i",
        "-p",
        "plone",
        "--dry-run",
    ]);
    for line in [
        "+ plone.part01-2.0",
        "~ plone.part01-1.0",
        "- plone.part00-1.0",
    ] {
        assert!(text.stdout.contains(line), "{}", text.stdout);
    }
}

#[test]
fn a_dry_run_before_the_first_leaves_no_trace() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.one", "1.0", &plone("one"));
    let run = world.pypi(&["-f", "-p", "plone", "--dry-run"]).exits(0);
    assert_eq!(
        run.report["changes"],
        json!([{"kind": "add", "id": "plone.one-1.0"}])
    );
    assert_eq!(snapshot(world.home.path()), BTreeMap::new());
    let none = crate::support::wait(world.search().fetch_collection(&world.target));
    assert!(none.expect("an answer").is_none());
}

#[test]
fn secrets_are_told_to_nobody() {
    let Some(world) = indexed(3) else { return };
    let key = world.typesense.api_key();
    world.pypi.fail(On::Everything, Fault::Status(500));
    let failing = world.pypi(&INCREMENTAL).exits(1);
    world.pypi.clear_faults();
    let talkative = world
        .pypi(&["-f", "-p", "plone", "--force", "-vvv"])
        .exits(0);
    let shown = world.run(&["config"]).exits(0);
    // A registry behind a password: that is a secret as well.
    let address = world
        .pypi
        .base_url()
        .replace("http://", "http://me:hush-hush@");
    let mut command = world.command(&["pypi", "-t", &world.target, "-f", "-p", "plone", "-vvv"]);
    let with_password = crate::support::outcome(command.env("PYPI_BASE_URL", &address));
    for run in [failing, talkative, shown, with_password] {
        for text in [&run.stdout, &run.stderr] {
            for secret in [key, "hush-hush"] {
                assert!(!text.contains(secret), "`{secret}` in {text}");
            }
        }
    }
    assert!(!folder_holds(world.home.path(), key));
    assert!(!folder_holds(world.home.path(), "hush-hush"));
}
