//! What must not be lost: by a registry that knows nothing, by documents without releases, and by
//! READMEs that move on.

use pyfa_testkit::npm::{FakeNpm, archive};
use pyfa_testkit::service::Fault;
use serde_json::{Value, json};

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::support::outcome;

/// A world whose collection holds three packages.
fn filled() -> Option<NpmWorld> {
    let world = NpmWorld::empty()?;
    for name in ["@plone/a", "@plone/b", "@plone/c"] {
        world.npm.publish(name, "1.0.0", &volto(name));
    }
    world.npm(&FULL).exits(0);
    Some(world)
}

const PRUNE: [&str; 4] = ["-i", "-p", "plone", "--prune"];

#[test]
fn a_registry_that_knows_no_package_removes_none() {
    let Some(world) = filled() else { return };
    let unknown = Fault::json(404, &json!({"error": "Not found"}));
    // The whole registry, and one whose search still works.
    for part in ["GET /", "GET /@plone"] {
        world.npm.controls().fail(part, unknown.clone());
        for words in [&INCREMENTAL[..], &PRUNE] {
            let run = world.npm(words);
            assert_eq!(run.number("projects.removed"), 0, "{part}: {}", run.report);
            assert_eq!(world.world.document_count(), 3, "{part}");
            assert!(run.report["mark"].is_null(), "{part}: {}", run.report);
        }
        world.npm.controls().clear_faults();
    }
    // Another registry knows some of them.
    let other = FakeNpm::start().expect("another registry");
    other.publish("@plone/a", "1.0.0", &volto("@plone/a"));
    let mut command = world.npm_command(&PRUNE);
    let run = outcome(command.env("NPM_BASE_URL", other.base_url()));
    assert_eq!(run.number("projects.removed"), 0, "{}", run.report);
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("the registry is another one"), "{notes}");
    assert_eq!(world.world.document_count(), 3);

    // What was taken back says so itself, so it needs no other to be believed.
    world.npm(&INCREMENTAL).exits(0);
    world.npm.remove("@plone/a");
    world.npm.unpublish("@plone/b");
    world.npm.controls().fail("/-/v1/search", Fault::html(503));
    let mut command = world.npm_command(&INCREMENTAL);
    let run = outcome(command.env("NPM_MAX_RETRIES", "0"));
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    world.npm.controls().clear_faults();
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    assert_eq!(world.world.ids(), ["@plone--c-1.0.0"]);
}

#[test]
fn a_document_without_versions_removes_nothing() {
    let without = |versions: Option<Value>| {
        let mut document = json!({"name": "@plone/b", "dist-tags": {"latest": "1.0.0"}});
        if let Some(versions) = versions {
            document["versions"] = versions;
        }
        document
    };
    let Some(world) = filled() else { return };
    let forms = [json!({}), Value::Null, json!([]), json!("1.0.0")];
    for versions in forms.map(Some).into_iter().chain([None]) {
        let document = without(versions);
        let fault = Fault::json(200, &document);
        world.npm.controls().fail("GET /@plone%2Fb", fault);
        let run = world.npm(&PRUNE);
        assert_eq!(
            run.number("projects.removed"),
            0,
            "{document}: {}",
            run.report
        );
        assert_eq!(world.world.document_count(), 3, "{document}");
        world.npm.controls().clear_faults();
    }
    world.npm.publish("@plone/b", "1.1.0", &volto("again"));
    world.npm(&INCREMENTAL).exits(0);
    assert_eq!(world.document("@plone--b-1.1.0")["summary"], json!("again"));
}

#[test]
fn a_refresh_of_some_packages_reads_them_again() {
    let Some(world) = filled() else { return };
    let words = ["--refresh-from-npm", "-p", "plone", "-fn", "plone/b"];
    let run = world.npm(&words).exits(0);
    assert_eq!(run.number("projects.matched"), 1, "{}", run.report);
    assert_eq!(run.number("documents.unchanged"), 1, "{}", run.report);
    let run = world.npm(&["--refresh-from-npm", "-p", "plone", "-l", "2"]);
    assert_eq!(run.number("projects.matched"), 2, "{}", run.report);
}

fn description(world: &NpmWorld, id: &str) -> String {
    let document = world.document(id);
    let text = document["description"].as_str().unwrap_or_default();
    text.to_owned()
}

#[test]
fn a_readme_stays_when_the_document_moves_on_to_the_next_release() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/a", "1.0.0", &volto("a"));
    let set = |text: &str| {
        world.npm.edit("@plone/a", |document| {
            document["readme"] = text.into();
        });
    };
    set("# The first");
    world.npm(&FULL).exits(0);
    world.npm.publish("@plone/a", "1.1.0", &volto("a"));
    set("# The second");
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.written"), 2, "{}", run.report);
    let first = description(&world, "@plone--a-1.0.0");
    assert!(first.contains("The first"), "{first}");
    assert!(description(&world, "@plone--a-1.1.0").contains("The second"));
}

#[test]
fn files_are_tried_again_and_read_where_the_setting_changes() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/a", "1.0.0", &volto("a"));
    let file = archive(&[("package/README.md", "# In the file")]);
    world.npm.set_file("@plone/a", "1.0.0", file);
    let with_files = |words: &[&str]| {
        let mut command = world.npm_command(words);
        outcome(
            command
                .env("NPM_READMES_FROM_FILES", "1")
                .env("NPM_MAX_RETRIES", "0"),
        )
    };
    world.npm(&FULL).exits(0);
    assert_eq!(description(&world, "@plone--a-1.0.0"), "");
    // Nothing has changed but the setting, and the file cannot be had at first.
    world.npm.controls().fail(".tgz", Fault::status(503));
    let run = with_files(&INCREMENTAL);
    assert_eq!(run.names("pending_retry"), ["@plone/a"], "{}", run.report);
    world.npm.controls().clear_faults();
    with_files(&["-i", "-p", "plone", "--force"]).exits(0);
    assert!(description(&world, "@plone--a-1.0.0").contains("In the file"));

    // A later release has its own, and the earlier one keeps the file's.
    world.npm.publish("@plone/a", "1.1.0", &volto("a"));
    with_files(&INCREMENTAL).exits(0);
    assert!(description(&world, "@plone--a-1.0.0").contains("In the file"));
    let run = with_files(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.unchanged"), 1, "{}", run.report);
}

#[test]
fn a_search_that_refuses_later_pages_ends_there() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for name in ["@plone/a", "@plone/b", "@plone/c"] {
        world.npm.publish(name, "1.0.0", &volto(name));
    }
    world.npm.set_search(pyfa_testkit::npm::FakeSearch {
        page: 2,
        ..Default::default()
    });
    world.npm.controls().fail("from=2", Fault::status(400));
    let run = world.npm(&FULL).exits(0);
    assert!(run.report["mark"].is_number(), "{}", run.report);
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("ends after 2 of 3 packages"), "{notes}");
}
