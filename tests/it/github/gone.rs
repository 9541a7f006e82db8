//! "None" replaces "some" where GitHub answered whole; where it did not, the old value stays.

use std::time::Duration;

use anyhow::Result;
use pyfa_testkit::github::FakeRepository;
use pyfa_testkit::service::{CLOCK_START, Fault};
use serde_json::{Map, Value, json};

use super::{Scene, TOKEN};
use pyfa::enrich::github::GitHubOptions;

const SLUG: &str = "plone/plone.api";
const FULL: [&str; 4] = [
    "github_release",
    "github_license",
    "github_language",
    "contributors",
];

/// A package whose repository has everything, as its documents say.
fn enriched_scene() -> Result<Option<Scene>> {
    let Some(scene) = Scene::new()? else {
        return Ok(None);
    };
    scene.publish("plone.api", "1.0", &format!("https://github.com/{SLUG}"));
    scene.github.add(
        SLUG,
        FakeRepository {
            contributors: vec![("ada".to_owned(), 9)],
            release: Some(("v2".to_owned(), CLOCK_START)),
            topics: vec!["cms".to_owned()],
            ..FakeRepository::generated(3)
        },
    );
    scene.index();
    scene.run()?;
    let document = scene.document("plone.api-1.0")?;
    assert!(
        FULL.iter().all(|field| has(&document, field)),
        "{document:?}"
    );
    assert_eq!(document["github_topics"], json!(["cms"]));
    Ok(Some(scene))
}

fn has(document: &Map<String, Value>, field: &str) -> bool {
    document.get(field).is_some_and(|value| !value.is_null())
}

/// Nothing that is known is young enough.
fn at_once() -> GitHubOptions {
    GitHubOptions {
        max_age: Duration::ZERO,
        max_age_of_contributors: Duration::ZERO,
        ..Scene::options()
    }
}

/// The repository loses all that it need not have.
fn empty(scene: &Scene) {
    scene.github.change(SLUG, |one| {
        one.release = None;
        one.license = None;
        one.language = None;
        one.topics.clear();
        one.contributors.clear();
        one.stars = 77;
    });
}

#[test]
fn what_a_repository_no_longer_has_goes() -> Result<()> {
    let Some(scene) = enriched_scene()? else {
        return Ok(());
    };
    empty(&scene);
    scene.run_as(Some(TOKEN), at_once())?;
    let document = scene.document("plone.api-1.0")?;
    assert_eq!(document["github_stars"], 77);
    for field in FULL {
        assert!(!has(&document, field), "{field}: {document:?}");
    }
    assert_eq!(
        document.get("github_topics").unwrap_or(&json!([])),
        &json!([])
    );
    // It does not come back with what the cache keeps for new releases.
    scene.publish("plone.api", "2.0", &format!("https://github.com/{SLUG}"));
    scene.index();
    let newest = scene.document("plone.api-2.0")?;
    assert_eq!(newest["github_stars"], 77);
    for field in FULL {
        assert!(!has(&newest, field), "{field}: {newest:?}");
    }
    Ok(())
}

#[test]
fn a_part_of_an_answer_leaves_the_rest_as_it_was() -> Result<()> {
    let fields = [
        ("latestRelease", "github_release"),
        ("licenseInfo", "github_license"),
        ("primaryLanguage", "github_language"),
    ];
    for (field, kept) in fields {
        let Some(scene) = enriched_scene()? else {
            return Ok(());
        };
        let before = scene.document("plone.api-1.0")?;
        empty(&scene);
        scene
            .github
            .change(SLUG, |one| one.broken_fields = vec![(field, "FORBIDDEN")]);
        let contributors = Fault::status(500);
        scene.github.controls().fail("/contributors", contributors);
        scene.run_as(Some(TOKEN), at_once())?;
        let document = scene.document("plone.api-1.0")?;
        assert_eq!(document["github_stars"], 77, "{field}");
        assert_eq!(document.get(kept), before.get(kept), "{field}");
        assert_eq!(document["contributors"], before["contributors"], "{field}");
        for (_, other) in fields.iter().filter(|(other, _)| *other != field) {
            assert!(!has(&document, other), "{field}: {other}");
        }
    }
    Ok(())
}

#[test]
fn an_answer_that_lacks_what_every_repository_has_is_none() -> Result<()> {
    let Some(scene) = enriched_scene()? else {
        return Ok(());
    };
    let before = scene.document("plone.api-1.0")?;
    empty(&scene);
    scene.github.change(SLUG, |one| {
        one.broken_fields = vec![("repositoryTopics", "INTERNAL")];
    });
    let options = GitHubOptions {
        max_age: Duration::ZERO,
        ..Scene::options()
    };
    scene.run_as(Some(TOKEN), options)?;
    assert_eq!(scene.document("plone.api-1.0")?, before);
    Ok(())
}

/// Without a token the releases of a repository are not asked for.
#[test]
fn what_was_not_asked_for_stays() -> Result<()> {
    let Some(scene) = enriched_scene()? else {
        return Ok(());
    };
    empty(&scene);
    scene.run_as(None, at_once())?;
    let document = scene.document("plone.api-1.0")?;
    assert_eq!(document["github_stars"], 77);
    assert_eq!(document["github_release"], "v2");
    for field in ["github_license", "github_language", "contributors"] {
        assert!(!has(&document, field), "{field}: {document:?}");
    }
    assert_eq!(
        document.get("github_topics").unwrap_or(&json!([])),
        &json!([])
    );
    Ok(())
}

#[test]
fn what_only_the_former_repository_told_goes_with_it() -> Result<()> {
    let Some(scene) = enriched_scene()? else {
        return Ok(());
    };
    let new = "acme/api";
    scene.github.add(
        new,
        FakeRepository {
            stars: 5,
            broken_fields: vec![("latestRelease", "FORBIDDEN")],
            ..FakeRepository::default()
        },
    );
    scene.publish("plone.api", "2.0", &format!("https://github.com/{new}"));
    scene.index();
    scene
        .github
        .controls()
        .fail("/contributors", Fault::status(500));
    scene.run()?;
    for id in ["plone.api-1.0", "plone.api-2.0"] {
        let document = scene.document(id)?;
        assert_eq!(document["github_stars"], 5, "{id}");
        assert_eq!(document["github_url"], "https://github.com/acme/api");
        for field in FULL {
            assert!(!has(&document, field), "{id} {field}: {document:?}");
        }
    }
    // The new one is gone: nothing of the old one comes back, and no weaker link is followed.
    scene.publish("plone.api", "3.0", "https://github.com/acme/taken-down");
    scene.index();
    let report = scene.run()?;
    assert_eq!(
        report.problems.get("not_found"),
        Some(&1),
        "{:?}",
        report.problems
    );
    for id in ["plone.api-1.0", "plone.api-2.0", "plone.api-3.0"] {
        let document = scene.document(id)?;
        assert!(!has(&document, "github_stars"), "{id}: {document:?}");
        assert!(!has(&document, "github_url"), "{id}: {document:?}");
    }
    Ok(())
}

/// Which repository is a package's own: what its links are for decides, not where they lead.
#[test]
#[expect(
    clippy::too_many_lines,
    reason = "most of them are a table of packages"
)]
fn strangers_repositories_are_never_the_packages_own() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let famous = [
        "stub-bot/uploader",
        "famous/fund",
        "famous/actions",
        "famous/template",
        "famous/conduct",
    ];
    for (number, slug) in famous.into_iter().enumerate() {
        let stars = 9_000 + number as u64;
        scene.github.add(
            slug,
            FakeRepository {
                stars,
                ..FakeRepository::default()
            },
        );
    }
    for (slug, stars) in [("stubs/all-stubs", 11), ("acme/docs-demo", 12)] {
        scene.github.add(
            slug,
            FakeRepository {
                stars,
                ..FakeRepository::default()
            },
        );
    }
    let changes = "https://github.com/stub-bot/uploader/blob/main/changes/demo.md";
    let packages = [
        (
            "types-demo",
            "https://github.com/stubs/all-stubs",
            json!({"Changes": changes, "Issue tracker": "https://github.com/stubs/all-stubs/issues"}),
            Some(11),
        ),
        (
            "docs-demo",
            "https://acme.github.io/docs-demo",
            json!({
                "Changelog": "https://acme.github.io/changelog",
                "Repository": "https://github.com/acme/docs-demo",
                "Funding": "https://github.com/sponsors/acme",
            }),
            Some(12),
        ),
        (
            "funding-only",
            "https://acme.example",
            json!({"Funding": "https://github.com/famous/fund"}),
            None,
        ),
        (
            "ci-only",
            "https://acme.example",
            json!({
                "CI": "https://github.com/famous/actions/actions",
                "Template": "https://github.com/famous/template",
            }),
            None,
        ),
        (
            "changes-only",
            "https://acme.example",
            json!({"Changes": changes}),
            None,
        ),
        (
            "gone",
            "https://acme.example",
            json!({
                "Repository": "https://github.com/acme/taken-down",
                "Code of Conduct": "https://github.com/famous/conduct/blob/main/COC.md",
            }),
            None,
        ),
    ];
    for (name, home_page, urls, _) in &packages {
        let release = crate::support::plone("x")
            .info("home_page", *home_page)
            .project_urls(urls.clone());
        scene.world.pypi.publish(name, "1.0", &release);
    }
    scene.index();
    let folder = scene.world.home.path().join("reports");
    let options = GitHubOptions {
        report_dir: Some(folder.clone()),
        ..Scene::options()
    };
    scene.run_as(Some(TOKEN), options)?;
    for (name, _, _, stars) in packages {
        let document = scene.document(&format!("{name}-1.0"))?;
        let found = document
            .get("github_stars")
            .filter(|value| !value.is_null());
        assert_eq!(found, stars.map(Value::from).as_ref(), "{name}");
    }
    let file: Value = serde_json::from_slice(&fs_err::read(folder.join("github_problems.json"))?)?;
    let problems = file["problems"].as_array().cloned().unwrap_or_default();
    let gone = problems.iter().find(|one| one["name"] == "gone");
    assert_eq!(
        gone.map(|one| &one["reason"]),
        Some(&json!("not_found")),
        "{file}"
    );
    Ok(())
}
