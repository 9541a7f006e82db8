//! `pyfa board` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use pyfa::board::{ProjectLocks, apply};
use pyfa::hosts::SharedLocks;
use pyfa_testkit::github::{FakeContent, FakeGitHub, FakeValue};

use super::plain::compare;
use super::{FILE, PROJECT, TOKEN, apply_fully, board, club, days, session};
use crate::database::Place;
use crate::support::{Outcome, outcome};

fn command(home: &Path, github: &FakeGitHub, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("BOARD_PAUSE", "0")
        .env("BOARD_LOOP_PAUSE", "0.05")
        .env("PYFA_JOB_HOST", "here")
        .stdin(Stdio::null());
    command
}

fn run(home: &Path, github: &FakeGitHub, arguments: &[&str]) -> Outcome {
    outcome(&mut command(home, github, arguments))
}

/// A project with something of everything, and a folder with its file.
async fn scene() -> Result<Option<(FakeGitHub, tempfile::TempDir)>> {
    let Some(github) = club()? else {
        return Ok(None);
    };
    let home = tempfile::tempdir()?;
    fs_err::create_dir(home.path().join("boards"))?;
    fs_err::write(home.path().join("boards/club.toml"), FILE)?;
    let mut world = github.world();
    let old = world.open("club/alpha", "cleo", "old", false);
    world.open("club/alpha", "cleo", "The menu is empty", false);
    world.open("guest/gamma", "dan", "nothing happens here", true);
    world.close("club/alpha", old, "ada");
    drop(world);
    apply_fully(&github, &board()?).await?;
    days(&github, 30);
    let mut world = github.world();
    let items: Vec<u64> = world.project(PROJECT).items.keys().copied().collect();
    for item in items {
        let date = FakeValue::Date("2026-04-01".to_owned());
        world.set_value(PROJECT, item, "Next", date);
    }
    world.comment("club/alpha", 2, "codecov-commenter", "hm");
    world.open_discussion("club/alpha", "ben", "Which cölours?");
    world.open("club/alpha", "ci[bot]", "Update everything", true);
    let note = FakeContent::Draft {
        title: "Book a room\u{202e}\n".to_owned(),
        body: String::new(),
    };
    world.add_item(PROJECT, "fay", note);
    drop(world);
    Ok(Some((github, home)))
}

#[tokio::test]
async fn a_plan_is_shown_and_changes_nothing() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let before = github.world().mutations();
    let planned = run(home.path(), &github, &["board", "plan", "boards/club.toml"]).exits(0);
    insta::assert_snapshot!("plan", planned.stdout);
    let words = ["board", "plan", "boards/club.toml", "--format", "json"];
    let planned = run(home.path(), &github, &words).exits(0);
    assert_eq!(planned.report["removals"].as_array().map(Vec::len), Some(1));
    assert_eq!(github.world().mutations(), before);

    let words = ["board", "apply", "boards/club.toml", "--log", "club.log"];
    let applied = run(home.path(), &github, &words).exits(0);
    insta::assert_snapshot!("apply", applied.stdout);
    compare_but_the_note(&github)?;
    let log = fs_err::read_to_string(home.path().join("club.log"))?;
    assert!(log.contains("club/alpha#2: PVTF_5_"), "{log}");
    assert!(!log.contains(TOKEN), "{log}");
    let planned = run(home.path(), &github, &["board", "plan", "boards/club.toml"]).exits(0);
    assert!(
        planned
            .stdout
            .contains("0 to add, 0 to change, 0 to remove"),
        "{planned:?}"
    );
    Ok(())
}

fn compare_but_the_note(github: &FakeGitHub) -> Result<()> {
    github.world().change_project(PROJECT, |project| {
        project.items.retain(|_, item| item.creator != "fay");
    });
    compare(github)
}

#[tokio::test]
async fn fields_are_compared_and_created() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let fields = ["board", "fields", "boards/club.toml"];
    let shown = run(home.path(), &github, &fields).exits(0);
    insta::assert_snapshot!("fields", shown.stdout);
    github.world().change_project(PROJECT, |project| {
        for field in &mut project.fields {
            match field.name.as_str() {
                "Votes" => field.name = "Thumbs".to_owned(),
                "Commenter Membership" => field.options[1].1 = "External commentator".to_owned(),
                _ => {}
            }
        }
    });
    let shown = run(home.path(), &github, &fields).exits(3);
    for expected in [
        "there is no field `Votes`; the nearest is ",
        "has no option `External commenter`; the nearest is `External commentator`",
        "the view `Community` expects: the field `Commenter Membership` has no option",
    ] {
        assert!(shown.stdout.contains(expected), "{expected}: {shown:?}");
    }
    let refused = run(
        home.path(),
        &github,
        &["board", "apply", "boards/club.toml"],
    )
    .exits(2);
    assert!(
        refused.stderr.contains("does not fit the file"),
        "{refused:?}"
    );

    let home = tempfile::tempdir()?;
    github
        .world()
        .change_project(PROJECT, |project| project.fields.truncate(3));
    let init = [
        "board", "init", "new.toml", "--owner", "club", "--number", "5",
    ];
    run(home.path(), &github, &init).exits(0);
    let again = run(home.path(), &github, &init).exits(1);
    assert!(again.stderr.contains("new.toml"), "{again:?}");
    let shown = run(home.path(), &github, &["board", "fields", "new.toml"]).exits(3);
    assert!(
        shown.stdout.contains("there is no field `Num Comments`"),
        "{shown:?}"
    );
    let create = ["board", "init", "new.toml", "--create-fields"];
    let created = run(home.path(), &github, &create).exits(0);
    assert!(
        created
            .stdout
            .contains("created the field Author Membership"),
        "{created:?}"
    );
    run(home.path(), &github, &["board", "fields", "new.toml"]).exits(0);
    let none = run(home.path(), &github, &create).exits(0);
    assert!(
        none.stdout.contains("the project has all fields"),
        "{none:?}"
    );
    run(home.path(), &github, &["board", "apply", "new.toml"]).exits(0);
    Ok(())
}

#[tokio::test]
async fn a_board_is_a_job() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let pyfa = |arguments: &[&str]| {
        let mut command = command(home.path(), &github, arguments);
        outcome(command.env("BOARDS_DIR", "boards"))
    };
    pyfa(&["jobs", "run", "board"]).exits(2);
    pyfa(&["jobs", "run", "board", "--target", "../club"]).exits(2);
    pyfa(&["jobs", "run", "board", "--target", "club"]).exits(0);
    pyfa(&["jobs", "run", "board", "--target", "missing"]).exits(0);
    pyfa(&["worker", "--once"]).exits(0);
    let jobs = pyfa(&["jobs", "list", "--format", "json"]).exits(0);
    let state = |target: &str| {
        let mut jobs = jobs.report.as_array().into_iter().flatten();
        let job = jobs.find(|job| job["target"] == target);
        job.map(|job| job["state"].clone()).unwrap_or_default()
    };
    assert_eq!(state("club"), "done", "{jobs:?}");
    assert_eq!(state("missing"), "failed", "{jobs:?}");
    compare_but_the_note(&github)?;
    let schedules = pyfa(&["jobs", "schedules"]).exits(0);
    assert!(schedules.stdout.contains("50 2 * * *"), "{schedules:?}");
    Ok(())
}

/// Applies with these locks, and meanwhile as another process with `PYFA_HOME` and `PYFA_DATABASE`.
async fn apply_twice(
    github: &FakeGitHub,
    folder: &Path,
    locks: &ProjectLocks,
    others: [(&str, &str); 2],
) -> Result<Outcome> {
    let (session, board) = (session(github)?, board()?);
    let project = github.controls().hold_next("/graphql");
    let mut second = None;
    let other = async {
        project.change_before(|| ()).await;
        // The next request comes when the project is locked.
        let team = github.controls().hold_next("/graphql");
        team.change_before(|| {
            let words = ["board", "apply", "boards/club.toml"];
            let mut command = command(folder, github, &words);
            second = Some(outcome(command.envs(others)));
        })
        .await;
    };
    let (done, ()) = tokio::join!(apply(&session, &board, locks, None), other);
    assert!(done?.is_complete());
    second.context("the other run")
}

#[tokio::test]
async fn one_run_excludes_the_other() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let locks = ProjectLocks {
        home: home.path().join(".pyfa"),
        shared: None,
    };
    let others = [("PYFA_HOME", ".pyfa"), ("PYFA_DATABASE", "")];
    let refused = apply_twice(&github, home.path(), &locks, others).await?;
    let refused = refused.exits(3);
    assert!(
        refused.stderr.contains("is being changed by"),
        "{refused:?}"
    );
    compare_but_the_note(&github)
}

#[tokio::test]
async fn one_host_excludes_the_other() -> Result<()> {
    let (Some((github, home)), Some(place)) = (scene().await?, Place::postgres()) else {
        return Ok(());
    };
    let place = place?;
    let lease = std::time::Duration::from_mins(1);
    let locks = ProjectLocks {
        home: home.path().join("one"),
        shared: Some(SharedLocks::new(place.settings.clone(), lease)),
    };
    let others = [
        ("PYFA_HOME", "two"),
        ("PYFA_DATABASE", place.address.as_str()),
    ];
    let refused = apply_twice(&github, home.path(), &locks, others).await?;
    let refused = refused.exits(3);
    assert!(
        refused.stderr.contains("is being changed by"),
        "{refused:?}"
    );
    compare_but_the_note(&github)?;
    // The lock was given back.
    let mut later = command(
        home.path(),
        &github,
        &["board", "apply", "boards/club.toml"],
    );
    outcome(later.envs(others)).exits(0);
    Ok(())
}

#[tokio::test]
async fn an_update_loop_follows_what_changes() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let locks = ProjectLocks {
        home: home.path().join(".pyfa"),
        shared: None,
    };
    let (session, board) = (session(&github)?, board()?);
    let changes = async {
        for round in 0..4 {
            // Between two requests of the loop.
            let held = github.controls().hold_next("/graphql");
            held.change_before(|| {
                let mut world = github.world();
                world.comment("club/alpha", 2, "fay", "again");
                world.open("guest/gamma", "eve", &format!("new {round}"), false);
                world.open_discussion("guest/gamma", "eve", &format!("talk {round}"));
            })
            .await;
        }
    };
    let time = std::time::Duration::from_secs(4);
    let (report, ()) = tokio::join!(apply(&session, &board, &locks, Some(time)), changes);
    let report = report?;
    assert!(report.passes > 2 && report.is_complete(), "{report:?}");
    compare_but_the_note(&github)
}

#[tokio::test]
async fn a_locked_project_is_left_to_the_one_who_has_it() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let server = format!("{}/", github.base_url());
    let name = format!("project {PROJECT}");
    let folder = home.path().join(".pyfa");
    let held = pyfa::store::lock::try_acquire(&folder, &server, &name, "board apply")?;
    let before = github.world().mutations();
    let refused = run(
        home.path(),
        &github,
        &["board", "apply", "boards/club.toml"],
    )
    .exits(3);
    assert!(
        refused
            .stderr
            .contains("is being changed by `board apply`, process"),
        "{refused:?}"
    );
    assert_eq!(github.world().mutations(), before);
    // Looking is free.
    run(home.path(), &github, &["board", "plan", "boards/club.toml"]).exits(0);
    drop(held);
    run(
        home.path(),
        &github,
        &["board", "apply", "boards/club.toml"],
    )
    .exits(0);
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_said() -> Result<()> {
    let Some((github, home)) = scene().await? else {
        return Ok(());
    };
    let plan = ["board", "plan", "boards/club.toml"];
    let mut without = command(home.path(), &github, &plan);
    without.env_remove("GITHUB_TOKEN");
    let refused = outcome(&mut without).exits(2);
    assert!(
        refused.stderr.contains("GITHUB_TOKEN is not set"),
        "{refused:?}"
    );
    for (from, to, expected) in [
        (
            "number = 5",
            "number = 6",
            "GitHub shows no project 6 of club",
        ),
        (
            "club/core",
            "club/nobody",
            "GitHub shows no team club/nobody",
        ),
    ] {
        let path = home.path().join("other.toml");
        fs_err::write(&path, FILE.replace(from, to))?;
        let path = path.to_str().context("a path")?;
        let refused = run(home.path(), &github, &["board", "plan", path]).exits(1);
        assert!(refused.stderr.contains(expected), "{refused:?}");
    }
    let unknown = run(home.path(), &github, &["board", "plan", "nothing"]).exits(2);
    assert!(
        unknown.stderr.contains("`peloton` is built in"),
        "{unknown:?}"
    );
    Ok(())
}
