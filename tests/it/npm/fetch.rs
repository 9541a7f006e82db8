//! The plain ways: a full run, a run over nothing new, single packages, what is shown.

use std::time::{Duration, Instant};

use pyfa_testkit::npm::archive;
use serde_json::json;

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::support::outcome;

#[test]
fn a_full_run_writes_every_release_of_every_package_that_matches() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for version in ["1.0.0-rc.10", "1.0.0-rc.9", "1.0.0", "1.10.0", "1.9.0"] {
        world.npm.publish("volto-x", version, &volto(version));
    }
    world.npm.publish(
        "@plone/volto",
        "18.0.0",
        &json!({"description": "by scope"}),
    );
    world.npm.publish(
        "@other/plone-like",
        "1.0.0",
        &json!({"keywords": ["other"]}),
    );
    world.npm.publish("unrelated", "1.0.0", &json!({}));
    let run = world.npm(&FULL).exits(0);
    assert_eq!(run.number("projects.matched"), 2, "{}", run.report);
    assert_eq!(run.report["registry"], json!("npm"));
    assert_eq!(
        world.world.ids(),
        [
            "@plone--volto-18.0.0",
            "npm:volto-x-1.0.0",
            "npm:volto-x-1.0.0~rc.10",
            "npm:volto-x-1.0.0~rc.9",
            "npm:volto-x-1.10.0",
            "npm:volto-x-1.9.0",
        ]
    );
    // The last that was published, as the tag says, and not the highest.
    let latest = world.document("npm:volto-x-1.9.0");
    assert_eq!(latest["is_latest"], json!(true));
    assert_eq!(latest["release_count"], json!(5));
    assert_eq!(latest["npm_dist_tags"], json!(["latest 1.9.0"]));
    let scoped = world.document("@plone--volto-18.0.0");
    for (field, value) in [
        ("name", json!("@plone/volto")),
        ("registry", json!("npm")),
        ("npm_scope", json!("plone")),
        ("summary", json!("by scope")),
        (
            "package_url",
            json!("https://www.npmjs.com/package/%40plone%2Fvolto"),
        ),
        ("platform", json!("node")),
    ] {
        assert_eq!(scoped[field], value, "{field}");
    }
    let order = |id: &str| {
        world.document(id)["version_order"]
            .as_str()
            .map(str::to_owned)
    };
    assert!(order("npm:volto-x-1.0.0~rc.9") < order("npm:volto-x-1.0.0~rc.10"));
    assert!(order("npm:volto-x-1.0.0~rc.10") < order("npm:volto-x-1.0.0"));
    assert!(order("npm:volto-x-1.9.0") < order("npm:volto-x-1.10.0"));
    let mark = fs_err::read_to_string(world.world.since_file()).expect("a since-file");
    assert!(
        mark.starts_with(&format!("{}-1 ", world.world.target)),
        "{mark}"
    );
    assert!(mark.ends_with(" npm\n"), "{mark}");
}

#[test]
fn a_run_over_nothing_new_makes_one_conditional_request_a_package_and_no_document() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for number in 0..40 {
        world
            .npm
            .publish(&format!("@plone/part{number}"), "1.0.0", &volto("part"));
    }
    // Searched for by its keyword in the search's index, which has it no longer.
    world
        .npm
        .publish("left", "1.0.0", &json!({"keywords": ["unlike"]}));
    world.npm(&FULL).exits(0);
    let before = world.world.content();
    for words in [FULL, INCREMENTAL] {
        world.npm.controls().reset();
        let run = world.npm(&words).exits(0);
        assert_eq!(run.requests("project"), 40, "{}", run.report);
        assert_eq!(run.number("projects.unchanged"), 40, "{}", run.report);
        assert_eq!(run.number("documents.written"), 0);
        assert!(
            run.report["http"]["bytes"].as_u64() < Some(40_000),
            "{}",
            run.report
        );
    }
    assert_eq!(world.world.content(), before);

    // One has moved, and one is new.
    world.npm.publish("@plone/part7", "1.1.0", &volto("moved"));
    world.npm.publish("@plone/part99", "1.0.0", &volto("new"));
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("documents.written"), 3, "{}", run.report);
    assert_eq!(run.number("projects.unchanged"), 39);
    assert_eq!(run.requests("project"), 41);
    assert_eq!(
        world.document("@plone--part7-1.0.0")["is_latest"],
        json!(false)
    );
}

#[test]
fn requests_are_made_in_parallel_and_bounded() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for number in 0..160 {
        world
            .npm
            .publish(&format!("@plone/part{number}"), "1.0.0", &volto("part"));
    }
    world.npm(&FULL).exits(0);
    world.npm.controls().set_latency(Duration::from_millis(20));
    world.npm.controls().reset();
    let started = Instant::now();
    let mut command = world.npm_command(&INCREMENTAL);
    let run = outcome(command.env("NPM_MAX_WORKERS", "8")).exits(0);
    assert_eq!(run.requests("project"), 160);
    assert!(world.npm.controls().most_in_flight() <= 8);
    assert!(world.npm.controls().most_in_flight() >= 4);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn single_packages_can_be_fetched_and_explained() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world.npm.publish("@plone/volto", "1.0.0", &volto("one"));
    world.npm.publish("JSONStream", "1.0.0", &volto("capitals"));
    world.npm.publish("jsonstream", "1.0.0", &volto("small"));
    world
        .npm(&["-p", "plone", "--project", "JSONStream"])
        .exits(0);
    assert_eq!(world.world.ids(), ["npm:JSONStream-1.0.0"]);
    assert!(!world.world.since_file().exists());
    world.npm(&["-f", "-p", "plone", "-fn", "volto"]).exits(0);
    assert_eq!(
        world.world.ids(),
        ["@plone--volto-1.0.0", "npm:JSONStream-1.0.0"]
    );

    let target = world.world.target.clone();
    let explained = |name: &str| {
        let words = [
            "explain", name, "-p", "plone", "-t", &target, "--format", "json",
        ];
        outcome(&mut world.command(&words)).exits(0).report
    };
    let volto = explained("@plone/volto");
    assert_eq!(volto["selected"], json!(true));
    assert_eq!(volto["documents"], json!(["1.0.0"]));
    let small = explained("npm:jsonstream");
    assert_eq!(small["selection"], json!("the rule `volto` matches"));
    assert_eq!(small["documents"], json!([]));

    let shown = world.npm(&["-p", "plone", "--show", "JSONStream"]).exits(0);
    assert_eq!(shown.report["summary"], json!("capitals"));
    world.npm(&["-p", "plone", "--show", "jsonstream"]).exits(1);
    let refused = world.npm(&["-p", "plone", "--project", "no name"]);
    assert!(
        refused.stderr.contains("cannot be the name"),
        "{}",
        refused.stderr
    );
    let refused = world.npm(&["-f"]);
    assert!(
        refused.stderr.contains("no profile given"),
        "{}",
        refused.stderr
    );
    let refused = world.npm(&["-f", "-p", "pelican"]);
    assert!(
        refused.stderr.contains("selects nothing on npm"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_dry_run_says_what_would_change_and_writes_nothing() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        world.npm.publish("@plone/volto", version, &volto(version));
    }
    let run = world.npm(&["-f", "-p", "plone", "--dry-run"]).exits(0);
    assert_eq!(
        run.report["changes"].as_array().map(Vec::len),
        Some(3),
        "{}",
        run.report
    );
    assert_eq!(world.world.document_count(), 0);
    world.npm(&FULL).exits(0);
    world.npm.deprecate("@plone/volto", "1.0.0", "too old");
    let run = world.npm(&["-i", "-p", "plone", "--dry-run"]).exits(0);
    // Documents of a package say which of its releases not to advise, so all of them change.
    let ids: Vec<&str> = run.report["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|change| change["id"].as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "@plone--volto-1.0.0",
            "@plone--volto-1.1.0",
            "@plone--volto-1.2.0"
        ]
    );
    assert_eq!(
        world.document("@plone--volto-1.0.0")["yanked"],
        json!(false)
    );
}

#[test]
fn readmes_come_from_the_document_and_from_files_where_that_is_wanted() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        world.npm.publish("@plone/volto", version, &volto(version));
        let text = format!("# Volto {version}\n\nSee [more](docs/more.md).");
        let file = archive(&[("package/package.json", "{}"), ("package/README.md", &text)]);
        world.npm.set_file("@plone/volto", version, file);
    }
    world.npm.edit("@plone/volto", |document| {
        document["readme"] = "# From the document\n\n| a | b |\n|---|---|\n| 1 | 2 |".into();
        document["versions"]["1.0.0"]["readme"] = "# Its own".into();
        document["versions"]["1.2.0"]["repository"]["directory"] = "packages/volto".into();
        document["versions"]["1.1.0"]["repository"]["directory"] = "packages/volto".into();
    });
    world.npm(&FULL).exits(0);
    let description = |id: &str| {
        let document = world.document(id);
        document["description"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(description("@plone--volto-1.2.0").contains("From the document"));
    assert!(description("@plone--volto-1.2.0").contains("<table>"));
    assert!(description("@plone--volto-1.0.0").contains("Its own"));
    assert_eq!(description("@plone--volto-1.1.0"), "");
    assert_eq!(world.npm.controls().count(".tgz"), 0);

    let refresh = || {
        let mut command = world.npm_command(&["--refresh-from-npm", "-p", "plone"]);
        outcome(command.env("NPM_READMES_FROM_FILES", "2")).exits(0)
    };
    refresh();
    let older = description("@plone--volto-1.1.0");
    assert!(older.contains("Volto 1.1.0"), "{older}");
    assert!(
        older.contains("https://github.com/example/volto-x/blob/HEAD/packages/volto/docs/more.md"),
        "{older}"
    );
    assert!(description("@plone--volto-1.2.0").contains("From the document"));
    // A file never changes, so it is fetched once.
    refresh();
    assert_eq!(world.npm.controls().count(".tgz"), 1);

    // A file that is not the one of the manifest is not believed.
    world.npm.edit("@plone/volto", |document| {
        document["versions"]["1.1.0"]["dist"]["integrity"] = "sha512-AAAA".into();
    });
    refresh();
    assert_eq!(description("@plone--volto-1.1.0"), "");
}
