//! What lists offer, and how their pages are told apart.

use anyhow::Result;
use pyfa::model::Document;

use super::Site;
use super::packages::{release, rich};

async fn site() -> Result<Site> {
    let tagged = |name: &str, keyword: &str, maintainer: &str| {
        let mut document = release(name, "1.0");
        document.keywords = vec![keyword.to_owned(), "k".repeat(300)];
        document.maintainers = vec![maintainer.to_owned()];
        document
    };
    let mut documents: Vec<(&str, Document)> = vec![
        ("plone", rich("plone.rich", "2.0")),
        ("plone", tagged("plone.one", "<forms>", "ada")),
        ("plone", tagged("plone.two", "shop", "eve")),
    ];
    for number in 0..25 {
        documents.push(("django", release(&format!("django-{number:02}"), "1.0")));
    }
    Site::of(&documents).await
}

#[tokio::test]
async fn keywords_and_maintainers_are_fields_of_the_form() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone").await?;
    let offered = |name: &str| page.values(&format!("#{name}-values option"), "value");
    let mut keywords = offered("keyword");
    keywords.sort_unstable();
    assert_eq!(keywords, ["<forms>", "forms", "mail", "shop"]);
    assert_eq!(offered("maintainer").first(), Some(&"ada"));
    assert_eq!(page.value("input#keyword", "list")?, "keyword-values");
    assert_eq!(page.text("label[for=maintainer]")?, "Maintainer");
    // What a form sends: empty fields, and values of both kinds.
    let sent = site.get("/plone?keyword=shop&maintainer=&sort=").await?;
    assert_eq!(sent.header("location"), "/plone?keyword=shop");
    let page = site.page("/plone?keyword=shop").await?;
    assert_eq!(page.texts(".hit h2 a"), ["plone.two"]);
    assert_eq!(page.text(".chips a.chip")?, "Remove filter Keyword: shop");
    // The form keeps it, and its field takes another one.
    assert_eq!(
        page.value("#refine input[type=hidden][name=keyword]", "value")?,
        "shop"
    );
    assert!(page.values("input#keyword", "value").is_empty());
    // Packages without any have no field.
    let page = site.page("/django").await?;
    assert!(!page.has("input#keyword") && !page.has("input#maintainer"));
    Ok(())
}

#[tokio::test]
async fn further_pages_say_which_they_are() -> Result<()> {
    let site = site().await?;
    let first = site.page("/django").await?;
    assert_eq!(first.text("title")?, "Django");
    assert_eq!(first.text("#status")?, "25 packages, by name");
    let second = site.page("/django?page=2").await?;
    assert_eq!(second.text("title")?, "Django packages, page 2 · Django");
    assert_eq!(second.text("#status")?, "25 packages, by name, page 2 of 2");
    let second = site.page("/django?q=django&page=2").await?;
    assert_eq!(
        second.text("title")?,
        "Packages for “django”, page 2 · Django"
    );
    assert!(second.text("#status")?.ends_with(", page 2 of 2"));
    Ok(())
}

#[tokio::test]
async fn one_package_is_no_packages() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone").await?;
    assert_eq!(page.texts("#facet-license .count"), [", 1 package"]);
    let matrix = site.page("/plone/-/matrix").await?;
    let labels = matrix.values(".matrix td a", "aria-label");
    assert!(
        labels.contains(&"Plone 6.1 with Python 3.12: 1 package"),
        "{labels:?}"
    );
    Ok(())
}
