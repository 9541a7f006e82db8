//! Hosts that lack something: their workers leave jobs to others, and say so.

use anyhow::{Context, Result};
use pyfa::jobs::{Abilities, JobKind, JobState, WorkerStatus, fetch_workers, why_nobody_runs};

use super::{LONG, Yard, lock};
use crate::database::{Place, on_both};

on_both!(
    jobs_are_left_to_workers_that_can_run_them,
    a_lost_job_that_nobody_can_run_keeps_no_other_from_running,
);

/// Of a host without a token, and without a file.
fn few() -> Abilities {
    Abilities::all()
        .without(JobKind::GitHub, "no token")
        .only_with_target(JobKind::ActivityDaily, "no file")
}

/// Waits until the only worker has shown that it is alive and what it can do.
async fn alive(yard: &Yard<'_>, lacks: Option<&str>) -> Result<Vec<WorkerStatus>> {
    let shown = async {
        loop {
            let workers = fetch_workers(&yard.database).await?;
            let is_shown = workers.iter().any(|worker| {
                let abilities = worker.abilities.as_ref();
                worker.is_alive
                    && abilities.map(Abilities::lacks_in_words) == Some(lacks.map(str::to_owned))
            });
            if is_shown {
                return anyhow::Ok(workers);
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let limit = std::time::Duration::from_mins(1);
    tokio::time::timeout(limit, shown)
        .await
        .context("never shown")?
}

async fn jobs_are_left_to_workers_that_can_run_them(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    *lock(&yard.runner.abilities) = few();
    let github = yard.add(JobKind::GitHub, "plone").await?;
    let all = yard.add(JobKind::ActivityDaily, "").await?;
    let health = yard.add(JobKind::Health, "plone").await?;
    let one = yard.add(JobKind::ActivityDaily, "org/one").await?;
    assert_eq!(why_nobody_runs(&[], "github", "plone"), None, "no worker");
    let worker = yard.start("here", LONG);
    let lacks = "github (no token); activity-daily without a target (no file)";
    let workers = alive(&yard, Some(lacks)).await?;
    for id in [health, one] {
        yard.until(id, JobState::Done).await?;
    }
    let why = |kind, target| why_nobody_runs(&workers, kind, target).unwrap_or_default();
    assert!(why("github", "plone").ends_with("can run it: no token"));
    assert!(why("activity-daily", "").ends_with("can run it: no file"));
    assert!(why("of-a-newer-version", "").contains("update pyfa"));
    assert_eq!(why("activity-daily", "org/one") + &why("health", "x"), "");
    assert_eq!(
        yard.note("left to other").as_deref(),
        Some(&*format!("left to other workers: {lacks}"))
    );
    worker.stop().await?;
    for id in [github, all] {
        let job = yard.job(id).await?;
        assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
    }

    // A host that lacks nothing.
    let other = Yard::open(place).await?;
    other
        .worker("there", LONG, true)
        .run(&pyfa::progress::Stop::never())
        .await?;
    for id in [github, all] {
        let job = yard.job(id).await?;
        assert_eq!(
            (job.state, job.host.as_deref()),
            (JobState::Done, Some("there"))
        );
    }
    assert_eq!(other.note("left to other"), None);
    Ok(())
}

async fn a_lost_job_that_nobody_can_run_keeps_no_other_from_running(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    *lock(&yard.runner.abilities) = few();
    let lost = yard.add(JobKind::GitHub, "plone").await?;
    let kill_worker =
        "UPDATE jobs SET state = 'running', worker = 'gone 1', host = 'gone', fence = 1,
        attempts = attempts + 1, lease_until = 1, started_at = 1 WHERE id = $1";
    yard.change(kill_worker, lost).await?;
    let next = yard.add(JobKind::Health, "plone").await?;
    yard.work().await?;
    assert_eq!(yard.job(next).await?.state, JobState::Done);
    let job = yard.job(lost).await?;
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 1));
    assert_eq!(job.error.as_deref(), Some("its worker was lost"));

    *lock(&yard.runner.abilities) = Abilities::all();
    yard.work().await?;
    let job = yard.job(lost).await?;
    assert_eq!((job.state, job.attempts), (JobState::Done, 2));
    Ok(())
}
