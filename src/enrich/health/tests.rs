//! Our rules, one defect of others after the other.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Breakdown, DAY, Health, Percentiles, RuleSet, Surroundings, WeightedBreakdown};
use crate::model::Document;

const NOW: i64 = 1_800_000_000;

/// A package as it should be, with everything known.
fn sound() -> Value {
    json!({
        "name": "a", "version": "1.2", "version_major": 1, "registry": "pypi",
        "upload_timestamp": NOW - 30 * DAY,
        "summary": "does it",
        "first_chapter": "does it\n\n<p>word</p>",
        "main_content": "<p>word <b title=\"x\">word</b></p>\n".repeat(300),
        "changelog": "<h2>Changes</h2>",
        "author_email": "Ann <ann@example.org>",
        "license_expression": "MIT",
        "classifiers": ["a", "b", "c"],
        "requires_python": ">=3.10",
        "project_urls": {
            "Documentation": "https://a.readthedocs.io/",
            "Source": "https://codeberg.org/a/a",
        },
        "github_stars": 1_000, "github_open_issues": 10, "github_closed_issues": 90,
        "github_pushed": NOW - 3 * DAY, "github_archived": false,
        "download_last_month": 1_000, "has_vulnerabilities": false, "vulnerabilities": [],
    })
}

/// `sound` with some fields changed.
fn changed(changes: &Value) -> Document {
    let mut document = sound();
    for (field, value) in changes.as_object().into_iter().flatten() {
        document[field] = value.clone();
    }
    serde_json::from_value(document).unwrap_or_default()
}

fn judged(document: &Document) -> (Health, WeightedBreakdown) {
    let downloads: Percentiles = (0..=1_000).collect();
    let releases = [10, 100, 200, 300, 3_000].map(|days| NOW - days * DAY);
    let surroundings = Surroundings {
        now: NOW,
        downloads: Some(&downloads),
        releases: &releases,
    };
    let health = RuleSet::default().calculate(document, &surroundings);
    let Breakdown::Weighted(breakdown) = health.breakdown.clone() else {
        panic!("the default rules are ours");
    };
    (health, *breakdown)
}

fn score(changes: &Value) -> u32 {
    judged(&changed(changes)).0.score
}

#[test]
fn a_package_as_it_should_be_has_all_points() {
    let (health, breakdown) = judged(&changed(&json!({})));
    assert_eq!(health.score, 100, "{breakdown:#?}");
    assert!(breakdown.unknown.is_empty() && breakdown.penalties.is_empty());
}

#[test]
fn each_lack_costs_its_points() {
    for (changes, expected) in [
        (json!({"author_email": ""}), 96),
        (json!({"author_email": "", "maintainer": "UNKNOWN"}), 96),
        (
            json!({"author_email": "", "maintainer_email": "x@example.org"}),
            100,
        ),
        (json!({"license_expression": ""}), 95),
        (
            json!({"license_expression": "", "classifiers": ["a", "b", "License :: OSI Approved"]}),
            100,
        ),
        (json!({"classifiers": ["a", "b"]}), 97),
        (
            json!({"registry": "npm", "keywords": ["a", "b", "c"], "requires_python": ""}),
            100,
        ),
        (json!({"requires_python": ""}), 97),
        (json!({"changelog": ""}), 95),
        (
            json!({"github_open_issues": 90, "github_closed_issues": 10}),
            93,
        ),
        (
            json!({"github_open_issues": 0, "github_closed_issues": 0}),
            100,
        ),
        (json!({"github_stars": 0}), 95),
        (json!({"download_last_month": 0}), 95),
        (json!({"upload_timestamp": 0}), 80),
        (json!({"upload_timestamp": NOW + DAY}), 100),
        (json!({"github_archived": true}), 70),
        (json!({"yanked": true}), 70),
        (
            json!({"classifiers": ["a", "b", "Development Status :: 7 - Inactive"]}),
            80,
        ),
    ] {
        assert_eq!(score(&changes), expected, "{changes}");
    }
}

#[test]
fn words_are_counted_on_text() {
    let attributes = "<p data-x=\"one two three four five\">- word</p>\n".repeat(20);
    let (_, breakdown) = judged(&changed(&json!({"main_content": attributes})));
    assert_eq!(
        breakdown.documentation.problems,
        ["the README has 21 words"]
    );
}

#[test]
fn documentation_is_what_can_hold_some() {
    for (label, address, is_documentation) in [
        ("Documentation", "https://github.com/a/a", false),
        ("Documentation", "https://github.com/a", false),
        (
            "Documentation",
            "https://github.com/a/a/tree/main/docs",
            true,
        ),
        ("Documentation", "https://pypi.python.org/pypi/a", false),
        ("Documentation", "UNKNOWN", false),
        ("docs", "https://example.org/a", true),
        ("Homepage", "https://example.org/a", false),
        ("Homepage", "https://a.readthedocs.io", true),
    ] {
        let links = json!({"Source": "https://codeberg.org/a/a", label: address});
        let expected = if is_documentation { 100 } else { 95 };
        assert_eq!(
            score(&json!({"project_urls": links})),
            expected,
            "{label} {address}"
        );
    }
}

#[test]
fn a_finished_package_is_not_punished_and_an_abandoned_one_is() {
    let old = json!({
        "upload_timestamp": NOW - 2_500 * DAY, "github_pushed": NOW - 2_400 * DAY,
    });
    let with = |field: &str, value: Value| {
        let mut changes = old.clone();
        changes[field] = value;
        score(&changes)
    };
    // 90 % of what depends on dates: 20 and 8 points; the four releases of late stay.
    assert_eq!(score(&old), 97);
    assert_eq!(with("github_open_issues", json!(80)), 72 - 3);
    assert_eq!(with("version_major", json!(0)), 72);
    assert_eq!(with("main_content", json!("<p>short</p>")), 62);
    assert_eq!(with("github_archived", json!(true)), 42);
    assert_eq!(with("version_postfix", json!("rc1")), 72);
    assert_eq!(with("version_postfix", json!("post1")), 97);
    let mut unused = old.clone();
    unused["github_stars"] = json!(3);
    unused["download_last_month"] = json!(20);
    assert_eq!(score(&unused), 62);
}

#[test]
fn vulnerabilities_of_the_latest_release_count() {
    let with =
        |entries: Value| score(&json!({"has_vulnerabilities": true, "vulnerabilities": entries}));
    assert_eq!(
        with(json!([{"id": "A", "severity": "CRITICAL"}, {"id": "B"}])),
        65
    );
    assert_eq!(
        with(json!([{"id": "A", "severity": "low"}, {"id": "B"}])),
        85
    );
    assert_eq!(with(json!([{"id": "A", "severity": "low"}])), 90);
    assert_eq!(
        with(json!([{"id": "A", "withdrawn": "2026-01-01"}, {"id": "B", "severity": "moderate"}])),
        85
    );
    assert_eq!(with(json!("odd")), 85);
    let changes = json!({"has_vulnerabilities": true, "vulnerabilities": [{"id": "GHSA-1"}]});
    let (_, breakdown) = judged(&changed(&changes));
    assert!(breakdown.penalties[0].advice.contains("GHSA-1"));
}

#[test]
fn what_is_not_known_is_not_held_against_a_package() {
    let mut document = changed(&json!({}));
    document.facts.clear();
    let surroundings = Surroundings {
        now: NOW,
        ..Surroundings::default()
    };
    let health = RuleSet::default().calculate(&document, &surroundings);
    assert_eq!(health.score, 100);
    let Breakdown::Weighted(breakdown) = health.breakdown else {
        panic!("the default rules are ours");
    };
    assert_eq!(
        breakdown.unknown,
        [
            "recency.release_history",
            "activity.pushed",
            "activity.issues",
            "popularity.stars",
            "popularity.downloads",
            "security.no_vulnerabilities",
        ]
    );
}

#[test]
fn nothing_at_all_has_a_score_too() {
    let surroundings = Surroundings::default();
    for rules in [RuleSet::Pyf, RuleSet::default()] {
        assert_eq!(
            rules.calculate(&Document::default(), &surroundings).score,
            0
        );
    }
}

fn any_fact() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[a-z]{0,5}".prop_map(Value::from),
        Just(json!([{"id": 1, "severity": []}, null, "x"])),
        Just(Value::Null),
    ]
}

proptest! {
    #[test]
    fn whatever_the_facts_the_score_is_one(
        facts in proptest::collection::vec(any_fact(), 8),
        now in any::<i64>(),
        upload_timestamp in any::<i64>(),
    ) {
        let names = [
            "github_stars", "github_open_issues", "github_closed_issues", "github_pushed",
            "github_updated", "download_last_month", "has_vulnerabilities", "vulnerabilities",
        ];
        let mut document = changed(&json!({}));
        document.upload_timestamp = upload_timestamp;
        document.facts.extend(names.map(str::to_owned).into_iter().zip(facts));
        let downloads: Percentiles = [0, i64::MAX, i64::MIN].into_iter().collect();
        let surroundings =
            Surroundings { now, downloads: Some(&downloads), releases: &[i64::MIN, i64::MAX] };
        for rules in [RuleSet::Pyf, RuleSet::default()] {
            prop_assert!(rules.calculate(&document, &surroundings).score <= 100);
        }
    }
}
