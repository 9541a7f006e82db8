//! How many packages support which framework version with which version of Python.

use std::sync::Arc;

use serde::Serialize;

use crate::catalog::{Facet, FacetFilter, Matrix, PackageQuery};
use crate::search::SearchError;
use crate::web::gallery::address::{Address, ProfilePart};
use crate::web::gallery::page::{CachePolicy, Page, PageError};
use crate::web::gallery::site::{Gallery, GalleryProfile, Head, Visitor};
use crate::web::gallery::views::format::{grouped, packages};
use crate::web::gallery::views::pages::list_href;

#[derive(Serialize)]
struct MatrixView {
    pythons: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    framework: String,
    href: String,
    total: String,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    count: String,
    /// What the cell is about, for those who do not see the table.
    label: String,
    href: Option<String>,
}

pub(super) async fn render_matrix(
    gallery: &Gallery,
    profile: &Arc<GalleryProfile>,
    visitor: &Visitor,
) -> Result<Page, PageError> {
    let matrix = match profile.catalog.count_matrix().await {
        // Without a collection there are no packages.
        Err(SearchError::NotFound { .. }) => Matrix::default(),
        matrix => matrix?,
    };
    let filter = |facet, value: &str| FacetFilter {
        facet,
        value: value.to_owned(),
        excluded: false,
    };
    let href = |filters| {
        list_href(
            &profile.key,
            &PackageQuery {
                filters,
                ..PackageQuery::default()
            },
        )
    };
    let rows = matrix.rows.iter().map(|row| Row {
        framework: row.framework.clone(),
        href: href(vec![filter(Facet::Framework, &row.framework)]),
        total: grouped(i64::try_from(row.total).unwrap_or(i64::MAX)),
        cells: matrix
            .pythons
            .iter()
            .map(|python| {
                let counted = row.counts.iter().find(|one| one.value == *python);
                let count = counted.map_or(0, |one| one.count);
                Cell {
                    count: grouped(i64::try_from(count).unwrap_or(i64::MAX)),
                    label: format!(
                        "{} with Python {python}: {}",
                        row.framework,
                        packages(count)
                    ),
                    href: (count > 0).then(|| {
                        href(vec![
                            filter(Facet::Framework, &row.framework),
                            filter(Facet::Python, python),
                        ])
                    }),
                }
            })
            .collect(),
    });
    let view = MatrixView {
        rows: rows.collect(),
        pythons: matrix.pythons.clone(),
    };
    let head = Head {
        title: "Versions".to_owned(),
        description: format!(
            "How many {} packages support which versions.",
            profile.title
        ),
        canonical: Address::profile(&profile.key, ProfilePart::Matrix).to_string(),
        is_indexed: !view.rows.is_empty(),
        ..Head::default()
    };
    let body = gallery
        .render("matrix.html", visitor, Some(profile), head, view)
        .await?;
    Ok(Page::html(body, CachePolicy::List))
}
