//! The registry misbehaves: nothing is lost, nothing wrongly deleted, the message names what it is
//! about, and the next run completes the job.

use std::time::Duration;

use pyfa_testkit::pypi::{Fault, On, ReleaseSpec, RequestKind};
use serde_json::json;

use crate::support::scene::INCREMENTAL;
use crate::support::{Outcome, World, outcome, plone, until};

/// Three projects with two releases each, already indexed, and a change of one.
fn moved() -> Option<World> {
    let world = World::empty()?;
    for name in ["plone.one", "plone.two", "plone.three"] {
        world.pypi.publish(name, "1.0", &plone("first"));
        world.pypi.publish(name, "1.1", &plone("second"));
    }
    world.pypi(&INCREMENTAL).exits(0);
    world.pypi.publish("plone.two", "2.0", &plone("third"));
    Some(world)
}

fn on_project(name: &str) -> On {
    On::Document(RequestKind::Project, name.to_owned())
}

/// The reason that a list of the report gives for a project.
fn reason<'a>(run: &'a Outcome, list: &str, name: &str) -> &'a str {
    let entries = run.report[list].as_array().map(Vec::as_slice);
    entries
        .unwrap_or_default()
        .iter()
        .find(|entry| entry["name"] == name)
        .and_then(|entry| entry["reason"].as_str())
        .unwrap_or_else(|| panic!("`{name}` is not {list}: {}", run.report))
}

/// Holds that the last change is there, and everything before it.
#[track_caller]
fn is_complete(world: &World) {
    let ids = world.ids();
    assert_eq!(ids.len(), 7, "{ids:?}");
    assert!(ids.contains(&"plone.two-2.0".to_owned()));
}

#[test]
fn faults_that_pass_quickly_cost_nothing_but_time() {
    let faults = [
        Fault::Status(429),
        Fault::RetryAfterSeconds(1),
        Fault::RetryAfterDate(1),
        Fault::Status(500),
        Fault::Status(503),
        Fault::HalfBody,
        Fault::OlderSerial(1),
    ];
    for fault in faults {
        let Some(world) = moved() else { return };
        world
            .pypi
            .fail_next(1, on_project("plone.two"), fault.clone());
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert!(run.requests("project") > 1, "{fault:?}: {}", run.report);
        is_complete(&world);
    }
}

#[test]
fn what_does_not_pass_is_pending_and_retried_first() {
    let faults = [
        (Fault::Status(500), "status 500"),
        (Fault::Status(403), "status 403"),
        (Fault::HalfBody, "incomplete"),
        (Fault::OlderSerial(1), "announced"),
        (Fault::Html, "HTML"),
        (Fault::Status(404), "404"),
        (Fault::RetryAfterSeconds(100_000), "rate limiting"),
        (Fault::RetryAfterDate(100_000), "rate limiting"),
    ];
    for (fault, word) in faults {
        let Some(world) = moved() else { return };
        world.pypi.fail(on_project("plone.two"), fault.clone());
        let before = world.documents();
        // However often: a reason that may pass never becomes final.
        for _ in 0..3 {
            let run = world.pypi(&INCREMENTAL).exits(3);
            let why = reason(&run, "pending_retry", "plone-two");
            assert!(
                why.contains(word) && why.contains("`plone-two`"),
                "{fault:?}: {why}"
            );
            // The mark moves all the same: it says "examined, or pending retry".
            assert_eq!(run.report["mark"], json!(world.pypi.serial()));
            assert_eq!(world.documents(), before);
        }
        // Later changes of others come behind it.
        world.pypi.clear_faults();
        world.pypi.publish("plone.a", "1.0", &plone("new"));
        world.pypi.remove_project("plone.a");
        world.pypi.publish("plone.one", "1.1", &plone("again"));
        world.pypi.reset_counts();
        world
            .command(&["pypi", "-t", &world.target, "-i", "-p", "plone"])
            .env("PYPI_MAX_WORKERS", "1")
            .output()
            .expect("a run");
        let paths = world.pypi.recent_paths();
        let documents: Vec<&String> = paths
            .iter()
            .filter(|path| path.starts_with("/pypi/"))
            .collect();
        assert_eq!(documents[0], "/pypi/plone-two/json", "{paths:?}");
        is_complete(&world);
        world.pypi(&INCREMENTAL).exits(0);
    }
}

#[test]
fn a_project_that_fails_again_and_again_is_asked_at_growing_distance() {
    let Some(world) = moved() else { return };
    world.pypi.fail(on_project("plone.two"), Fault::Status(500));
    for _ in 0..4 {
        world.pypi(&INCREMENTAL).exits(3);
    }
    // Four failures: now it waits, and is still pending.
    world.pypi.reset_counts();
    let run = world.pypi(&INCREMENTAL).exits(3);
    assert_eq!(run.names("pending_retry"), ["plone-two"]);
    assert_eq!(world.pypi.counts().project, 0);
    // A project that is named does not wait, nor does one that has changed.
    world.pypi.clear_faults();
    world
        .pypi(&["-i", "-p", "plone", "--project", "plone.two"])
        .exits(0);
    is_complete(&world);
}

#[test]
fn a_registry_that_does_not_answer_is_not_waited_for_without_end() {
    silent(Fault::Hang);
}

#[test]
fn a_registry_that_falls_silent_is_not_waited_for_without_end() {
    silent(Fault::StallMidBody);
}

/// Takes as long as the client waits for the next byte: half a minute.
fn silent(fault: Fault) {
    let Some(world) = moved() else { return };
    world.pypi.fail(on_project("plone.two"), fault);
    let mut command = world.command(&[
        "pypi",
        "-t",
        &world.target,
        "--format",
        "json",
        "-i",
        "-p",
        "plone",
    ]);
    let run = outcome(command.env("PYPI_MAX_RETRIES", "0")).exits(3);
    let why = reason(&run, "pending_retry", "plone-two");
    assert!(why.contains("timeout"), "{why}");
    world.pypi.clear_faults();
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}

#[test]
fn what_is_refused_twice_for_good_is_rejected() {
    let faults = [
        (Fault::HugeDescription(200 << 20), "larger than the limit"),
        (Fault::MalformedJson, "cannot be read"),
    ];
    for (fault, word) in faults {
        let Some(world) = moved() else { return };
        world.pypi.fail(on_project("plone.two"), fault);
        let before = world.documents();
        let first = world.pypi(&INCREMENTAL).exits(3);
        assert!(reason(&first, "pending_retry", "plone-two").contains(word));
        for _ in 0..2 {
            let later = world.pypi(&INCREMENTAL).exits(0);
            assert!(reason(&later, "rejected", "plone-two").contains(word));
        }
        assert_eq!(world.documents(), before);
        // Until the registry changes it.
        world.pypi.clear_faults();
        world.pypi.set_owner("plone.two", &[("Owner", "ada")], None);
        let run = world.pypi(&INCREMENTAL).exits(0);
        assert!(run.names("rejected").is_empty());
        is_complete(&world);
    }
}

#[test]
fn one_release_that_cannot_be_read_costs_no_other() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.one", "1.0", &plone("first"));
    world.pypi.publish("plone.one", "2.0", &plone("second"));
    world.pypi.fail(
        On::Document(RequestKind::Release, "plone.one".to_owned()),
        Fault::Status(502),
    );
    let run = world.pypi(&INCREMENTAL).exits(3);
    let why = reason(&run, "pending_retry", "plone-one");
    assert!(
        why.contains("`1.0`") && why.contains("`plone-one`"),
        "{why}"
    );
    assert_eq!(world.ids(), ["plone.one-2.0"]);
    world.pypi.clear_faults();
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.ids(), ["plone.one-1.0", "plone.one-2.0"]);
}

#[test]
fn an_index_that_cannot_be_read_ends_the_run_and_removes_nothing() {
    let faults = [
        Fault::Status(500),
        Fault::Status(404),
        Fault::HalfBody,
        Fault::MalformedJson,
        Fault::Html,
        Fault::RetryAfterSeconds(100_000),
    ];
    let Some(world) = moved() else { return };
    let before = world.documents();
    let mark = std::fs::read(world.since_file()).expect("a since-file");
    for fault in faults {
        world.pypi.fail(On::Kind(RequestKind::Index), fault);
        let run = world.pypi(&INCREMENTAL).exits(1);
        assert!(
            run.stderr.contains("the index of all projects"),
            "{}",
            run.stderr
        );
        world.pypi.clear_faults();
        assert_eq!(world.documents(), before);
        assert_eq!(
            std::fs::read(world.since_file()).expect("a since-file"),
            mark
        );
    }
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}

/// A mirror that lags behind: an older index than one that was read before.
#[test]
fn an_older_index_removes_nothing() {
    let Some(world) = moved() else { return };
    world.pypi(&INCREMENTAL).exits(0);
    world.pypi.remove_project("plone.three");
    world
        .pypi
        .fail_next(1, On::Kind(RequestKind::Index), Fault::OlderSerial(3));
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.deleted"), 0);
    is_complete(&world);
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 1);
}

#[test]
fn what_the_index_lacks_and_the_registry_still_shows_stays() {
    let Some(world) = moved() else { return };
    // Gone from the index; its document answers 404, but its page says `quarantined`.
    world.pypi.quarantine("plone.one");
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
    // Gone for good, but the registry has a bad hour.
    world.pypi.remove_project("plone.three");
    for fault in [Fault::Status(500), Fault::Status(403), Fault::Html] {
        world
            .pypi
            .fail(On::Project("plone.three".to_owned()), fault);
        world.pypi(&INCREMENTAL);
        is_complete(&world);
        world.pypi.clear_faults();
    }
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 5);
}

#[test]
fn a_project_that_the_index_lists_and_whose_document_answers_404() {
    let Some(world) = World::empty() else { return };
    world.pypi.publish("plone.one", "1.0", &plone("first"));
    world
        .pypi
        .publish("plone.empty", "1.0", &plone("soon empty"));
    world.pypi.create("plone.never");
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 2);
    world.pypi.remove_release("plone.empty", "1.0");
    let run = world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    assert_eq!(world.ids(), ["plone.one-1.0"]);
    // And when there is something to show again, it is shown.
    world.pypi.publish("plone.empty", "2.0", &plone("back"));
    world
        .pypi
        .publish("plone.never", "0.1", &plone("after all"));
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(
        world.ids(),
        ["plone.empty-2.0", "plone.never-0.1", "plone.one-1.0"]
    );
}

/// The registry has announced that the list of releases may go.
#[test]
fn a_document_without_releases_is_no_empty_project() {
    let Some(world) = World::empty() else { return };
    for version in ["1.0", "1.1", "2.0"] {
        world.pypi.publish("plone.one", version, &plone(version));
    }
    world
        .pypi
        .fail(On::Kind(RequestKind::Project), Fault::NoReleases);
    world.pypi(&INCREMENTAL).exits(0);
    assert_eq!(world.document_count(), 3);
    world.pypi.remove_release("plone.one", "1.0");
    world.pypi.yank("plone.one", "1.1", "old");
    world.pypi(&INCREMENTAL).exits(0);
    let documents = world.documents();
    assert_eq!(
        documents.keys().collect::<Vec<_>>(),
        ["plone.one-1.1", "plone.one-2.0"]
    );
    assert_eq!(documents["plone.one-1.1"]["yanked"], json!(true));
    // Both lists say the same: nothing is written when the key comes back.
    world.pypi.clear_faults();
    let run = world.pypi(&["--refresh-from-pypi", "-p", "plone"]).exits(0);
    assert_eq!(run.number("documents.written"), 0, "{}", run.report);
}

/// `browse` that cannot be believed, or does not answer, costs a reading of every project.
#[test]
fn a_browse_that_lies_is_found_out() {
    let faults = [
        Fault::XmlRpcFault("too many requests".to_owned()),
        Fault::BrowseAnswers(Vec::new()),
        Fault::BrowseAnswers(vec![("nobody".to_owned(), "1".to_owned())]),
        Fault::HalfBody,
        Fault::Html,
    ];
    for fault in faults {
        let Some(world) = World::empty() else { return };
        for number in 0..510 {
            let name = format!("other{number}");
            world.pypi.publish(&name, "1.0", &ReleaseSpec::new());
        }
        world.pypi.publish("plone.one", "1.0", &plone("one"));
        world
            .pypi
            .fail(On::Kind(RequestKind::Browse), fault.clone());
        let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
        assert_eq!(world.ids(), ["plone.one-1.0"], "{fault:?}");
        assert!(
            run.stderr.contains("browse") || run.stderr.contains("classifier"),
            "{}",
            run.stderr
        );
        assert_eq!(run.number("projects.examined"), 511, "{fault:?}");
        world.pypi.clear_faults();
        until("nothing is left to do", || {
            world
                .pypi(&INCREMENTAL)
                .exits(0)
                .number("projects.examined")
                == 0
        });
    }
}

#[test]
fn the_latency_of_the_registry_is_no_fault() {
    let Some(world) = moved() else { return };
    world.pypi.set_latency(Duration::from_millis(150));
    world.pypi(&INCREMENTAL).exits(0);
    is_complete(&world);
}
