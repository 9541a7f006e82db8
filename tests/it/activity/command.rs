//! `pyfa activity` as its users start it.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::database::{Database, DatabaseSettings, SqliteSettings, Statement};
use pyfa_testkit::github::{FakeGitHub, Resource};
use pyfa_testkit::service::Fault;
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
    let names: Vec<&str> = status["repositories"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["repository"].as_str())
        .collect();
    assert_eq!(names, ["org/one", "org/two", "other/three"]);
    let one = &status["repositories"][0];
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
    assert_eq!(status["repositories"][0]["events"], 59);
    assert_eq!(
        status["repositories"][0]["filled_since"],
        "2026-01-01T00:00:00Z"
    );

    github.controls().reset();
    let again = run(home.path(), &github, &arguments);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(github.controls().count("timeline"), 0);
    assert_eq!(github.controls().count("/search/"), 0);
    Ok(())
}

#[test]
fn mistakes_are_named_with_their_place() -> Result<()> {
    let github = town()?;
    let home = tempfile::tempdir()?;
    let file = "organisations = [\"a b\"]\nfirst_days = -3\nclosed_days = \"x\"\n";
    for (file, parts) in [
        (
            "organizations = [\"org\"]",
            &[
                "activity.toml line 1, column 1",
                "nearest is `organisations`",
            ][..],
        ),
        (
            file,
            &["line 3, column 15: `closed_days` takes a number of days"],
        ),
        (
            file.split("closed").next().unwrap_or_default(),
            &[
                "line 1, column 18: \"a b\" is not",
                "line 2, column 14: `first_days` is -3",
            ],
        ),
    ] {
        fs_err::write(home.path().join("activity.toml"), file)?;
        let refused = run(home.path(), &github, &["sync"]).exits(2);
        for part in parts {
            assert!(refused.stderr.contains(part), "{part}: {refused:?}");
        }
    }
    fs_err::remove_file(home.path().join("activity.toml"))?;
    for (arguments, part) in [
        (
            &["sync", "--organisation", "a b"][..],
            "name of an organisation",
        ),
        (
            &["backfill", "--since", "2026-1-1", "--repository", "org/one"],
            "write it as `2020-01-31`",
        ),
        (
            &["backfill", "--since", "2026-01-01", "--until", "2999-01-01"],
            "`--until` (2999-01-01) is in the future",
        ),
        (
            &["backfill", "--since", "2026-01-01", "--chunk", "many"],
            "use a whole number from 1 to 3660",
        ),
    ] {
        let refused = run(home.path(), &github, arguments).exits(2);
        assert!(refused.stderr.contains(part), "{part}: {refused:?}");
    }
    assert_eq!(github.controls().count(""), 0);
    Ok(())
}

#[test]
fn what_failed_and_what_was_never_reached_is_owed() -> Result<()> {
    let github = town()?;
    fill(&github, 10);
    let home = tempfile::tempdir()?;
    let file = "organisations = [\"org\"]\nrepositories = [\"other/three\", \"other/four\"]\n\
                first_days = 3650\nclosed_days = 3650\n";
    fs_err::write(home.path().join("activity.toml"), file)?;
    let update = ["sync", "--schedule", "update"];
    let status = || json(&run(home.path(), &github, &["status", "--format", "json"]));
    let owed = |status: &Value, name: &str| -> String {
        let rows = status["repositories"].as_array().into_iter().flatten();
        let row = rows.clone().find(|row| row["repository"] == name);
        row.map_or("no row".to_owned(), |row| row["owed"].to_string())
    };

    // The quota ends after the list and some of the repositories.
    github.set_remaining(Some(TOKEN), Resource::Core, 7);
    run(home.path(), &github, &update).exits(3);
    let early = status()?;
    let failed = &early["problems"][0];
    assert_eq!(
        (&failed["schedule"], &failed["name"]),
        (&"update".into(), &"".into())
    );
    assert!(
        failed["why"]
            .as_str()
            .is_some_and(|why| why.contains("quota")),
        "{early}"
    );
    let unreached: Vec<&str> = ["org/one", "org/two", "other/three", "other/four"]
        .into_iter()
        .filter(|name| owed(&early, name).contains("no sync has reached it"))
        .collect();
    assert!(unreached.contains(&"org/two"), "{early}");
    assert!(owed(&early, "org/two").contains("not reached: "), "{early}");
    let shown = run(home.path(), &github, &["status"]).exits(0);
    assert!(
        shown.stdout.contains("the sync `update` has failed since"),
        "{shown:?}"
    );

    // All of it is over with the next sync, but for what does not exist.
    github.set_remaining(Some(TOKEN), Resource::Core, 5_000);
    forget_quota(home.path())?;
    let synced = run(home.path(), &github, &update).exits(3);
    assert!(
        synced.stdout.contains("other/four: the repository is gone"),
        "{synced:?}"
    );
    let later = status()?;
    assert_eq!(later["problems"], Value::Array(Vec::new()), "{later}");
    let four = owed(&later, "other/four");
    assert!(
        four.contains("no sync has reached it") && four.contains("gone or private"),
        "{four}"
    );
    assert!(!owed(&later, "org/two").contains("reached"), "{later}");

    // What cannot be read of a repository is its problem until the next answer.
    let events = ["sync", "--schedule", "events"];
    run(home.path(), &github, &["sync", "--schedule", "daily"]);
    github.world().open("org/one", "ada", "another one", false);
    let entries = serde_json::json!([{ "not": "an issue" }]);
    github
        .controls()
        .fail_next(1, "/repos/org/one/issues?", Fault::json(200, &entries));
    run(home.path(), &github, &events).exits(3);
    let broken = owed(&status()?, "org/one");
    assert!(
        broken.contains("could not do: GitHub has sent 1 entry that cannot be read"),
        "{broken}"
    );
    run(home.path(), &github, &events);
    let mended = owed(&status()?, "org/one");
    assert!(!mended.contains("cannot be read"), "{mended}");
    Ok(())
}
