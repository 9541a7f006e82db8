//! Pages of npm packages among those of `PyPI`.

use anyhow::{Context, Result};
use pyfa::model::Document;
use serde_json::json;

use super::packages::{former, release, with};
use super::{Answer, Site};
use crate::support::npm::{form_block, npm, sigstore, volto};

async fn site() -> Result<Site> {
    let twin = with(
        form_block(),
        &json!({"twins": ["pypi:collective.formblock"], "has_twins": true}),
    );
    let old = Document {
        is_latest: false,
        yanked: true,
        yanked_reason: "moved to @plone/volto <b>now</b>".to_owned(),
        npm_dist_tags: vec!["legacy 16.0.0".to_owned()],
        provenance: Some(false),
        ..npm("@plone/volto", "16.0.0")
    };
    let evil = with(
        npm("crossenv", "6.1.1"),
        &json!({"is_malicious": true, "has_vulnerabilities": true, "health_score": 0,
            "vulnerabilities": [{"id": "MAL-2022-1", "link": "https://osv.dev/vulnerability/MAL-2022-1"}]}),
    );
    let packages = [
        volto(),
        old,
        twin,
        sigstore(),
        release("sigstore", "3.0"),
        former("sigstore", "2.0", 90),
        release("collective.formblock", "1.0"),
        npm("JSONStream", "1.3.5"),
        evil,
    ];
    let packages: Vec<(&str, Document)> = packages.into_iter().map(|one| ("plone", one)).collect();
    Site::of(&packages).await
}

fn leads_to(answer: &Answer) -> (u16, &str) {
    (answer.status.as_u16(), answer.header("location"))
}

#[tokio::test]
async fn every_package_has_one_address() -> Result<()> {
    let site = site().await?;
    for path in [
        "/plone/@plone/volto",
        "/plone/@plone/volto/16.0.0",
        "/plone/@plone/volto/-/releases",
        "/plone/-/npm/sigstore",
        "/plone/-/npm/sigstore/-/releases",
        "/plone/-/npm/sigstore/-/health",
        "/plone/-/npm/sigstore/-/dependents",
        "/plone/-/npm/sigstore/-/changelog",
        "/plone/-/npm/JSONStream",
        "/plone/sigstore",
        "/plone/sigstore/2.0",
    ] {
        site.page(path).await?;
    }
    for (path, to) in [
        ("/plone/-/npm/@plone/volto", "/plone/@plone/volto"),
        ("/plone/volto-form-block", "/plone/-/npm/volto-form-block"),
        ("/plone/Sigstore", "/plone/sigstore"),
        ("/plone/JSONStream", "/plone/-/npm/JSONStream"),
        ("/plone/%40plone/volto", "/plone/@plone/volto"),
        ("/plone/-/npm/sigstore/5.0.1", "/plone/-/npm/sigstore"),
    ] {
        let answer = site.get(path).await?;
        let (status, location) = leads_to(&answer);
        assert!((301..=308).contains(&status), "{path}: {status}");
        assert_eq!(location, to, "{path}");
    }
    for path in [
        "/plone/@Plone/volto",
        "/plone/-/npm/jsonstream",
        "/plone/-/npm/Sigstore",
        "/plone/-/npm/plone.api",
        "/plone/@plone",
        "/plone/-/npm",
    ] {
        assert_eq!(site.get(path).await?.status, 404, "{path}");
    }
    let [python, npm] = ["/plone/sigstore", "/plone/-/npm/sigstore"];
    let (python, npm) = (site.get(python).await?, site.get(npm).await?);
    assert!(python.text()?.contains("pip install sigstore"));
    assert!(npm.text()?.contains("npm install sigstore"));
    assert!(!npm.text()?.contains("pip install"));
    Ok(())
}

#[tokio::test]
async fn the_page_of_an_npm_package_says_what_npm_knows() -> Result<()> {
    let site = site().await?;
    let text = site.get("/plone/@plone/volto").await?;
    let text = text.text()?;
    for part in [
        "npm install @plone/volto",
        "pnpm add @plone/volto",
        "yarn add @plone/volto",
        "https://github.com/plone/volto/tree/HEAD/packages/volto",
        "https://github.com/plone/volto/blob/HEAD/packages/volto/docs/a.md",
        "Built where its source is",
        "Published by GitHub without a stored token",
        "<a href=\"/plone/@plone/volto\">19.3.0</a>",
        "<dd>19.0.0-alpha.2</dd>",
        "pkg:npm/%40plone/volto@19.3.0",
        "@dnd-kit/core 6.3.1",
        "12.3 MB when unpacked",
        "JavaScript",
    ] {
        let shown = text.replace("&#x2f;", "/");
        assert!(shown.contains(part), "{part}");
    }
    let text = site.get("/plone/@plone/volto/16.0.0").await?;
    let text = text.text()?;
    assert!(
        text.contains("npm install @plone&#x2f;volto@16.0.0")
            || text.contains("npm install @plone/volto@16.0.0")
    );
    assert!(text.contains("This version is deprecated."));
    assert!(text.contains("moved to") && !text.contains("<b>now</b>"));
    let text = site.get("/plone/-/npm/volto-form-block").await?;
    let text = text.text()?.replace("&#x2f;", "/");
    assert!(text.contains("@plone/volto ≥ 16"));
    assert!(text.contains("@plone/volto &gt;=16.0.0-alpha.38"));
    assert!(text.contains("href=\"/plone/collective.formblock\">collective.formblock on PyPI"));
    let text = site.get("/plone/@plone/volto/-/releases").await?;
    let text = text.text()?;
    assert!(text.contains("legacy") && text.contains("deprecated"));
    Ok(())
}

#[tokio::test]
async fn malice_is_said_before_everything_else() -> Result<()> {
    let site = site().await?;
    let text = site.get("/plone/-/npm/crossenv").await?;
    let text = text.text()?;
    assert!(text.contains("This release is malicious."));
    assert!(!text.contains("npm install"));
    assert!(!text.contains("known vulnerabilit") && !text.contains("Fixed in"));
    let list = site.get("/plone?q=crossenv").await?;
    assert!(list.text()?.contains("Malicious"));
    Ok(())
}

#[tokio::test]
async fn a_list_says_what_a_package_needs_and_who_its_twins_are() -> Result<()> {
    let site = site().await?;
    let list = site.get("/plone?q=volto-form-block").await?;
    let text = list.text()?.replace("&#x2f;", "/");
    assert!(text.contains("needs @plone/volto ≥ 16"));
    assert!(!text.contains("needs volto-subblocks"));
    assert!(text.contains("href=\"/plone/collective.formblock\">collective.formblock on PyPI"));
    Ok(())
}

#[tokio::test]
async fn lists_tell_the_registries_apart() -> Result<()> {
    let site = site().await?;
    let text = site.get("/plone").await?;
    let text = text.text()?;
    for (part, count) in [
        ("href=\"/plone/-/npm/sigstore\"", 1),
        ("href=\"/plone/sigstore\"", 1),
        ("href=\"/plone/@plone/volto\"", 1),
    ] {
        let shown = text.replace("&#x2f;", "/");
        assert!(shown.matches(part).count() >= count, "{part}");
    }
    for (query, expected, other) in [
        ("registry=npm", "/plone/-/npm/sigstore", "/plone/sigstore"),
        ("registry=pypi", "/plone/sigstore", "/plone/-/npm/sigstore"),
        ("q=registry%3Anpm", "", ""),
        (
            "needs=%40plone%2Fvolto+16",
            "/plone/-/npm/volto-form-block",
            "/plone/sigstore",
        ),
        (
            "twin=yes",
            "/plone/-/npm/volto-form-block",
            "/plone/sigstore",
        ),
        ("provenance=yes", "/plone/@plone/volto", "/plone/sigstore"),
        ("publisher=github", "/plone/@plone/volto", "/plone/sigstore"),
    ] {
        let answer = site.get(&format!("/plone?{query}")).await?;
        let text = answer.text()?.replace("&#x2f;", "/");
        if expected.is_empty() {
            assert_eq!(answer.header("location"), "/plone?registry=npm");
            continue;
        }
        assert!(
            text.contains(&format!("<h2><a href=\"{expected}\"")),
            "{query}"
        );
        assert!(
            !text.contains(&format!("<h2><a href=\"{other}\"")),
            "{query}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn files_name_both_packages_of_one_name() -> Result<()> {
    let site = site().await?;
    let text = site.get("/plone/-/sitemap.xml").await?;
    let text = text.text()?;
    for path in [
        "/plone/sigstore<",
        "/plone/-/npm/sigstore<",
        "/plone/@plone/volto<",
    ] {
        assert!(text.contains(path), "{path}");
    }
    let suggested = site.get("/plone/-/suggest?q=sigstore").await?;
    let suggested: serde_json::Value = serde_json::from_str(suggested.text()?)?;
    let links = suggested[3].as_array().context("links")?;
    assert_eq!(links.len(), 2, "{suggested}");
    let feed = site.get("/plone/-/feed.json").await?;
    let feed: serde_json::Value = serde_json::from_str(feed.text()?)?;
    let items = feed["items"].as_array().context("entries")?;
    let of = |part: &str| {
        items
            .iter()
            .find(|item| item["url"].as_str().is_some_and(|url| url.contains(part)))
            .map(|item| item["id"].clone())
    };
    let (python, npm) = (of("/plone/sigstore/"), of("/plone/-/npm/sigstore/"));
    assert!(python.is_some() && npm.is_some() && python != npm, "{feed}");
    let feed = site.get("/plone/-/npm/sigstore/-/feed.json").await?;
    assert_eq!(feed.status, 200);
    let text = site
        .get("/plone/-/compare?p=npm%3Asigstore&p=sigstore")
        .await?;
    let text = text.text()?.replace("&#x2f;", "/");
    assert!(
        text.contains("href=\"/plone/-/npm/sigstore\"")
            && text.contains("href=\"/plone/sigstore\"")
    );
    Ok(())
}
