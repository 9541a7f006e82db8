//! What runs by the clock: each time once, whatever number of workers there are.

use anyhow::Result;
use pyfa::database::Statement;
use pyfa::jobs::{JobState, Scheduler};
use pyfa::progress::Stop;

use super::{LONG, Yard};
use crate::database::{Place, on_both};

on_both!(
    a_time_that_was_missed_is_made_up_for_once,
    targets_that_are_not_known_are_asked_for_again,
    a_schedule_that_has_changed_begins_then,
);

/// As if no worker had run for some days.
const MISS: &str = "UPDATE schedules SET last_due = last_due - CAST($1 AS BIGINT) * 259200000";

async fn a_time_that_was_missed_is_made_up_for_once(place: &Place) -> Result<()> {
    let mut yard = Yard::with_targets(place, &["plone", "django"]).await?;
    yard.schedule("0 5 * * *")?;
    let scheduler = Scheduler::new(yard.database.clone(), yard.schedules.clone());
    let unseen = scheduler.fetch_status().await?;
    assert_eq!((unseen.len(), unseen[0].last), (1, None));

    // What is seen for the first time begins now.
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 0);
    let seen = scheduler.fetch_status().await?;
    assert_eq!(seen[0].last, None, "the first sight is no job");
    yard.change(MISS, 1).await?;
    let workers = ["one", "two", "three"].map(|host| yard.worker(host, LONG, true));
    let stop = Stop::never();
    let runs = workers.iter().map(|worker| worker.run(&stop));
    futures::future::try_join_all(runs).await?;
    // The others may have waited for the host that has made them.
    let found = jobs(&yard).await?;
    let mut targets: Vec<&str> = found.iter().map(|(target, ..)| target.as_str()).collect();
    targets.sort_unstable();
    assert_eq!(targets, ["django", "plone"]);
    for (_, state, schedule, due) in &found {
        assert_eq!((state.as_str(), schedule.as_str()), ("done", "health"));
        let status = scheduler.fetch_status().await?;
        assert_eq!(
            status[0].last.map(jiff::Timestamp::as_millisecond),
            Some(*due)
        );
    }
    // Nothing is due any more.
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 2);
    Ok(())
}

async fn targets_that_are_not_known_are_asked_for_again(place: &Place) -> Result<()> {
    let mut yard = Yard::with_targets(place, &["unknown"]).await?;
    yard.schedule("0 5 * * *")?;
    yard.work().await?;
    yard.change(MISS, 1).await?;
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 0);
    // A host that has nothing to do leaves it to others.
    let mut idle = Yard::with_targets(place, &[]).await?;
    idle.schedule("0 5 * * *")?;
    idle.work().await?;
    let mut later = Yard::with_targets(place, &["plone"]).await?;
    later.schedule("0 5 * * *")?;
    later.work().await?;
    let jobs = jobs(&later).await?;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].1, JobState::Done.name());
    Ok(())
}

async fn a_schedule_that_has_changed_begins_then(place: &Place) -> Result<()> {
    let mut yard = Yard::with_targets(place, &["plone"]).await?;
    yard.schedule("0 5 1 * *")?;
    yard.work().await?;
    yard.change(MISS, 30).await?;
    yard.schedule("*/5 * * * *")?;
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 0);
    yard.change(MISS, 1).await?;
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 1);
    // A clock that was ahead keeps nothing from running for long.
    yard.change(MISS, -300).await?;
    yard.work().await?;
    yard.change(MISS, 1).await?;
    yard.work().await?;
    assert_eq!(jobs(&yard).await?.len(), 2);
    Ok(())
}

/// Target, state, schedule and due time of all jobs.
async fn jobs(yard: &Yard<'_>) -> Result<Vec<(String, String, String, i64)>> {
    let text = "SELECT target, state, schedule, due FROM jobs ORDER BY id";
    let rows = yard
        .database
        .query(Statement::new(text, Vec::new()))
        .await?;
    let mut jobs = Vec::new();
    for row in rows {
        jobs.push((
            row.text("target")?,
            row.text("state")?,
            row.text("schedule")?,
            row.integer("due")?,
        ));
    }
    Ok(jobs)
}
