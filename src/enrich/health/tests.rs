//! Our rules, one defect of others after the other.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::context::{DAY, ScoringContext};
use super::{Breakdown, Health, Percentiles, RuleSet, WeightedBreakdown};
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
    let context = ScoringContext {
        now: NOW,
        downloads: Some(&downloads),
        releases: &releases,
    };
    let health = RuleSet::default().calculate(document, &context);
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
    let context = ScoringContext {
        now: NOW,
        ..ScoringContext::default()
    };
    let health = RuleSet::default().calculate(&document, &context);
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
fn activity_counts_where_it_is_known_and_nowhere_else() {
    let with = |facts: Value| judged(&changed(&facts));
    let (without, breakdown) = with(json!({"github_stars": 0}));
    assert_eq!(without.score, 95);
    assert_eq!(breakdown.activity.max_points, 15);
    let slow = json!({
        "github_stars": 0, "activity_checked": NOW - DAY, "activity_first_response": 336.1,
        "activity_bus_factor": 1,
    });
    let (judged, breakdown) = with(slow.clone());
    // 15 and a quarter of 5 and three tenths of 3, of 23; 95 + 1 + 1 of 108.
    assert_eq!(
        (breakdown.activity.points, breakdown.activity.max_points),
        (17, 23)
    );
    assert_eq!(judged.score, 90);
    assert_eq!(
        breakdown.activity.problems,
        [
            "half of what people open is answered within 14 days",
            "one person makes half of all contributions",
        ]
    );
    // Known by halves.
    let mut half = slow.clone();
    half["activity_bus_factor"] = Value::Null;
    assert_eq!(with(half).1.activity.max_points, 20);
    // Of long ago.
    let mut old = slow;
    old["activity_checked"] = json!(NOW - 31 * DAY);
    assert_eq!(with(old).0, without);
}

#[test]
fn nothing_at_all_has_a_score_too() {
    let context = ScoringContext::default();
    for rules in [RuleSet::Pyf, RuleSet::default()] {
        assert_eq!(rules.calculate(&Document::default(), &context).score, 0);
    }
}

/// A package without anything, by the rules of `pyf`.
fn pyf(changes: &Value) -> (u32, Value) {
    let document: Document = serde_json::from_value(changes.clone()).unwrap_or_default();
    let context = ScoringContext {
        now: NOW,
        ..ScoringContext::default()
    };
    let health = RuleSet::Pyf.calculate(&document, &context);
    (health.score, json!(health.breakdown))
}

#[test]
fn the_steps_of_pyf_are_where_they_were() {
    for (days, points, problem) in [
        (179, 40, None),
        (180, 30, Some("last release over 6 months ago")),
        (364, 30, Some("last release over 6 months ago")),
        (365, 20, Some("last release over 1 year ago")),
        (730, 10, Some("last release over 2 years ago")),
        (1095, 5, Some("last release over 3 years ago")),
        (1825, 0, Some("last release over 5 years ago")),
    ] {
        let (score, breakdown) = pyf(&json!({"upload_timestamp": NOW - days * DAY - DAY + 1}));
        assert_eq!(score, points, "{days}");
        assert_eq!(
            breakdown["recency"]["problems"],
            json!(Vec::from_iter(problem)),
            "{days}"
        );
    }
    for (stars, points) in [
        (9, 0),
        (10, 1),
        (49, 1),
        (50, 3),
        (100, 5),
        (500, 7),
        (1000, 10),
    ] {
        assert_eq!(pyf(&json!({"github_stars": stars})).0, points, "{stars}");
    }
    for (days, points) in [(29.9, 10), (30.0, 7), (90.0, 5), (180.0, 3), (365.0, 0)] {
        let updated = NOW as f64 - days * DAY as f64;
        assert_eq!(pyf(&json!({"github_updated": updated})).0, points, "{days}");
    }
    for (open, points) in [(0, 10), (1, 7), (3, 5), (5, 3), (10, 0)] {
        let facts = json!({"github_open_issues": open, "github_stars": 9.9});
        assert_eq!(pyf(&facts).0, points, "{open}");
    }
}

#[test]
fn what_pyf_takes_for_documentation_and_metadata() {
    let page = "https://pypi.example/project/a/";
    for (changes, points) in [
        (json!({"docs_url": "https://a.example/docs"}), 4),
        (
            json!({"docs_url": "https://pypi.example/project/b/", "package_url": page}),
            0,
        ),
        (json!({"docs_url": "https://www.github.com/a/b/#readme"}), 0),
        (json!({"docs_url": "https://gitlab.io/a/b/c"}), 4),
        (
            json!({"project_urls": {"My Docs": "https://a.example", "Home": "https://b.example"}}),
            3,
        ),
        (json!({"project_urls": {"HOMEPAGE": "UNKNOWN"}}), 3),
        (json!({"project_urls": {"Source": "https://a.example"}}), 0),
        (json!({"description": "é".repeat(150)}), 0),
        (json!({"description": "é".repeat(151)}), 18),
        (json!({"author": "Ann"}), 10),
        (json!({"maintainer": "Ann", "license": "MIT"}), 20),
        (
            json!({"author_email": "Ann <a@example.org>", "license_expression": "MIT"}),
            0,
        ),
        (json!({"classifiers": ["a", "b", "c"]}), 10),
        (json!({"keywords": ["a", "b", "c"]}), 0),
        (json!({"keywords": ["a", "b", "c"], "registry": "npm"}), 10),
    ] {
        assert_eq!(pyf(&changes).0, points, "{changes}");
    }
    let few = "not enough documentation (extend README to 500+ words or add documentation link)";
    let problems = |changes: Value| pyf(&changes).1["documentation"]["problems"].clone();
    let short = "description too short (<150 chars)";
    assert_eq!(
        problems(json!({"main_content": "word ".repeat(499)})),
        json!([short, few])
    );
    assert_eq!(
        problems(json!({"main_content": "word ".repeat(500)})),
        json!([short])
    );
    assert_eq!(
        problems(json!({"docs_url": "https://a.example"})),
        json!([short])
    );
    let npm = pyf(&json!({"registry": "npm"})).1;
    assert_eq!(
        npm["metadata"]["problems"][3],
        json!("fewer than 3 keywords")
    );
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
        let context =
            ScoringContext { now, downloads: Some(&downloads), releases: &[i64::MIN, i64::MAX] };
        prop_assert!(RuleSet::Pyf.calculate(&document, &context).score <= 100);
        let health = RuleSet::default().calculate(&document, &context);
        prop_assert!(health.score <= 100);
        let Breakdown::Weighted(breakdown) = health.breakdown else {
            panic!("the default rules are ours");
        };
        let categories = [&breakdown.recency, &breakdown.activity, &breakdown.popularity, &breakdown.security];
        for category in categories {
            let lost: u32 = category.lost.iter().map(|loss| loss.points).sum();
            prop_assert_eq!(category.points + lost, category.max_points);
        }
    }
}
