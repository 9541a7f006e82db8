//! Links lead to what they say.

use anyhow::{Context, Result};
use pyfa::enrich::health::{RuleSet, Rules};
use pyfa::model::Document;
use pyfa::web::gallery::GallerySettings;
use serde_json::json;

use super::html::Page;
use super::packages::{DAY, NOW, release, rich, with};
use super::{Site, get};

/// The number of packages that a page says it has found.
fn found(page: &Page) -> Result<u64> {
    let status = page.text("#status")?;
    if status == "No packages found" {
        return Ok(0);
    }
    let number = status.split(' ').next().context("a number")?;
    Ok(number.replace(',', "").parse()?)
}

fn described(name: &str, versions: &[(&str, &str)], days: i64, archived: bool) -> Document {
    let mut document = release(name, "1.0");
    for (framework, python) in versions {
        document.classifiers.extend([
            format!("Framework :: Plone :: {framework}"),
            format!("Programming Language :: Python :: {python}"),
        ]);
    }
    document.framework_versions = pyfa::transform::framework_versions(&document.classifiers);
    document.python_versions = pyfa::transform::python_versions(&document.classifiers);
    document.upload_timestamp = *NOW - days * DAY;
    "MIT".clone_into(&mut document.license_spdx);
    with(
        document,
        &json!({"github_archived": archived, "has_vulnerabilities": days % 2 == 1}),
    )
}

fn various() -> Vec<(&'static str, Document)> {
    [
        described("form.one", &[("6.1", "3.12"), ("6.1", "3.13")], 10, false),
        described("form.two", &[("6.0", "3.11"), ("5.2", "3.8")], 401, false),
        described("mail.three", &[("5.2", "2.7")], 900, true),
        described(
            "mail.form.four",
            &[("5.2", "3.8"), ("6.1", "3.12")],
            21,
            true,
        ),
        described("other.five", &[("6.1", "3.13")], 5, false),
    ]
    .map(|document| ("plone", document))
    .to_vec()
}

#[tokio::test]
async fn the_ways_out_of_an_empty_list_hold_what_they_promise() -> Result<()> {
    let site = Site::of(&various()).await?;
    let mut number = 0;
    for parameters in [
        "framework=Plone+5.2&python=3.13",
        "q=form&framework=Plone+5.2&python=3.13&updated=30d",
        "q=mail+form&framework=Plone+6.0&python=2.7&archived=no",
        "q=fromm&python=2.7&secure=1",
        "q=zzzz&framework=Plone+6.1",
        "q=other&not-framework=Plone+6.1",
        "q=mail+-form&framework=Plone+6.1",
        "python=3.13&not-license=GPL-2.0-only&archived=only",
    ] {
        let path = format!("/plone?{parameters}");
        let page = site.page(&path).await?;
        let items = page.texts(".empty li");
        let links = page.values(".empty li a", "href");
        assert_eq!(items.len(), links.len());
        for (item, href) in items.iter().zip(links) {
            let promised = item
                .rsplit('(')
                .next()
                .and_then(|end| end.strip_suffix(')'));
            let promised: u64 = promised.context("a count")?.parse()?;
            let list = site.page(href).await?;
            assert!(promised > 0, "{path}: {item}");
            assert_eq!(found(&list)?, promised, "{path}: {item} at {href}");
            assert_eq!(list.all(".hit").len() as u64, promised, "{href}");
            number += 1;
        }
        assert_eq!(found(&page)?, 0, "{path}");
    }
    assert!(number > 12, "{number} ways");
    Ok(())
}

#[tokio::test]
async fn every_cell_of_the_matrix_counts_the_packages_behind_it() -> Result<()> {
    let site = Site::of(&various()).await?;
    let page = site.page("/plone/-/matrix").await?;
    let cells = page.all(".matrix td a");
    assert!(cells.len() > 8, "{} cells", cells.len());
    for cell in cells {
        let href = cell.value().attr("href").context("an address")?;
        let count: u64 = cell.text().collect::<String>().replace(',', "").parse()?;
        assert_eq!(found(&site.page(href).await?)?, count, "{href}");
    }
    for row in page.all(".matrix tbody tr") {
        let texts: Vec<String> = row
            .child_elements()
            .map(|cell| cell.text().collect::<String>().trim().to_owned())
            .collect();
        let head = row.child_elements().next().context("a head")?;
        let link = head.child_elements().next().context("a link")?;
        let href = link.value().attr("href").context("an address")?;
        let total: u64 = texts.get(1).context("a total")?.parse()?;
        assert_eq!(found(&site.page(href).await?)?, total, "{texts:?}");
    }
    // What is said to be zero is zero.
    assert!(page.has(".matrix .zero"));
    assert_eq!(
        found(&site.page("/plone?framework=Plone+6.0&python=3.13").await?)?,
        0
    );
    Ok(())
}

#[tokio::test]
async fn similar_packages_share_something_and_the_healthier_ones_come_first() -> Result<()> {
    let keyed = |name: &str, keywords: &[&str], kind: &str, health: i64| {
        let mut document = with(release(name, "1.0"), &json!({"health_score": health}));
        document.keywords = keywords.iter().map(|&keyword| keyword.to_owned()).collect();
        document.classifiers = vec![format!("Framework :: Plone :: {kind}")];
        ("plone", document)
    };
    let site = Site::of(&[
        keyed("plone.payment", &["payment", "shop"], "Addon", 60),
        keyed("weak.shop", &["payment", "shop"], "Addon", 10),
        keyed("strong.shop", &["payment", "shop"], "Addon", 95),
        keyed("theme.shop", &["payment", "shop"], "Theme", 95),
        keyed("only.one", &["shop"], "Addon", 95),
        keyed("other.thing", &["calendar"], "Addon", 99),
    ])
    .await?;
    let page = site.page("/plone/plone.payment").await?;
    // The same kind and all keywords, then less of either; never itself, nor what shares nothing.
    assert_eq!(
        page.texts(".similar a"),
        ["strong.shop", "theme.shop", "weak.shop", "only.one"]
    );
    let page = site.page("/plone/other.thing").await?;
    assert!(!page.has(".similar"));
    Ok(())
}

#[tokio::test]
async fn packages_are_added_to_a_comparison_by_links_alone() -> Result<()> {
    let site = Site::of(&various()).await?;
    let list = site.page("/plone?q=form").await?;
    let first = list.values(".compare-link", "href");
    assert_eq!(first.len(), 3);
    assert!(first.contains(&"/plone/-/compare?p=form.one"), "{first:?}");
    let compared = site.page("/plone/-/compare?p=form.one").await?;
    // By a form, because links would lead machines through all combinations.
    assert_eq!(compared.value("form.choose", "action")?, "/plone");
    assert_eq!(compared.value("form.choose input", "name")?, "compare");
    assert_eq!(compared.value("form.choose input", "value")?, "form.one");
    let list = site.page("/plone?compare=form.one").await?;
    let text = list.text(".comparing")?;
    assert!(text.starts_with("Comparing form.one."), "{text}");
    assert_eq!(list.value(".comparing .leave", "href")?, "/plone");
    // It is there already.
    assert_eq!(list.values(".compare-link", "href").len(), 4);
    // Filters, orders and pages keep it; feeds and tables do without.
    assert_eq!(
        list.value(".refine input[type=hidden]", "value")?,
        "form.one"
    );
    assert_eq!(
        list.values(".exports a", "href"),
        ["/plone/-/feed.atom", "/plone/-/packages.csv"]
    );
    assert_eq!(
        list.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );
    let narrowed = site
        .page("/plone?framework=Plone+6.1&compare=form.one")
        .await?;
    assert_eq!(
        narrowed.value(".chips a.chip", "href")?,
        "/plone?compare=form.one"
    );
    let next = narrowed.values(".compare-link", "href");
    assert!(
        next.contains(&"/plone/-/compare?p=form.one&p=other.five"),
        "{next:?}"
    );
    let both = site
        .page("/plone/-/compare?p=form.one&p=other.five")
        .await?;
    assert_eq!(
        both.texts("thead th > a:first-child"),
        ["form.one", "other.five"]
    );
    // Four are enough.
    let full = "compare=form.one&compare=form.two&compare=mail.three&compare=mail.form.four";
    let list = site.page(&format!("/plone?{full}")).await?;
    assert!(!list.has(".compare-link"));
    assert!(
        site.page("/plone/form.one")
            .await?
            .values(".tabs a", "href")
            .contains(&"/plone/-/compare?p=form.one")
    );
    Ok(())
}

#[tokio::test]
async fn a_comparison_says_which_release_was_yanked() -> Result<()> {
    let yanked = |name: &str, reason: &str| {
        let mut document = release(name, "1.0");
        document.yanked = true;
        reason.clone_into(&mut document.yanked_reason);
        ("plone", document)
    };
    let site = Site::of(&[
        yanked("a.one", "Broken <build>\nand more"),
        yanked("b.two", ""),
        ("plone", release("c.three", "1.0")),
    ])
    .await?;
    let page = site
        .page("/plone/-/compare?p=a.one&p=b.two&p=c.three")
        .await?;
    let row = page.texts("tbody tr").into_iter();
    let row = row
        .filter(|row| row.starts_with("Yanked"))
        .collect::<Vec<_>>();
    assert_eq!(row.len(), 1);
    let cells = page.texts("tbody td");
    assert!(
        cells
            .windows(3)
            .any(|row| row == ["yes: Broken <build>", "yes", "no"]),
        "{cells:?}"
    );
    Ok(())
}

#[tokio::test]
async fn no_page_refers_to_a_social_card() -> Result<()> {
    let site = Site::of(&[("plone", rich("plone.rich", "1.0"))]).await?;
    for path in [
        "/plone",
        "/plone/plone.rich",
        "/plone/plone.rich/-/health",
        "/-/help",
    ] {
        let page = site.page(path).await?;
        assert!(
            !page.source().contains("/og/") && !page.source().contains("og:image"),
            "{path}"
        );
        assert_eq!(
            page.value("meta[name=\"twitter:card\"]", "content")?,
            "summary"
        );
    }
    Ok(())
}

/// A number of the help page is the one of the rules in use.
#[tokio::test]
async fn the_help_page_shows_the_weights_in_use() -> Result<()> {
    let site = Site::of(&various()).await?;
    let help = site.page("/-/help").await?;
    let rows = help.texts("table tr");
    let text = help.text("main")?;
    let rules = include_str!("../../../rules/health.toml");
    assert!(
        rules.contains(
            "readme = { points = 10, from = [[300, 100], [150, 70], [50, 40], [20, 20]] }"
        )
    );
    for row in [
        "Words of the README10100 % from 300, 70 % from 150, 40 % from 50, 20 % from 20",
        "A summary2all or none",
        "Archived−30from the whole score",
    ] {
        assert!(rows.iter().any(|other| other == row), "{row}: {rows:?}");
    }
    for sentence in [
        "80–100 is very good, 60–79 is good,",
        "health (450 points of 1000), downloads (300 points of 1000)",
        "keeps 30 % of its rank, one whose latest release was yanked 10 %",
        "100 % in the name, 90 % in keywords",
    ] {
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
    // An operator's own rules.
    let own = rules
        .replace("summary = 2", "summary = 5")
        .replace("repository = 3", "repository = 0");
    let settings = GallerySettings {
        health_rules: RuleSet::Weighted(Box::new(Rules::parse(&own)?)),
        ..GallerySettings::default()
    };
    let gallery = site.restarted(settings)?;
    let help = get(&gallery, "/-/help").await?.page()?;
    assert!(
        help.texts("table tr")
            .contains(&"A summary5all or none".to_owned())
    );
    let settings = GallerySettings {
        health_rules: RuleSet::Pyf,
        ..GallerySettings::default()
    };
    let gallery = site.restarted(settings)?;
    let help = get(&gallery, "/-/help").await?.page()?;
    assert!(
        help.text("main")?
            .contains("by the rules of pyf.aggregator")
    );
    Ok(())
}

/// Where a text is missing, the sentence that says so leads to the repository.
#[tokio::test]
async fn what_a_package_lacks_may_be_in_its_repository() -> Result<()> {
    let on_github = with(
        release("plone.github", "1.0"),
        &json!({"github_url": "https://github.com/example/github"}),
    );
    let mut elsewhere = release("plone.elsewhere", "1.0");
    let address = "https://codeberg.org/example/elsewhere";
    elsewhere.project_urls = [("Source".to_owned(), address.to_owned())].into();
    let mut hostile = release("plone.hostile", "1.0");
    hostile.project_urls = [("Source".to_owned(), "javascript:alert(1)".to_owned())].into();
    let site = Site::of(&[
        ("plone", on_github),
        ("plone", elsewhere),
        ("plone", hostile),
        ("plone", release("plone.bare", "1.0")),
    ])
    .await?;
    for (name, expected) in [
        ("github", &["https://github.com/example/github"][..]),
        ("elsewhere", &[address]),
        ("hostile", &[]),
        ("bare", &[]),
    ] {
        for part in ["", "/-/changelog"] {
            let page = site.page(&format!("/plone/plone.{name}{part}")).await?;
            let links = page.values(".notice a", "href");
            assert_eq!(links, expected, "{name}{part}");
        }
    }
    Ok(())
}
