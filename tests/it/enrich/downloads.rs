//! Downloads: one query for all, pypistats where that fails, and never a number lost.

use pyfa_testkit::downloads::Downloads;
use pyfa_testkit::service::Fault;
use serde_json::json;

use super::{Scene, days_ago, end_of};

#[test]
fn one_query_answers_for_all_and_reaches_every_document() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(3);
    scene.count("plone-p0", 5);
    scene.count("plone-p1", 0);
    let run = scene.run(&["downloads"]).exits(0);
    assert_eq!(scene.clickhouse.controls().count(""), 1);
    assert_eq!(scene.pypistats.controls().count(""), 0);
    assert_eq!(run.number("packages.learned"), 2);
    assert_eq!(run.number("packages.unknown"), 1);
    assert_eq!(run.number("documents.written"), 4);
    assert_eq!(run.report["newest_day"], json!(days_ago(1).to_string()));
    for (id, day) in [
        ("plone.p0-1.0", 5),
        ("plone.p0-2.0", 5),
        ("plone.p1-1.0", 0),
    ] {
        let document = scene.document(id);
        assert_eq!(document["download_last_day"], json!(day), "{id}");
        assert_eq!(document["download_last_week"], json!(day * 7), "{id}");
        assert_eq!(document["download_last_month"], json!(day * 30), "{id}");
        assert_eq!(document["download_total"], json!(day * 1_000), "{id}");
        assert_eq!(document["download_source"], json!("clickhouse"), "{id}");
        let updated = document["download_updated"].as_f64();
        assert_eq!(updated, Some(end_of(days_ago(1))), "{id}");
    }
    assert!(
        !scene
            .document("plone.p2-2.0")
            .contains_key("download_total")
    );
    // Nothing is written twice, and numbers as text or plain are the same.
    scene.clickhouse.write_plain_numbers(true);
    let run = scene.run(&["downloads"]).exits(0);
    assert_eq!(run.number("documents.written"), 0);
    assert_eq!(run.number("documents.unchanged"), 6);
    // One package, and the others stay.
    scene.count("plone-p0", 6);
    scene.count("plone-p1", 7);
    let run = scene.run(&["downloads", "-n", "Plone_P0"]).exits(0);
    assert_eq!(run.number("documents.written"), 2);
    assert_eq!(
        scene.document("plone.p1-2.0")["download_last_day"],
        json!(0)
    );
}

#[test]
fn pypistats_takes_over_and_a_later_answer_comes_back() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.count("plone-p0", 5);
    scene.count("plone-p1", 6);
    scene.run(&["downloads"]).exits(0);
    scene.count("plone-p0", 50);
    scene.clickhouse.controls().fail("", Fault::html(200));
    let run = scene.run(&["downloads"]).exits(0);
    assert!(
        run.stderr.contains("pypistats is asked instead"),
        "{}",
        run.stderr
    );
    assert_eq!(run.number("documents.written"), 4);
    let document = scene.document("plone.p0-1.0");
    assert_eq!(document["download_source"], json!("pypistats"));
    assert_eq!(document["download_last_month"], json!(1_500));
    // It knows no total, so the last one stays.
    assert_eq!(document["download_total"], json!(5_000));
    // What it said is believed for a day.
    assert_eq!(scene.pypistats.controls().count(""), 2);
    let run = scene.run(&["downloads", "--source", "pypistats"]).exits(0);
    assert_eq!(scene.pypistats.controls().count(""), 2);
    assert_eq!(run.number("documents.written"), 0);
    scene.clickhouse.controls().clear_faults();
    scene.run(&["downloads"]).exits(0);
    let document = scene.document("plone.p0-1.0");
    assert_eq!(document["download_source"], json!("clickhouse"));
    assert_eq!(document["download_total"], json!(50_000));
}

#[test]
fn a_limit_ends_the_run_and_the_next_one_goes_on() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(35);
    for number in 0..35 {
        scene.count(&format!("plone-p{number}"), number);
    }
    let pypistats = ["downloads", "--source", "pypistats"];
    let mut limited = scene.command(&pypistats);
    limited.env("PYPI_MAX_RETRIES", "0");
    let run = crate::support::outcome(&mut limited).exits(3);
    assert_eq!(run.number("packages.learned"), 30);
    assert_eq!(run.number("packages.pending"), 5);
    assert_eq!(run.number("documents.written"), 60);
    let ended = run.report["ended"].as_str().unwrap_or_default();
    assert!(ended.contains("rate limiting"), "{ended}");
    scene
        .pypistats
        .controls()
        .advance(std::time::Duration::from_mins(1));
    scene.pypistats.controls().reset();
    let run = scene.run(&pypistats).exits(0);
    assert_eq!(scene.pypistats.controls().count(""), 5);
    assert_eq!(run.number("documents.written"), 10);
    assert_eq!(run.number("documents.unchanged"), 60);
}

#[test]
fn what_cannot_be_trusted_changes_nothing() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(3);
    for (number, project) in ["plone-p0", "plone-p1", "plone-p2"].iter().enumerate() {
        scene.count(project, number as u64);
    }
    scene.run(&["downloads"]).exits(0);
    let before = scene.world.documents();
    for number in 0..3 {
        scene.count(&format!("plone-p{number}"), 99);
    }
    let clickhouse = ["downloads", "--source", "clickhouse"];
    let faults = [
        Fault::html(200),
        Fault::status(403),
        Fault::status(500),
        Fault::HalfBody,
        Fault::MalformedJson,
        Fault::json(
            200,
            &json!({"project": "plone-p0", "as_of": "never", "last_day": "1",
            "last_week": "1", "last_month": "1", "total": "1"}),
        ),
        Fault::json(200, &json!({"project": "plone-p0"})),
        Fault::json(
            200,
            &json!({"meta": [], "data": [row("plone-p0")], "rows": 3}),
        ),
        Fault::json(200, &json!({"meta": [], "data": [row("other")], "rows": 1})),
        Fault::json(200, &json!({"meta": [], "data": []})),
        Fault::status(429),
    ];
    for fault in faults {
        scene.clickhouse.controls().fail("", fault.clone());
        let run = scene.run(&clickhouse).exits(3);
        assert!(run.report["ended"].is_string(), "{fault:?}");
        assert_eq!(run.number("packages.pending"), 3, "{fault:?}");
        scene.clickhouse.controls().clear_faults();
    }
    // A result that would be cut.
    scene.clickhouse.set_max_rows(2);
    let run = scene.run(&clickhouse).exits(3);
    let ended = run.report["ended"].as_str().unwrap_or_default();
    assert!(ended.contains("Limit for result exceeded"), "{ended}");
    // Both away.
    scene.pypistats.controls().fail("", Fault::html(200));
    scene.run(&["downloads"]).exits(3);
    assert_eq!(scene.world.documents(), before);
}

/// A row of the answer.
fn row(project: &str) -> serde_json::Value {
    json!({"project": project, "as_of": days_ago(1).to_string(), "last_day": "1",
        "last_week": "1", "last_month": "1", "total": "1"})
}

#[test]
fn an_answer_without_the_numbers_of_the_package_changes_nothing() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(1);
    scene.count("plone-p0", 5);
    scene.run(&["downloads"]).exits(0);
    let before = scene.world.documents();
    let pypistats = ["downloads", "--source", "pypistats"];
    let numbers = json!({"last_day": 0, "last_week": 0, "last_month": 0});
    for body in [
        json!({}),
        json!([]),
        json!({"data": {}, "package": "plone-p0"}),
        json!({"data": [], "package": "plone-p0"}),
        json!({"data": {"last_day": 0}, "package": "plone-p0"}),
        json!({"data": numbers, "package": "plone"}),
        json!({ "data": numbers }),
    ] {
        scene.pypistats.controls().fail("", Fault::json(200, &body));
        let run = scene.run(&pypistats).exits(3);
        assert_eq!(run.number("packages.pending"), 1, "{body}");
        assert_eq!(scene.world.documents(), before, "{body}");
        scene.pypistats.controls().clear_faults();
    }
    scene.count("plone-p0", 6);
    scene.run(&pypistats).exits(0);
    let document = scene.document("plone.p0-1.0");
    assert_eq!(document["download_last_day"], json!(6));
}

#[test]
fn a_stalled_data_set_is_noticed_and_newer_numbers_stay() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.count("plone-p0", 5);
    scene.run(&["downloads"]).exits(0);
    scene.clickhouse.set_newest_day(&days_ago(40).to_string());
    scene.count("plone-p0", 1);
    scene.count("plone-p1", 1);
    let run = scene.run(&["downloads"]).exits(0);
    // Both were answered, although one answer is older than what is known.
    assert_eq!(run.number("packages.unknown"), 0, "{}", run.report);
    let notes = run.report["notes"].to_string();
    assert!(notes.contains(&days_ago(40).to_string()), "{notes}");
    // Old numbers are better than none, and newer ones better than old ones.
    assert_eq!(
        scene.document("plone.p0-2.0")["download_last_day"],
        json!(5)
    );
    assert_eq!(
        scene.document("plone.p1-2.0")["download_last_day"],
        json!(1)
    );
}

/// The hours of today are neither the newest day nor a part of any window.
#[test]
fn a_day_that_is_not_over_is_not_counted() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    for day in 0..40 {
        let count = if day == 0 { 3 } else { 1_000 };
        scene.clickhouse.add_day("plone-p0", days_ago(day), count);
    }
    // Published today: nothing whole is known of it.
    scene.clickhouse.add_day("plone-p1", days_ago(0), 7);
    let run = scene.run(&["downloads", "--source", "clickhouse"]).exits(0);
    assert_eq!(run.report["newest_day"], json!(days_ago(1).to_string()));
    let document = scene.document("plone.p0-1.0");
    for (field, count) in [
        ("download_last_day", 1_000),
        ("download_last_week", 7_000),
        ("download_last_month", 30_000),
        ("download_total", 39_000),
    ] {
        assert_eq!(document[field], json!(count), "{field}");
    }
    let updated = document["download_updated"].as_f64().unwrap_or_default();
    assert!((updated - end_of(days_ago(1))).abs() < 0.5, "{updated}");
    assert!(updated <= jiff::Timestamp::now().as_second() as f64);
    let other = scene.document("plone.p1-1.0");
    assert!(!other.contains_key("download_last_day"), "{other:?}");
}

/// A service whose clock is ahead, and a document that one has written.
#[test]
fn nothing_was_counted_in_the_future() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(1);
    scene.count("plone-p0", 5);
    scene.clickhouse.set_newest_day(&days_ago(-2).to_string());
    scene.run(&["downloads"]).exits(0);
    let now = jiff::Timestamp::now().as_second() as f64;
    for id in ["plone.p0-1.0", "plone.p0-2.0"] {
        let updated = scene.document(id)["download_updated"].as_f64();
        assert!(
            updated.is_some_and(|updated| updated <= now),
            "{id}: {updated:?}"
        );
    }
    // It does not keep later numbers out.
    scene.clickhouse.set_newest_day(&days_ago(1).to_string());
    scene.count("plone-p0", 6);
    scene.run(&["downloads"]).exits(0);
    assert_eq!(
        scene.document("plone.p0-1.0")["download_last_day"],
        json!(6)
    );
}

#[test]
fn what_was_learned_outlives_the_server_and_reaches_new_releases() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.count("plone-p0", 5);
    scene.gate.answer(
        "action=update",
        r#"{"success":false,"code":503,"error":"Not ready"}"#,
    );
    let run = scene.run(&["downloads"]).exits(3);
    assert!(scene.gate.has_answered());
    assert_eq!(run.number("documents.rejected"), 2);
    assert_eq!(scene.values("download_total"), vec![json!(null); 4]);
    scene.clickhouse.set("plone-p0", Downloads::default());
    scene.clickhouse.controls().fail("", Fault::status(500));
    scene.pypistats.controls().fail("", Fault::status(500));
    // A new release carries them at once, the others with the next run, even if both services are down.
    let world = &scene.world;
    world
        .pypi
        .publish("plone.p0", "3.0", &crate::support::plone("new"));
    scene.index();
    assert_eq!(
        scene.document("plone.p0-3.0")["download_last_day"],
        json!(5)
    );
    scene.run(&["downloads"]).exits(3);
    assert_eq!(
        scene.document("plone.p0-1.0")["download_last_day"],
        json!(5)
    );
    // A dry run asks nobody.
    let asked = scene.clickhouse.controls().count("");
    scene.run(&["downloads", "--dry-run"]).exits(0);
    assert_eq!(scene.clickhouse.controls().count(""), asked);
}

/// Other registries have packages of the same name, which get no number of this one's.
#[test]
fn packages_of_other_registries_get_no_numbers_of_this_one() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(1);
    scene.count("plone-p0", 5);
    let mut other = scene.document("plone.p0-2.0");
    for (field, value) in [
        ("id", "npm:plone.p0:9.0"),
        ("registry", "npm"),
        ("version", "9.0"),
    ] {
        other.insert(field.to_owned(), json!(value));
    }
    let line = serde_json::Value::Object(other).to_string().into();
    let search = scene.world.search();
    let action = pyfa::search::ImportAction::Upsert;
    let written = search.import(&scene.world.target, action, vec![line]);
    crate::support::wait(written).expect("an import");
    let run = scene.run(&["downloads"]).exits(0);
    assert_eq!(run.number("packages.learned"), 1);
    assert_eq!(run.number("packages.unknown"), 1);
    scene.report("GHSA-1", "plone-p0", &["9.0"], None);
    scene.run(&["advisories"]).exits(0);
    let other = scene.document("npm:plone.p0:9.0");
    assert!(!other.contains_key("download_total"));
    assert_eq!(other["has_vulnerabilities"], json!(false));
    assert_eq!(
        scene.document("plone.p0-1.0")["download_last_day"],
        json!(5)
    );
}
