//! `pyfa discover` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use pyfa_testkit::github::{FakeGitHub, Resource};
use serde_json::json;

use super::{TOKEN, town};
use crate::embedded::Home;
use crate::support::{Outcome, outcome, plone};

/// Runs `pyfa` in a folder of its own.
pub(super) fn run(home: &Path, github: &FakeGitHub, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("PYFA_JOB_HOST", "here")
        .stdin(Stdio::null());
    outcome(&mut command)
}

#[test]
fn a_map_begins_grows_and_is_shown() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let home = tempfile::tempdir()?;
    let discover = |arguments: &[&str]| {
        let arguments = [&["discover"], arguments].concat();
        run(home.path(), &github, &arguments)
    };
    let early = discover(&["status"]).exits(2);
    assert!(early.stderr.contains("pyfa discover add"), "{early:?}");
    let empty = discover(&["run"]).exits(0);
    assert!(
        empty
            .stdout
            .contains("the map is empty; `pyfa discover add LOGIN`"),
        "{empty:?}"
    );
    assert!(
        github.controls().requests().is_empty(),
        "an empty map asks nobody"
    );
    discover(&["add"]).exits(2);
    discover(&["add", "a/b/c"]).exits(2);

    let added = discover(&["add", "ada", "ben/three"]).exits(0);
    assert!(
        added
            .stdout
            .contains("added 2 seeds: 2 developers and 1 repository"),
        "{added:?}"
    );
    let ran = discover(&["run", "--count", "1"]).exits(0);
    assert!(ran.stdout.contains("synced 1 developer"), "{ran:?}");
    let ran = discover(&["run", "--format", "json"]).exits(0);
    assert!(ran.report["developers"].as_u64() > Some(1), "{ran:?}");
    let user = discover(&["user", "eve", "--format", "json"]).exits(0);
    assert_eq!(user.report["developers"], 1);
    let repository = discover(&["repository", "ada/one"]).exits(0);
    assert!(
        repository.stdout.contains("synced 1 repository"),
        "{repository:?}"
    );
    let status = discover(&["status", "--format", "json"]).exits(0);
    assert!(
        status.report["developers"].as_u64() >= Some(5),
        "{status:?}"
    );
    let shown = discover(&["status"]).exits(0);
    assert!(
        shown.stdout.contains("to be synced, in this order:"),
        "{shown:?}"
    );

    let missing = discover(&["user", "nobody-there"]).exits(1);
    assert!(
        missing
            .stderr
            .contains("GitHub knows no account named nobody-there"),
        "{missing:?}"
    );
    Ok(())
}

#[test]
fn people_are_forgotten_listed_and_taken_back() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let home = tempfile::tempdir()?;
    let discover = |arguments: &[&str]| {
        let arguments = [&["discover"], arguments].concat();
        run(home.path(), &github, &arguments)
    };
    discover(&["add", "ada", "ben"]).exits(0);
    let nobody = discover(&["forget", "--list"]).exits(0);
    assert!(
        nobody.stdout.contains("nobody asked to be forgotten"),
        "{nobody:?}"
    );
    let done = discover(&["forget", "ben", "stranger"]).exits(0);
    assert!(
        done.stdout.contains("ben: removed from the map"),
        "{done:?}"
    );
    assert!(
        done.stdout.contains("stranger: was not in the map"),
        "{done:?}"
    );
    let listed = discover(&["forget", "--list"]).exits(0);
    assert!(
        !listed.stdout.contains("ben") && listed.stdout.lines().count() == 3,
        "{listed:?}"
    );
    let refused = discover(&["user", "ben"]).exits(2);
    assert!(refused.stderr.contains("--take-back ben"), "{refused:?}");
    let back = discover(&["forget", "--take-back", "ben"]).exits(0);
    assert!(
        back.stdout.contains("may be named, and stored again"),
        "{back:?}"
    );
    discover(&["user", "ben"]).exits(0);
    discover(&["forget"]).exits(2);
    discover(&["forget", "not/a/login"]).exits(2);
    Ok(())
}

#[test]
fn the_quota_is_left_alone_below_the_threshold() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let home = tempfile::tempdir()?;
    github.set_remaining(Some(TOKEN), Resource::Core, 40);
    fs_err::write(
        home.path().join(".env"),
        "DISCOVERY_QUOTA_SHARE=1\nGITHUB_QUOTA_SHARE=1\nDISCOVERY_THRESHOLD=30\n",
    )?;
    run(home.path(), &github, &["discover", "add", "ada"]).exits(0);
    let stopped = run(home.path(), &github, &["discover", "run"]).exits(3);
    assert!(stopped.stderr.contains("retry at"), "{stopped:?}");
    assert_eq!(github.quota(Some(TOKEN), Resource::Core).remaining(), 30);
    let status = run(
        home.path(),
        &github,
        &["discover", "status", "--format", "json"],
    )
    .exits(0);
    assert_eq!(status.report["interrupted"], 1, "{status:?}");
    Ok(())
}

#[test]
fn the_repositories_behind_packages_are_seeds() -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    let home = Home::with_registry()?;
    for (name, address) in [
        ("plone.one", "https://github.com/ada/one.git"),
        ("plone.gone", "https://github.com/nobody/nothing"),
    ] {
        let project = plone("x").project_urls(json!({ "Repository": address }));
        home.registry().publish(name, "1.0", &project);
    }
    home.run(&["pypi", "-f", "-p", "plone"]).exits(0);
    let words = ["discover", "add", "-p", "plone", "--format", "json"];
    let mut command = home.command(&words);
    command
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .stdin(Stdio::null());
    let added = outcome(&mut command).exits(3);
    assert_eq!(added.report["added"], 1, "{added:?}");
    assert_eq!(
        added.report["problems"][0]["of"], "nobody/nothing",
        "{added:?}"
    );
    let again = outcome(&mut command).exits(3);
    assert_eq!(again.report["known"], 1, "{again:?}");
    Ok(())
}

#[test]
fn the_sample_needs_no_network() -> Result<()> {
    let github = FakeGitHub::start()?;
    let home = tempfile::tempdir()?;
    let sample = ["discover", "run", "--sample", "--format", "json"];
    let ran = run(home.path(), &github, &sample).exits(0);
    assert_eq!(ran.report["problems"], json!([]), "{ran:?}");
    insta::assert_snapshot!("report", serde_json::to_string_pretty(&ran.report)?);
    let again = run(home.path(), &github, &sample).exits(0);
    assert!(again.report["developers"].as_u64() > Some(0), "{again:?}");
    assert!(github.controls().requests().is_empty());
    let status = run(
        home.path(),
        &github,
        &["discover", "status", "--format", "json"],
    )
    .exits(0);
    assert_eq!(status.report["developers"], 8, "{status:?}");
    assert_eq!(
        status.report["withheld"][0]["list"], "stargazers",
        "{status:?}"
    );
    Ok(())
}
