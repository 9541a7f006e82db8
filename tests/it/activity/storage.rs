//! Databases that fail during a sync: it ends and says so, and the next one goes on.

use std::future::Future;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::activity::ActivityError;
use pyfa::database::{Database, DatabaseError, DatabaseSettings, SqliteSettings};
use pyfa_testkit::github::FakeGitHub;
use pyfa_testkit::postgres::postgres_or_skip;

use super::{TOKEN, compare, now, session, stored_ids, sync_daily, sync_often, town};
use crate::database::{Place, settings};
use crate::support::outcome;

fn fill(github: &FakeGitHub) {
    for number in 1..=30 {
        let mut world = github.world();
        world.open("org/one", "ada", "an issue", false);
        world.comment("org/one", number, "ben", "hello");
        drop(world);
        github.controls().advance(Duration::from_mins(5));
    }
    github.controls().advance(Duration::from_hours(1));
}

/// Lets `happen` happen after ten timelines were asked for.
async fn after_ten_timelines<T>(
    github: &FakeGitHub,
    happen: impl FnOnce() -> Result<()>,
    work: impl Future<Output = T>,
) -> Result<T> {
    let mut work = pin!(work);
    let mut happen = Some(happen);
    github.controls().reset();
    let mut failed = None;
    let done = std::future::poll_fn(|context| {
        let done = work.as_mut().poll(context);
        if github.controls().count("timeline") >= 10
            && let Some(happen) = happen.take()
        {
            failed = happen().err();
        }
        done
    })
    .await;
    anyhow::ensure!(happen.is_none(), "it never came so far");
    failed.map_or(Ok(done), Err)
}

async fn check(github: &FakeGitHub, database: &Database) -> Result<()> {
    sync_often(&session(github, database)?, now(github)).await?;
    let known = stored_ids(database).await?;
    sync_daily(&session(github, database)?, now(github)).await?;
    compare(github, database, &known).await
}

fn failure(done: Result<(), ActivityError>) -> Result<DatabaseError> {
    match done {
        Err(error @ ActivityError::Database(_)) => {
            assert!(error.leaves_work(), "{error}");
            match error {
                ActivityError::Database(error) => Ok(error),
                _ => unreachable!(),
            }
        }
        Err(error) => anyhow::bail!("another failure: {error}"),
        Ok(()) => anyhow::bail!("nothing has failed"),
    }
}

#[tokio::test]
async fn a_locked_file_ends_the_sync_and_the_next_goes_on() -> Result<()> {
    let github = town()?;
    fill(&github);
    let place = Place::sqlite()?;
    let database = Database::open(&DatabaseSettings::Sqlite(SqliteSettings {
        path: place.address.clone().into(),
        busy_timeout: Duration::from_millis(50),
        is_durable: true,
        reads: None,
    }))
    .await?;
    let other = rusqlite::Connection::open(&place.address)?;
    // The other one may have to wait for a write of ours.
    other.busy_timeout(Duration::from_secs(5))?;
    let work = session(&github, &database)?;
    let lock = || Ok(other.execute_batch("BEGIN IMMEDIATE")?);
    let done = after_ten_timelines(&github, lock, sync_often(&work, now(&github))).await?;
    let error = failure(done)?;
    assert!(matches!(error, DatabaseError::Locked { .. }), "{error}");
    other.execute_batch("COMMIT")?;
    check(&github, &database).await
}

#[tokio::test]
async fn a_server_that_restarts_or_stays_away_is_waited_for_by_the_next_sync() -> Result<()> {
    let Some(mut server) = postgres_or_skip() else {
        return Ok(());
    };
    let github = town()?;
    fill(&github);
    let database = Database::open(&settings(&server.create_database()?)?).await?;
    for comes_back in [true, false] {
        github.world().comment("org/one", 7, "cleo", "again");
        for number in 1..=30 {
            github.world().label("org/one", number, "cleo", "bug");
        }
        github.controls().advance(Duration::from_hours(1));
        let work = session(&github, &database)?;
        let crash = || {
            server.kill()?;
            if comes_back {
                server.start_again()?;
            }
            Ok(())
        };
        let done = after_ten_timelines(&github, crash, sync_often(&work, now(&github))).await?;
        if !comes_back {
            let error = failure(done)?;
            assert!(matches!(error, DatabaseError::Away { .. }), "{error}");
            let again = sync_often(&work, now(&github)).await;
            assert!(matches!(failure(again)?, DatabaseError::Away { .. }));
            server.start_again()?;
        } else if let Err(error) = done {
            // A write whose answer was lost is not repeated.
            assert!(error.leaves_work(), "{error}");
        }
        check(&github, &database).await?;
    }
    Ok(())
}

/// As on a disk that is full; the limit of the shell is the next best thing.
#[tokio::test]
async fn a_file_that_cannot_grow_ends_the_sync_and_the_next_goes_on() -> Result<()> {
    let github = town()?;
    fill(&github);
    let home = tempfile::tempdir()?;
    let run = |limit: &str| {
        let mut command = Command::new("/bin/sh");
        let line = format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"");
        command
            .args(["-c", &line, env!("CARGO_BIN_EXE_pyfa")])
            .args(["activity", "sync", "--repository", "org/one"])
            .current_dir(home.path())
            .env_clear()
            .env("GITHUB_API_URL", github.base_url())
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_COOLOFFTIME", "0")
            .env("GITHUB_QUOTA_SHARE", "1")
            .stdin(Stdio::null());
        fs_err::write(
            home.path().join("activity.toml"),
            "first_days = 3650\nclosed_days = 3650\n",
        )?;
        anyhow::Ok(outcome(&mut command))
    };
    // Enough for the tables, and not for the rows.
    let failed = run("700")?;
    assert!(failed.code == 1 || failed.code == 3, "{failed:?}");
    assert!(failed.stderr.contains("activity.sqlite"), "{failed:?}");
    let done = run("unlimited")?.exits(0);
    assert!(done.stdout.contains("timeline"), "{done:?}");
    let address = home.path().join(".pyfa/activity.sqlite");
    let address = address.to_str().context("a path")?;
    let database = Database::open(&settings(address)?).await?;
    let events = super::rows(&database, "SELECT id FROM events").await?;
    assert_eq!(events.len(), 30);
    Ok(())
}
