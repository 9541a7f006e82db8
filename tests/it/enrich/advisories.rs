//! Advisories: every release is asked about, and what is withdrawn disappears.

use pyfa_testkit::service::Fault;
use serde_json::{Value, json};

use super::Scene;
use pyfa_testkit::osv::FakeVulnerability;

fn ids(document: &serde_json::Map<String, Value>) -> Vec<&str> {
    let entries = document["vulnerabilities"].as_array().expect("a list");
    entries
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect()
}

#[test]
fn releases_get_what_is_known_against_them() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.report("GHSA-1", "Plone.P0", &["1.0"], None);
    scene.report("PYSEC-2", "plone-p0", &["1.0"], None);
    let run = scene.run(&["advisories"]).exits(0);
    assert_eq!(scene.osv.controls().count("querybatch"), 1);
    assert_eq!(run.number("releases"), 4);
    assert_eq!(run.number("records"), 2);
    assert_eq!(run.number("vulnerable_packages"), 1);
    assert_eq!(run.number("vulnerable_latest"), 0);
    let old = scene.document("plone.p0-1.0");
    assert_eq!(old["has_vulnerabilities"], json!(true));
    assert_eq!(ids(&old), ["GHSA-1", "PYSEC-2"]);
    let advisory = &old["vulnerabilities"][0];
    assert_eq!(advisory["severity"], json!("critical"));
    assert_eq!(advisory["aliases"], json!(["CVE-of-GHSA-1"]));
    assert_eq!(advisory["fixed_in"], json!(["2.0"]));
    assert_eq!(advisory["source"], json!("osv"));
    let link = advisory["link"].as_str().unwrap_or_default();
    assert!(link.ends_with("/vulnerability/GHSA-1"), "{link}");
    for id in ["plone.p0-1.0", "plone.p0-2.0"] {
        assert_eq!(scene.document(id)["fixed_in"], json!("2.0"), "{id}");
    }
    assert_eq!(
        scene.document("plone.p0-2.0")["has_vulnerabilities"],
        json!(false)
    );
    assert!(!scene.document("plone.p1-1.0").contains_key("fixed_in"));
    // Records are read once, until they are modified.
    scene.run(&["advisories"]).exits(0);
    assert_eq!(scene.osv.controls().count("/v1/vulns/"), 2);
    // A withdrawn one disappears, and with the last one the advice.
    scene.report("GHSA-1", "plone-p0", &["1.0"], Some("2026-02-01T00:00:00Z"));
    scene.run(&["advisories"]).exits(0);
    assert_eq!(ids(&scene.document("plone.p0-1.0")), ["PYSEC-2"]);
    scene.report(
        "PYSEC-2",
        "plone-p0",
        &["1.0"],
        Some("2026-02-01T00:00:00Z"),
    );
    scene.run(&["advisories"]).exits(0);
    let old = scene.document("plone.p0-1.0");
    assert_eq!(old["has_vulnerabilities"], json!(false));
    assert!(!old.contains_key("fixed_in"));
}

#[test]
fn answers_come_in_pages_and_questions_in_thousands() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(1);
    for number in 10..30 {
        let (id, alias) = (format!("PYSEC-{number}"), "plone-p0");
        scene.report(&id, alias, &["1.0"], None);
    }
    scene.osv.set_page(8);
    scene.run(&["advisories"]).exits(0);
    assert_eq!(ids(&scene.document("plone.p0-1.0")).len(), 20);
    assert_eq!(scene.osv.controls().count("querybatch"), 3);
    // A thousand releases and one.
    let world = &scene.world;
    for number in 0..1_000 {
        let version = format!("0.{number}");
        world
            .pypi
            .publish("plone.p0", &version, &crate::support::plone("old"));
    }
    scene.index();
    scene.osv.set_page(0);
    scene.osv.controls().reset();
    let run = scene.run(&["advisories"]).exits(0);
    assert_eq!(run.number("releases"), 1_002);
    assert_eq!(scene.osv.controls().count("querybatch"), 2);
}

#[test]
fn without_an_answer_everything_stays() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.report("GHSA-1", "plone-p0", &["1.0"], None);
    scene.run(&["advisories"]).exits(0);
    let before = scene.world.documents();
    scene.report("GHSA-3", "plone-p1", &["1.0"], None);
    let faults = [
        Fault::html(200),
        Fault::status(403),
        Fault::status(500),
        Fault::HalfBody,
        Fault::MalformedJson,
        Fault::json(200, &json!({"results": [{}]})),
        Fault::status(429),
    ];
    for fault in faults {
        scene.osv.controls().fail("querybatch", fault.clone());
        let run = scene.run(&["advisories"]).exits(3);
        assert_eq!(run.number("pending"), 2, "{fault:?}");
        assert_eq!(scene.world.documents(), before, "{fault:?}");
        scene.osv.controls().clear_faults();
    }
    // A record that cannot be read leaves its package, and no other.
    scene
        .osv
        .controls()
        .fail("/v1/vulns/GHSA-3", Fault::html(200));
    let run = scene.run(&["advisories"]).exits(3);
    assert_eq!(run.number("pending"), 1);
    let without = |id: &str| {
        let mut document = scene.document(id);
        document.remove("vulnerabilities_checked");
        document
    };
    for (id, document) in &before {
        let mut document = document.clone();
        document.remove("vulnerabilities_checked");
        assert_eq!(without(id), document, "{id}");
    }
    scene.osv.controls().clear_faults();
    scene.run(&["advisories"]).exits(0);
    assert_eq!(ids(&scene.document("plone.p1-1.0")), ["GHSA-3"]);
}

/// The database names a record and answers with something else: nothing is cleared, nothing kept.
#[test]
fn an_answer_that_is_not_the_record_clears_nothing() {
    let Some(scene) = Scene::new() else { return };
    scene.fill(2);
    scene.report("GHSA-1", "plone-p0", &["1.0"], None);
    scene.run(&["advisories"]).exits(0);
    let modified = "2026-01-01T00:00:00Z";
    let others = json!([{"package": {"ecosystem": "PyPI", "name": "other"}, "versions": ["1.0"]}]);
    let no_versions = json!([{"package": {"ecosystem": "PyPI", "name": "plone.p0"}}]);
    let named = json!([{
        "package": {"ecosystem": "PyPI", "name": "plone.p0"}, "versions": ["9.9"],
    }]);
    let faults = [
        Fault::json(
            200,
            &json!({"id": "GHSA-1", "modified": "2999-01-01T00:00:00Z", "affected": no_versions}),
        ),
        Fault::json(
            200,
            &json!({"id": "GHSA-1", "modified": "2001-01-01T00:00:00Z", "affected": named}),
        ),
        Fault::json(200, &json!([])),
        Fault::json(200, &json!({})),
        Fault::json(200, &json!({"code": 5, "message": "Bug not found."})),
        Fault::json(200, &json!({"id": "GHSA-2", "modified": modified})),
        Fault::json(200, &json!({"id": "GHSA-1", "modified": modified})),
        Fault::json(
            200,
            &json!({"id": "GHSA-1", "modified": modified, "affected": others}),
        ),
        Fault::json(404, &json!({"code": 5, "message": "Bug not found."})),
    ];
    for fault in faults {
        fs_err::remove_dir_all(scene.world.pyfa_home().join("cache")).expect("no cache");
        scene.osv.controls().fail("/v1/vulns/", fault.clone());
        let run = scene.run(&["advisories"]).exits(3);
        assert_eq!(run.number("pending"), 1, "{fault:?}");
        assert!(run.report["ended"].is_string(), "{fault:?}");
        let old = scene.document("plone.p0-1.0");
        assert_eq!(old["has_vulnerabilities"], json!(true), "{fault:?}");
        scene.osv.controls().clear_faults();
        scene.run(&["advisories"]).exits(0);
        assert_eq!(ids(&scene.document("plone.p0-1.0")), ["GHSA-1"]);
    }
    // The same of the first question: an object that is no answer is not "nothing known".
    for result in [json!([]), json!({"message": "no"}), json!(null)] {
        let results = vec![result; 4];
        let fault = Fault::json(200, &json!({ "results": results }));
        scene.osv.controls().fail("querybatch", fault);
        scene.run(&["advisories"]).exits(3);
        let old = scene.document("plone.p0-1.0");
        assert_eq!(old["has_vulnerabilities"], json!(true));
        scene.osv.controls().clear_faults();
    }
}

/// A yanked release is never recommended as a fix, whatever the advisory says, and whenever it was yanked.
#[test]
fn no_yanked_release_is_named_as_a_fix() {
    let Some(scene) = Scene::new() else { return };
    let pypi = &scene.world.pypi;
    let packages = [
        ("middle", &["1.0", "1.1", "1.2"][..], true, json!(["1.2"])),
        ("last", &["1.0", "1.1"], true, json!(null)),
        ("plain", &["1.0", "1.1"], false, json!(["1.1"])),
        // Another spelling, and a pre-release that is no answer.
        (
            "spelt",
            &["1.0", "1.1.0", "1.2rc1", "1.2"],
            true,
            json!(["1.2"]),
        ),
    ];
    let said = || vec![json!({"id": "PYSEC-9", "aliases": [], "fixed_in": ["1.1"]})];
    let release = crate::support::plone("x");
    for (package, versions, yank, _) in &packages {
        let name = format!("plone.{package}");
        for version in *versions {
            pypi.publish(&name, version, &release);
        }
        pypi.set_vulnerabilities(&name, "1.0", said());
        if *yank {
            pypi.yank(&name, versions[1], "broken");
        }
    }
    for version in ["1.0", "1.1", "1.2"] {
        pypi.publish("plone.late", version, &release);
    }
    pypi.set_vulnerabilities("plone.late", "1.0", said());
    scene.index();
    let of_advisory = |package: &str| {
        let document = scene.document(&format!("plone.{package}-1.0"));
        assert_eq!(ids(&document).len(), 1, "{package}");
        document["vulnerabilities"][0]["fixed_in"].clone()
    };
    // What the registry says.
    for (package, _, _, right) in &packages {
        assert_eq!(of_advisory(package), *right, "{package}");
    }
    assert_eq!(of_advisory("late"), json!(["1.1"]));
    pypi.yank("plone.late", "1.1", "broken");
    scene.index();
    assert_eq!(of_advisory("late"), json!(["1.2"]));

    // What the database says.
    wait_for_the_next_second();
    for (package, ..) in &packages {
        scene.osv.set(FakeVulnerability {
            id: format!("GHSA-{package}"),
            aliases: vec!["PYSEC-9".to_owned()],
            ecosystem: "PyPI".to_owned(),
            project: format!("plone-{package}"),
            versions: vec!["1.0".to_owned()],
            fixed: Some("1.1".to_owned()),
            cvss: None,
            modified: "2026-01-01T00:00:00Z".to_owned(),
            withdrawn: None,
        });
    }
    scene.run(&["advisories"]).exits(0);
    for (package, _, _, right) in &packages {
        assert_eq!(of_advisory(package), *right, "{package}");
        let document = scene.document(&format!("plone.{package}-1.0"));
        let of_package = document.get("fixed_in").unwrap_or(&json!(null)).clone();
        assert_eq!(
            of_package,
            right.get(0).cloned().unwrap_or_default(),
            "{package}"
        );
    }
    // And what is said of a release that is yanked after that.
    pypi.yank("plone.plain", "1.1", "broken");
    scene.index();
    assert_eq!(of_advisory("plain"), json!(null));
    let document = scene.document("plone.plain-1.0");
    assert!(
        document
            .get("fixed_in")
            .is_none_or(serde_json::Value::is_null)
    );
}

/// A registry that does not speak of advisories has not said that there are none.
#[test]
fn a_registry_that_says_nothing_clears_nothing() {
    use pyfa_testkit::pypi::{Fault, On};

    let Some(scene) = Scene::new() else { return };
    let pypi = &scene.world.pypi;
    pypi.publish("plone.p0", "1.0", &crate::support::plone("x"));
    let said = vec![json!({"id": "PYSEC-9", "aliases": [], "fixed_in": ["2.0"]})];
    pypi.set_vulnerabilities("plone.p0", "1.0", said);
    scene.index();
    wait_for_the_next_second();
    let silent = [None, Some(vec![json!({})]), Some(vec![json!([])])];
    for (number, entries) in silent.into_iter().enumerate() {
        match entries {
            None => pypi.fail(On::Project("plone.p0".to_owned()), Fault::NoVulnerabilities),
            Some(entries) => pypi.set_vulnerabilities("plone.p0", "1.0", entries),
        }
        pypi.set_owner("plone.p0", &[("Owner", &format!("ada{number}"))], None);
        scene.index();
        let document = scene.document("plone.p0-1.0");
        assert_eq!(document["has_vulnerabilities"], json!(true), "{number}");
        assert_eq!(ids(&document), ["PYSEC-9"], "{number}");
        pypi.clear_faults();
    }
}

/// The registry and the database are asked at different times: per release the newer counts.
#[test]
fn of_two_answers_the_newer_counts() {
    let Some(scene) = Scene::new() else { return };
    let world = &scene.world;
    let said = json!([{"id": "PYSEC-9", "aliases": [], "fixed_in": ["2.0"], "withdrawn": null}]);
    let said = said.as_array().cloned().unwrap_or_default();
    world
        .pypi
        .publish("plone.p0", "1.0", &crate::support::plone("x"));
    world.pypi.set_vulnerabilities("plone.p0", "1.0", said);
    scene.index();
    assert_eq!(ids(&scene.document("plone.p0-1.0")), ["PYSEC-9"]);
    wait_for_the_next_second();
    scene.run(&["advisories"]).exits(0);
    assert_eq!(ids(&scene.document("plone.p0-1.0")), [""; 0]);
    // What the registry had said before is in the cache, and does not come back.
    world
        .pypi
        .publish("plone.p0", "2.0", &crate::support::plone("y"));
    scene.index();
    assert_eq!(ids(&scene.document("plone.p0-1.0")), [""; 0]);
}

/// Times are kept in whole seconds.
fn wait_for_the_next_second() {
    let begun = jiff::Timestamp::now().as_second();
    crate::support::until("the next second", || {
        jiff::Timestamp::now().as_second() > begun
    });
}
