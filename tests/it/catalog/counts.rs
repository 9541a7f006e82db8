//! Counts next to the hits: the matrix of versions, and what fewer conditions would find.

use anyhow::Result;
use pyfa::catalog::{
    Alternative, Facet, FacetFilter, FacetValue, Matrix, MatrixRow, UpdatedWithin,
};
use serde_json::json;

use super::{Shelf, five, package, query, with};

fn row(framework: &str, total: u64, counts: &[(&str, u64)]) -> MatrixRow {
    let counts = counts.iter().map(|(value, count)| FacetValue {
        value: (*value).to_owned(),
        count: *count,
    });
    MatrixRow {
        framework: framework.to_owned(),
        total,
        counts: counts.collect(),
    }
}

#[tokio::test]
async fn packages_are_counted_by_framework_and_python() -> Result<()> {
    let package = |name, classifiers: &[&str]| with(package(name, ""), classifiers, &json!({}));
    let packages = [
        package(
            "a",
            &[
                "Framework :: Plone :: 6.1",
                "Framework :: Plone :: 5.2",
                "Framework :: Django :: 5.0",
                "Programming Language :: Python :: 3",
                "Programming Language :: Python :: 3.9",
                "Programming Language :: Python :: 3.12",
            ],
        ),
        package(
            "b",
            &[
                "Framework :: Plone :: 6.1",
                "Programming Language :: Python :: 3.12",
            ],
        ),
        package("c", &["Framework :: Plone :: 6.1"]),
    ];
    let Some(shelf) = Shelf::with(&packages).await? else {
        return Ok(());
    };
    assert_eq!(
        shelf.catalog().count_matrix().await?,
        Matrix {
            pythons: vec!["3.12".to_owned(), "3.9".to_owned()],
            rows: vec![
                row("Plone 6.1", 3, &[("3.12", 2), ("3.9", 1)]),
                row("Plone 5.2", 1, &[("3.12", 1), ("3.9", 1)]),
            ],
        }
    );
    let Some(empty) = Shelf::with(&[]).await? else {
        return Ok(());
    };
    assert_eq!(empty.catalog().count_matrix().await?, Matrix::default());
    Ok(())
}

#[tokio::test]
async fn an_empty_page_says_what_is_to_blame() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let filter = |facet, value: &str, excluded| FacetFilter {
        facet,
        value: value.to_owned(),
        excluded,
    };
    let mut asked = query("forms");
    asked.filters = vec![
        filter(Facet::Kind, "Addon", false),
        filter(Facet::Framework, "Plone 6.1", false),
        filter(Facet::Maintainer, "ben", true),
    ];
    asked.updated = Some(UpdatedWithin::TwoYears);
    assert_eq!(catalog.search(&asked).await?.found, 0);
    let counted = |alternatives: &[Alternative]| -> Vec<(String, u64)> {
        let labels = alternatives.iter();
        labels.map(|one| (one.label.clone(), one.found)).collect()
    };
    let alternatives = catalog.count_alternatives(&asked).await?;
    assert_eq!(
        counted(&alternatives),
        [
            ("without framework Plone 6.1", 1),
            ("without type Addon", 0),
            ("with maintainer ben", 1),
            ("of any age", 0),
            ("without all filters", 2),
            ("without the words", 0),
        ]
        .map(|(label, found)| (label.to_owned(), found))
    );
    // Each leads to as many as it says.
    for alternative in &alternatives {
        let found = catalog.search(&alternative.query).await?.found;
        assert_eq!(found, alternative.found, "{}", alternative.label);
    }
    asked.words = "zzzz".to_owned();
    let words = catalog.count_alternatives(&asked).await?;
    assert!(words.iter().all(|one| one.found == 0), "{words:?}");
    // A name that only its joined form finds.
    asked.words = "collectiveeasyform".to_owned();
    let words = catalog.count_alternatives(&asked).await?;
    assert!(counted(&words).contains(&("without all filters".to_owned(), 1)));
    assert_eq!(catalog.count_alternatives(&query("zzzz")).await?, []);
    Ok(())
}
