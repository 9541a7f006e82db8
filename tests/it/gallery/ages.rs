//! How old the facts are that pages show.

use anyhow::Result;
use jiff::Timestamp;
use pyfa::store::since_file::{self, Mark};
use pyfa::web::gallery::GallerySettings;
use serde_json::json;

use super::packages::{DAY, NOW, release, rich, with};
use super::{Site, get};

#[tokio::test]
async fn each_part_of_the_health_says_how_old_its_facts_are() -> Result<()> {
    let part = json!({"points": 5, "max_points": 10});
    let facts = json!({
        "github_checked": *NOW - 3 * DAY, "activity_checked": *NOW - 9 * DAY,
        "download_updated": *NOW - 4 * DAY, "vulnerabilities_checked": *NOW - 5 * DAY,
        "health_score_breakdown": {
            "recency": part, "documentation": part, "activity": part, "popularity": part,
            "security": part, "metadata": {"points": 0, "max_points": 0},
        },
    });
    let site = Site::of(&[("plone", with(rich("plone.rich", "1.0"), &facts))]).await?;
    let page = site.page("/plone/plone.rich/-/health").await?;
    for (id, source, age) in [
        ("releases", "From the release of ", "(10 days ago)"),
        ("documentation", "From the release of ", "(10 days ago)"),
        ("activity", "From GitHub ", "(3 days ago)"),
        ("popularity", "Downloads counted ", "(4 days ago)"),
        ("security", "Advisories looked up ", "(5 days ago)"),
    ] {
        let text = page.text(&format!("#{id} .source"))?;
        assert!(
            text.starts_with(source) && text.ends_with(age),
            "{id}: {text}"
        );
    }
    // What is not counted has no facts.
    assert_eq!(page.all("#metadata time").len(), 0);
    Ok(())
}

#[tokio::test]
async fn everything_to_know_before_installing_stands_before_the_command() -> Result<()> {
    let bad = |name: &str, status: Option<&str>| {
        let mut bad = with(
            release(name, "1.0rc1"),
            &json!({"has_vulnerabilities": true, "github_archived": true,
                "vulnerabilities": [{"id": "GHSA-1"}], "vulnerabilities_checked": *NOW - 6 * DAY}),
        );
        bad.yanked = true;
        "Broken <build>".clone_into(&mut bad.yanked_reason);
        bad.status = status.map(str::to_owned);
        ("plone", bad)
    };
    let site = Site::of(&[bad("bad.one", None), bad("worse.one", Some("quarantined"))]).await?;
    let page = site.page("/plone/bad.one").await?;
    assert_eq!(
        page.texts(".banner p"),
        [
            "This release has a known vulnerability. No release is known that fixes it.",
            "Advisories looked up 6 days ago",
            "Also: This release was yanked (Broken <build>). The project is archived. This is a pre-release.",
        ]
    );
    let source = page.source();
    let at = |text: &str| source.find(text).unwrap_or(usize::MAX);
    assert!(at("The project is archived") < at("id=\"install\""));
    let page = site.page("/plone/worse.one").await?;
    let texts = page.texts(".banner p");
    assert!(texts[0].starts_with("The registry has quarantined this project."));
    assert!(
        texts[2].starts_with("Also: This release has a known vulnerability. This release was"),
        "{texts:?}"
    );
    assert_eq!(page.texts(".banner li"), ["GHSA-1"]);
    Ok(())
}

#[tokio::test]
async fn a_list_says_when_its_packages_were_read_from_the_registry() -> Result<()> {
    let site = Site::of(&[
        ("plone", release("plone.one", "1.0")),
        ("django", release("django-one", "1.0")),
    ])
    .await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("since");
    let settings = || GallerySettings {
        since_file: Some(file.clone()),
        ..GallerySettings::default()
    };
    let gallery = site.restarted(settings())?;
    let shown = async |path: &str| -> Result<Vec<String>> {
        Ok(get(&gallery, path).await?.page()?.texts(".found > .source"))
    };
    assert!(shown("/plone").await?.is_empty());
    for (collection, days) in [
        ("plone-1", 9),
        ("plone-2", 2),
        ("plone-old", 0),
        ("plone2", 0),
    ] {
        since_file::write(
            &file,
            &Mark {
                registry: pyfa::model::RegistryKind::PyPi,
                collection: collection.to_owned(),
                serial: 1,
                time: Timestamp::from_second(*NOW - days * DAY)?,
            },
        )?;
    }
    let found = shown("/plone").await?;
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("Last read from the registry ") && found[0].ends_with("(2 days ago)"),
        "{found:?}"
    );
    assert!(shown("/django").await?.is_empty());
    Ok(())
}
