//! Counts beside the hits: the matrix of versions, and what fewer conditions would find.

use anyhow::Result;
use pyfa::catalog::{CountMatrix, Facet, FacetFilter, MatrixRow, Restriction, UpdatedWithin};
use serde_json::json;

use super::{Shelf, five, package, query, with};

fn row(framework: &str, total: u64, counts: &[u64]) -> MatrixRow {
    MatrixRow {
        framework: framework.to_owned(),
        total,
        counts: counts.to_vec(),
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
        CountMatrix {
            pythons: vec!["3.12".to_owned(), "3.9".to_owned()],
            rows: vec![row("Plone 6.1", 3, &[2, 1]), row("Plone 5.2", 1, &[1, 1])],
        }
    );
    let Some(empty) = Shelf::with(&[]).await? else {
        return Ok(());
    };
    assert_eq!(
        empty.catalog().count_matrix().await?,
        CountMatrix::default()
    );
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
    let counts = catalog.count_without(&asked).await?;
    assert_eq!(counts.all_filters, 2);
    assert_eq!(
        counts.each,
        [
            (Restriction::Facet(Facet::Framework), 1),
            (Restriction::Facet(Facet::Kind), 0),
            (Restriction::Excluded(Facet::Maintainer), 1),
            (Restriction::Updated, 0),
        ]
    );
    asked.words = "zzzz".to_owned();
    assert_eq!(catalog.count_without(&asked).await?.all_filters, 0);
    asked.words.clear();
    assert_eq!(catalog.count_without(&asked).await?.all_filters, 5);
    Ok(())
}
