//! How well a search finds what people mean: judged queries over recorded packages.
//!
//! `scripts/search-quality` runs this and shows the table; `tests/search_quality/README.md` says where
//! the packages and the queries come from.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "the script that runs it chooses what is shown"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use pyfa::catalog::{Catalog, PackageQuery};
use pyfa::model::{Document, ProjectName, Release};
use pyfa::transform::{Context as TransformContext, document, joined_names};
use serde_json::{Value, json};

use super::Shelf;

/// The collections, and the classifier of each.
const COLLECTIONS: [(&str, &str); 3] = [
    ("django", "Framework :: Django"),
    ("flask", "Framework :: Flask"),
    ("plone", "Framework :: Plone"),
];
const HALVES: [&str; 2] = ["tune", "held_out"];
/// Hits that are looked at.
const LOOKED_AT: u32 = 10;
/// What may be lost by rounding.
const TOLERANCE: f64 = 0.0005;

/// A query and the names that answer it, the best first; none where nothing should be found.
struct Judged {
    class: String,
    words: String,
    acceptable: Vec<ProjectName>,
}

/// The measures of one class.
#[derive(Default)]
struct Measures {
    queries: usize,
    sums: BTreeMap<&'static str, f64>,
}

const MEASURES: [&str; 5] = ["success@1", "success@3", "success@5", "MRR", "nDCG@10"];

#[tokio::test]
async fn nothing_is_found_worse_than_before() -> Result<()> {
    let mut all: BTreeMap<(String, String), Measures> = BTreeMap::new();
    for (collection, root) in COLLECTIONS {
        let Some(shelf) = Shelf::with(&packages(collection, root)?).await? else {
            return Ok(());
        };
        let roots = vec![root.to_owned()];
        let catalog = Catalog::new(shelf.client.clone(), shelf.name.clone(), roots);
        for half in HALVES {
            for judged in queries(collection, half)? {
                let found = find(&catalog, &judged.words).await?;
                let key = (half.to_owned(), judged.class.clone());
                all.entry(key).or_default().add(&judged, &found);
                if half == "tune" && std::env::var_os("SHOW_MISSES").is_some() {
                    show_miss(&judged, &found);
                }
            }
        }
        shelf.client.delete_collection(&shelf.name).await?;
    }
    let table = table(&all)?;
    println!("{table}");
    let path = folder().join("baseline.txt");
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        fs_err::write(&path, &table)?;
    }
    let baseline = fs_err::read_to_string(&path)?;
    let fallen = fallen(&baseline, &table)?;
    assert!(
        fallen.is_empty(),
        "worse than {}:\n{fallen}",
        path.display()
    );
    Ok(())
}

async fn find(catalog: &Catalog, words: &str) -> Result<Vec<ProjectName>> {
    let query = PackageQuery {
        words: words.to_owned(),
        per_page: LOOKED_AT,
        ..PackageQuery::default()
    };
    let results = catalog.search(&query).await?;
    let names = results.hits.iter();
    Ok(names
        .map(|hit| ProjectName::new(&hit.package.name))
        .collect())
}

impl Measures {
    fn add(&mut self, judged: &Judged, found: &[ProjectName]) {
        self.queries += 1;
        let first = found
            .iter()
            .position(|name| judged.acceptable.contains(name));
        let is_within = |most: usize| {
            let is_found = match first {
                Some(place) => place < most,
                None => judged.acceptable.is_empty() && found.is_empty(),
            };
            f64::from(u8::from(is_found))
        };
        let reciprocal = first.map_or(is_within(1), |place| 1.0 / (place as f64 + 1.0));
        for (measure, value) in MEASURES.into_iter().zip([
            is_within(1),
            is_within(3),
            is_within(5),
            reciprocal,
            gain_share(judged, found),
        ]) {
            *self.sums.entry(measure).or_default() += value;
        }
    }

    fn mean(&self, measure: &str) -> f64 {
        self.sums.get(measure).copied().unwrap_or_default() / self.queries as f64
    }
}

/// nDCG: what was found in its order, as a share of the best order. The best name is worth 3, the two
/// after it 2, the others 1.
fn gain_share(judged: &Judged, found: &[ProjectName]) -> f64 {
    if judged.acceptable.is_empty() {
        return f64::from(u8::from(found.is_empty()));
    }
    let worth = |place: usize| match place {
        0 => 3.0,
        1 | 2 => 2.0,
        _ => 1.0,
    };
    let discounted = |(place, worth): (usize, f64)| worth / (place as f64 + 2.0).log2();
    let of_found = found.iter().map(|name| {
        let place = judged.acceptable.iter().position(|other| other == name);
        place.map_or(0.0, worth)
    });
    let most = LOOKED_AT as usize;
    let gained: f64 = of_found.enumerate().map(discounted).sum();
    let best: f64 = (0..judged.acceptable.len().min(most))
        .map(worth)
        .enumerate()
        .map(discounted)
        .sum();
    gained / best
}

fn table(all: &BTreeMap<(String, String), Measures>) -> Result<String> {
    let mut table = format!("{:<9} {:<9} {:>7}", "half", "class", "queries");
    for measure in MEASURES {
        write!(table, " {measure:>9}")?;
    }
    table.push('\n');
    for ((half, class), measures) in all {
        write!(table, "{half:<9} {class:<9} {:>7}", measures.queries)?;
        for measure in MEASURES {
            write!(table, " {:>9.3}", measures.mean(measure))?;
        }
        table.push('\n');
    }
    Ok(table)
}

/// The classes of which a measure is lower than before.
fn fallen(baseline: &str, table: &str) -> Result<String> {
    let rows = |text: &str| -> BTreeMap<String, Vec<f64>> {
        let rows = text.lines().skip(1).filter_map(|line| {
            let mut parts = line.split_whitespace();
            let class = format!("{} {}", parts.next()?, parts.next()?);
            Some((class, parts.filter_map(|part| part.parse().ok()).collect()))
        });
        rows.collect()
    };
    let (before, now) = (rows(baseline), rows(table));
    ensure!(
        before.keys().eq(now.keys()),
        "the baseline has other classes; see tests/search_quality/README.md"
    );
    let mut fallen = String::new();
    for (class, before) in before {
        // The first number counts the queries.
        let now = now.get(&class).context("a class")?;
        let values = MEASURES.iter().zip(before.iter().zip(now).skip(1));
        for (measure, (before, now)) in values {
            if *now < before - TOLERANCE {
                writeln!(fallen, "{class}: {measure} {now} instead of {before}")?;
            }
        }
    }
    Ok(fallen)
}

fn show_miss(judged: &Judged, found: &[ProjectName]) {
    let place = found
        .iter()
        .position(|name| judged.acceptable.contains(name));
    let goal = match judged.class.as_str() {
        "exact" => 1,
        "prefix" => 5,
        "task" if std::env::var_os("SHOW_MISSES").is_some_and(|value| value == "2") => 1,
        _ => 3,
    };
    let is_good = match place {
        Some(place) => place < goal,
        None => judged.acceptable.is_empty() && found.is_empty(),
    };
    if !is_good {
        let names: Vec<&str> = found.iter().take(6).map(ProjectName::as_str).collect();
        println!("{} | {} | {names:?}", judged.class, judged.words);
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/search_quality")
}

fn queries(collection: &str, half: &str) -> Result<Vec<Judged>> {
    let text = fs_err::read_to_string(folder().join(format!("{collection}_{half}.txt")))?;
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let mut parts = line.split('|').map(str::trim);
            let mut next = || parts.next().context("CLASS | QUERY | NAMES");
            Ok(Judged {
                class: next()?.to_owned(),
                words: next()?.to_owned(),
                acceptable: next()?
                    .split(',')
                    .filter(|name| !name.trim().is_empty())
                    .map(ProjectName::new)
                    .collect(),
            })
        })
        .collect()
}

/// The recorded packages; those of the sample with all that their releases say.
fn packages(collection: &str, root: &str) -> Result<Vec<Document>> {
    let sample = sample()?;
    let text = fs_err::read_to_string(folder().join(format!("{collection}.tsv")))?;
    let rows: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let mut ranks: Vec<u32> = rows
        .iter()
        .filter_map(|row| row.get(2)?.parse().ok())
        .collect();
    ranks.sort_unstable();
    let mut packages = Vec::new();
    for row in &rows {
        let [name, month, rank, summary] = row[..] else {
            anyhow::bail!("{row:?} has not four columns");
        };
        let mut package = match sample.get(&ProjectName::new(name)) {
            Some(package) => package.clone(),
            None => super::package(name, summary),
        };
        if !package.classifiers.iter().any(|one| one.starts_with(root)) {
            package.classifiers.push(root.to_owned());
        }
        package.name_joined = joined_names(&package.name, &package.classifiers);
        let search_rank = search_rank(month, rank.parse().ok(), &ranks, rows.len());
        package
            .facts
            .insert("search_rank".to_owned(), search_rank.into());
        packages.push(package);
    }
    Ok(packages)
}

/// What the health run would give, as far as it is known: age stands for health. Packages that are not
/// among the registry's most downloaded share the places below those that are.
fn search_rank(month: &str, rank: Option<u32>, ranks: &[u32], packages: usize) -> u64 {
    let health = [("2026-01", 80), ("2025-01", 60), ("2023-01", 40)]
        .into_iter()
        .find(|(since, _)| month >= *since)
        .map_or(20, |(_, health)| health);
    let more_downloaded = match rank {
        Some(rank) => ranks.partition_point(|other| *other < rank),
        None => usize::midpoint(packages, ranks.len()),
    };
    let downloads = 100 * (packages - more_downloaded) / packages;
    (1000 * (450 * health + 300 * downloads as u64)) / (75_000)
}

/// The documents of the sample's projects, as if each were alone.
fn sample() -> Result<BTreeMap<ProjectName, Document>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample/projects.jsonl.gz");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut GzDecoder::new(fs_err::File::open(path)?), &mut text)?;
    let mut documents = BTreeMap::new();
    for line in text.lines().skip(1) {
        let project: Value = serde_json::from_str(line)?;
        let release: Release =
            serde_json::from_value(json!({"info": project["info"], "files": project["urls"]}))?;
        let context = TransformContext {
            is_latest: true,
            keep_text: true,
            ..TransformContext::default()
        };
        let document = document(&release, &context).document;
        documents.insert(ProjectName::new(&document.name), document);
    }
    Ok(documents)
}
