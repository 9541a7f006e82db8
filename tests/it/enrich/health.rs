//! Health: every document of a package carries what its latest release scores.

use serde_json::{Value, json};

use super::Scene;
use crate::support::plone;

#[test]
fn all_documents_carry_the_score_and_only_changes_are_written() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(60);
    let run = scene.run(&["health"]).exits(0);
    assert_eq!(run.number("scored"), 60);
    assert_eq!(run.number("documents.written"), 120);
    let counts: u64 = run.report["distribution"]
        .as_array()
        .map_or(0, |counts| counts.iter().filter_map(Value::as_u64).sum());
    assert_eq!(counts, 60);
    assert_eq!(run.report["lowest"].as_array().map(Vec::len), Some(20));
    let (old, new) = (
        scene.document("plone.p7-1.0"),
        scene.document("plone.p7-2.0"),
    );
    for field in [
        "health_score",
        "health_score_breakdown",
        "health_problems_metadata",
        "health_score_last_calculated",
    ] {
        assert!(new.contains_key(field), "{field}");
        assert_eq!(old[field], new[field], "{field}");
    }
    let run = scene.run(&["health"]).exits(0);
    assert_eq!(run.number("documents.written"), 0);
    assert_eq!(run.number("documents.unchanged"), 120);
    // A README is worth something, on all documents.
    let text = "It does something. ".repeat(200);
    let better = plone("plone.p7").description(&text, "text/markdown");
    scene.world.pypi.publish("plone.p7", "3.0", &better);
    scene.index();
    // Until it is scored, the new release has what the package had.
    let score = |id: &str| scene.document(id)["health_score"].as_u64();
    assert_eq!(score("plone.p7-3.0"), new["health_score"].as_u64());
    let run = scene.run(&["health"]).exits(0);
    assert_eq!(run.number("documents.written"), 3);
    assert!(score("plone.p7-1.0") > new["health_score"].as_u64());
    assert_eq!(score("plone.p7-1.0"), score("plone.p7-3.0"));
}

/// Nothing of another rule set's breakdown stays behind.
#[test]
fn rule_sets_take_turns() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    let keys = |id: &str| {
        let breakdown = scene.document(id)["health_score_breakdown"].clone();
        breakdown
            .as_object()
            .map(|parts| parts.keys().cloned().collect::<Vec<_>>())
    };
    scene.run(&["health"]).exits(0);
    let ours = keys("plone.p0-1.0");
    scene.run(&["health", "--rules", "pyf"]).exits(0);
    assert_eq!(
        keys("plone.p0-1.0").unwrap_or_default(),
        ["documentation", "metadata", "recency"]
    );
    let mut by_setting = scene.command(&["health"]);
    by_setting.env("HEALTH_RULES", "pyf");
    let run = crate::support::outcome(&mut by_setting).exits(0);
    assert_eq!(run.number("documents.written"), 0);
    let rules = include_str!("../../../rules/health.toml");
    let file = scene.world.home.path().join("rules.toml");
    std::fs::write(&file, rules).expect("a file");
    let run = scene.run(&["health", "--rules", "rules.toml"]).exits(0);
    assert_eq!(run.number("documents.written"), 4);
    assert_eq!(keys("plone.p0-1.0"), ours);
    std::fs::write(&file, rules.replace("link = 5", "link = 6")).expect("a file");
    let run = scene.run(&["health", "--rules", "rules.toml"]).exits(2);
    assert!(run.stderr.contains("rules.toml") && run.stderr.contains("101 points"));
    let run = scene.run(&["health", "--rules", "missing.toml"]).exits(2);
    assert!(run.stderr.contains("missing.toml"), "{}", run.stderr);
}

/// The summary is for people, and a dry run changes nothing.
#[test]
fn one_package_can_be_looked_at() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(3);
    let run = scene
        .run(&["health", "-n", "plone_p1", "--dry-run"])
        .exits(0);
    assert_eq!(run.number("documents.written"), 2);
    assert_eq!(run.report["lowest"][0]["name"], json!("plone.p1"));
    assert_eq!(scene.values("health_score"), vec![Value::Null; 6]);
    let run = scene
        .world
        .run(&["health", "-t", &scene.world.target, "-l", "1"]);
    let run = run.exits(0);
    assert!(run.stdout.contains("1 scored") && run.stdout.contains("80-100"));
    let scored = scene.values("health_score");
    assert_eq!(scored.iter().filter(|score| score.is_number()).count(), 2);
    let run = scene
        .world
        .run(&["health", "-t", "no-such-collection"])
        .exits(1);
    assert!(run.stderr.contains("no-such-collection"), "{}", run.stderr);
}
