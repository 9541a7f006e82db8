//! The packages that answer some words are the same ones whatever they are filtered and sorted by, and
//! every count is that of the list that it leads to.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use pyfa::catalog::{Catalog, Facet, FacetFilter, PackageQuery, Sort};
use pyfa::model::Document;
use serde_json::json;

use super::{Shelf, counts, names, package, query, with};

const FACETS: [Facet; 7] = [
    Facet::Framework,
    Facet::Kind,
    Facet::Python,
    Facet::Status,
    Facet::License,
    Facet::Health,
    Facet::Keyword,
];

/// Packages about forms and mail, in all ways in which a word can be there.
fn forms() -> Vec<Document> {
    let rows = [
        (
            "collective.easyform",
            "Forms for everybody",
            "6.1",
            "Addon",
            "stable",
            "MIT",
        ),
        (
            "collective.form",
            "A form with mail",
            "6.0",
            "Addon",
            "beta",
            "GPL-2.0-only",
        ),
        (
            "plone.formwidget",
            "Widgets",
            "6.1",
            "Core",
            "stable",
            "MIT",
        ),
        ("plone.mail", "Sends mail", "5.2", "Addon", "stable", ""),
        (
            "collective.mailform",
            "Sends what was typed",
            "5.2",
            "Theme",
            "alpha",
            "MIT",
        ),
        (
            "plone.other",
            "Nothing for anybody, from nobody",
            "6.1",
            "Core",
            "stable",
            "MIT",
        ),
        (
            "collective.norm",
            "Norms of all kinds",
            "6.0",
            "Addon",
            "beta",
            "MIT",
        ),
        (
            "Products.Reform",
            "Another form",
            "6.0",
            "Addon",
            "stable",
            "ZPL-2.1",
        ),
    ];
    let document = |(number, row): (usize, (&str, &str, &str, &str, &str, &str))| {
        let (name, summary, version, kind, status, license) = row;
        let mut document = with(
            package(name, summary),
            &[
                &format!("Framework :: Plone :: {version}"),
                &format!("Framework :: Plone :: {kind}"),
                "Programming Language :: Python :: 3.12",
            ],
            &json!({
                "search_rank": 100 * number,
                "health_score": 10 * number,
                "health_band": if number < 4 { "0-19" } else { "60-79" },
                "github_stars": 50 - number,
                "download_last_month": (number * 7) % 5,
            }),
        );
        document.name_joined = pyfa::transform::joined_names(name, &document.classifiers);
        document.status = Some(status.to_owned());
        license.clone_into(&mut document.license_spdx);
        document.keywords = vec![kind.to_lowercase()];
        document
    };
    let mut documents: Vec<Document> = rows.into_iter().enumerate().map(document).collect();
    let readme = "<p>It has a form that sends mail.</p>";
    readme.clone_into(&mut documents[5].main_content);
    documents
}

/// A query, and the same with one more filter.
fn narrowed(query: &PackageQuery, facet: Facet, value: &str) -> PackageQuery {
    let mut query = query.clone();
    query.filters.push(FacetFilter {
        facet,
        value: value.to_owned(),
        excluded: false,
    });
    query
}

/// Holds that every count is the number of packages of the list that it leads to, of which all are
/// shown; gives the number of counts.
async fn counts_are_kept(catalog: &Catalog, query: &PackageQuery) -> Result<usize> {
    let shown = catalog.search(query).await?;
    assert_eq!(shown.found, shown.hits.len() as u64, "{query:?}");
    let mut number = 0;
    for counts in &shown.facets {
        let is_chosen = query.filters.iter().any(|one| one.facet == counts.facet);
        for value in &counts.values {
            // Values of one facet are alternatives: each is counted by itself.
            let mut alone = query.clone();
            alone.filters.retain(|one| one.facet != counts.facet);
            let list = catalog
                .search(&narrowed(&alone, counts.facet, &value.value))
                .await?;
            assert_eq!(
                list.found, value.count,
                "{:?} and {:?} {}",
                query, counts.facet, value.value
            );
            assert_eq!(list.hits.len() as u64, value.count);
            number += 1;
        }
        let filters = query.filters.iter();
        let own: Vec<&FacetFilter> = filters.filter(|one| one.facet == counts.facet).collect();
        if let (true, [only]) = (is_chosen, own.as_slice()) {
            let mut values = counts.values.iter();
            let count = values.find(|value| value.value == only.value);
            assert_eq!(
                count.map_or(0, |value| value.count),
                shown.found,
                "{query:?}"
            );
        }
    }
    Ok(number)
}

#[tokio::test]
async fn every_count_is_that_of_the_list_it_leads_to() -> Result<()> {
    let Some(shelf) = Shelf::with(&forms()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut number = 0;
    for words in [
        "",
        "form",
        "forms",
        "plon form",
        "frm mail",
        "form mail",
        "form zzz",
        "mial",
        "easyfrom",
        "mailform",
        "collectiveform",
        "form -mail",
        "-mail",
        "norm",
    ] {
        let query = PackageQuery {
            facets: FACETS.to_vec(),
            ..query(words)
        };
        number += counts_are_kept(&catalog, &query).await?;
        let framework = narrowed(&query, Facet::Framework, "Plone 6.1");
        number += counts_are_kept(&catalog, &framework).await?;
        let both = narrowed(&framework, Facet::Status, "stable");
        number += counts_are_kept(&catalog, &both).await?;
        let other = narrowed(
            &narrowed(&query, Facet::License, "MIT"),
            Facet::Kind,
            "Addon",
        );
        number += counts_are_kept(&catalog, &other).await?;
    }
    assert!(number > 300, "{number} counts");
    Ok(())
}

#[tokio::test]
async fn every_order_holds_the_same_packages() -> Result<()> {
    let Some(shelf) = Shelf::with(&forms()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    for words in [
        "form",
        "form mail",
        "form zzz",
        "mial",
        "plon form",
        "form -mail",
    ] {
        let by_match = catalog.search(&query(words)).await?;
        let expected: BTreeSet<&str> = names(&by_match).into_iter().collect();
        for sort in Sort::ALL {
            let sorted = catalog
                .search(&PackageQuery {
                    sort: Some(sort),
                    ..query(words)
                })
                .await?;
            let found: BTreeSet<&str> = names(&sorted).into_iter().collect();
            assert_eq!(found, expected, "{words}, {sort:?}");
            assert_eq!(sorted.found, by_match.found);
            assert_eq!(
                sorted.interpretation.partial,
                by_match.interpretation.partial
            );
        }
    }
    // What has all words stands before what has some, whatever is asked for.
    let stars = PackageQuery {
        sort: Some(Sort::Stars),
        ..query("form mail")
    };
    let found = catalog.search(&stars).await?;
    assert!(found.interpretation.partial > 0);
    let complete = usize::try_from(found.found - found.interpretation.partial)?;
    let of = |hits: &[pyfa::catalog::Hit]| -> Vec<i64> {
        let stars = hits.iter().filter_map(|hit| hit.package.github_stars);
        stars.collect()
    };
    let (all, some) = found.hits.split_at(complete);
    for stars in [of(all), of(some)] {
        assert!(stars.is_sorted_by(|one, other| one >= other), "{stars:?}");
    }
    assert!(all.len() > 1 && !some.is_empty());
    Ok(())
}

#[tokio::test]
async fn unwanted_words_leave_packages_out() -> Result<()> {
    let Some(shelf) = Shelf::with(&forms()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let all = catalog.search(&query("form")).await?;
    assert!(names(&all).contains(&"collective.form") && names(&all).contains(&"plone.other"));
    let found = catalog.search(&query("form -mail")).await?;
    assert!(found.found > 1, "{:?}", names(&found));
    // One has the word in its summary, the other in its README.
    for unwanted in ["collective.form", "plone.other"] {
        assert!(!names(&found).contains(&unwanted), "{:?}", names(&found));
    }
    assert!(found.interpretation.is_literal());
    // Without other words they are the healthiest first.
    let rest = catalog.search(&query("-mail -form")).await?;
    assert_eq!(
        names(&rest),
        [
            "collective.norm",
            "collective.mailform",
            "plone.formwidget",
            "collective.easyform"
        ]
    );
    let together = catalog.search(&query("-\"another form\"")).await?;
    assert_eq!(together.found, 7);
    // Words that begin with it are others.
    let without = catalog.search(&query("form -form")).await?;
    assert!(
        names(&without).contains(&"collective.easyform"),
        "{:?}",
        names(&without)
    );
    assert!(!names(&without).contains(&"collective.form"));
    Ok(())
}

#[tokio::test]
async fn many_packages_are_filtered_and_counted_by_the_server() -> Result<()> {
    let version = |number: usize| match number % 8 {
        0 => "5.2",
        1..=3 => "6.0",
        _ => "6.1",
    };
    let packages: Vec<Document> = (0..600)
        .map(|number| {
            let name = format!("collective.part{number:03}");
            with(
                package(&name, "One of manifold"),
                &[
                    &format!("Framework :: Plone :: {}", version(number)),
                    "Programming Language :: Python :: 3.12",
                ],
                &json!({"search_rank": number, "github_stars": number}),
            )
        })
        .collect();
    let Some(shelf) = Shelf::with(&packages).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut manifold = query("manifold");
    manifold.facets = vec![Facet::Framework, Facet::Python];
    let all = catalog.search(&manifold).await?;
    assert_eq!(all.found, 600);
    assert_eq!(
        counts(&all),
        [("Plone 6.1", 300), ("Plone 6.0", 225), ("Plone 5.2", 75)]
    );
    for (value, count) in counts(&all) {
        let mut list = narrowed(&manifold, Facet::Framework, value);
        let found = catalog.search(&list).await?;
        assert_eq!(
            (found.found, counts(&found)),
            (count, counts(&all)),
            "{value}"
        );
        assert_eq!(found.facets[1].values[0].count, count);
        assert!(found.interpretation.is_literal());
        let first = found.hits.first().context("a hit")?;
        assert_eq!(first.package.framework_versions, [value]);
        for sort in [Sort::Name, Sort::Stars] {
            list.sort = Some(sort);
            assert_eq!(
                catalog.search(&list).await?.found,
                count,
                "{value} {sort:?}"
            );
        }
    }
    Ok(())
}
