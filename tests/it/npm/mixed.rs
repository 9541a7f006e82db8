//! Packages of both registries in one collection: neither touches what the other has.

use pyfa_testkit::pypi::ReleaseSpec;
use serde_json::json;

use super::{FULL, INCREMENTAL, NpmWorld, volto};
use crate::support::{content, outcome, plone};

/// Packages of one name on both registries, with the same versions.
fn filled() -> Option<NpmWorld> {
    let world = NpmWorld::empty()?;
    for version in ["1.0.0", "1.1.0", "3.0.0"] {
        world
            .world
            .pypi
            .publish("sigstore", version, &plone("of PyPI"));
        world.npm.publish("sigstore", version, &volto("of npm"));
    }
    world
        .world
        .pypi
        .publish("npm--sigstore", "3.0.0", &plone("of PyPI"));
    world
        .npm
        .publish("@plone/volto", "18.0.0", &volto("of npm"));
    world
        .world
        .pypi
        .publish("Plone.Api", "1.0", &plone("of PyPI"));
    world.world.pypi(&["-f", "-p", "plone"]).exits(0);
    world.npm(&FULL).exits(0);
    Some(world)
}

fn count(world: &NpmWorld, registry: &str) -> usize {
    let documents = world.world.documents();
    documents
        .values()
        .filter(|document| document["registry"] == registry)
        .count()
}

#[test]
fn neither_registry_touches_the_documents_of_the_other() {
    let Some(world) = filled() else { return };
    assert_eq!((count(&world, "pypi"), count(&world, "npm")), (5, 4));
    let before = world.world.content();
    // Nothing has changed, and nobody has to look into the collection for that.
    for _ in 0..2 {
        let run = world.world.pypi(&["-i", "-p", "plone"]).exits(0);
        assert_eq!(run.number("documents.written"), 0, "{}", run.report);
        assert!(
            !run.report["notes"].to_string().contains("comparing"),
            "{}",
            run.report
        );
        assert!(
            !run.stderr.contains("comparing the ledger"),
            "{}",
            run.stderr
        );
        let run = world.npm(&INCREMENTAL).exits(0);
        assert_eq!(run.number("documents.written"), 0, "{}", run.report);
        assert!(
            !run.stderr.contains("comparing the ledger"),
            "{}",
            run.stderr
        );
    }
    assert_eq!(world.world.content(), before);
    let marks = fs_err::read_to_string(world.world.since_file()).expect("a since-file");
    assert_eq!(marks.lines().count(), 2, "{marks}");

    // What one registry loses, the other keeps.
    world.world.pypi.remove_project("sigstore");
    let run = world.world.pypi(&["-i", "-p", "plone", "--prune"]).exits(0);
    assert_eq!(run.number("projects.removed"), 1, "{}", run.report);
    assert_eq!((count(&world, "pypi"), count(&world, "npm")), (2, 4));
    world.npm.unpublish("sigstore");
    world.npm(&["-i", "-p", "plone", "--prune"]).exits(0);
    assert_eq!((count(&world, "pypi"), count(&world, "npm")), (2, 1));
    for document in before.values().filter(|one| one["name"] == "npm--sigstore") {
        assert_eq!(
            world
                .world
                .content()
                .get(document["id"].as_str().expect("an id")),
            Some(document)
        );
    }
}

#[test]
fn refreshing_one_registry_rewrites_its_own_documents_only() {
    let Some(world) = filled() else { return };
    world
        .world
        .pypi
        .publish("other", "1.0", &ReleaseSpec::new());
    let run = world
        .world
        .pypi(&["--refresh-from-pypi", "-p", "plone"])
        .exits(0);
    assert_eq!(
        run.number("documents.unchanged") + run.number("documents.written"),
        5
    );
    let run = world.npm(&["--refresh-from-npm", "-p", "plone"]).exits(0);
    assert_eq!(
        run.number("documents.unchanged") + run.number("documents.written"),
        4
    );
    assert_eq!(run.requests("search"), 0, "{}", run.report);
    // One registry may keep the latest only.
    world
        .npm(&["-f", "-p", "plone", "--versions", "latest", "--prune"])
        .exits(0);
    assert_eq!((count(&world, "pypi"), count(&world, "npm")), (5, 2));
    world.world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!((count(&world, "pypi"), count(&world, "npm")), (5, 2));
}

#[test]
fn a_lost_ledger_costs_requests_and_loses_nothing() {
    let Some(world) = filled() else { return };
    let before = world.world.content();
    fs_err::remove_dir_all(world.world.pyfa_home()).expect("a home");
    world.world.pypi(&["-i", "-p", "plone"]).exits(0);
    world.npm(&INCREMENTAL).exits(0);
    assert_eq!(world.world.content(), before);
    // The other way round.
    fs_err::remove_dir_all(world.world.pyfa_home()).expect("a home");
    world.npm(&INCREMENTAL).exits(0);
    world.world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(world.world.content(), before);
}

#[test]
fn a_rebuilt_collection_is_gone_on_with_by_both() {
    let Some(world) = filled() else { return };
    let target = world.world.target.clone();
    outcome(&mut world.command(&["health", "-t", &target])).exits(0);
    let before = world.world.content();
    let scored = before
        .values()
        .filter(|one| one.contains_key("health_score"));
    assert_eq!(scored.count(), before.len());
    let words = ["manage", "--recreate-collection", &target, "-f"];
    outcome(&mut world.command(&words)).exits(0);
    assert_eq!(world.world.content(), before);
    let run = world.world.pypi(&["-i", "-p", "plone"]).exits(0);
    assert_eq!(run.report["collection"], json!(format!("{target}-2")));
    assert_eq!(run.number("projects.examined"), 0, "{}", run.report);
    let run = world.npm(&INCREMENTAL).exits(0);
    assert_eq!(run.number("projects.unchanged"), 2, "{}", run.report);
    assert_eq!(run.number("documents.written"), 0, "{}", run.report);
    assert_eq!(world.world.content(), before);

    // And another collection of the same server.
    let copy = format!("{target}-copy");
    let words = ["manage", "--migrate", "-s", &target, "-t", &copy, "-f"];
    outcome(&mut world.command(&words)).exits(0);
    assert_eq!(content(&world.world.search(), &copy), before);
}

#[test]
fn a_search_shows_one_registry_or_all() {
    let Some(world) = filled() else { return };
    let target = &world.world.target;
    for (registry, found) in [("pypi", 3), ("npm", 2), ("all", 5)] {
        for more in [&[][..], &["--sort", "github_stars:desc"]] {
            let words = ["search", "-t", target, "--registry", registry];
            let words = [&words[..], &["--format", "json"], more].concat();
            let answer = outcome(&mut world.command(&words)).exits(0);
            assert_eq!(answer.number("found"), found, "{registry} {more:?}");
        }
    }
    let words = ["search", "-t", target, "--registry", "npm", "sigstore"];
    let listed = outcome(&mut world.command(&words)).exits(0).stdout;
    assert!(listed.contains("of npm"), "{listed}");
    assert!(!listed.contains("of PyPI"), "{listed}");
}

#[test]
fn the_embedded_engine_holds_both() {
    let Some(world) = filled() else { return };
    let run = |words: &[&str]| {
        let mut command = world.command(words);
        for name in ["TYPESENSE_HOST", "TYPESENSE_PORT", "TYPESENSE_API_KEY"] {
            command.env_remove(name);
        }
        outcome(&mut command)
    };
    for (command, written) in [("pypi", 5), ("npm", 4), ("pypi", 0), ("npm", 0)] {
        let report = run(&[command, "-f", "-p", "plone", "--format", "json"]).exits(0);
        assert_eq!(
            report.number("documents.written"),
            written,
            "{}",
            report.report
        );
    }
    for (command, name, summary) in [
        ("pypi", "sigstore", "of PyPI"),
        ("npm", "sigstore", "of npm"),
    ] {
        let shown = run(&[command, "-p", "plone", "--show", name]).exits(0);
        assert_eq!(shown.report["summary"], json!(summary));
    }
    let scored = run(&["health", "-p", "plone", "--format", "json"]).exits(0);
    assert_eq!(scored.number("documents.written"), 9, "{}", scored.report);
    run(&["manage", "--recreate-collection", "plone", "-f"]).exits(0);
    let report = run(&["npm", "-i", "-p", "plone", "--format", "json"]).exits(0);
    assert_eq!(report.number("projects.unchanged"), 2, "{}", report.report);
    // What a new release does not know is taken over.
    world.npm.publish("sigstore", "3.1.0", &volto("of npm"));
    run(&["npm", "-i", "-p", "plone"]).exits(0);
    for command in ["pypi", "npm"] {
        let shown = run(&[command, "-p", "plone", "--show", "sigstore"]).exits(0);
        assert!(shown.report["health_score"].is_number(), "{}", shown.report);
    }
}

#[test]
fn a_profile_is_filled_from_both_registries_at_once() {
    let Some(world) = NpmWorld::empty() else {
        return;
    };
    world
        .world
        .pypi
        .publish("plone.api", "1.0", &plone("of PyPI"));
    world
        .npm
        .publish("@plone/volto", "18.0.0", &volto("of npm"));
    let profiles = world.world.home.path().join("profiles");
    std::fs::create_dir(&profiles).expect("a folder");
    let profile =
        "name = \"Ours\"\nclassifiers = [\"Framework :: Plone\"]\n\n[npm]\nscopes = [\"@plone\"]\n";
    let target = &world.world.target;
    std::fs::write(profiles.join(format!("{target}.toml")), profile).expect("a file");
    let mut up = world.command(&["up", target, "--no-serve", "--no-worker"]);
    let ended = outcome(up.env("PROFILES_DIR", &profiles)).exits(0);
    assert_eq!(count(&world, "pypi"), 1, "{ended:?}");
    assert_eq!(count(&world, "npm"), 1, "{ended:?}");
}
