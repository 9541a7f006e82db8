//! How a list understands what was typed and asked for, and what it says about it.

use anyhow::Result;
use pyfa::model::Document;
use serde_json::json;

use super::Site;
use super::packages::{former, release, rich, with};

fn supporting(mut document: Document, versions: &[&str]) -> Document {
    let classifiers = versions.iter();
    document.classifiers = classifiers
        .map(|version| format!("Framework :: {}", version.replacen(' ', " :: ", 1)))
        .collect();
    document.framework_versions = pyfa::transform::framework_versions(&document.classifiers);
    document
}

async fn site() -> Result<Site> {
    let mut licensed = supporting(release("p-two", "1.0"), &["Plone 5.1", "Plone 5.2"]);
    "GPL-3.0-or-later".clone_into(&mut licensed.license_spdx);
    licensed.status = Some("beta".to_owned());
    let mut other = supporting(release("p-three", "1.0"), &["Plone 6.1"]);
    "GPL-2.0-only".clone_into(&mut other.license_spdx);
    Site::of(&[
        ("plone", rich("p-one", "1.0")),
        ("plone", licensed),
        ("plone", other),
        ("plone", release("p-four", "1.0")),
    ])
    .await
}

#[tokio::test]
async fn a_value_that_is_nearly_right_leads_to_the_right_one() -> Result<()> {
    let site = site().await?;
    for (parameters, address) in [
        ("q=framework:5.2", "/plone?framework=Plone+5.2"),
        ("q=framework:plone5.2", "/plone?framework=Plone+5.2"),
        ("framework=5.2", "/plone?framework=Plone+5.2"),
        ("not-framework=5.2", "/plone?not-framework=Plone+5.2"),
        ("q=status:Beta", "/plone?status=Beta"),
        ("q=license:gpl3", "/plone?license=GPL-3.0-or-later"),
        (
            "q=p+-license:mit+framework:5.1",
            "/plone?q=p&framework=Plone+5.1&not-license=mit",
        ),
        ("license=MIT&license=mti", "/plone?license=MIT&license=mti"),
        (
            "framework=Plone+5.2&framework=5.2",
            "/plone?framework=Plone+5.2",
        ),
    ] {
        let path = format!("/plone?{parameters}");
        let mut answer = site.get(&path).await?;
        if answer.status == 302 {
            assert_eq!(answer.header("location"), address, "{parameters}");
            answer = site.get(address).await?;
        } else {
            assert_eq!(path, address);
        }
        // The script shows the same without the step aside.
        let part = site
            .get_with(&path, &[("x-gallery-part", "results")])
            .await?;
        assert_eq!(part.status, 200);
        let part = super::html::Page::read_part(part.text()?)?;
        assert_eq!(part.text("#results")?, answer.page()?.text("#results")?);
        let canonical = part.value("#results", "data-canonical")?;
        assert_eq!(canonical, format!("http://gallery.test{address}"));
    }
    Ok(())
}

#[tokio::test]
async fn a_value_that_may_mean_several_is_asked_about() -> Result<()> {
    let site = site().await?;
    for (path, says, choices) in [
        (
            "/plone?license=gpl",
            "No package here has the license “gpl”. Did you mean one of these?",
            &[
                "/plone?license=GPL-2.0-only",
                "/plone?license=GPL-3.0-or-later",
            ][..],
        ),
        (
            "/plone?q=p&framework=plone+5&page=1",
            "No package here has the framework “plone 5”.",
            &[
                "/plone?q=p&framework=Plone+5.1",
                "/plone?q=p&framework=Plone+5.2",
            ],
        ),
        (
            "/plone?python=3",
            "No package here has the Python version “3”.",
            &["/plone?python=3.12", "/plone?python=3.13"],
        ),
        (
            "/plone?type=zzzz",
            "No package here has the type “zzzz”.",
            &[],
        ),
    ] {
        let path = match site.get(path).await? {
            answer if answer.status == 302 => answer.header("location").to_owned(),
            _ => path.to_owned(),
        };
        let page = site.page(&path).await?;
        let notice = page.text(".notice")?;
        assert!(notice.starts_with(says), "{path}: {notice}");
        assert_eq!(page.values(".notice a", "href"), choices, "{path}");
        for choice in choices {
            assert!(site.page(choice).await?.has(".hit"), "{choice}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_looks_like_a_filter_and_is_none_is_told() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=foo%3Abar").await?;
    let notice = page.text(".notice")?;
    assert!(
        notice.starts_with(
            "“foo:bar” is not a filter, so it was searched for as words. Filters are framework,"
        ),
        "{notice}"
    );
    assert_eq!(page.value("input[type=search]", "value")?, "foo:bar");
    let page = site.page("/plone?q=rich+updated%3A5y").await?;
    assert!(
        page.text(".notice")?
            .contains("updated takes 30d, 6m, 1y or 2y.")
    );
    assert!(
        !site
            .page("/plone?q=https%3A%2F%2Fexample.org")
            .await?
            .has(".notice")
    );
    Ok(())
}

#[tokio::test]
async fn unwanted_words_are_a_filter_that_can_be_taken_back() -> Result<()> {
    let site = site().await?;
    let page = site.page("/plone?q=one+-three+-%22every+thing%22").await?;
    assert_eq!(
        page.value("input[type=search]", "value")?,
        "one -three -\"every thing\""
    );
    assert_eq!(page.texts(".hit h2 a"), ["p-one"]);
    assert_eq!(
        page.values(".chips a.chip", "href"),
        ["/plone?q=one+-%22every+thing%22", "/plone?q=one+-three"]
    );
    assert_eq!(page.value(".chips a.clear", "href")?, "/plone?q=one");
    let others = site.page("/plone?q=-everything").await?;
    assert_eq!(others.texts(".hit h2 a"), ["p-four", "p-three", "p-two"]);
    Ok(())
}

#[tokio::test]
async fn too_long_a_value_is_refused_and_the_words_stay() -> Result<()> {
    let site = site().await?;
    let long = format!("form license:{}", "x".repeat(201));
    let answer = site
        .get(&format!("/plone?q={}", long.replace(' ', "+")))
        .await?;
    assert_eq!(answer.status, 400);
    let page = answer.page()?;
    assert!(
        page.text("main")?.contains("more than 200 characters"),
        "{}",
        page.text("main")?
    );
    assert_eq!(page.value("input[type=search]", "value")?, long);
    let answer = site
        .get(&format!("/plone?license={}", "x".repeat(201)))
        .await?;
    assert_eq!(answer.status, 400);
    Ok(())
}

#[tokio::test]
async fn orders_are_offered_if_packages_have_the_numbers() -> Result<()> {
    let orders = |page: &super::html::Page| page.texts("select#sort option").join(", ");
    let bare = Site::of(&[
        ("plone", release("b-two", "1.0")),
        ("plone", release("a-one", "1.0")),
    ])
    .await?;
    let page = bare.page("/plone").await?;
    assert_eq!(orders(&page), "Recently released, Name");
    assert_eq!(page.text("select#sort option[selected]")?, "Name");
    assert_eq!(page.text("#status")?, "2 packages, by name");
    assert!(!page.has(".figure") && !page.has(".notice"));
    let page = bare.page("/plone?sort=stars").await?;
    assert_eq!(page.text("#status")?, "2 packages, by name");
    assert_eq!(
        page.text(".notice")?,
        "The stars of these packages are not known, so they stand by name."
    );
    let words = bare.page("/plone?q=one").await?;
    assert_eq!(orders(&words), "Best match, Recently released, Name");

    let some = Site::of(&[
        (
            "plone",
            with(release("a-one", "1.0"), &json!({"github_stars": 3})),
        ),
        ("plone", release("b-two", "1.0")),
    ])
    .await?;
    let page = some.page("/plone?sort=stars").await?;
    assert_eq!(orders(&page), "Stars, Recently released, Name");
    let hits = page.texts(".hit .facts .sorted span[aria-hidden]");
    assert_eq!(hits, ["3", "not known"]);
    Ok(())
}

#[tokio::test]
async fn packages_without_a_license_that_can_be_told_are_counted() -> Result<()> {
    let page = site().await?.page("/plone").await?;
    assert_eq!(
        page.text("#facet-license .hint")?,
        "1 package states no license that can be told."
    );
    let none = Site::of(&[
        ("plone", release("a-one", "1.0")),
        ("plone", release("b-two", "1.0")),
    ])
    .await?;
    let page = none.page("/plone").await?;
    assert_eq!(
        page.text("#facet-license .hint")?,
        "2 packages state no license that can be told."
    );
    assert!(!page.has("#facet-license input"));
    Ok(())
}

#[tokio::test]
async fn a_list_says_that_it_looks_at_latest_releases_and_leads_to_earlier_ones() -> Result<()> {
    let site = Site::of(&[
        (
            "plone",
            supporting(release("moved.on", "3.0"), &["Plone 6.1"]),
        ),
        (
            "plone",
            supporting(former("moved.on", "2.0", 400), &["Plone 5.2"]),
        ),
        (
            "plone",
            supporting(former("moved.on", "1.0", 800), &["Plone 5.2"]),
        ),
        (
            "plone",
            supporting(release("still.works", "2.0"), &["Plone 5.2"]),
        ),
        (
            "plone",
            supporting(former("still.works", "1.0", 900), &["Plone 4.3"]),
        ),
    ])
    .await?;
    let sentence = "Filters look at the latest release of each package.";
    let all = site.page("/plone").await?;
    assert_eq!(all.text(".refine > .hint")?, sentence);
    assert!(!all.has(".other"));

    let page = site.page("/plone?framework=Plone+5.2").await?;
    assert_eq!(page.texts(".hit h2 a"), ["still.works"]);
    assert_eq!(
        page.text(".other")?,
        format!("{sentence} 1 more package had an earlier release for Plone 5.2")
    );
    let earlier = page.value(".other a", "href")?;
    assert_eq!(earlier, "/plone?framework=Plone+5.2&earlier=1");
    let page = site.page(earlier).await?;
    assert_eq!(
        page.text("#status")?,
        "1 package with an earlier release only, by name"
    );
    assert_eq!(page.texts(".hit h2 a"), ["moved.on"]);
    assert_eq!(
        page.text(".hit .earlier")?,
        "Last release for Plone 5.2: 2.0, 13 months ago"
    );
    assert_eq!(
        page.value(".hit .earlier a", "href")?,
        "/plone/moved.on/2.0"
    );
    assert_eq!(
        page.value(".other a", "href")?,
        "/plone?framework=Plone+5.2"
    );
    assert_eq!(
        page.values(".refine input[type=hidden]", "value"),
        ["Plone 5.2", "1"]
    );
    assert!(
        page.values(".chips a.chip", "href")
            .contains(&"/plone?framework=Plone+5.2")
    );

    // Also where nothing has it now.
    let page = site.page("/plone?framework=Plone+4.3").await?;
    assert!(page.has(".empty"));
    assert!(
        page.text(".other")?
            .ends_with("1 more package had an earlier release for Plone 4.3")
    );
    let none = site.page("/plone?framework=Plone+6.1&earlier=1").await?;
    assert_eq!(
        none.text(".empty")?,
        "No package passes with an earlier release only."
    );
    assert!(!site.page("/plone?framework=Plone+6.1").await?.has(".other"));
    // Tables hold what the list shows.
    let table = site
        .get("/plone/-/packages.csv?framework=Plone+5.2&earlier=1")
        .await?;
    assert!(table.text()?.contains("moved.on") && !table.text()?.contains("still.works"));
    // Without a version there is nothing to have been supported.
    let answer = site.get("/plone?q=on&earlier=1").await?;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (302, "/plone?q=on")
    );
    Ok(())
}
