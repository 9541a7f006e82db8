//! Workers that are lost, paused, or late.

use std::time::Duration;

use anyhow::Result;
use pyfa::jobs::{JobKind, JobState};

use super::{LONG, Script, Yard, lock};
use crate::database::{Place, on_both};

on_both!(
    the_job_of_a_lost_worker_is_run_again,
    a_job_that_costs_its_workers_ends_among_the_failed,
    a_run_whose_lease_is_lost_writes_nothing,
    an_end_that_was_stored_unheard_is_no_loss,
    a_lease_outlives_work_that_takes_longer,
    jobs_prefer_the_host_that_knows_their_target,
);

/// As if its worker had been killed a while ago.
const LOSE: &str = "UPDATE jobs SET state = 'running', worker = 'gone 1', host = 'gone', fence = 1,
    attempts = attempts + 1, lease_until = 1, started_at = 1 WHERE id = $1";

async fn the_job_of_a_lost_worker_is_run_again(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let id = yard.add(JobKind::Health, "plone").await?;
    yard.change(LOSE, id).await?;
    // Another job of the target comes after it.
    let next = yard.add(JobKind::GitHub, "plone").await?;
    yard.work().await?;
    for (id, attempts) in [(id, 2), (next, 1)] {
        let job = yard.job(id).await?;
        assert_eq!((job.state, job.attempts), (JobState::Done, attempts));
        assert_eq!(job.host.as_deref(), Some("here"));
    }
    assert_eq!(yard.effects().await?.get(&id), Some(&1));

    let cancelled = yard.add(JobKind::Health, "django").await?;
    yard.change(LOSE, cancelled).await?;
    yard.queue.cancel(cancelled).await?;
    yard.work().await?;
    assert_eq!(yard.job(cancelled).await?.state, JobState::Cancelled);
    Ok(())
}

async fn a_job_that_costs_its_workers_ends_among_the_failed(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let id = yard.add(JobKind::Health, "plone").await?;
    for _ in 0..5 {
        yard.change(LOSE, id).await?;
    }
    yard.work().await?;
    let job = yard.job(id).await?;
    assert_eq!(job.state, JobState::Failed);
    let error = job.error.unwrap_or_default();
    assert!(
        error.contains("worker was lost; 5 of 5 attempts"),
        "{error}"
    );
    assert_eq!(yard.effects().await?.len(), 0);
    Ok(())
}

async fn a_run_whose_lease_is_lost_writes_nothing(place: &Place) -> Result<()> {
    let mut yard = Yard::open(place).await?;
    yard.script("plone", Script::Hold);
    yard.script("django", Script::UntilStopped);
    let held = yard.add(JobKind::Health, "plone").await?;
    let told = yard.add(JobKind::Health, "django").await?;
    let worker = yard.start("here", Duration::from_millis(600));
    let mut begun = [yard.next_begun().await?, yard.next_begun().await?];
    begun.sort_unstable();
    assert_eq!(begun, [held, told]);
    // Another worker takes both over, as it does when this one was paused.
    for id in [held, told] {
        yard.change(
            "UPDATE jobs SET fence = fence + 1, worker = 'other 1' WHERE id = $1",
            id,
        )
        .await?;
    }
    assert_eq!(
        yard.next_begun().await?,
        -told,
        "it is told that the lease is lost"
    );
    yard.runner.go_on.add_permits(1);
    worker.stop().await?;
    for id in [held, told] {
        let job = yard.job(id).await?;
        assert_eq!(job.state, JobState::Running, "the other one's run goes on");
        assert_eq!(job.worker.as_deref(), Some("other 1"));
        assert!(job.report.is_null() && job.error.is_none());
        let note = yard.note(&format!("job {id}: health of"));
        assert!(note.is_some());
    }
    assert!(yard.note("was taken over by another worker").is_some());
    assert_eq!(yard.effects().await?.len(), 0);
    Ok(())
}

async fn an_end_that_was_stored_unheard_is_no_loss(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    yard.script("plone", Script::EndUnheard);
    let id = yard.add(JobKind::Health, "plone").await?;
    yard.work().await?;
    assert_eq!(yard.job(id).await?.state, JobState::Done);
    let end = yard.note(&format!("job {id}: health of plone is done"));
    assert!(
        end.is_some() && yard.note("taken over").is_none(),
        "{end:?}"
    );

    // Ended by others, because its worker seemed to be lost.
    yard.script("django", Script::Hold);
    let mut yard = yard;
    let lost = yard.add(JobKind::Health, "django").await?;
    let worker = yard.start("here", LONG);
    yard.next_begun().await?;
    let text = "UPDATE jobs SET lease_until = 1, attempts = max_attempts WHERE id = $1";
    yard.change(text, lost).await?;
    let other = Yard::open(place).await?;
    other.work().await?;
    assert_eq!(yard.job(lost).await?.state, JobState::Failed);
    yard.runner.go_on.add_permits(1);
    worker.stop().await?;
    let end = yard.note(&format!("job {lost}: health of django was taken over"));
    assert!(end.is_some(), "{:?}", lock(&yard.runner.notes));
    Ok(())
}

async fn a_lease_outlives_work_that_takes_longer(place: &Place) -> Result<()> {
    let mut yard = Yard::open(place).await?;
    yard.script("plone", Script::Hold);
    let id = yard.add(JobKind::Health, "plone").await?;
    let first = yard.start("here", Duration::from_secs(1));
    yard.next_begun().await?;
    let second = yard.start("there", Duration::from_secs(1));
    let begun = yard.job(id).await?;
    // Until the lease was prolonged to more than two of them after the beginning.
    let limit = begun.lease_until.unwrap_or_default() + Duration::from_secs(2);
    while yard.job(id).await?.lease_until.unwrap_or_default() < limit {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let job = yard.job(id).await?;
    assert_eq!((job.attempts, job.host.as_deref()), (1, Some("here")));
    yard.runner.go_on.add_permits(1);
    yard.until(id, JobState::Done).await?;
    first.stop().await?;
    second.stop().await?;
    assert_eq!(yard.effects().await?.get(&id), Some(&1));
    Ok(())
}

async fn jobs_prefer_the_host_that_knows_their_target(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let first = yard.add(JobKind::FetchFull, "plone").await?;
    let stop = pyfa::progress::Stop::never();
    yard.worker("one", LONG, true).run(&stop).await?;
    assert_eq!(yard.job(first).await?.host.as_deref(), Some("one"));

    // Another worker of that host is alive, and busy.
    let text = "INSERT INTO workers (id, host, process, started_at, seen_at)
        SELECT 'one 2', 'one', $1, started_at, started_at FROM jobs";
    yard.change(text, 1).await?;
    let second = yard.add(JobKind::Health, "plone").await?;
    yard.worker("two", LONG, true).run(&stop).await?;
    assert_eq!(yard.job(second).await?.state, JobState::Waiting);
    yard.worker("one", LONG, true).run(&stop).await?;
    assert_eq!(yard.job(second).await?.state, JobState::Done);

    // After some minutes another host is better than none.
    let third = yard.add(JobKind::Health, "plone").await?;
    yard.change(
        "UPDATE jobs SET run_at = run_at - 121000 WHERE id = $1",
        third,
    )
    .await?;
    yard.worker("two", LONG, true).run(&stop).await?;
    assert_eq!(yard.job(third).await?.host.as_deref(), Some("two"));
    Ok(())
}
