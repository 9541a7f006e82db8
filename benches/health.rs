//! Scores per second, of the newest releases of real projects: the calculation alone, and with
//! the reading of exported lines that comes before it.

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pyfa::enrich::health::{Percentiles, RuleSet, ScoringContext};
use pyfa::model::{Document, Release};
use pyfa::transform;
use serde_json::{Map, Value, json};

const NOW: i64 = 1_795_219_200;

fn documents() -> anyhow::Result<Vec<Document>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pypi");
    let facts = json!({
        "github_stars": 40, "github_open_issues": 7, "github_closed_issues": 50,
        "github_updated": NOW - 9_000_000, "github_pushed": NOW - 9_000_000,
        "download_last_month": 5_000, "has_vulnerabilities": false, "vulnerabilities": [],
    });
    let mut documents = Vec::new();
    for entry in fs::read_dir(folder)? {
        let project: Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        let release: Release =
            serde_json::from_value(json!({"info": project["info"], "files": project["urls"]}))?;
        let context = transform::Context {
            is_latest: true,
            keep_text: true,
            ..Default::default()
        };
        let mut document = transform::document(&release, &context).document;
        document.facts = facts.as_object().cloned().unwrap_or_default();
        documents.push(document);
    }
    Ok(documents)
}

/// The lines that an export of the fields gives.
fn lines(documents: &[Document], fields: &[&str]) -> Vec<Vec<u8>> {
    let line = |document: &Document| {
        let document: Map<String, Value> = serde_json::to_value(document)
            .ok()
            .and_then(|value| value.as_object().cloned())
            .unwrap_or_default();
        let some: Map<String, Value> = document
            .into_iter()
            .filter(|(field, _)| fields.contains(&field.as_str()))
            .collect();
        serde_json::to_vec(&some).unwrap_or_default()
    };
    documents.iter().map(line).collect()
}

fn health(criterion: &mut Criterion) {
    let documents = documents().unwrap_or_default();
    assert!(
        !documents.is_empty(),
        "tests/fixtures/pypi holds no readable project"
    );
    let downloads: Percentiles = (0..4_000).map(|rank| rank * rank).collect();
    let releases = [NOW - 90_000_000, NOW - 9_000_000];
    let context = ScoringContext {
        now: NOW,
        downloads: Some(&downloads),
        releases: &releases,
    };
    let mut group = criterion.benchmark_group("health");
    group.throughput(Throughput::Elements(documents.len() as u64));
    for (name, rules) in [("pyf", RuleSet::Pyf), ("weighted", RuleSet::default())] {
        group.bench_function(format!("{name}, calculated"), |bencher| {
            bencher.iter(|| {
                for document in &documents {
                    black_box(rules.calculate(black_box(document), &context));
                }
            });
        });
        let lines = lines(&documents, rules.fields());
        group.bench_function(format!("{name}, from line to line"), |bencher| {
            bencher.iter(|| {
                for line in &lines {
                    let document: Document = serde_json::from_slice(line).unwrap_or_default();
                    let health = rules.calculate(&document, &context);
                    black_box(serde_json::to_vec(&health).unwrap_or_default());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, health);
criterion_main!(benches);
