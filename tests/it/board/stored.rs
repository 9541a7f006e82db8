//! What the activity database has told of: the same plans, for fewer requests.

use std::time::Duration;

use anyhow::{Result, bail, ensure};
use pyfa::activity::{ActivityScope, Schedule, sync};
use pyfa::board::{Board, BoardReport, Plan, ProjectLocks, StoredActivity, apply, plan};
use pyfa::database::{Database, Statement};
use pyfa_testkit::github::{FakeGitHub, RandomEvents};

use super::plain::compare;
use super::streams::happen;
use super::{FILE, SLUGS, apply_fully, board, club, days, session};
use crate::activity;
use crate::database::{Place, on_both};

on_both!(
    a_plan_is_the_same_with_and_without_the_database,
    what_the_database_lacks_is_not_removed,
    what_is_old_or_unread_is_asked_for,
);

async fn open(place: &Place) -> Result<Database> {
    Ok(Database::open(&place.settings).await?)
}

/// Follows everything that a board may look at.
async fn follow(github: &FakeGitHub, database: &Database, more: &[String]) -> Result<()> {
    let mut repositories = vec!["guest/gamma".parse()?];
    for slug in more {
        repositories.push(slug.parse()?);
    }
    let scope = ActivityScope {
        organisations: vec!["club".to_owned()],
        repositories,
        first_days: 3_650,
        closed_days: 3_650,
        ..ActivityScope::default()
    };
    let session = activity::session(github, database)?;
    for schedule in [Schedule::Update, Schedule::Events, Schedule::Daily] {
        let report = sync(&session, &scope, schedule, activity::now(github)).await?;
        ensure!(report.problems.is_empty(), "{:?}", report.problems);
    }
    Ok(())
}

fn stored(database: &Database) -> StoredActivity {
    StoredActivity {
        database: database.clone(),
        longest_age: Duration::from_hours(36),
    }
}

/// A plan, and how many requests it took.
async fn plan_with(
    github: &FakeGitHub,
    board: &Board,
    database: Option<&Database>,
) -> Result<(Plan, u64)> {
    let mut session = session(github)?;
    if let Some(database) = database {
        session = session.with_activity(stored(database));
    }
    let (_, plan) = plan(&session, board).await?;
    let calls = session.github.statistics().calls;
    Ok((plan, calls.values().sum()))
}

async fn apply_with(
    github: &FakeGitHub,
    board: &Board,
    database: &Database,
) -> Result<BoardReport> {
    let home = tempfile::tempdir()?;
    let locks = ProjectLocks {
        home: home.path().to_owned(),
        shared: None,
    };
    let session = session(github)?.with_activity(stored(database));
    let report = apply(&session, board, &locks, None).await?;
    ensure!(report.is_complete(), "{report:?}");
    Ok(report)
}

async fn a_plan_is_the_same_with_and_without_the_database(place: &Place) -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut random = RandomEvents::new(7, "club", &SLUGS);
    let database = open(place).await?;
    let mut total = 0;
    for round in 0..4 {
        for _ in 0..40 {
            random.happen(&github);
            if random.below(3) == 0 {
                happen(&mut random, &github);
            }
        }
        github.controls().advance(Duration::from_mins(10));
        follow(&github, &database, &[]).await?;
        days(&github, 1);
        // Since then: what shows in the time of the last change, and what does not.
        let mut world = github.world();
        let new = world.open("club/alpha", "dan", "new", round % 2 == 0);
        world.comment("club/alpha", new, "ben", "hello");
        let number = world.open("guest/gamma", "dan", "closed at once", false);
        world.close("guest/gamma", number, "dan");
        for slug in ["club/alpha", "guest/gamma"] {
            // Some were deleted or transferred.
            let mut here = (1..100).filter(|number| world.documents(slug, *number).is_some());
            let (Some(one), Some(other)) = (here.next(), here.next()) else {
                bail!("{slug} has no issues left");
            };
            world.change(slug, one, false, |issue| issue.votes += 1);
            world.comment(slug, other, "fay", "again");
        }
        drop(world);
        let (expected, _) = plan_with(&github, &board, None).await?;
        let (found, _) = plan_with(&github, &board, Some(&database)).await?;
        ensure!(
            found == expected,
            "round {round}:\n{found:#?}\n{expected:#?}"
        );
        let report = apply_with(&github, &board, &database).await?;
        total += report.stored;
        compare(&github).map_err(|error| error.context(format!("round {round}")))?;
        let again = apply_with(&github, &board, &database).await?;
        ensure!(again.mutations == 0, "round {round}: {again:?}");
    }
    ensure!(total > 20, "the database has told of {total}");
    // What has gone since is in the database, and not on GitHub.
    let gone = github.world().open("club/alpha", "dan", "gone soon", false);
    github.controls().advance(Duration::from_mins(10));
    follow(&github, &database, &[]).await?;
    github.world().delete_issue("club/alpha", gone);
    let (expected, _) = plan_with(&github, &board, None).await?;
    let (found, _) = plan_with(&github, &board, Some(&database)).await?;
    ensure!(found == expected, "{found:#?}\n{expected:#?}");
    database.close().await;
    Ok(())
}

async fn what_the_database_lacks_is_not_removed(place: &Place) -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut world = github.world();
    let kept = world.open("club/alpha", "cleo", "kept", false);
    let gone = world.open("club/alpha", "cleo", "gone", false);
    let old = world.open("club/alpha", "cleo", "closed", false);
    world.open("guest/gamma", "cleo", "elsewhere", true);
    world.close("club/alpha", old, "ada");
    drop(world);
    apply_fully(&github, &board).await?;
    days(&github, 40);
    let database = open(place).await?;
    follow(&github, &database, &[]).await?;
    // What is really to be removed is confirmed one by one.
    let report = apply_with(&github, &board, &database).await?;
    ensure!(report.removed == 1 && report.stored > 0, "{report:?}");
    // The numbers agree, and the entries do not.
    github.world().delete_issue("club/alpha", gone);
    let forget = format!("DELETE FROM issues WHERE number = {kept} AND repo = 'alpha'");
    database.write(Statement::new(forget, Vec::new())).await?;
    // Thumbs up would tell.
    let board = Board::parse(&FILE.replace("\"Votes\" = \"votes\"\n", ""), "board.toml")?;
    let (found, _) = plan_with(&github, &board, Some(&database)).await?;
    ensure!(
        found.removals.is_empty() && found.additions.is_empty(),
        "{found:?}"
    );
    let report = apply_with(&github, &board, &database).await?;
    ensure!(report.removed == 0 && report.added == 0, "{report:?}");
    ensure!(
        report.stored == 0,
        "everything was read from GitHub: {report:?}"
    );
    compare(&github)?;
    database.close().await;
    Ok(())
}

async fn what_is_old_or_unread_is_asked_for(place: &Place) -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let board = board()?;
    let mut world = github.world();
    for number in 0..6 {
        let issue = world.open("club/alpha", "cleo", &format!("issue {number}"), false);
        world.comment("club/alpha", issue, "ben", "hello");
        world.open("guest/gamma", "cleo", &format!("change {number}"), true);
    }
    drop(world);
    github.controls().advance(Duration::from_mins(10));
    let database = open(place).await?;
    follow(&github, &database, &[]).await?;
    github.controls().advance(Duration::from_mins(10));
    // One timeline was not read since the last change, and another one lacks a comment.
    for text in [
        "UPDATE issues SET timeline_due = TRUE WHERE number = 1 AND repo = 'alpha'",
        "DELETE FROM events WHERE event = 'commented' AND issue_id IN
             (SELECT id FROM issues WHERE number = 2 AND repo = 'alpha')",
    ] {
        database.write(Statement::new(text, Vec::new())).await?;
    }
    let report = apply_with(&github, &board, &database).await?;
    ensure!(report.stored == 12, "{report:?}");
    compare(&github)?;
    days(&github, 2);
    let report = apply_with(&github, &board, &database).await?;
    ensure!(report.stored == 0, "{report:?}");
    compare(&github)?;
    database.close().await;
    Ok(())
}

#[tokio::test]
async fn stored_issues_cost_fewer_requests() -> Result<()> {
    let Some(github) = club()? else { return Ok(()) };
    let slugs: Vec<String> = (0..2).map(|number| format!("club/part-{number}")).collect();
    for slug in &slugs {
        github.world().create_repository(slug);
        for number in 0..300 {
            github
                .world()
                .open(slug, "cleo", &format!("issue {number}"), number % 3 == 0);
        }
    }
    github.controls().advance(Duration::from_mins(10));
    let listed = serde_json::to_string(&slugs)?;
    let text = FILE
        .replace("organisations = [\"club\"]", "organisations = []")
        .replace("exclude = [\"club/beta\"]", "exclude = []")
        .replace("exclude_except_types = [\"Accessibility\"]", "")
        .replace("discussions = true", "")
        .replace(
            "repositories = [\"guest/gamma\"]",
            &format!("repositories = {listed}"),
        );
    let place = Place::sqlite()?;
    let database = open(&place).await?;
    follow(&github, &database, &slugs).await?;
    github.controls().advance(Duration::from_mins(10));
    let without_votes = text.replace("\"Votes\" = \"votes\"\n", "");
    // Thumbs up are always asked for.
    for (text, saved) in [(text, 0), (without_votes, 1)] {
        let board = Board::parse(&text, "board.toml")?;
        // Each begins with all of the searches that GitHub allows in a minute.
        github.controls().advance(Duration::from_mins(2));
        let (live, live_calls) = plan_with(&github, &board, None).await?;
        github.controls().advance(Duration::from_mins(2));
        let (found, calls) = plan_with(&github, &board, Some(&database)).await?;
        ensure!(found == live && found.additions.len() == 600);
        ensure!(calls + saved <= live_calls, "{calls} and {live_calls}");
    }
    database.close().await;
    Ok(())
}
