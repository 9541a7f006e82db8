//! What is known of npm packages' faults: ranges by semantic versions, and packages made to do harm.

use pyfa::model::Document;
use pyfa_testkit::osv::FakeVulnerability;
use serde_json::{Value, json};

use super::Scene;
use super::npm::older;
use crate::gallery::packages::release;
use crate::support::npm::{form_block, npm, volto};

fn advisory(id: &str, project: &str, fixed: Option<&str>, versions: &[&str]) -> FakeVulnerability {
    FakeVulnerability {
        id: id.to_owned(),
        ecosystem: "npm".to_owned(),
        project: project.to_owned(),
        versions: versions.iter().map(|&version| version.to_owned()).collect(),
        fixed: fixed.map(str::to_owned),
        cvss: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned())
            .filter(|_| !id.starts_with("MAL-")),
        modified: "2026-01-01T00:00:00Z".to_owned(),
        ..FakeVulnerability::default()
    }
}

#[test]
fn ranges_of_npm_follow_semantic_versions() {
    let Some(scene) = Scene::new() else { return };
    let versions = [
        "18.0.0-alpha.46",
        "18.0.0-rc.10",
        "18.0.0-rc.9",
        "18.0.0",
        "9.9.9",
    ];
    let mut documents: Vec<Document> = versions
        .iter()
        .map(|version| older(&volto(), version))
        .collect();
    documents.push(volto());
    documents.push(release("sigstore", "3.0"));
    scene.put(&documents);
    scene.osv.set(advisory(
        "GHSA-1",
        "@plone/volto",
        Some("18.0.0-rc.10"),
        &[],
    ));
    // Names are compared as they are written, and only within the ecosystem.
    scene.osv.set(advisory("GHSA-2", "@Plone/Volto", None, &[]));
    scene.osv.set(advisory("GHSA-3", "sigstore", None, &[]));
    let run = scene.run(&["advisories"]).exits(0);
    assert_eq!(run.number("vulnerable_packages"), 1);
    assert_eq!(run.number("vulnerable_latest"), 0);
    for (version, is_vulnerable) in [
        ("9.9.9", true),
        ("18.0.0-alpha.46", true),
        ("18.0.0-rc.9", true),
        ("18.0.0-rc.10", false),
        ("18.0.0", false),
        ("19.3.0", false),
    ] {
        let document = scene.document(&format!("@plone--volto-{version}"));
        assert_eq!(
            document["has_vulnerabilities"],
            json!(is_vulnerable),
            "{version}"
        );
        assert_eq!(document["is_malicious"], json!(false), "{version}");
        assert_eq!(document["fixed_in"], json!("18.0.0"), "{version}");
        let fixes = document["vulnerabilities"][0]["fixed_in"].clone();
        let expected = if is_vulnerable {
            json!(["18.0.0-rc.10"])
        } else {
            Value::Null
        };
        assert_eq!(fixes, expected, "{version}");
    }
    assert_eq!(
        scene.document("sigstore-3.0")["has_vulnerabilities"],
        json!(false)
    );
}

#[test]
fn what_was_made_to_do_harm_has_a_class_of_its_own() {
    let Some(scene) = Scene::new() else { return };
    scene.put(&[
        npm("crossenv", "6.1.1"),
        form_block(),
        older(&form_block(), "3.18.0"),
        volto(),
    ]);
    // All versions of one package, and a single one of another.
    scene.osv.set(advisory("MAL-2022-1", "crossenv", None, &[]));
    scene.osv.set(advisory(
        "MAL-2026-2",
        "volto-form-block",
        None,
        &["3.18.0"],
    ));
    scene
        .osv
        .set(advisory("GHSA-1", "volto-form-block", Some("3.19.0"), &[]));
    let run = scene.run(&["advisories"]).exits(0);
    assert_eq!(run.number("malicious_packages"), 2);
    assert_eq!(run.number("vulnerable_packages"), 1);
    let document = scene.document("npm:volto-form-block-3.18.0");
    assert_eq!(document["is_malicious"], json!(true));
    assert_eq!(document.get("fixed_in"), None);
    let ids: Vec<&str> = document["vulnerabilities"]
        .as_array()
        .map(|all| all.iter().filter_map(|one| one["id"].as_str()).collect())
        .unwrap_or_default();
    assert_eq!(ids, ["MAL-2026-2", "GHSA-1"]);
    assert_eq!(document["vulnerabilities"][0].get("fixed_in"), None);
    assert_eq!(
        scene.document("npm:volto-form-block-3.19.0")["is_malicious"],
        json!(false)
    );
    scene.run(&["health"]).exits(0);
    let document = scene.document("npm:crossenv-6.1.1");
    assert_eq!(document["is_malicious"], json!(true));
    assert_eq!(document["health_score"], json!(0));
    assert_eq!(document["health_band"], json!("0-19"));
    assert_eq!(document["search_rank"], json!(0));
    let penalties = document["health_score_breakdown"]["penalties"].to_string();
    assert!(penalties.contains("malicious"), "{penalties}");
    let score = scene.document("@plone--volto-19.3.0")["health_score"].as_i64();
    assert!(score > Some(20), "{score:?}");
    scene.run(&["health", "--rules", "pyf"]).exits(0);
    assert_eq!(
        scene.document("npm:crossenv-6.1.1")["health_score"],
        json!(0)
    );
}
