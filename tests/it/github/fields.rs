//! Every document of a package gets what GitHub knows, and the run says what is wrong.

use std::sync::Arc;

use anyhow::{Context, Result};
use pyfa::enrich::github::GitHubOptions;
use pyfa::enrich::{EnricherReport, PackageSelection};
use pyfa::progress::{Silent, Stop};
use pyfa_testkit::github::FakeRepository;
use pyfa_testkit::npm::FakeNpm;
use pyfa_testkit::service::CLOCK_START;
use serde_json::{Value, json};

use super::{Scene, TOKEN};
use crate::support::outcome;

#[test]
fn every_document_of_a_package_gets_the_fields_and_nothing_is_asked_twice() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.publish("plone.api", "1.0", "https://github.com/plone/plone.api");
    scene.publish(
        "plone.api",
        "2.0",
        "https://www.github.com/Plone/plone.api.git",
    );
    scene.github.add(
        "plone/plone.api",
        FakeRepository {
            stars: 0,
            watchers: 3,
            open_issues: 5,
            open_pull_requests: 7,
            contributors: vec![("ada".to_owned(), 9)],
            release: Some(("v2".to_owned(), CLOCK_START)),
            topics: vec!["cms".to_owned()],
            ..FakeRepository::generated(3)
        },
    );
    scene.index();
    let report = scene.run()?;
    assert_eq!(report.ended, None);
    assert!(report.is_complete());
    assert_eq!((report.packages.seen, report.packages.known), (1, 1));
    assert_eq!(report.run.documents.written, 2);
    for id in ["plone.api-1.0", "plone.api-2.0"] {
        let document = scene.document(id)?;
        for (field, value) in [
            ("github_stars", json!(0)),
            ("github_watchers", json!(3)),
            ("github_open_issues", json!(5)),
            ("github_open_pull_requests", json!(7)),
            ("github_archived", json!(false)),
            ("github_license", json!("MIT")),
            ("github_topics", json!(["cms"])),
            ("github_release", json!("v2")),
            ("github_url", json!("https://github.com/plone/plone.api")),
        ] {
            assert_eq!(document.get(field), Some(&value), "{id}: {field}");
        }
        assert_eq!(document["contributors"][0]["username"], "ada");
        assert_eq!(document["summary"], "x");
        let checked = document["github_checked"].as_i64().context("no time")?;
        assert!(checked > 1_700_000_000, "{checked}");
    }
    assert_eq!(scene.calls(), 2);
    let again = scene.run()?;
    assert_eq!(
        (again.run.documents.written, again.run.documents.unchanged),
        (0, 2)
    );
    assert_eq!((again.repositories.due, again.repositories.fresh), (0, 1));
    assert_eq!(scene.calls(), 2);
    Ok(())
}

#[test]
fn a_release_that_appears_later_carries_the_facts_at_once() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(2);
    scene.index();
    scene.run()?;
    scene.publish("plone.p01", "3.0", "https://github.com/plone/plone.p01");
    scene.index();
    let newest = scene.document("plone.p01-3.0")?;
    assert_eq!(newest["is_latest"], true);
    let older = scene.document("plone.p01-2.0")?;
    for (field, value) in older
        .iter()
        .filter(|(field, _)| field.starts_with("github_"))
    {
        assert_eq!(newest.get(field), Some(value), "{field}");
    }
    assert_eq!(newest["github_stars"], 7);
    scene
        .world
        .pypi(&["--refresh-from-pypi", "-p", "plone"])
        .exits(0);
    assert_eq!(scene.document("plone.p01-1.0")?["github_stars"], 7);
    // Nothing is left for the next run but what it finds in place.
    assert_eq!(scene.run()?.run.documents.written, 0);
    Ok(())
}

#[test]
fn the_own_repository_counts_and_problems_are_reported() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    let github = |slug: &str| format!("https://github.com/{slug}");
    scene.publish("plone.older", "1.0", &github("plone/there"));
    scene.publish("plone.older", "2.0", "https://example.org/");
    scene.publish("plone.renamed", "1.0", &github("plone/there"));
    scene.publish("plone.renamed", "2.0", &github("plone/gone"));
    scene.publish("plone.moved", "1.0", &github("plone/old"));
    scene.publish("plone.lost", "1.0", &github("plone/lost"));
    scene.publish("plone.none", "1.0", "https://example.org/");
    scene.publish("plone.lab", "1.0", "https://gitlab.com/a/b");
    scene.publish("plone.bad", "1.0", &github("sponsors/somebody"));
    scene.publish("plone.closed", "1.0", &github("plone/closed"));
    scene.github.add(
        "plone/there",
        FakeRepository {
            archived: true,
            ..FakeRepository::generated(1)
        },
    );
    scene.github.add("plone/old", FakeRepository::generated(2));
    scene.github.rename("plone/old", "plone/new");
    scene.github.add(
        "plone/closed",
        FakeRepository {
            refused: Some((451, "Repository access blocked".to_owned())),
            ..FakeRepository::default()
        },
    );
    scene.index();
    let folder = scene.world.home.path().join("reports");
    let options = GitHubOptions {
        report_dir: Some(folder.clone()),
        ..Scene::options()
    };
    let report = scene.run_as(Some(TOKEN), options)?;
    let file: Value = serde_json::from_slice(&fs_err::read(folder.join("github_problems.json"))?)?;
    assert_eq!(file["count"], 8);
    let problems: Vec<String> = file["problems"]
        .as_array()
        .context("no list")?
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                one["name"], one["reason"], one["repo_identifier"]
            )
            .replace('"', "")
        })
        .collect();
    assert_eq!(
        problems,
        [
            "plone.bad malformed_identifier sponsors/somebody",
            "plone.closed refused plone/closed",
            "plone.lab other_forge gitlab.com/a/b",
            "plone.lost not_found plone/lost",
            "plone.moved moved plone/old → plone/new",
            "plone.none no_repo_url null",
            "plone.older archived plone/there",
            // What an older release named does not take its place.
            "plone.renamed not_found plone/gone",
        ]
    );
    assert_eq!(report.problems.values().sum::<u64>(), 8);
    assert!(folder.join("github_problems.md").exists());
    assert_eq!(scene.document("plone.older-2.0")?["github_archived"], true);
    assert_eq!(
        scene.document("plone.moved-1.0")?["github_url"],
        "https://github.com/plone/new"
    );
    assert!(
        !scene
            .document("plone.lost-1.0")?
            .contains_key("github_stars")
    );
    // Gone, refused and moved are known too.
    let before = scene.calls();
    scene.run()?;
    assert_eq!(scene.calls(), before);
    Ok(())
}

#[test]
fn a_dry_run_asks_nothing_and_writes_nothing() -> Result<()> {
    let Some(scene) = Scene::new()? else {
        return Ok(());
    };
    scene.fill(3);
    scene.index();
    let selection = PackageSelection {
        dry_run: true,
        limit: Some(2),
        ..scene.selection()
    };
    let (options, progress) = (Scene::options(), Arc::new(Silent));
    let report = scene.run_for(&selection, Some(TOKEN), options, progress, &Stop::never())?;
    assert_eq!((report.packages.seen, report.repositories.due), (2, 2));
    assert_eq!(scene.calls(), 0);
    assert!(
        !scene
            .document("plone.p01-1.0")?
            .contains_key("github_stars")
    );
    Ok(())
}

#[test]
fn the_packages_of_a_monorepo_share_one_answer() -> Result<()> {
    let address = "https://github.com/plone/volto";
    let npm = FakeNpm::start()?;
    // In every way in which packages write it.
    let repositories = [
        json!("plone/volto"),
        json!("github:plone/volto"),
        json!(address),
        json!({"type": "git", "url": format!("git+{address}.git"), "directory": "packages/volto"}),
        json!({"url": "git@github.com:Plone/Volto.git", "directory": "packages/client"}),
        json!({"url": format!("{address}/tree/main/packages/types")}),
    ];
    for (number, repository) in repositories.iter().enumerate() {
        let name = format!("@plone/part{number}");
        for version in ["1.0.0", "1.1.0"] {
            npm.publish(&name, version, &json!({ "repository": repository }));
        }
    }
    for token in [Some(TOKEN), None] {
        let Some(scene) = Scene::new()? else {
            return Ok(());
        };
        scene.github.add(
            "plone/volto",
            FakeRepository {
                stars: 41,
                ..FakeRepository::generated(3)
            },
        );
        scene.publish("plone.volto", "1.0", address);
        scene.index();
        let words = ["npm", "-f", "-p", "plone", "-t", &scene.world.target];
        let mut fetch = scene.world.command(&words);
        fetch
            .env("NPM_BASE_URL", npm.base_url())
            .env_remove("NPM_CHANGES_URL");
        outcome(&mut fetch).exits(0);
        let report = scene.run_as(token, Scene::options())?;
        assert_eq!((report.packages.seen, report.packages.known), (7, 7));
        assert_eq!(report.repositories.due, 1);
        // The repository and its contributors; without a token, its pull requests too.
        let calls = if token.is_some() { 2 } else { 3 };
        let asked = scene.github.controls().requests();
        assert_eq!(asked.len(), calls, "{asked:?}");
        let documents = scene.world.documents();
        assert_eq!(documents.len(), 13);
        for (id, document) in documents {
            assert_eq!(document["github_stars"], json!(41), "{id}");
            assert_eq!(document["github_url"], json!(address), "{id}");
        }
    }
    Ok(())
}
