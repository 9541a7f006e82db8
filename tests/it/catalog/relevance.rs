//! Words: which packages they find, in which order, and what is said about it.

use anyhow::Result;
use pyfa::catalog::{Facet, Sort, Spelling};
use pyfa::model::Document;
use serde_json::json;

use super::{Shelf, counts, names, package, query, with};

fn ranked(name: &str, summary: &str, search_rank: i64) -> Document {
    let mut package = with(
        package(name, summary),
        &["Framework :: Plone :: 6.1"],
        &json!({"search_rank": search_rank}),
    );
    package.name_joined = pyfa::transform::joined_names(name, &package.classifiers);
    package
}

fn some() -> Vec<Document> {
    let mut readme = ranked("collective.gamma", "Nothing of interest", 500);
    "<p>It sends webhooks to other services.</p>".clone_into(&mut readme.main_content);
    let mut early = ranked("collective.delta", "Something else", 500);
    "Something else\n\n<p>About webhooks and LDAP</p>".clone_into(&mut early.first_chapter);
    vec![
        ranked("collective.easyform", "Forms for everybody", 800),
        ranked("Products.EasyForm", "A form of another day", 100),
        ranked("collective.alpha", "An easy way to a form", 990),
        ranked("collective.webhook", "Calls other services", 300),
        ranked(
            "plone.app.multilingual",
            "Content in several languages",
            900,
        ),
        readme,
        early,
    ]
}

#[tokio::test]
async fn names_are_found_however_they_are_written() -> Result<()> {
    let Some(shelf) = Shelf::with(&some()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    for (typed, first) in [
        ("Collective_EasyForm", "collective.easyform"),
        ("collectiveeasyform", "collective.easyform"),
        ("easy form", "collective.easyform"),
        ("easyfrom", "collective.easyform"),
        ("easyf", "collective.easyform"),
        ("products easyform", "Products.EasyForm"),
        ("ploneappmultilingual", "plone.app.multilingual"),
        ("appmultilingual", "plone.app.multilingual"),
        ("plone multilingaul", "plone.app.multilingual"),
        ("multil", "plone.app.multilingual"),
    ] {
        let found = catalog.search(&query(typed)).await?;
        assert_eq!(names(&found).first(), Some(&first), "{typed}");
    }
    Ok(())
}

#[tokio::test]
async fn words_of_the_readme_are_found_and_count_less() -> Result<()> {
    let Some(shelf) = Shelf::with(&some()).await? else {
        return Ok(());
    };
    let found = shelf.catalog().search(&query("webhooks")).await?;
    assert_eq!(
        names(&found),
        ["collective.webhook", "collective.delta", "collective.gamma"]
    );
    assert!(found.interpretation.is_literal());
    // One word in the name, the other in the README.
    let found = shelf.catalog().search(&query("delta ldap")).await?;
    assert_eq!(names(&found), ["collective.delta"]);
    assert!(found.interpretation.is_literal());
    Ok(())
}

#[tokio::test]
async fn guesses_are_told_and_can_be_switched_off() -> Result<()> {
    let Some(shelf) = Shelf::with(&some()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut misspelled = query("multilingaul");
    for sort in [None, Some(Sort::Health)] {
        misspelled.sort = sort;
        let found = catalog.search(&misspelled).await?;
        assert_eq!(names(&found), ["plone.app.multilingual"]);
        assert_eq!(
            found.interpretation.guessed,
            [Spelling {
                typed: "multilingaul".to_owned(),
                found: "multilingual".to_owned(),
                instead: true,
            }]
        );
    }
    misspelled.exact_spelling = true;
    for sort in [None, Some(Sort::Health)] {
        misspelled.sort = sort;
        let found = catalog.search(&misspelled).await?;
        assert_eq!((found.found, names(&found).len()), (0, 0));
        assert!(found.interpretation.is_literal());
    }
    Ok(())
}

#[tokio::test]
async fn what_nobody_has_is_missing_and_nonsense_finds_nothing() -> Result<()> {
    let Some(shelf) = Shelf::with(&some()).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let found = catalog.search(&query("multilingual zzzz")).await?;
    assert_eq!(names(&found), ["plone.app.multilingual"]);
    assert_eq!(found.interpretation.missing, ["zzzz"]);
    assert_eq!(found.interpretation.partial, 1);
    for nonsense in ["zzzz", "zzzz plone", "form zzzz yyyy", "qqqq zzzz webhooks"] {
        let found = catalog.search(&query(nonsense)).await?;
        assert_eq!((found.found, names(&found).len()), (0, 0), "{nonsense}");
        assert_eq!(found.pages, 0);
    }
    Ok(())
}

#[tokio::test]
async fn pages_and_counts_belong_to_the_words() -> Result<()> {
    let mut many: Vec<Document> = (0..400)
        .map(|number| {
            ranked(
                &format!("collective.part{number:03}"),
                "One of many",
                number,
            )
        })
        .collect();
    many.extend(some());
    let Some(shelf) = Shelf::with(&many).await? else {
        return Ok(());
    };
    let catalog = shelf.catalog();
    let mut words = query("many");
    words.facets = vec![Facet::Framework];
    let first = catalog.search(&words).await?;
    assert_eq!((first.found, first.total), (400, 407));
    assert_eq!(counts(&first), [("Plone 6.1", 400)]);
    assert_eq!(names(&first).first(), Some(&"collective.part399"));
    // What can be paged to ends before what is found, and every page that is named has hits.
    assert!(first.pages >= 12 && first.pages <= 20, "{}", first.pages);
    words.page = first.pages;
    let last = catalog.search(&words).await?;
    assert!(!last.hits.is_empty() && last.pages == first.pages);
    words.page += 1;
    assert!(catalog.search(&words).await?.hits.is_empty());
    words.page = 1;
    words.per_page = 0;
    let counted = catalog.search(&words).await?;
    assert_eq!((counted.found, counted.hits.len()), (400, 0));
    // Any other order goes through all of them.
    words.per_page = 250;
    words.page = 2;
    words.sort = Some(Sort::Name);
    let rest = catalog.search(&words).await?;
    assert_eq!((rest.found, rest.pages, rest.hits.len()), (400, 2, 150));
    Ok(())
}
