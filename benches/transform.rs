//! Documents per second, made of the newest releases of real projects.

use std::{fs, hint::black_box, path::Path};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pyfa::{
    model::Release,
    transform::{Context, document},
};
use serde_json::{Value, json};

fn releases() -> anyhow::Result<Vec<Release>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pypi");
    let mut releases = Vec::new();
    for entry in fs::read_dir(folder)? {
        let project: Value = serde_json::from_slice(&fs::read(entry?.path())?)?;
        let release = json!({"info": project["info"], "files": project["urls"]});
        releases.push(serde_json::from_value(release)?);
    }
    Ok(releases)
}

fn transform(criterion: &mut Criterion) {
    let releases = releases().unwrap_or_default();
    assert!(
        !releases.is_empty(),
        "tests/fixtures/pypi holds no readable project"
    );
    let mut group = criterion.benchmark_group("transform");
    group.throughput(Throughput::Elements(releases.len() as u64));
    for (name, keep_text) in [("with text", true), ("without text", false)] {
        let context = Context {
            is_latest: true,
            keep_text,
            ..Context::default()
        };
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for release in &releases {
                    black_box(document(black_box(release), &context));
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, transform);
criterion_main!(benches);
