//! What becomes of jobs: each once, one of a target at a time, later, again, never.

use std::time::Duration;

use anyhow::Result;
use pyfa::database::Statement;
use pyfa::jobs::{Cancelled, JobError, JobKind, JobOutcome, JobRequest, JobState};
use serde_json::{Value, json};

use super::{LONG, Script, Yard, lock};
use crate::database::{Place, on_both};

on_both!(
    every_job_is_done_once,
    jobs_of_one_target_run_one_after_the_other,
    the_same_job_is_queued_once,
    what_has_to_wait_waits_and_costs_no_attempt,
    what_fails_is_tried_again_later_and_not_for_ever,
    a_bug_fails_one_job,
    jobs_are_cancelled_before_and_while_they_run,
    a_worker_that_stops_gives_its_jobs_back,
    what_has_ended_can_run_again,
    history_is_kept_short,
    large_reports_are_left_out,
);

async fn every_job_is_done_once(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let mut ids = Vec::new();
    for number in 0..30 {
        ids.push(yard.add(JobKind::Health, &format!("p{number}")).await?);
    }
    let workers = ["one", "two", "three"].map(|host| yard.start(host, LONG));
    for id in &ids {
        let job = yard.until(*id, JobState::Done).await?;
        assert_eq!((job.attempts, job.report), (1, json!({"job": id})));
        assert!(job.started_at <= job.finished_at && job.lease_until.is_none());
    }
    for worker in workers {
        worker.stop().await?;
    }
    let effects = yard.effects().await?;
    assert_eq!(effects, ids.iter().map(|id| (*id, 1)).collect());
    let counts = yard.queue.fetch_counts().await?;
    assert_eq!((counts.due, counts.running, counts.failed), (0, 0, 0));
    Ok(())
}

async fn jobs_of_one_target_run_one_after_the_other(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let kinds = [
        JobKind::FetchFull,
        JobKind::GitHub,
        JobKind::Downloads,
        JobKind::Advisories,
        JobKind::Health,
    ];
    let mut ids = Vec::new();
    for kind in kinds {
        for target in ["plone", "django"] {
            ids.push(yard.add(kind, target).await?);
        }
    }
    let workers = ["one", "two"].map(|host| yard.start(host, LONG));
    for id in ids {
        // Two minutes later the other host could have it too.
        let job = yard.job(id).await?;
        if job.state != JobState::Done {
            yard.until(id, JobState::Done).await?;
        }
    }
    for worker in workers {
        worker.stop().await?;
    }
    assert_eq!(*lock(&yard.runner.overlaps), Vec::<String>::new());
    Ok(())
}

async fn the_same_job_is_queued_once(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let request = JobRequest {
        kind: JobKind::Health,
        target: "plone".to_owned(),
        run_at: None,
    };
    let first = yard.queue.add(&request).await?;
    let second = yard.queue.add(&request).await?;
    assert!(!first.existed && second.existed);
    assert_eq!(first.id, second.id);
    let other = yard.add(JobKind::Health, "django").await?;
    assert_ne!(other, first.id);
    yard.work().await?;
    // One that has ended is in nobody's way.
    let third = yard.queue.add(&request).await?;
    assert!(!third.existed && third.id != first.id);

    let refused = yard.add(JobKind::Health, "").await.err();
    assert!(refused.is_some_and(|error| error.to_string().contains("--target plone")));
    let tomorrow = jiff::Timestamp::now() + Duration::from_hours(24);
    let later = JobRequest {
        kind: JobKind::FetchFull,
        target: "flask".to_owned(),
        run_at: Some(tomorrow),
    };
    let later = yard.queue.add(&later).await?;
    yard.work().await?;
    assert_eq!(yard.job(later.id).await?.state, JobState::Waiting);
    assert_eq!(yard.queue.fetch_counts().await?.later, 1);
    // It is in the way of no other, and one that waits for a quota is due when somebody asks.
    let now = yard.add(JobKind::FetchFull, "flask").await?;
    assert_ne!(now, later.id);
    yard.change(
        "UPDATE jobs SET run_at = run_at + 3600000 WHERE id = $1",
        now,
    )
    .await?;
    assert_eq!(yard.add(JobKind::FetchFull, "flask").await?, now);
    yard.work().await?;
    assert_eq!(yard.job(now).await?.state, JobState::Done);
    assert_eq!(yard.job(later.id).await?.state, JobState::Waiting);
    Ok(())
}

async fn what_has_to_wait_waits_and_costs_no_attempt(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let until = jiff::Timestamp::now() + Duration::from_hours(1);
    let wait = JobOutcome::Wait {
        until,
        why: "the quota is used up".to_owned(),
        report: json!({"asked": 7}),
    };
    yard.script("plone", Script::End(wait));
    let id = yard.add(JobKind::GitHub, "plone").await?;
    for _ in 0..10 {
        yard.work().await?;
        let job = yard.job(id).await?;
        assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
        assert_eq!(job.run_at.as_millisecond(), until.as_millisecond());
        assert_eq!(job.error.as_deref(), Some("the quota is used up"));
        assert_eq!(job.report, json!({"asked": 7}));
        // Its time comes at once.
        yard.change("UPDATE jobs SET run_at = 0 WHERE id = $1", id)
            .await?;
    }
    yard.script("plone", Script::Succeed);
    yard.work().await?;
    let job = yard.job(id).await?;
    assert_eq!((job.state, job.error), (JobState::Done, None));
    Ok(())
}

async fn what_fails_is_tried_again_later_and_not_for_ever(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let fail = JobOutcome::Failed {
        why: "no answer".to_owned(),
        report: Value::Null,
    };
    yard.script("plone", Script::End(fail));
    let id = yard.add(JobKind::GitHub, "plone").await?;
    let mut pauses = Vec::new();
    for attempt in 1..=5 {
        yard.work().await?;
        let job = yard.job(id).await?;
        assert_eq!(
            (job.attempts, job.error.as_deref()),
            (attempt, Some("no answer"))
        );
        if attempt == 5 {
            assert_eq!(job.state, JobState::Failed);
            break;
        }
        assert_eq!(job.state, JobState::Waiting);
        let pause = job
            .run_at
            .duration_since(job.started_at.unwrap_or_default());
        pauses.push(pause.as_secs() / 60);
        yard.change("UPDATE jobs SET run_at = 0 WHERE id = $1", id)
            .await?;
    }
    assert_eq!(pauses, [1, 2, 4, 8]);
    yard.work().await?;
    assert_eq!(yard.job(id).await?.attempts, 5);
    // A person has seen it.
    assert_eq!(yard.queue.cancel(id).await?, Cancelled::AtOnce);
    assert_eq!(yard.queue.fetch_counts().await?.failed, 0);

    let impossible = JobOutcome::Impossible {
        why: "no such profile".to_owned(),
    };
    yard.script("nothing", Script::End(impossible));
    let id = yard.add(JobKind::FetchFull, "nothing").await?;
    yard.work().await?;
    let job = yard.job(id).await?;
    assert_eq!((job.state, job.attempts), (JobState::Failed, 1));
    let left = JobOutcome::Partly {
        report: json!({"left": 3}),
    };
    yard.script("partly", Script::End(left));
    let id = yard.add(JobKind::FetchFull, "partly").await?;
    yard.work().await?;
    let job = yard.job(id).await?;
    assert_eq!(
        (job.state, job.report),
        (JobState::Partly, json!({"left": 3}))
    );
    Ok(())
}

async fn a_bug_fails_one_job(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    yard.script("bad", Script::Panic);
    let bad = yard.add(JobKind::Health, "bad").await?;
    let good = yard.add(JobKind::Health, "good").await?;
    yard.work().await?;
    let job = yard.job(bad).await?;
    assert_eq!(job.state, JobState::Failed);
    assert!(
        job.error
            .is_some_and(|error| error.contains("a bug in pyfa"))
    );
    assert_eq!(yard.job(good).await?.state, JobState::Done);
    Ok(())
}

async fn jobs_are_cancelled_before_and_while_they_run(place: &Place) -> Result<()> {
    let mut yard = Yard::open(place).await?;
    let waiting = yard.add(JobKind::Health, "waiting").await?;
    assert_eq!(yard.queue.cancel(waiting).await?, Cancelled::AtOnce);
    yard.script("running", Script::UntilStopped);
    let running = yard.add(JobKind::Health, "running").await?;
    // The heartbeat, which tells of it, comes every third of the lease.
    let worker = yard.start("here", Duration::from_secs(3));
    assert_eq!(yard.next_begun().await?, running);
    assert_eq!(yard.queue.cancel(running).await?, Cancelled::Requested);
    let job = yard.until(running, JobState::Cancelled).await?;
    assert_eq!(job.report, json!({"stopped": true}));
    worker.stop().await?;
    assert_eq!(yard.job(waiting).await?.state, JobState::Cancelled);
    assert_eq!(yard.effects().await?.len(), 0);
    for id in [waiting, running] {
        let refused = yard.queue.cancel(id).await.err();
        assert!(
            matches!(refused, Some(JobError::Ended { .. })),
            "{refused:?}"
        );
    }
    let missing = yard.queue.cancel(4_711).await.err();
    assert!(matches!(missing, Some(JobError::NotFound { id: 4_711 })));

    let first = yard.add(JobKind::Health, "a").await?;
    yard.add(JobKind::Health, "b").await?;
    assert_eq!(yard.queue.cancel_waiting().await?, 2);
    assert_eq!(yard.job(first).await?.state, JobState::Cancelled);
    Ok(())
}

async fn a_worker_that_stops_gives_its_jobs_back(place: &Place) -> Result<()> {
    let mut yard = Yard::open(place).await?;
    yard.script("plone", Script::UntilStopped);
    let id = yard.add(JobKind::FetchFull, "plone").await?;
    let worker = yard.start("here", LONG);
    yard.next_begun().await?;
    worker.stop().await?;
    let job = yard.job(id).await?;
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
    assert_eq!(job.report, json!({"stopped": true}));
    yard.script("plone", Script::Succeed);
    yard.work().await?;
    assert_eq!(yard.job(id).await?.state, JobState::Done);
    Ok(())
}

async fn what_has_ended_can_run_again(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let id = yard.add(JobKind::Health, "plone").await?;
    let refused = yard.queue.retry(id).await.err();
    assert!(
        matches!(refused, Some(JobError::NotEnded { .. })),
        "{refused:?}"
    );
    yard.work().await?;
    yard.queue.retry(id).await?;
    assert_eq!(yard.job(id).await?.attempts, 0);
    yard.work().await?;
    assert_eq!(yard.effects().await?.get(&id), Some(&2));
    let other = yard.add(JobKind::Health, "plone").await?;
    let refused = yard.queue.retry(id).await.err();
    assert!(
        matches!(refused, Some(JobError::Duplicate { other: found, .. }) if found == other),
        "{refused:?}"
    );
    Ok(())
}

async fn history_is_kept_short(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    for number in 0..150 {
        yard.add(JobKind::Health, &format!("p{number}")).await?;
    }
    yard.add(JobKind::GitHub, "plone").await?;
    yard.work().await?;
    let old = yard.add(JobKind::Downloads, "plone").await?;
    yard.work().await?;
    yard.change("UPDATE jobs SET finished_at = 1 WHERE id = $1", old)
        .await?;
    // Another worker looks at the history when it begins.
    yard.work().await?;
    let text = "SELECT kind, COUNT(*) AS jobs FROM jobs GROUP BY kind ORDER BY kind";
    let rows = yard
        .database
        .query(Statement::new(text, Vec::new()))
        .await?;
    let mut left = Vec::new();
    for row in rows {
        left.push((row.text("kind")?, row.integer("jobs")?));
    }
    assert_eq!(left, [("github".to_owned(), 1), ("health".to_owned(), 100)]);
    Ok(())
}

async fn large_reports_are_left_out(place: &Place) -> Result<()> {
    let yard = Yard::open(place).await?;
    let report = json!({"lines": vec!["x".repeat(1_000); 1_000]});
    yard.script("plone", Script::End(JobOutcome::Done { report }));
    let id = yard.add(JobKind::Health, "plone").await?;
    yard.work().await?;
    let report = yard.job(id).await?.report;
    assert!(
        report["omitted"]
            .as_str()
            .is_some_and(|text| text.contains("bytes"))
    );
    Ok(())
}
