//! Collections of older versions, and of the program that came before.

use anyhow::Result;
use pyfa::model::Document;
use pyfa::web::gallery::GallerySettings;
use serde_json::{Map, Value, json};

use super::Site;
use super::packages::{former, release, rich, with};

/// What collections lack that were made before the gallery.
const ADDED: [&str; 7] = [
    "requires_names",
    "name_joined",
    "first_upload",
    "status",
    "health_band",
    "dependents",
    "search_rank",
];

/// A document as an older version wrote it.
fn older(document: Document) -> Result<Document> {
    let mut object: Map<String, Value> = match serde_json::to_value(document)? {
        Value::Object(object) => object,
        other => anyhow::bail!("{other}"),
    };
    for field in ADDED {
        object.remove(field);
    }
    Ok(serde_json::from_value(Value::Object(object))?)
}

/// Every kind of page of a profile with the package `plone.rich`.
async fn shows_everything(site: &Site) -> Result<()> {
    for path in [
        "",
        "?q=rich",
        "?q=rish",
        "?q=zzzzzz",
        "?sort=new",
        "?sort=downloads",
        "?status=stable",
        "?not-status=stable",
        "?health=80-100",
        "?requires=plone-api",
        "?type=Addon",
        "?q=rich&framework=Plone+6.1",
        "?updated=1y&secure=1&archived=no",
        "?archived=only",
        "/-/matrix",
        "/-/compare?p=plone.rich&p=plone.bare",
        "/plone.rich",
        "/plone.rich/1.0",
        "/plone.rich/-/releases",
        "/plone.rich/-/changelog",
        "/plone.rich/-/health",
        "/plone.rich/-/dependents",
        "/plone.bare",
        "/plone.bare/-/health",
    ] {
        site.page(&format!("/plone{path}")).await?;
    }
    // One profile alone is shown at its own address.
    assert_eq!(site.get("/").await?.status, 302);
    for file in [
        "feed.atom",
        "feed.rss?new=1",
        "feed.json?pre=1",
        "packages.csv",
        "suggest?q=ri",
        "sitemap.xml",
    ] {
        assert_eq!(
            site.get(&format!("/plone/-/{file}")).await?.status,
            200,
            "{file}"
        );
    }
    let list = site.page("/plone?sort=name").await?;
    assert_eq!(list.texts(".hit h2 a"), ["plone.bare", "plone.rich"]);
    Ok(())
}

#[tokio::test]
async fn a_collection_of_an_older_version_is_shown() -> Result<()> {
    let documents = [
        ("plone", older(rich("plone.rich", "2.0"))?),
        ("plone", older(former("plone.rich", "1.0", 400))?),
        ("plone", older(release("plone.bare", "1.0"))?),
    ];
    let site = Site::lacking(&ADDED, GallerySettings::default(), &documents).await?;
    shows_everything(&site).await?;
    let page = site.page("/plone/plone.rich").await?;
    assert_eq!(page.texts(".figures dd")[3], "not known yet");
    // Requirements are those of every installation, not of an extra.
    assert!(page.text(".aside")?.contains("plone.api>=2"));
    let dependents = site.page("/plone/plone.rich/-/dependents").await?;
    assert!(dependents.text("main")?.contains("No package"));
    Ok(())
}

/// One without a single fact, and with the health scores of pyf.aggregator.
#[tokio::test]
async fn a_collection_of_the_program_before_is_shown() -> Result<()> {
    let mut lacking: Vec<&str> = Document::fact_fields().chain(ADDED).collect();
    lacking.retain(|field| !matches!(*field, "health_score" | "health_score_last_calculated"));
    let scored = with(
        older(release("plone.rich", "2.0"))?,
        &json!({"health_score": 67, "health_score_breakdown": {
            "recency": {"points": 40, "max_points": 40, "bonuses": ["fresh"], "problems": []},
            "documentation": {"points": 10, "max_points": 30, "bonuses": [{"reason": "has dedicated docs URL", "points": 4}],
                "problems": ["description too short (<150 chars)"]},
            "metadata": {"points": 17, "max_points": 30, "problems": ["no license"]},
            "github_stars_bonus": 5,
        }}),
    );
    let documents = [
        ("plone", scored),
        ("plone", older(former("plone.rich", "1.0", 400))?),
        ("plone", older(release("plone.bare", "1.0"))?),
    ];
    let site = Site::lacking(&lacking, GallerySettings::default(), &documents).await?;
    shows_everything(&site).await?;
    let health = site.page("/plone/plone.rich/-/health").await?;
    assert_eq!(
        health.texts(".losses li"),
        ["Description too short (<150 chars)", "No license"]
    );
    assert_eq!(
        health.texts(".category h3"),
        [
            "Releases 40 of 40",
            "Documentation 10 of 30",
            "Metadata 17 of 30",
            "GitHub 5 of 30"
        ]
    );
    Ok(())
}

/// Values of a type that nobody expects cost nothing but themselves.
#[tokio::test]
async fn odd_values_are_left_out() -> Result<()> {
    let odd = with(
        rich("plone.rich", "2.0"),
        &json!({
            "vulnerabilities": "none", "contributors": {"a": 1}, "health_score_breakdown": [1, 2],
            "github_topics": ["a", "b"], "github_release": "", "download_source": "",
        }),
    );
    let mut later = with(
        release("plone.bare", "1.0"),
        &json!({"vulnerabilities": [1, {"id": ""}, {"id": "X", "fixed_in": "1", "link": 3}], "contributors": [3, {}]}),
    );
    later.upload_timestamp = i64::from(i32::MAX) * 100_000;
    let site = Site::of(&[
        ("plone", odd),
        ("plone", former("plone.rich", "1.0", 9)),
        ("plone", later),
    ])
    .await?;
    shows_everything(&site).await
}
