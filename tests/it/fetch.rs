//! Fetching, from the first full run to incremental ones: HTTP in, documents out.

use serde_json::{Value, json};

use crate::support::{World, plone};
use pyfa_testkit::pypi::ReleaseSpec;

#[test]
fn a_full_run_writes_every_release_of_every_matching_project() {
    let Some(world) = World::recorded() else {
        return;
    };
    let run = world.pypi(&["-f", "-p", "plone"]).exits(0);
    let documents = world.documents();
    assert_eq!(run.number("projects.matched"), 5);
    assert_eq!(run.number("documents.written"), documents.len() as u64);
    // One latest for each project, and it is the one that the registry names.
    let latest: Vec<&str> = documents
        .values()
        .filter(|document| document["is_latest"] == json!(true))
        .filter_map(|document| document["id"].as_str())
        .collect();
    assert_eq!(
        latest,
        [
            "Products.CMFPlone-6.2.2",
            "collective.easyform-5.0.2",
            "collective.z3cform.datagridfield-4.0.3",
            "plone.api-3.0.3",
            "plone.restapi-10.0.4"
        ]
    );
    assert_eq!(
        documents
            .keys()
            .filter(|id| id.starts_with("plone.api-"))
            .count(),
        87
    );
    // The alias was made, and the mark stands in the since-file.
    let mark = fs_err::read_to_string(world.since_file()).expect("a since-file");
    assert!(
        mark.starts_with(&format!("{}-1 {} ", world.target, world.pypi.serial())),
        "{mark}"
    );

    // Nothing has changed: one look at the index, and no document.
    let second = world.pypi(&["-f", "-p", "plone"]).exits(0);
    assert_eq!(second.number("documents.written"), 0);
    let requests: u64 = second.report["http"]["requests"]
        .as_object()
        .expect("counts")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert!(requests <= 3, "{}", second.report["http"]);
}

#[test]
fn an_incremental_run_reads_what_has_moved_and_nothing_else() {
    let Some(world) = World::empty() else { return };
    for name in ["Plone.One", "plone.two", "plone_three"] {
        for version in ["1.0", "1.1"] {
            world.pypi.publish(name, version, &plone("first"));
        }
    }
    world.pypi.publish("other", "1.0", &ReleaseSpec::new());
    // Without a line in the since-file this is a full run.
    let first = world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(first.number("projects.examined"), 4);
    assert_eq!(
        world.ids(),
        [
            "Plone.One-1.0",
            "Plone.One-1.1",
            "plone.two-1.0",
            "plone.two-1.1",
            "plone_three-1.0",
            "plone_three-1.1"
        ]
    );

    world.pypi.publish("plone.two", "2.0", &plone("second"));
    world.pypi.publish("other", "1.1", &ReleaseSpec::new());
    let second = world.pypi(&["-i", "-p", "plone"]).exits(0);
    // Both projects that moved; of the releases only the new one, which the project document
    // carries; the old latest comes out of the cache.
    assert_eq!(
        (second.requests("project"), second.requests("release")),
        (2, 0),
        "{}",
        second.report
    );
    assert_eq!(second.number("documents.written"), 2);
    let documents = world.documents();
    assert_eq!(documents["plone.two-2.0"]["is_latest"], json!(true));
    assert_eq!(documents["plone.two-2.0"]["release_count"], json!(3));
    assert_eq!(documents["plone.two-1.1"]["is_latest"], json!(false));
    assert!(documents["plone.two-1.1"].get("release_count").is_none());
}

#[test]
fn yanks_removals_and_new_spellings_reach_the_collection() {
    let Some(world) = World::empty() else { return };
    for version in ["1.0", "1.1", "2.0"] {
        world.pypi.publish("plone.one", version, &plone(version));
    }
    world.pypi.publish("plone.gone", "1.0", &plone("gone"));
    world.pypi.publish("plone.left", "1.0", &plone("left"));
    world.pypi.publish("plone.held", "1.0", &plone("held"));
    world.pypi(&["-f", "-p", "plone"]).exits(0);

    world.pypi.yank("plone.one", "2.0", "broken wheel");
    world.pypi.remove_release("plone.one", "1.0");
    world.pypi.rename("plone.one", "Plone.One");
    world.pypi.remove_project("plone.gone");
    world.pypi.publish("plone.left", "2.0", &ReleaseSpec::new());
    world.pypi.quarantine("plone.held");
    let run = world.pypi(&["-i", "-p", "plone"]).exits(0);
    let documents = world.documents();
    assert_eq!(
        documents.keys().collect::<Vec<_>>(),
        ["Plone.One-1.1", "Plone.One-2.0", "plone.held-1.0"],
        "{}",
        run.report
    );
    assert_eq!(documents["Plone.One-2.0"]["yanked"], json!(true));
    assert_eq!(
        documents["Plone.One-2.0"]["yanked_reason"],
        json!("broken wheel")
    );
    assert_eq!(documents["Plone.One-1.1"]["is_latest"], json!(true));
    assert_eq!(run.number("projects.removed"), 2);

    // And back: what was withheld is still there, and moves on.
    world.pypi.unquarantine("plone.held");
    world.pypi.unyank("plone.one", "2.0");
    world.pypi(&["-i", "-p", "plone"]).exits(0);
    let documents = world.documents();
    assert_eq!(documents["Plone.One-2.0"]["is_latest"], json!(true));
    assert_eq!(documents["Plone.One-2.0"]["yanked"], json!(false));
    assert_eq!(documents["Plone.One-1.1"]["is_latest"], json!(false));
    assert!(documents.contains_key("plone.held-1.0"));
}
