//! A registry in trouble: nothing is lost, and what could not be read is tried again.

use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::support::{folder_holds, outcome};

/// A world whose collection holds three packages.
fn filled() -> Option<NpmWorld> {
    let world = NpmWorld::empty()?;
    for name in ["@plone/a", "@plone/b", "@plone/c"] {
        world.npm.publish(name, "1.0.0", &volto(name));
    }
    world.npm(&FULL).exits(0);
    Some(world)
}

#[test]
fn answers_that_say_nothing_remove_nothing() {
    let other = json!({
        "name": "@plone/c", "dist-tags": {"latest": "9.0.0"}, "versions": {"9.0.0": volto("other")},
    });
    for (what, fault) in [
        ("401", Fault::json(401, &json!({"error": "Unauthorized"}))),
        ("403", Fault::status(403)),
        ("404 of a proxy", Fault::html(404)),
        ("maintenance", Fault::html(200)),
        ("500", Fault::status(500)),
        ("cut", Fault::HalfBody),
        ("cut JSON", Fault::MalformedJson),
        ("another package", Fault::json(200, &other)),
        ("no object", Fault::json(200, &json!([1]))),
    ] {
        let Some(world) = filled() else { return };
        world.npm.publish("@plone/b", "1.1.0", &volto("moved"));
        world.npm.controls().fail("GET /@plone%2Fb", fault);
        let mut command = world.npm_command(&INCREMENTAL);
        let run = outcome(command.env("NPM_MAX_RETRIES", "1"));
        assert_eq!(run.number("projects.failed"), 1, "{what}: {}", run.report);
        assert_eq!(run.number("projects.removed"), 0, "{what}");
        assert_eq!(
            run.number("projects.unchanged"),
            2,
            "{what}: {}",
            run.report
        );
        assert_eq!(world.world.document_count(), 3, "{what}");
        world.npm.controls().clear_faults();
        // Asked for by name, it does not wait until it is due.
        world
            .npm(&["-p", "plone", "--project", "@plone/b"])
            .exits(0);
        assert_eq!(
            world.document("@plone--b-1.1.0")["summary"],
            json!("moved"),
            "{what}"
        );
    }
}

#[test]
fn a_registry_that_wants_a_pause_gets_it() {
    let Some(world) = filled() else { return };
    world.npm.publish("@plone/b", "1.1.0", &volto("moved"));
    let wait = Fault::Answer {
        status: 429,
        headers: vec![("retry-after", "1".to_owned())],
        body: String::new(),
    };
    world.npm.controls().fail_next(2, "GET /@plone", wait);
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.written"), 2, "{}", run.report);
}

#[test]
fn a_search_that_fails_leaves_the_mark_where_it_is() {
    let Some(world) = filled() else { return };
    world.npm.publish("@plone/b", "1.1.0", &volto("moved"));
    world.npm.controls().fail("/-/v1/search", Fault::html(503));
    let mut command = world.npm_command(&INCREMENTAL);
    let run = outcome(command.env("NPM_MAX_RETRIES", "0")).exits(0);
    assert_eq!(run.number("documents.written"), 2, "{}", run.report);
    assert!(run.report["mark"].is_null());
    assert!(
        run.report["notes"]
            .to_string()
            .contains("those that are known are asked")
    );
}

#[test]
fn the_token_goes_to_the_registry_alone_and_is_never_shown() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/a", "1.0.0", &volto("a"));
    let other = pyfa_testkit::npm::FakeNpm::start().expect("another host");
    other.publish("@plone/a", "1.0.0", &volto("a"));
    other.set_file(
        "@plone/a",
        "1.0.0",
        pyfa_testkit::npm::archive(&[("package/README.md", "x")]),
    );
    let elsewhere = format!("{}/@plone/a/-/a-1.0.0.tgz", other.base_url());
    world.npm.edit("@plone/a", |document| {
        document["versions"]["1.0.0"]["dist"]["tarball"] = elsewhere.into();
        document["versions"]["1.0.0"]["dist"]["integrity"] = "sha512-AAAA".into();
    });
    let mut command = world.npm_command(&["-f", "-p", "plone", "-vv"]);
    command
        .env("NPM_AUTH_TOKEN", "npm_hush")
        .env("NPM_READMES_FROM_FILES", "5");
    let run = outcome(&mut command).exits(0);
    assert_eq!(world.npm.tokens(), ["Bearer npm_hush"]);
    assert_eq!(other.controls().count(".tgz"), 0);
    assert!(!run.stderr.contains("hush") && !run.stdout.contains("hush"));
    assert!(!folder_holds(world.world.home.path(), "npm_hush"));
    let shown = outcome(world.command(&["config"]).env("NPM_AUTH_TOKEN", "npm_hush")).exits(0);
    assert!(!shown.stdout.contains("hush"), "{}", shown.stdout);
}
