//! What happens to packages after they were indexed.

use std::collections::BTreeSet;

use pyfa_testkit::npm::FakeSearch;
use serde_json::json;

use super::{FULL, INCREMENTAL, NpmWorld, volto};

#[test]
fn deprecations_back_ports_and_lost_versions_reach_the_collection() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        world.npm.publish("@plone/volto", version, &volto(version));
    }
    world.npm(&FULL).exits(0);
    world.npm.deprecate("@plone/volto", "1.0.0", "use 2");
    world.npm(&INCREMENTAL).exits(0);
    let document = world.document("@plone--volto-1.0.0");
    assert_eq!(
        (&document["yanked"], &document["yanked_reason"]),
        (&json!(true), &json!("use 2"))
    );
    // An empty text takes it back.
    world.npm.deprecate("@plone/volto", "1.0.0", "");
    world.npm(&INCREMENTAL).exits(0);
    assert_eq!(
        world.document("@plone--volto-1.0.0")["yanked"],
        json!(false)
    );

    // A back-port without a tag moves `latest` down; the owner moves it up again.
    world
        .npm
        .publish("@plone/volto", "1.1.1", &volto("back-port"));
    world.npm(&INCREMENTAL).exits(0);
    let latest =
        |version: &str| world.document(&format!("@plone--volto-{version}"))["is_latest"].clone();
    assert_eq!(
        (latest("1.1.1"), latest("2.0.0")),
        (json!(true), json!(false))
    );
    world.npm.set_tag("@plone/volto", "latest", "2.0.0");
    world
        .npm
        .publish_with_tag("@plone/volto", "3.0.0-rc.1", "next", &volto("next"));
    world.npm(&INCREMENTAL).exits(0);
    assert_eq!(
        (latest("1.1.1"), latest("2.0.0")),
        (json!(false), json!(true))
    );
    let next = world.document("@plone--volto-3.0.0-rc.1");
    assert_eq!(next["npm_dist_tags"], json!(["next 3.0.0-rc.1"]));

    // A tag that leads nowhere: the highest stable version that is not deprecated.
    world.npm.set_tag("@plone/volto", "latest", "9.9.9");
    world.npm.deprecate("@plone/volto", "2.0.0", "bad");
    world.npm.unpublish_version("@plone/volto", "1.0.0");
    world.npm.edit("@plone/volto", |document| {
        document["dist-tags"]["latest"] = "9.9.9".into();
    });
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.deleted"), 1, "{}", run.report);
    assert_eq!(
        (latest("1.1.1"), latest("2.0.0")),
        (json!(true), json!(false))
    );
}

#[test]
fn packages_leave_only_when_their_own_document_says_so() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for name in ["a", "b", "c", "d", "e"] {
        world
            .npm
            .publish(&format!("volto-{name}"), "1.0.0", &volto(name));
    }
    world.npm(&FULL).exits(0);
    assert_eq!(world.world.document_count(), 5);

    // The search finds nothing any more, and the deprecated one is hidden for ever.
    world.npm.deprecate("volto-e", "1.0.0", "moved to @plone/e");
    world.npm.set_search(FakeSearch {
        hidden: world.npm.names().into_iter().collect(),
        ..FakeSearch::default()
    });
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 0);
    assert_eq!(world.world.document_count(), 5);
    let deprecated = world.document("npm:volto-e-1.0.0");
    assert_eq!(deprecated["yanked_reason"], json!("moved to @plone/e"));
    assert_eq!(deprecated["status"], json!("deprecated"));

    world.npm.remove("volto-a");
    world.npm.unpublish("volto-b");
    world.npm.hold("volto-c");
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 3, "{}", run.report);
    assert_eq!(
        world.world.ids(),
        ["npm:volto-d-1.0.0", "npm:volto-e-1.0.0"]
    );
    let notes = run.report["notes"].to_string();
    assert!(notes.contains("`volto-b` was unpublished"), "{notes}");
    assert!(notes.contains("`volto-c` was malicious"), "{notes}");
    assert!(!notes.contains("`volto-a`"), "{notes}");

    // A new owner publishes under the old name.
    world.npm.set_search(FakeSearch::default());
    world.npm.publish("volto-b", "2.0.0", &volto("again"));
    world.npm(&INCREMENTAL).exits(0);
    assert_eq!(
        world.document("npm:volto-b-2.0.0")["summary"],
        json!("again")
    );
}

#[test]
fn a_package_that_no_longer_matches_leaves() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("volto-a", "1.0.0", &volto("a"));
    world.npm.publish("volto-b", "1.0.0", &volto("b"));
    world.npm(&FULL).exits(0);
    world
        .npm
        .publish("volto-a", "2.0.0", &json!({"keywords": ["react"]}));
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    assert_eq!(world.world.ids(), ["npm:volto-b-1.0.0"]);
    // It is not asked for any more, because nothing leads to it.
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.requests("project"), 1);
}

#[test]
fn a_search_that_lies_hides_nothing_that_is_known() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for number in 0..9 {
        world
            .npm
            .publish(&format!("volto-{number}"), "1.0.0", &volto("x"));
    }
    let small = FakeSearch {
        page: 2,
        ..FakeSearch::default()
    };
    // Pages are followed to the end.
    world.npm.set_search(small.clone());
    let run = world.npm(&FULL).exits(0);
    assert_eq!(run.number("projects.matched"), 9, "{}", run.report);
    assert!(run.report["mark"].is_number(), "{}", run.report);
    for (search, says) in [
        (
            FakeSearch {
                repeats: true,
                ..small.clone()
            },
            "ends after 2 of 9 packages",
        ),
        (
            FakeSearch {
                promised: 5,
                ..small.clone()
            },
            "ends after 9 of 14 packages",
        ),
        (
            FakeSearch {
                hidden: ["volto-3", "volto-4"]
                    .map(str::to_owned)
                    .into_iter()
                    .collect::<BTreeSet<_>>(),
                ..small
            },
            "",
        ),
    ] {
        world.npm.set_search(search);
        let run = world.npm(&INCREMENTAL).exits(0);
        assert_eq!(run.number("projects.unchanged"), 9, "{}", run.report);
        assert!(
            run.report["notes"].to_string().contains(says),
            "{}",
            run.report["notes"]
        );
        assert_eq!(world.world.document_count(), 9);
    }
}

#[test]
fn organisations_add_packages_of_any_name() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    let profile = "name = \"A\"\n[npm]\norganisations = [\"makers\"]\nnames = [\"named\"]\nexclude = [\"made-not\"]\n";
    let folder = world.world.home.path().join("profiles");
    fs_err::create_dir_all(&folder).expect("a folder");
    fs_err::write(folder.join("mine.toml"), profile).expect("a file");
    let run = |words: &[&str]| {
        let mut command = world.npm_command(words);
        crate::support::outcome(command.env("PROFILES_DIR", &folder))
    };
    for name in ["made", "made-not", "named", "other"] {
        world.npm.publish(name, "1.0.0", &json!({}));
    }
    for name in ["made", "made-not"] {
        world.npm.add_to_organisation("makers", name);
    }
    run(&["-f", "-p", "mine"]).exits(0);
    assert_eq!(world.world.ids(), ["npm:made-1.0.0", "npm:named-1.0.0"]);

    // Without the list, what only it selects stays, and nothing claims to be complete.
    let fault = pyfa_testkit::service::Fault::status(401);
    world.npm.controls().fail("/-/org/", fault);
    world.npm.publish("made", "1.1.0", &json!({}));
    let outcome = run(&["-i", "-p", "mine"]).exits(0);
    assert_eq!(outcome.number("projects.removed"), 0, "{}", outcome.report);
    assert!(outcome.report["mark"].is_null(), "{}", outcome.report);
    assert!(world.world.ids().contains(&"npm:made-1.0.0".to_owned()));
    world.npm.controls().clear_faults();
    run(&["-i", "-p", "mine"]).exits(0);
    assert!(world.world.ids().contains(&"npm:made-1.1.0".to_owned()));
}
