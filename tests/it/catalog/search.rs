//! Filters, counts, orders and pages.

use anyhow::{Context, Result};
use pyfa::catalog::{Archived, Facet, FacetFilter, PackageQuery, Sort, UpdatedWithin};
use pyfa::search::SearchError;

use super::{Shelf, counts, five, names, query};

fn only(facet: Facet, values: &[&str]) -> PackageQuery {
    PackageQuery {
        filters: values
            .iter()
            .map(|value| FacetFilter {
                facet,
                value: (*value).to_owned(),
                excluded: false,
            })
            .collect(),
        sort: Some(Sort::Name),
        facets: vec![facet],
        ..query("")
    }
}

fn without(facet: Facet, value: &str) -> PackageQuery {
    let mut query = only(facet, &[value]);
    for filter in &mut query.filters {
        filter.excluded = true;
    }
    query
}

#[tokio::test]
async fn values_of_a_facet_are_alternatives_and_counted_as_such() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let everything = catalog.search(&only(Facet::Framework, &[])).await?;
    assert_eq!((everything.found, everything.total), (5, 5));
    assert_eq!(counts(&everything), [("Plone 6.1", 3), ("Plone 5.2", 2)]);

    let new = catalog
        .search(&only(Facet::Framework, &["Plone 6.1"]))
        .await?;
    assert_eq!(
        names(&new),
        ["collective.easyform", "plone.api", "plonetheme.sunset"]
    );
    assert_eq!(counts(&new), counts(&everything));
    let either = only(Facet::Framework, &["Plone 6.1", "Plone 5.2"]);
    assert_eq!(catalog.search(&either).await?.found, 4);
    let not_new = catalog
        .search(&without(Facet::Framework, "Plone 6.1"))
        .await?;
    assert_eq!(names(&not_new), ["bare", "collective.Old"]);

    // Another facet is narrowed by it.
    let mut both = only(Facet::Framework, &["Plone 5.2"]);
    both.facets = vec![Facet::Kind, Facet::Python];
    let both = catalog.search(&both).await?;
    assert_eq!(counts(&both), [("Addon", 2)]);
    assert_eq!(both.facets[1].values[0].value, "3.12");
    Ok(())
}

#[tokio::test]
async fn kinds_stand_below_the_profile_and_are_no_versions() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let themes = catalog.search(&only(Facet::Kind, &["Theme"])).await?;
    assert_eq!(names(&themes), ["plonetheme.sunset"]);
    assert_eq!(counts(&themes), [("Addon", 2), ("Core", 1), ("Theme", 1)]);
    for (facet, value, expected) in [
        (Facet::Python, "3.12", "collective.easyform"),
        (Facet::License, "GPL-2.0-only", "collective.Old"),
        (Facet::Keyword, "diazo", "plonetheme.sunset"),
        (Facet::Maintainer, "ben", "collective.easyform"),
    ] {
        let found = catalog.search(&only(facet, &[value])).await?;
        assert_eq!(names(&found), [expected], "{facet:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_written_in_a_filter_matches_nothing() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    for value in ["", "a`b", "` || is_latest:=`false", "\\"] {
        let found = catalog.search(&only(Facet::License, &[value])).await?;
        assert_eq!(found.found, 0, "{value}");
        let rest = catalog.search(&without(Facet::License, value)).await?;
        assert_eq!(rest.found, 5, "{value}");
    }
    for value in ["x] || is_latest:=[false", "x && y", "(", "a,b"] {
        let found = catalog.search(&only(Facet::Keyword, &[value])).await?;
        assert_eq!(found.found, 0, "{value}");
    }
    assert_eq!(catalog.search(&query("¿?!")).await?.found, 0);
    assert_eq!(catalog.search(&query(" * ")).await?.found, 5);
    Ok(())
}

#[tokio::test]
async fn unknown_is_neither_archived_nor_vulnerable() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let named = |archived, secure| PackageQuery {
        archived,
        secure,
        ..only(Facet::Kind, &[])
    };
    let hidden = catalog.search(&named(Archived::Hidden, false)).await?;
    assert_eq!(hidden.found, 4);
    let archived = catalog.search(&named(Archived::Only, false)).await?;
    assert_eq!(names(&archived), ["collective.Old"]);
    let secure = catalog.search(&named(Archived::Included, true)).await?;
    assert_eq!(
        names(&secure),
        ["bare", "collective.easyform", "collective.Old", "plone.api"]
    );
    Ok(())
}

#[tokio::test]
async fn the_age_of_a_release_is_that_of_today() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    for (within, found) in [(UpdatedWithin::Year, 4), (UpdatedWithin::TwoYears, 5)] {
        let mut query = query("");
        query.updated = Some(within);
        assert_eq!(catalog.search(&query).await?.found, found);
        let later = catalog
            .clone()
            .with_clock(|| super::NOW + 3000 * super::DAY);
        assert_eq!(later.search(&query).await?.found, 0);
    }
    Ok(())
}

#[tokio::test]
async fn an_order_that_was_chosen_is_kept_and_equals_stand_by_name() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let [old, easyform, theme, api, bare] = [
        "collective.Old",
        "collective.easyform",
        "plonetheme.sunset",
        "plone.api",
        "bare",
    ];
    for (sort, expected) in [
        (None, [easyform, api, theme, old, bare]),
        (Some(Sort::Relevance), [easyform, api, theme, old, bare]),
        (Some(Sort::Health), [easyform, api, theme, old, bare]),
        (Some(Sort::Downloads), [theme, easyform, bare, old, api]),
        (Some(Sort::Stars), [old, easyform, bare, api, theme]),
        (Some(Sort::Name), [bare, easyform, old, api, theme]),
        (Some(Sort::Updated), [bare, api, theme, easyform, old]),
    ] {
        let mut query = query("");
        query.sort = sort;
        assert_eq!(names(&catalog.search(&query).await?), expected, "{sort:?}");
    }
    // An exact name is no reason to leave the order.
    let mut forms = query("collective easyform");
    forms.words = "collective".to_owned();
    forms.sort = Some(Sort::Stars);
    assert_eq!(names(&catalog.search(&forms).await?), [old, easyform]);
    Ok(())
}

#[tokio::test]
async fn pages_end_where_they_say() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut by_name = only(Facet::Kind, &[]);
    by_name.per_page = 2;
    let mut seen = Vec::new();
    for page in 1..=4 {
        by_name.page = page;
        let results = catalog.search(&by_name).await?;
        assert_eq!((results.found, results.pages, results.page), (5, 3, page));
        seen.extend(names(&results).into_iter().map(ToOwned::to_owned));
    }
    assert_eq!(seen.len(), 5);
    by_name.per_page = 0;
    by_name.page = 0;
    let counted = catalog.search(&by_name).await?;
    assert_eq!((counted.found, counted.pages, counted.page), (5, 0, 1));
    assert!(counted.hits.is_empty() && !counts(&counted).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_collection_of_an_older_version_is_searched_all_the_same() -> Result<()> {
    let lacking = [
        "requires_names",
        "name_joined",
        "first_upload",
        "status",
        "health_band",
        "dependents",
        "search_rank",
    ];
    let Some(shelf) = Shelf::without_fields(&five(), &lacking).await? else {
        return Ok(());
    };
    for catalog in [shelf.catalog(), shelf.catalog_of_a_visitor().await?] {
        let mut all = query("easyform");
        all.facets = Facet::ALL.to_vec();
        let results = catalog.search(&all).await?;
        assert_eq!(names(&results), ["collective.easyform"]);
        assert_eq!(results.facets.len(), Facet::ALL.len());
        all.words.clear();
        all.sort = Some(Sort::New);
        assert_eq!(catalog.search(&all).await?.found, 5);
        // Nobody has a value there.
        let found = catalog.search(&only(Facet::Health, &["80-100"])).await?;
        assert_eq!(found.found, 0);
        let rest = catalog.search(&without(Facet::Requires, "zope")).await?;
        assert_eq!(rest.found, 5);
    }
    Ok(())
}

#[tokio::test]
async fn what_was_typed_is_marked() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    let results = shelf.catalog().search(&query("Collective EasyF")).await?;
    let hit = results.hits.first().context("a hit")?;
    let marked = |text: &str, ranges: &[(usize, usize)]| -> Vec<String> {
        let parts = ranges
            .iter()
            .map(|(start, end)| text[*start..*end].to_owned());
        parts.collect()
    };
    assert_eq!(
        marked(&hit.package.name, &hit.name_matches),
        ["collective", "easyf"]
    );
    assert!(!hit.is_exact);
    let exact = shelf
        .catalog()
        .search(&query("COLLECTIVE_easyform"))
        .await?;
    assert!(exact.hits.first().context("a hit")?.is_exact);
    Ok(())
}

#[tokio::test]
async fn without_a_collection_there_is_nothing_to_search() -> Result<()> {
    let Some(shelf) = Shelf::with(&[]).await? else {
        return Ok(());
    };
    assert_eq!(shelf.catalog().search(&query("x")).await?.found, 0);
    shelf.client.delete_collection(&shelf.name).await?;
    let error = shelf.catalog().search(&query("x")).await.err();
    assert!(
        matches!(error, Some(SearchError::NotFound { .. })),
        "{error:?}"
    );
    Ok(())
}
