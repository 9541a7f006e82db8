//! What pages say in every state that a package or a search can be in.

use anyhow::{Context, Result};
use serde_json::json;

use super::Site;
use super::packages::{DAY, NOW, former, release, rich, with};

#[tokio::test]
async fn an_empty_gallery_says_what_fills_it() -> Result<()> {
    let site = Site::of(&[]).await?;
    let start = site.page("/").await?;
    assert!(
        start.text("main")?.contains("pyfa up"),
        "{}",
        start.text("main")?
    );
    assert_eq!(
        start.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );
    let list = site.page("/plone").await?;
    let text = list.text(".empty")?;
    assert!(
        text.contains("empty") && text.contains("pyfa pypi -f -p plone"),
        "{text}"
    );
    assert_eq!(
        list.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );
    assert_eq!(list.text("#status")?, "No packages found");
    for path in [
        "/plone/-/matrix",
        "/plone/-/compare",
        "/plone?q=form",
        "/-/help",
    ] {
        site.page(path).await?;
    }
    for path in [
        "/sitemap.xml",
        "/plone/-/sitemap.xml",
        "/plone/-/packages.csv",
        "/plone/-/suggest?q=a",
    ] {
        assert_eq!(site.get(path).await?.status, 200, "{path}");
    }
    let missing = site.get("/plone/plone.api").await?;
    assert_eq!(missing.status, 404);
    missing.page()?;
    Ok(())
}

#[tokio::test]
async fn a_gallery_of_one_profile_begins_with_its_list() -> Result<()> {
    let site = Site::of(&[("django", release("django-one", "1.0"))]).await?;
    let answer = site.get("/").await?;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (302, "/django")
    );
    let page = site.page("/django").await?;
    assert_eq!(page.value(".brand", "href")?, "/django");
    assert_eq!(page.text("title")?, "Django");
    Ok(())
}

#[tokio::test]
async fn a_gallery_of_several_profiles_begins_with_them() -> Result<()> {
    let site = Site::of(&[
        ("django", release("django-one", "1.0")),
        ("plone", release("plone-one", "1.0")),
        ("plone", release("plone-two", "1.0")),
    ])
    .await?;
    let start = site.page("/").await?;
    assert_eq!(start.values(".card h2 a", "href"), ["/django", "/plone"]);
    let cards = start.texts(".card");
    assert!(
        cards[0].contains("1 package") && cards[0].contains("django-one 1.0, 10 days ago"),
        "{cards:?}"
    );
    assert!(cards[1].contains("2 packages"), "{cards:?}");
    assert_eq!(
        start.value("meta[name=robots]", "content")?,
        "index, follow"
    );
    let list = site.page("/plone").await?;
    assert_eq!(list.values("nav.links a[aria-current]", "href"), ["/plone"]);
    // Without a collection it is neither shown nor hidden.
    assert!(!start.text("nav.links")?.contains("Flask"));
    Ok(())
}

#[tokio::test]
async fn nothing_found_says_what_is_to_blame() -> Result<()> {
    let site = Site::of(&[("plone", rich("plone.rich", "2.0"))]).await?;
    for (parameters, blamed) in [
        (
            "q=zzzzzz",
            "No package matches “zzzzzz”. Try fewer or other words.",
        ),
        ("framework=Plone+1.0", "No package passes this filter."),
        ("archived=only", "No package passes this filter."),
        (
            "secure=1&archived=only",
            "No package passes all these filters.",
        ),
    ] {
        let page = site.page(&format!("/plone?{parameters}")).await?;
        assert_eq!(page.all(".hits").len(), 0);
        let text = page.text(".empty")?;
        assert!(text.starts_with(blamed), "{parameters}: {text}");
        assert_eq!(
            page.value("meta[name=robots]", "content")?,
            "noindex, follow"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_banner_says_what_to_know_first() -> Result<()> {
    let vulnerable = with(
        release("a-vulnerable", "1.0"),
        &json!({"has_vulnerabilities": true, "fixed_in": "1.1", "github_archived": true,
            "vulnerabilities": [{"id": "GHSA-1", "summary": "Reads too much", "severity": "high",
                "link": "https://osv.dev/GHSA-1", "fixed_in": ["1.1"]}]}),
    );
    let mut yanked = release("b-yanked", "1.0");
    yanked.yanked = true;
    yanked.yanked_reason = "Broken <build>".to_owned();
    let mut quarantined = release("c-quarantined", "1.0");
    quarantined.status = Some("quarantined".to_owned());
    let mut deprecated = release("d-deprecated", "1.0");
    deprecated.status = Some("deprecated".to_owned());
    let mut inactive = release("f-inactive", "1.0");
    inactive.classifiers = vec!["Development Status :: 7 - Inactive".to_owned()];
    let mut documents = vec![
        vulnerable,
        yanked,
        quarantined,
        deprecated,
        with(
            release("e-archived", "1.0"),
            &json!({"github_archived": true}),
        ),
        inactive,
        release("g-candidate", "1.0rc1"),
        release("h-plain", "2.0"),
        former("h-plain", "1.0", 100),
    ];
    documents.push(release("i-nothing", "1.0"));
    let documents: Vec<_> = documents.into_iter().map(|one| ("plone", one)).collect();
    let site = Site::of(&documents).await?;
    for (path, level, says) in [
        (
            "a-vulnerable",
            "danger",
            "This release has a known vulnerability. Fixed in 1.1. GHSA-1 (high): Reads too much Fixed in 1.1. Also: The project is archived.",
        ),
        (
            "b-yanked",
            "danger",
            "This release was yanked. The reason given: Broken <build>",
        ),
        (
            "c-quarantined",
            "danger",
            "The registry has quarantined this project.",
        ),
        ("d-deprecated", "warning", "This project is deprecated."),
        ("e-archived", "warning", "This project is archived."),
        ("f-inactive", "warning", "This project is inactive."),
        ("g-candidate", "info", "This is a pre-release."),
        (
            "h-plain/1.0",
            "info",
            "This is not the latest release. The latest is 2.0. Go to h-plain 2.0",
        ),
    ] {
        let page = site.page(&format!("/plone/{path}")).await?;
        let text = page.text(".banner")?;
        assert!(text.starts_with(says), "{path}: {text}");
        assert!(page.has(&format!(".banner.{level}")), "{path}");
    }
    assert!(!site.page("/plone/h-plain").await?.has(".banner"));
    // The same in a list, in words.
    let list = site.page("/plone?sort=name").await?;
    assert_eq!(
        list.texts(".warnings .chip"),
        [
            "Known vulnerability",
            "Archived",
            "Yanked",
            "Quarantined",
            "Deprecated",
            "Archived"
        ]
    );
    let releases = site.page("/plone/h-plain/-/releases").await?;
    assert_eq!(releases.texts("tbody th"), ["2.0", "1.0"]);
    assert_eq!(
        releases.values("tbody th a", "href"),
        ["/plone/h-plain", "/plone/h-plain/1.0"]
    );
    Ok(())
}

#[tokio::test]
async fn what_is_not_known_is_not_zero() -> Result<()> {
    let bare = release("bare", "1.0");
    let zero = with(
        release("zero", "1.0"),
        &json!({"health_score": 0, "download_last_month": 0, "github_stars": 0, "dependents": 0}),
    );
    let site = Site::of(&[("plone", bare), ("plone", zero)]).await?;
    let page = site.page("/plone/bare").await?;
    assert_eq!(page.texts(".figures dd"), ["not known yet"; 4]);
    assert!(page.text(".notice")?.contains("no README"));
    let page = site.page("/plone/zero").await?;
    let figures = page.texts(".figures dd");
    assert!(
        figures.iter().all(|figure| figure.starts_with('0')),
        "{figures:?}"
    );
    let list = site.page("/plone?sort=name").await?;
    let hits = list.texts(".hits > li .figure");
    assert!(
        !hits.is_empty() && hits.iter().all(|hit| hit.starts_with('0')),
        "{hits:?}"
    );
    let first = list.all(".hits > li").into_iter().next().context("a hit")?;
    assert!(!first.html().contains("figure"), "{}", first.html());

    let health = site.page("/plone/bare/-/health").await?;
    assert!(health.text("main")?.contains("has not been computed yet"));
    assert!(
        site.page("/plone/bare/-/changelog")
            .await?
            .text("main")?
            .contains("no changelog")
    );
    assert!(
        site.page("/plone/bare/-/dependents")
            .await?
            .text("main")?
            .contains("No package")
    );
    let compared = site
        .page("/plone/-/compare?p=bare&p=zero&p=missing")
        .await?;
    assert!(
        compared
            .text("main")?
            .contains("Not in this gallery: “missing”")
    );
    let cells = compared.texts("tbody td");
    for known in [["not known", "0"], ["not known", "0 of 100, poor"]] {
        assert!(
            cells.chunks(2).any(|row| row == known),
            "{known:?}: {cells:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_package_of_which_everything_is_known_shows_it() -> Result<()> {
    let mut dependent = release("plone.user", "1.0");
    dependent.requires_names = vec!["plone-rich".to_owned()];
    let site = Site::of(&[
        ("plone", rich("plone.rich", "2.0")),
        ("plone", former("plone.rich", "1.0", 400)),
        ("plone", release("Plone.API", "2.5")),
        ("plone", dependent),
    ])
    .await?;
    let page = site.page("/plone/plone.rich").await?;
    assert_eq!(page.text("h1")?, "plone.rich 2.0");
    assert_eq!(page.text("title")?, "plone.rich · Plone");
    assert_eq!(page.text("#install")?, "pip install plone.rich");
    assert_eq!(
        page.texts(".figures dd"),
        [
            "81 very good computed here, 2 days ago",
            "56,789 pypistats, 2 days ago",
            "1,234 GitHub, 2 days ago",
            "2 in this gallery",
        ]
    );
    assert_eq!(
        page.values("details.contents a", "href"),
        ["#user-content-use", "#readme-2", "#readme-3"]
    );
    let aside = page.text(".aside")?;
    for part in [
        "MIT",
        "Maintained by ada, ben",
        "Author: Ada Example",
        "Contributors: ada",
        "forms",
        "pkg:pypi/plone-rich@2.0",
        "plone.rich-2.0.tar.gz source, 12 kB",
        "Repository",
    ] {
        assert!(aside.contains(part), "{part}: {aside}");
    }
    // Requirements that the gallery holds are links, with the spelling of their owners; so are people
    // and repositories.
    assert_eq!(
        page.values(".aside a[href^=\"/plone/\"]", "href"),
        [
            "/plone/-/people/ada",
            "/plone/Plone.API",
            "/plone/-/repositories/example/plone.rich"
        ]
    );
    for link in page.all("a[href^=https]") {
        let relation = link.value().attr("rel").unwrap_or_default();
        assert!(relation.contains("noopener"), "{}", link.html());
    }
    let health = site.page("/plone/plone.rich/-/health").await?;
    assert_eq!(
        health.texts(".losses li"),
        ["+12 No changelog → keep one", "+2 No tests → write some"]
    );
    assert!(
        health
            .text("main")?
            .contains("Not counted, because not known: downloads.")
    );
    let dependents = site.page("/plone/plone.rich/-/dependents").await?;
    assert_eq!(
        dependents.values(".hit h2 a", "href"),
        ["/plone/plone.user"]
    );
    assert!(
        dependents
            .text("main")?
            .contains("1 package of this gallery")
    );
    let changelog = site.page("/plone/plone.rich/-/changelog").await?;
    assert!(changelog.text(".readme")?.contains("Mended"));
    let former = site.page("/plone/plone.rich/1.0").await?;
    assert_eq!(former.text("#install")?, "pip install plone.rich==1.0");
    assert_eq!(
        former.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );
    assert_eq!(
        former.value("link[rel=canonical]", "href")?,
        "http://gallery.test/plone/plone.rich"
    );
    Ok(())
}

#[tokio::test]
async fn a_package_of_several_profiles_names_the_others() -> Result<()> {
    let site = Site::of(&[
        ("plone", release("Shared.Part", "1.0")),
        ("django", release("shared-part", "1.0")),
        ("django", release("django-only", "1.0")),
    ])
    .await?;
    let page = site.page("/plone/Shared.Part").await?;
    assert_eq!(
        page.values(".aside a[href^=\"/django\"]", "href"),
        ["/django/shared-part"]
    );
    assert_eq!(
        page.value("link[rel=canonical]", "href")?,
        "http://gallery.test/plone/Shared.Part"
    );
    let missing = site.get("/plone/Django_Only").await?;
    assert_eq!(missing.status, 404);
    assert_eq!(
        missing.page()?.values("main li a", "href"),
        ["/django/django-only"]
    );
    Ok(())
}

#[tokio::test]
async fn what_is_missing_leads_on() -> Result<()> {
    let site = Site::of(&[
        ("plone", release("plone.restapi", "9.0")),
        ("plone", former("plone.restapi", "8.0", 90)),
        ("django", release("django-one", "1.0")),
    ])
    .await?;
    let package = site.get("/plone/plone.rest").await?;
    assert_eq!(package.status, 404);
    let page = package.page()?;
    assert_eq!(page.value("input[type=search]", "value")?, "plone.rest");
    assert_eq!(page.values(".hit h2 a", "href"), ["/plone/plone.restapi"]);
    assert_eq!(
        page.value("meta[name=robots]", "content")?,
        "noindex, follow"
    );

    let version = site.get("/plone/plone.restapi/7.0").await?;
    assert_eq!(version.status, 404);
    let page = version.page()?;
    assert_eq!(page.text("h1")?, "plone.restapi has no release 7.0");
    assert_eq!(page.texts("tbody th"), ["9.0", "8.0"]);
    assert_eq!(page.values("main > ul a", "href"), ["/plone/plone.restapi"]);

    let profile = site.get("/zope/plone.restapi").await?;
    assert_eq!(profile.status, 404);
    assert_eq!(
        profile.page()?.values("main li a", "href"),
        ["/django", "/plone"]
    );
    Ok(())
}

#[tokio::test]
async fn the_part_of_a_list_is_what_the_page_holds() -> Result<()> {
    let site = Site::of(&[("plone", rich("plone.rich", "2.0"))]).await?;
    let part = [("x-gallery-part", "results")];
    for parameters in ["", "?q=rich", "?q=zzzzzz", "?q=rich&framework=Plone+6.1"] {
        let path = format!("/plone{parameters}");
        let whole = site.page(&path).await?;
        let answer = site.get_with(&path, &part).await?;
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text()?;
        assert!(
            text.trim_start().starts_with("<div id=\"results\""),
            "{text}"
        );
        let part = super::html::Page::read_part(text)?;
        assert_eq!(part.text("#results")?, whole.text("#results")?, "{path}");
        assert_eq!(part.value("#results", "data-title")?, whole.text("title")?);
    }
    // While somebody types, no step aside is taken.
    let typed = site
        .get_with("/plone?q=rich+license:MIT&page=1", &part)
        .await?;
    assert_eq!(typed.status, 200);
    let refused = site
        .get_with(&format!("/plone?q={}", "a".repeat(301)), &part)
        .await?;
    assert_eq!(refused.status, 400);
    Ok(())
}

#[tokio::test]
async fn lists_are_sorted_filtered_and_say_so() -> Result<()> {
    let aged = |name: &str, days: i64, score: i64| {
        let mut document = with(rich(name, "1.0"), &json!({"health_score": score}));
        document.upload_timestamp = *NOW - days * DAY;
        ("plone", document)
    };
    let site = Site::of(&[
        aged("p-one", 1, 10),
        aged("p-two", 2, 90),
        aged("p-three", 1_400, 50),
    ])
    .await?;
    let names = |page: &super::html::Page| page.texts(".hit h2 a").join(" ");
    let page = site.page("/plone").await?;
    assert_eq!(names(&page), "p-two p-three p-one");
    assert_eq!(page.text("#status")?, "3 packages, healthiest first");
    assert!(page.text(".hits")?.contains("No release for 3 years"));
    let page = site.page("/plone?sort=updated").await?;
    assert_eq!(names(&page), "p-one p-two p-three");
    assert_eq!(
        page.text("select#sort option[selected]")?,
        "Recently released"
    );
    let page = site.page("/plone?updated=1y&secure=1").await?;
    assert_eq!(names(&page), "p-two p-one");
    assert_eq!(
        page.values(".chips a.chip", "href"),
        ["/plone?secure=1", "/plone?updated=1y"]
    );
    assert_eq!(page.value(".chips a.clear", "href")?, "/plone");
    assert_eq!(
        page.text("select#updated option[selected]")?,
        "in the last year"
    );
    let page = site
        .page("/plone?framework=Plone+6.1&not-license=MIT")
        .await?;
    assert_eq!(page.text("#status")?, "No packages found");
    // What no field of the form shows stays in it.
    assert_eq!(page.value("input[type=hidden]", "name")?, "not-license");
    assert_eq!(
        page.values("input[name=framework][checked]", "value"),
        ["Plone 6.1"]
    );
    Ok(())
}
