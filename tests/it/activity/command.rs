//! `pyfa activity` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::database::{Database, DatabaseSettings, SqliteSettings, Statement};
use pyfa_testkit::github::{FakeGitHub, Resource};
use serde_json::Value;

use super::{TOKEN, town};
use crate::support::{Outcome, outcome, wait};

/// Runs `pyfa activity` in a folder of its own.
fn run(home: &Path, github: &FakeGitHub, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .arg("activity")
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null());
    outcome(&mut command)
}

fn json(outcome: &Outcome) -> Result<Value> {
    serde_json::from_str(&outcome.stdout).with_context(|| format!("{outcome:?}"))
}

/// Has the processes of a home ask GitHub for its quota again.
fn forget_quota(home: &Path) -> Result<()> {
    wait(async {
        let file = SqliteSettings::new(home.join(".pyfa/activity.quota.sqlite"));
        let database = Database::open(&DatabaseSettings::Sqlite(file)).await?;
        let forget = Statement::new("DELETE FROM pyfa_quotas", Vec::new());
        anyhow::ensure!(database.write(forget).await? > 0, "it was not stored");
        database.close().await;
        Ok(())
    })
}

/// Some issues, a day apart.
fn fill(github: &FakeGitHub, issues: u64) {
    for number in 0..issues {
        let mut world = github.world();
        let number = world.open("org/one", "ada", "an issue", number % 2 == 1);
        world.comment("org/one", number, "ben", "hello");
        drop(world);
        github.controls().advance(Duration::from_hours(24));
    }
}

#[test]
fn what_is_followed_is_synced_and_shown() -> Result<()> {
    let github = town()?;
    fill(&github, 10);
    let home = tempfile::tempdir()?;
    let nothing = run(home.path(), &github, &["sync"]);
    assert_eq!(nothing.code, 2, "{nothing:?}");
    assert!(nothing.stderr.contains("activity.toml"), "{nothing:?}");
    let early = run(home.path(), &github, &["status"]);
    assert_eq!(early.code, 2, "{early:?}");
    assert!(
        early.stderr.contains("pyfa activity sync"),
        "looking creates nothing: {early:?}"
    );

    // The program's clock is months ahead of the fake's.
    let file = "organisations = [\"org\"]\nrepositories = [\"other/three\", \"ORG/two\"]\n\
                first_days = 3650\nclosed_days = 3650\n";
    fs_err::write(home.path().join("activity.toml"), file)?;
    let synced = run(home.path(), &github, &["sync"]);
    assert_eq!(synced.code, 0, "{synced:?}");
    assert!(synced.stdout.contains("read 10 issues"), "{synced:?}");
    let status = json(&run(home.path(), &github, &["status", "--format", "json"]))?;
    let names: Vec<&str> = status
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["repository"].as_str())
        .collect();
    assert_eq!(names, ["org/one", "org/two", "other/three"]);
    let one = &status[0];
    assert_eq!(
        (&one["issues"], &one["pull_requests"]),
        (&5.into(), &5.into())
    );
    assert_eq!((&one["events"], &one["owed"]), (&10.into(), &Value::Null));
    let shown = run(home.path(), &github, &["status"]);
    assert!(shown.stdout.contains("org/one") && shown.stdout.contains("nothing"));

    github.remove("other/three");
    let synced = run(home.path(), &github, &["sync", "--schedule", "update"]);
    assert_eq!(synced.code, 3, "{synced:?}");
    assert!(
        synced
            .stdout
            .contains("other/three: the repository is gone or private"),
        "{synced:?}"
    );
    let shown = run(home.path(), &github, &["status"]);
    assert!(shown.stdout.contains("it is gone or private"), "{shown:?}");
    Ok(())
}

#[test]
fn a_backfill_says_how_long_it_takes_and_goes_on_where_it_stopped() -> Result<()> {
    let github = town()?;
    fill(&github, 60);
    let home = tempfile::tempdir()?;
    let followed = ["--repository", "org/one", "--format", "json"];
    let period = ["backfill", "--since", "2026-01-01", "--until", "2026-03-01"];
    let estimate = [&period[..], &["--estimate"], &followed].concat();
    let estimate = json(&run(home.path(), &github, &estimate))?;
    assert_eq!(estimate["issues"], 59, "{estimate}");
    assert!(estimate["hours"].as_f64().is_some_and(|hours| hours > 0.0));

    let arguments = [&period[..], &["--chunk", "10"], &followed].concat();
    github.set_remaining(Some(TOKEN), Resource::Core, 25);
    let stopped = run(home.path(), &github, &arguments);
    assert_eq!(stopped.code, 3, "{stopped:?}");
    assert!(stopped.stderr.contains("retry at"), "{stopped:?}");
    assert!(
        stopped
            .stderr
            .contains("org/one: everything since 2026-02-19")
    );
    // A new hour; the program's clock is not the fake's.
    github.set_remaining(Some(TOKEN), Resource::Core, 5_000);
    forget_quota(home.path())?;

    github.controls().reset();
    let done = run(home.path(), &github, &arguments);
    assert_eq!(done.code, 0, "{done:?}");
    // The newest 20 days were stored, and some of the third ten.
    let timelines = github.controls().count("timeline");
    assert!((30..40).contains(&timelines), "{timelines}");
    let status = json(&run(home.path(), &github, &["status", "--format", "json"]))?;
    assert_eq!(status[0]["events"], 59);
    assert_eq!(status[0]["filled_since"], "2026-01-01T00:00:00Z");

    github.controls().reset();
    let again = run(home.path(), &github, &arguments);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(github.controls().count("timeline"), 0);
    assert_eq!(github.controls().count("/search/"), 0);
    Ok(())
}
