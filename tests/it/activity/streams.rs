//! Random streams of events, with syncs that are killed, out of quota, or meet faults.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa::activity::ActivityError;
use pyfa::forge::ForgeError;
use pyfa_testkit::github::{FakeGitHub, RandomEvents, Resource};
use pyfa_testkit::service::Fault;

use super::{
    ORGANISATION, REPOSITORIES, TOKEN, compare, compare_changes, compare_timeline, now, open,
    session, stored_ids, sync_daily, sync_often, town,
};
use crate::database::Place;
use crate::support::killed::killed_after;

fn is_expected(error: &ActivityError) -> bool {
    matches!(
        error,
        ActivityError::Forge(ForgeError::Wait { .. }) | ActivityError::Unanswered { .. }
    )
}

async fn stream(place: &Place, seed: u64, rounds: usize) -> Result<()> {
    let github = town()?;
    let database = open(place).await?;
    let mut events = RandomEvents::new(seed, ORGANISATION, &REPOSITORIES);
    let mut known = BTreeSet::new();
    for round in 0..rounds {
        for _ in 0..events.below(40) {
            events.happen(&github);
        }
        disturb(&github, &mut events);
        let work = session(&github, &database)?;
        let at = now(&github);
        let polls = match events.below(3) {
            0 => events.below(400),
            _ => usize::MAX,
        };
        let outcome = if round % 4 == 3 {
            killed_after(polls, sync_daily(&work, at)).await
        } else {
            killed_after(polls, sync_often(&work, at)).await
        };
        match outcome {
            Some(Err(error)) => ensure!(is_expected(&error), "round {round}: {error}"),
            Some(Ok(())) => compare_changes(&github, &database).await?,
            None => {}
        }
        known.extend(stored_ids(&database).await?);
    }
    calm(&github);
    // What was searched for meanwhile is in the index by then.
    github.controls().advance(Duration::from_hours(2));
    let work = session(&github, &database)?;
    sync_daily(&work, now(&github)).await?;
    known.extend(stored_ids(&database).await?);
    compare(&github, &database, &known).await
}

/// Lets things go wrong from now on, or not.
fn disturb(github: &FakeGitHub, events: &mut RandomEvents) {
    calm(github);
    match events.below(6) {
        0 => github.set_remaining(Some(TOKEN), Resource::Core, 5 + events.below(40) as u64),
        1 => github
            .controls()
            .fail_next(2, "timeline", Fault::status(502)),
        2 => github.controls().fail_next(1, "GET", Fault::HalfBody),
        3 => github.controls().fail_next(4, "issues?", Fault::html(200)),
        _ => {}
    }
}

fn calm(github: &FakeGitHub) {
    github.controls().clear_faults();
    for resource in [Resource::Core, Resource::Search] {
        github.set_remaining(Some(TOKEN), resource, 5_000);
    }
}

/// The daily sync repairs much, so this one is about the others: a mark that is ahead of what is stored
/// would lose changes.
#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing() -> Result<()> {
    let github = town()?;
    let issues = [
        ("org/one", 1),
        ("org/one", 2),
        ("org/two", 1),
        ("org/two", 2),
    ];
    for (slug, _) in issues {
        github.world().open(slug, "ada", "an issue", false);
    }
    let place = Place::sqlite()?;
    let database = open(&place).await?;
    for polls in 0..2_000 {
        for (slug, number) in issues {
            let mut world = github.world();
            let title = format!("title {polls}");
            world.change(slug, number, true, |issue| issue.title = title);
            if polls % 8 == 0 {
                world.comment(slug, number, "ben", "hello");
            }
            drop(world);
            github.controls().advance(Duration::from_mins(5));
        }
        let work = session(&github, &database)?;
        let killed = killed_after(polls, sync_often(&work, now(&github))).await;
        if killed.is_none() {
            sync_often(&session(&github, &database)?, now(&github)).await?;
        }
        compare_changes(&github, &database)
            .await
            .with_context(|| format!("killed after {polls} polls"))?;
        for (slug, number) in issues {
            let documents = github.world().documents(slug, number);
            let (issue, timeline) = documents.context("no issue")?;
            let id = issue["id"].as_i64().context("no id")?;
            compare_timeline(&database, id, &timeline).await?;
        }
        if let Some(done) = killed {
            ensure!(polls > 50, "it was hardly killed at all");
            return Ok(done?);
        }
    }
    anyhow::bail!("it never came to its end")
}

#[tokio::test]
async fn the_database_equals_the_world_on_sqlite() -> Result<()> {
    for seed in 1..6 {
        stream(&Place::sqlite()?, seed, 12).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_database_equals_the_world_on_postgresql() -> Result<()> {
    for seed in 11..14 {
        let Some(place) = Place::postgres() else {
            return Ok(());
        };
        stream(&place?, seed, 12).await?;
    }
    Ok(())
}
