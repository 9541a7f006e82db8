//! The change feed: a shortcut to news that no run depends on.

use pyfa_testkit::npm::{FakeChanges, FakeNpm, FakeSearch};
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::support::{Outcome, outcome};

impl NpmWorld {
    /// The same with the change feed of the fake registry.
    fn npm_with_feed(&self, words: &[&str]) -> Outcome {
        let mut command = self.npm_command(words);
        command
            .env(
                "NPM_CHANGES_URL",
                format!("{}/registry", self.npm.base_url()),
            )
            .env("NPM_MAX_RETRIES", "0")
            .env("NPM_MAX_WORKERS", "1");
        outcome(&mut command)
    }

    /// The packages that were asked, in this order.
    fn asked(&self) -> Vec<String> {
        let requests = self.npm.controls().requests();
        let names = requests
            .iter()
            .filter_map(|line| line.strip_prefix("GET /@plone%2F"));
        names.map(str::to_owned).collect()
    }
}

#[test]
fn what_has_changed_is_read_first_and_found_before_the_search_has_it() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for name in ["a", "b", "c", "y"] {
        world
            .npm
            .publish(&format!("@plone/{name}"), "1.0.0", &volto(name));
    }
    // The first run learns where the feed is.
    let run = world.npm_with_feed(&FULL).exits(0);
    assert_eq!(run.requests("changes"), 1, "{}", run.report);
    world.npm.publish("@plone/y", "1.1.0", &volto("moved"));
    world.npm.publish("@plone/z", "1.0.0", &volto("new"));
    world.npm.publish("elsewhere", "1.0.0", &volto("new"));
    let hidden = ["@plone/z", "elsewhere"].map(str::to_owned).into();
    world.npm.set_search(FakeSearch {
        hidden,
        ..FakeSearch::default()
    });
    world.npm(&INCREMENTAL).exits(0);
    assert!(!world.world.ids().contains(&"@plone--z-1.0.0".to_owned()));

    world.npm.publish("@plone/y", "1.2.0", &volto("moved"));
    world.npm.controls().reset();
    let run = world.npm_with_feed(&INCREMENTAL).exits(0);
    assert_eq!(world.asked(), ["y", "z", "a", "b", "c"]);
    assert_eq!(run.number("projects.unchanged"), 3, "{}", run.report);
    assert!(world.world.ids().contains(&"@plone--z-1.0.0".to_owned()));
    // A keyword is in the document alone, and all documents of the registry are too many.
    assert_eq!(world.npm.controls().count("/elsewhere"), 0);

    // Nothing new: everything is asked all the same.
    world.npm.controls().reset();
    world.npm_with_feed(&INCREMENTAL).exits(0);
    assert_eq!(world.asked(), ["a", "b", "c", "y", "z"]);
}

#[test]
fn a_run_with_the_feed_ends_like_one_without() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let beside = world.beside();
    for name in ["a", "b", "c", "d"] {
        world
            .npm
            .publish(&format!("@plone/{name}"), "1.0.0", &volto(name));
    }
    world.npm_with_feed(&FULL).exits(0);
    beside.npm(&FULL).exits(0);
    let lies = [
        FakeChanges::default(),
        FakeChanges {
            lag: 3,
            ..FakeChanges::default()
        },
        FakeChanges {
            lag: 1_000,
            ..FakeChanges::default()
        },
        FakeChanges {
            hidden: ["@plone/a", "@plone/c"].map(str::to_owned).into(),
            ..FakeChanges::default()
        },
        FakeChanges {
            reversed: true,
            page: 1,
            ..FakeChanges::default()
        },
    ];
    // Whatever the rows are, a page with them is one.
    let odd = json!({"results": [{"id": 7}, [], {"id": "../x"}], "last_seq": "odd-7"});
    let faults = [
        Fault::html(200),
        Fault::html(503),
        Fault::status(404),
        Fault::json(400, &json!({"error": "bad_request"})),
        Fault::retry_after(600),
        Fault::HalfBody,
        Fault::MalformedJson,
        Fault::json(200, &json!({"results": []})),
        Fault::json(200, &json!({"results": {}, "last_seq": 0})),
    ];
    let trouble = faults.map(|fault| (FakeChanges::default(), Some(fault), true));
    let odd = (FakeChanges::default(), Some(Fault::json(200, &odd)), false);
    let honest = (FakeChanges::default(), None, false);
    // After a position that it does not know, and from the new one on.
    let after = [
        (FakeChanges::default(), None, true),
        honest.clone(),
        honest.clone(),
    ];
    let cases = lies.map(|lie| (lie, None, false)).into_iter();
    let cases = cases.chain(trouble).chain([honest, odd]).chain(after);
    for (number, (lie, fault, is_trouble)) in cases.enumerate() {
        let version = format!("2.{number}.0");
        world.npm.set_changes(lie.clone());
        world.npm.publish("@plone/a", &version, &volto("moved"));
        world.npm.deprecate("@plone/b", "1.0.0", &version);
        world.npm.set_maintainers("@plone/c", &[&version]);
        world
            .npm
            .publish(&format!("@plone/new{number}"), "1.0.0", &volto("new"));
        if let Some(fault) = &fault {
            world.npm.controls().fail("/registry", fault.clone());
        }
        let run = world.npm_with_feed(&INCREMENTAL).exits(0);
        world.npm.controls().clear_faults();
        let notes = run.report["notes"].to_string();
        assert_eq!(
            notes.contains("the change feed"),
            is_trouble,
            "{number}: {notes}"
        );
        assert!(run.report["mark"].is_number(), "{number}: {}", run.report);
        beside.npm(&INCREMENTAL).exits(0);
        assert_eq!(
            world.world.content(),
            beside.world.content(),
            "{lie:?} {fault:?}"
        );
    }
    world.npm.remove("@plone/d");
    world.npm_with_feed(&INCREMENTAL).exits(0);
    assert!(!world.world.ids().contains(&"@plone--d-1.0.0".to_owned()));
}

#[test]
fn the_feed_gets_no_token() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/a", "1.0.0", &volto("a"));
    let replica = FakeNpm::start().expect("another host");
    for _ in 0..2 {
        let mut command = world.npm_command(&INCREMENTAL);
        command.env("NPM_AUTH_TOKEN", "npm_hush").env(
            "NPM_CHANGES_URL",
            format!("{}/registry", replica.base_url()),
        );
        outcome(&mut command).exits(0);
    }
    assert_eq!(replica.controls().count("/registry"), 2);
    assert_eq!(replica.tokens(), [""]);
    assert_eq!(world.npm.tokens(), ["Bearer npm_hush"]);
}
