//! The repositories behind packages, with the embedded engine and with a server.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use pyfa_testkit::github::FakeGitHub;
use pyfa_testkit::pypi::FakePyPi;
use serde_json::{Value, json};

use super::{TOKEN, town};
use crate::embedded::Home;
use crate::support::{Outcome, World, outcome, plone};

/// Packages, with some of the addresses that people write.
fn publish(registry: &FakePyPi) {
    let at = |address: &str| plone("x").project_urls(json!({ "Repository": address }));
    for (name, version, address) in [
        ("plone.one", "1.0", "https://github.com/org/before"),
        ("plone.one", "2.0", "https://github.com/org/one"),
        ("plone.same", "1.0", "git+https://github.com/ORG/One.git"),
        ("plone.two", "1.0", "https://github.com/org/two"),
        // The newest release names none.
        ("plone.two", "2.0", "https://example.org/"),
        ("plone.gone", "1.0", "https://github.com/nobody/nothing"),
        ("plone.elsewhere", "1.0", "https://gitlab.com/org/elsewhere"),
    ] {
        registry.publish(name, version, &at(address));
    }
}

fn asking<'c>(command: &'c mut Command, github: &FakeGitHub) -> &'c mut Command {
    command
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null())
}

/// How often GitHub was asked what the repository is called that two packages name.
fn asked_for_one(github: &FakeGitHub) -> usize {
    let requests = github.controls().requests();
    let requests = requests.iter();
    requests
        .filter(|request| request.eq_ignore_ascii_case("GET /repos/org/one"))
        .count()
}

fn check(github: &FakeGitHub, run: impl Fn(&[&str]) -> Outcome) -> Result<()> {
    for repository in ["org/one", "org/two"] {
        github.world().open(repository, "ada", "an issue", false);
    }
    let synced = run(&["activity", "sync", "-p", "plone", "--schedule", "update"]);
    let synced = synced.exits(0);
    let known = "repositories of packages that are gone, private or blocked: 1";
    assert!(synced.stdout.contains(known), "{synced:?}");
    assert_eq!(github.controls().count("GET /repos/org/before"), 0);
    assert_eq!(asked_for_one(github), 1, "each repository once");
    let status = run(&["activity", "status", "--format", "json"]).exits(0);
    let names: Vec<&str> = status.report["repositories"]
        .as_array()
        .context("no list")?
        .iter()
        .filter_map(|row| row["repository"].as_str())
        .collect();
    assert_eq!(names, ["org/one", "org/two"]);

    // What is known to be gone is not asked about again on the same day.
    github.controls().reset();
    run(&["activity", "sync", "-p", "plone", "--schedule", "update"]).exits(0);
    assert_eq!(github.controls().count("nobody/nothing"), 0);
    assert_eq!(asked_for_one(github), 1);
    let period = [
        "activity",
        "backfill",
        "-p",
        "plone",
        "--since",
        "2026-01-01",
    ];
    let filled = run(&[&period[..], &["--until", "2026-02-01", "--format", "json"]].concat());
    assert_eq!(filled.exits(0).number("timelines"), 2);
    Ok(())
}

#[test]
fn the_repositories_behind_packages_are_followed_with_the_embedded_engine() -> Result<()> {
    let home = Home::with_registry()?;
    publish(home.registry());
    home.run(&["pypi", "-f", "-p", "plone"]).exits(0);
    let github = town()?;
    check(&github, |words| {
        outcome(asking(&mut home.command(words), &github))
    })
}

#[test]
fn the_repositories_behind_packages_are_followed_with_a_server() -> Result<()> {
    let Some(world) = World::empty() else {
        return Ok(());
    };
    publish(&world.pypi);
    // The collection has the name of the profile, so this profile belongs to this test.
    let profiles = world.home.path().join("profiles");
    fs_err::create_dir(&profiles)?;
    let profile = "name = \"Mine\"\nclassifiers = [\"Framework :: Plone\"]\n";
    fs_err::write(profiles.join(format!("{}.toml", world.target)), profile)?;
    let command = |words: &[&str]| {
        let words: Vec<&str> = words
            .iter()
            .map(|word| match *word {
                "plone" => world.target.as_str(),
                other => other,
            })
            .collect();
        let mut command = world.command(&words);
        command.env("PROFILES_DIR", &profiles);
        command
    };
    outcome(&mut command(&["pypi", "-f", "-p", "plone"])).exits(0);
    let github = town()?;
    check(&github, |words| {
        outcome(asking(&mut command(words), &github))
    })
}

#[test]
fn a_profile_that_is_not_there_does_not_keep_the_others_waiting() -> Result<()> {
    let home = Home::new()?;
    let github = town()?;
    let run = |words: &[&str]| outcome(asking(&mut home.command(words), &github));
    let mistyped = run(&["activity", "sync", "-p", "plonee"]).exits(2);
    assert!(mistyped.stderr.contains("plone"), "{mistyped:?}");

    let file = "profiles = [\"plone\"]\nrepositories = [\"org/one\"]\n";
    fs_err::write(home.path("activity.toml"), file)?;
    let synced = run(&["activity", "sync", "--schedule", "update"]).exits(3);
    assert!(synced.stdout.contains("pyfa up plone"), "{synced:?}");
    let status = run(&["activity", "status", "--format", "json"]).exits(0);
    assert_eq!(
        status.report["repositories"][0]["repository"],
        Value::from("org/one")
    );
    Ok(())
}
