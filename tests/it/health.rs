//! Both rule sets on real documents: the peer's numbers to the byte, and ours for what they say.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use pyfa::enrich::health::{Bonus, Breakdown, Percentiles, RuleSet, ScoringContext};
use pyfa::model::repository::own_repository;
use pyfa::model::{Document, Release};
use pyfa::transform;
use pyfa_testkit::fixtures;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Expected {
    clock: String,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    facts: Map<String, Value>,
    health_score: u32,
    health_score_breakdown: Box<RawValue>,
}

fn expected() -> Result<Expected> {
    let text = fs_err::read_to_string(fixtures::folder().join("health.json"))?;
    Ok(serde_json::from_str(&text)?)
}

/// What the peer wrote, by id.
fn peer_documents() -> Result<BTreeMap<String, Document>> {
    let mut documents = BTreeMap::new();
    for (_, document) in fixtures::expected_documents()? {
        let document: Document = serde_json::from_value(document)?;
        documents.insert(document.id.clone(), document);
    }
    Ok(documents)
}

/// The newest releases of the recorded projects, as we write them.
fn our_documents() -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    for project in fixtures::project_documents()? {
        let release: Release =
            serde_json::from_value(json!({"info": project["info"], "files": project["urls"]}))?;
        let context = transform::Context {
            is_latest: true,
            keep_text: true,
            ..Default::default()
        };
        documents.push(transform::document(&release, &context).document);
    }
    Ok(documents)
}

#[test]
fn the_peers_rules_give_the_peers_numbers() -> Result<()> {
    let expected = expected()?;
    let documents = peer_documents()?;
    let now = expected.clock.parse::<jiff::Timestamp>()?.as_second();
    assert_eq!(expected.rows.len(), 36);
    for row in expected.rows {
        let mut document = documents.get(&row.id).context(row.id.clone())?.clone();
        document.facts.extend(row.facts);
        let context = ScoringContext {
            now,
            ..ScoringContext::default()
        };
        let health = RuleSet::Pyf.calculate(&document, &context);
        let breakdown = serde_json::to_string(&health.breakdown)?;
        assert_eq!(
            breakdown,
            row.health_score_breakdown.get(),
            "{}: {:?}",
            row.id,
            document.facts
        );
        assert_eq!(health.score, row.health_score, "{}", row.id);
        let fields = serde_json::to_value(&health)?;
        assert_eq!(fields["health_score_last_calculated"], json!(now));
        assert_eq!(fields["health_problems_metadata"], json!([]));
    }
    Ok(())
}

/// Only the named fields of a document, as an export would give them.
fn only(document: &Document, fields: &[&str]) -> Result<Document> {
    let mut all = serde_json::to_value(document)?;
    let all = all.as_object_mut().context("not an object")?;
    all.retain(|field, _| fields.contains(&field.as_str()));
    Ok(serde_json::from_value(Value::Object(all.clone()))?)
}

#[test]
fn no_rule_reads_more_than_it_says() -> Result<()> {
    let facts = json!({
        "github_stars": 40, "github_open_issues": 7, "github_closed_issues": 50,
        "github_updated": 1_750_000_000, "github_pushed": 1_750_000_000, "github_archived": true,
        "github_url": "https://github.com/a/b", "download_last_month": 5,
        "has_vulnerabilities": true, "vulnerabilities": [{"id": "A", "severity": "high"}],
    });
    let downloads: Percentiles = [1, 5, 9].into_iter().collect();
    let context = ScoringContext {
        now: 1_795_219_200,
        downloads: Some(&downloads),
        releases: &[1_750_000_000],
    };
    for mut document in our_documents()? {
        document.facts = facts.as_object().cloned().unwrap_or_default();
        for rules in [RuleSet::Pyf, RuleSet::default()] {
            let of_all = rules.calculate(&document, &context);
            let of_some = rules.calculate(&only(&document, rules.fields())?, &context);
            assert_eq!(of_all, of_some, "{}", document.id);
        }
    }
    Ok(())
}

#[test]
fn every_point_of_ours_has_a_reason_and_every_lost_one_a_remedy() -> Result<()> {
    let rules = RuleSet::default();
    let mut scores = BTreeMap::new();
    let now = expected()?.clock.parse::<jiff::Timestamp>()?.as_second();
    for document in peer_documents()?.into_values() {
        let context = ScoringContext {
            now,
            ..ScoringContext::default()
        };
        let health = rules.calculate(&document, &context);
        let Breakdown::Weighted(breakdown) = &health.breakdown else {
            panic!("the default rules are ours");
        };
        let categories = [
            &breakdown.recency,
            &breakdown.documentation,
            &breakdown.metadata,
            &breakdown.activity,
            &breakdown.popularity,
            &breakdown.security,
        ];
        for category in categories {
            let given: u32 = category.bonuses.iter().map(points).sum();
            let lost: u32 = category.lost.iter().map(|loss| loss.points).sum();
            assert_eq!(given, category.points, "{category:?}");
            assert_eq!(given + lost, category.max_points, "{category:?}");
            assert_eq!(category.lost.len(), category.problems.len());
            assert!(
                category.lost.iter().all(|loss| loss.advice.len() > 10),
                "{category:?}"
            );
        }
        let problems: Vec<String> = categories
            .iter()
            .flat_map(|category| &category.lost)
            .map(|loss| format!("-{} {}", loss.points, loss.reason))
            .collect();
        scores.insert(document.name.clone(), (health.score, problems));
    }
    insta::assert_debug_snapshot!(scores);
    Ok(())
}

fn points(bonus: &Bonus) -> u32 {
    match bonus {
        Bonus::Points { points, .. } => *points,
        Bonus::Remark(remark) => panic!("our rules remark {remark}"),
    }
}

#[test]
fn real_packages_name_their_repository() -> Result<()> {
    let mut repositories = BTreeMap::new();
    for document in our_documents()? {
        let found = own_repository([&document]).named;
        let found = found.map(|one| format!("{}: {}", one.label, one.repository.url()));
        repositories.insert(document.name.clone(), found);
    }
    insta::assert_debug_snapshot!(repositories);
    Ok(())
}
