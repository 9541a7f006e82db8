//! Activity: what the database knows of a repository reaches the documents of its packages, and
//! nothing is said of others.

use anyhow::Result;
use jiff::Timestamp;
use pyfa::database::{Database, DatabaseSettings, Statement};
use serde_json::{Value, json};

use super::Scene;
use crate::activity::little::{UNTIL, fill};
use crate::support::{Outcome, outcome, plone};

/// Runs with a database in the folder of the scene.
fn run(scene: &Scene, arguments: &[&str]) -> Outcome {
    let mut command = scene.command(arguments);
    outcome(command.env("PYFA_DATABASE", "activity.sqlite"))
}

/// Lets the small world end now, and runs a statement.
fn happen(scene: &Scene, statement: &'static str) -> Result<()> {
    let path = scene.world.home.path().join("activity.sqlite");
    let is_new = !path.exists();
    let address = path.to_string_lossy().into_owned();
    let settings = DatabaseSettings::parse(Some(&address), None, scene.world.home.path())?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let database = Database::open(&settings).await?;
        if is_new {
            let end: Timestamp = UNTIL.parse()?;
            fill(&database, Timestamp::now().duration_since(end)).await?;
        }
        database
            .write(Statement::new(statement, Vec::new()))
            .await?;
        database.close().await;
        Ok(())
    })
}

fn publish(scene: &Scene, name: &str, address: &str) {
    for version in ["1.0", "2.0"] {
        let release = plone(name).project_urls(json!({"Source": address}));
        scene.world.pypi.publish(name, version, &release);
    }
}

#[test]
fn documents_get_what_is_known_of_their_repository() -> Result<()> {
    let Some(scene) = Scene::new() else {
        return Ok(());
    };
    publish(&scene, "plone.one", "https://github.com/ORG/one");
    publish(&scene, "plone.two", "https://github.com/org/two");
    publish(&scene, "plone.none", "https://github.com/org/none");
    scene.index();
    // Nothing is known, and nothing is made.
    let early = run(&scene, &["enrich"]);
    assert_eq!(early.report["activity"], Value::Null, "{early:?}");
    let refused = run(&scene, &["activity", "enrich"]).exits(2);
    assert!(refused.stderr.contains("pyfa activity sync"), "{refused:?}");
    let before = scene.values("health_score_breakdown");
    assert!(!scene.world.home.path().join("activity.sqlite").exists());

    happen(&scene, "UPDATE issues SET timeline_due = FALSE")?;
    let dry = run(&scene, &["activity", "enrich", "--dry-run"]).exits(0);
    assert_eq!(dry.number("documents.written"), 2);
    assert!(
        !scene
            .document("plone.one-2.0")
            .contains_key("activity_checked")
    );
    let done = run(&scene, &["activity", "enrich"]).exits(0);
    assert_eq!(done.number("packages.seen"), 3);
    assert_eq!(done.number("packages.known"), 1);
    assert_eq!(done.number("packages.outdated"), 1);
    assert_eq!(done.number("documents.written"), 2);
    for id in ["plone.one-1.0", "plone.one-2.0"] {
        let document = scene.document(id);
        for (field, value) in [
            ("activity_first_response", json!(2.0)),
            ("activity_new_contributors", json!(4)),
            ("activity_contributors", json!(4)),
            ("activity_open_issues_growth", json!(4)),
            ("activity_bus_factor", json!(2)),
            ("activity_merge_rate", json!(50)),
        ] {
            assert_eq!(document[field].as_f64(), value.as_f64(), "{id} {field}");
        }
        let last = document["activity_last_human_response"].as_i64();
        let days = last.map(|last| (Timestamp::now().as_second() - last) / 86_400);
        assert_eq!(days, Some(18));
    }
    for id in ["plone.two-2.0", "plone.none-2.0"] {
        let document = scene.document(id);
        let all = document.keys().filter(|key| key.starts_with("activity_"));
        assert_eq!(all.count(), 0, "{id}");
    }
    let again = run(&scene, &["activity", "enrich"]).exits(0);
    assert_eq!(again.number("documents.written"), 0);

    // New releases carry it from the start.
    let third = plone("plone.one").project_urls(json!({"Source": "https://github.com/org/one"}));
    scene.world.pypi.publish("plone.one", "3.0", &third);
    scene.index();
    assert_eq!(
        scene.document("plone.one-3.0")["activity_bus_factor"],
        json!(2)
    );

    // It counts for health where it is known, and nowhere else.
    run(&scene, &["health"]).exits(0);
    let points = |id: &str| {
        let breakdown = &scene.document(id)["health_score_breakdown"];
        breakdown["activity"]["max_points"].clone()
    };
    assert_eq!(points("plone.one-2.0"), json!(8));
    assert_eq!(points("plone.none-2.0"), json!(0));
    let after = scene.values("health_score_breakdown");
    assert!(after.iter().filter(|one| before.contains(one)).count() >= 4);

    // What is no longer known goes.
    happen(&scene, "UPDATE issues SET timeline_due = TRUE")?;
    let done = run(&scene, &["activity", "enrich"]).exits(0);
    assert_eq!(done.number("documents.written"), 3);
    let document = scene.document("plone.one-2.0");
    assert_eq!(
        document
            .get("activity_first_response")
            .unwrap_or(&Value::Null),
        &Value::Null
    );
    assert_eq!(document["activity_bus_factor"], json!(2));

    // What is no longer asked for stays.
    happen(
        &scene,
        "UPDATE repositories SET checked_at = '2020-01-01 00:00:00'",
    )?;
    let done = run(&scene, &["activity", "enrich"]).exits(0);
    assert_eq!(done.number("packages.outdated"), 2);
    assert_eq!(done.number("documents.written"), 0);
    Ok(())
}

#[test]
fn a_profile_is_measured_by_the_repositories_of_its_packages() -> Result<()> {
    let Some(scene) = Scene::new() else {
        return Ok(());
    };
    for name in ["plone.one", "plone.other"] {
        publish(&scene, name, "https://github.com/org/one");
    }
    publish(&scene, "plone.none", "https://github.com/org/none");
    scene.index();
    happen(&scene, "UPDATE issues SET timeline_due = FALSE")?;
    let metrics = ["activity", "metrics", "--by", "profile", "-p", "plone"];
    let done = run(&scene, &metrics).exits(0);
    assert!(done.stderr.contains("1 of the 2 repositories"), "{done:?}");
    let rows = done.report["rows"].as_array().cloned().unwrap_or_default();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["name"], json!("plone"));
    // Once, although two packages are made there.
    assert_eq!(rows[0]["issues_opened"], json!(5));
    Ok(())
}

#[test]
fn a_database_that_cannot_be_read_stops_nothing_else() -> Result<()> {
    let Some(scene) = Scene::new() else {
        return Ok(());
    };
    publish(&scene, "plone.one", "https://github.com/org/one");
    scene.index();
    happen(&scene, "INSERT INTO pyfa_format VALUES (999)")?;
    let done = run(&scene, &["enrich"]).exits(3);
    let ended = done.report["activity"]["ended"]
        .as_str()
        .unwrap_or_default();
    assert!(ended.contains("update pyfa"), "{done:?}");
    assert_eq!(done.report["health"]["scored"], json!(1));
    Ok(())
}
