//! What is known of a collection as a whole.

use anyhow::Result;
use pyfa::catalog::{Facet, Resolved, Sort};

use super::{Shelf, five, package};

#[tokio::test]
async fn orders_and_values_are_those_that_packages_have() -> Result<()> {
    let Some(shelf) = Shelf::with(&five()).await? else {
        return Ok(());
    };
    for catalog in [shelf.catalog(), shelf.catalog_of_a_visitor().await?] {
        let overview = catalog.fetch_overview().await?;
        for (sort, is_known) in [
            (Sort::Relevance, true),
            (Sort::Health, true),
            (Sort::Downloads, true),
            (Sort::Stars, true),
            (Sort::Updated, true),
            (Sort::New, false),
            (Sort::Name, true),
        ] {
            assert_eq!(overview.has_order(sort), is_known, "{sort:?}");
        }
        let is = |value: &str| Resolved::Is(value.to_owned());
        for (facet, typed, expected) in [
            (Facet::Framework, "5.2", is("Plone 5.2")),
            (Facet::Framework, "Plone 6.1", Resolved::Known),
            (Facet::Framework, "4.3", Resolved::OneOf(Vec::new())),
            (Facet::Kind, "theme", Resolved::Known),
            (Facet::Python, "Python 3.12", Resolved::Known),
            (Facet::Python, "3", is("3.12")),
            (Facet::License, "gpl", is("GPL-2.0-only")),
            // Of these there are too many to know.
            (Facet::Maintainer, "nobody", Resolved::Known),
        ] {
            assert_eq!(
                overview.resolve(facet, typed),
                expected,
                "{facet:?} {typed}"
            );
        }
        assert_eq!(overview.count_without(Facet::License), 4);
    }
    Ok(())
}

#[tokio::test]
async fn what_nobody_has_is_no_order() -> Result<()> {
    let lacking = ["health_score", "first_upload"];
    let bare = [package("bare", "Nothing is known of it")];
    let Some(shelf) = Shelf::without_fields(&bare, &lacking).await? else {
        return Ok(());
    };
    let overview = shelf.catalog().fetch_overview().await?;
    for sort in [Sort::Health, Sort::Downloads, Sort::Stars, Sort::New] {
        assert!(!overview.has_order(sort), "{sort:?}");
    }
    assert_eq!(overview.count_without(Facet::License), 1);
    Ok(())
}
