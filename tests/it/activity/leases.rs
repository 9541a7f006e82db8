//! A sync that works for a job: it goes on and writes only while it holds the job's lease.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use pyfa::activity::ActivityError;
use pyfa::activity::steps::follow_changes;
use pyfa::database::{Lease, LeaseState, Statement};

use super::{identity, now, open, session, stored_ids, town};
use crate::database::{Place, on_both};

on_both!(nothing_is_written_without_the_lease);

/// A lease whose state and guard are what a test wants.
#[derive(Debug)]
struct TestLease {
    state: LeaseState,
    /// Whether the guard finds that the job is still ours.
    is_ours: bool,
}

impl Lease for TestLease {
    fn state(&self) -> LeaseState {
        self.state
    }

    fn guard(&self) -> Statement {
        let scope = if self.is_ours { "job" } else { "another job" };
        let text = "UPDATE sync_marks SET kind = kind WHERE scope = $1";
        Statement::new(text, vec![scope.into()])
    }
}

async fn nothing_is_written_without_the_lease(place: &Place) -> Result<()> {
    let github = town()?;
    github.world().open("org/one", "ada", "an issue", false);
    github.controls().advance(Duration::from_hours(1));
    let database = open(place).await?;
    let text = "INSERT INTO sync_marks (scope, kind, updated_at) VALUES ('job', 'x', $1)";
    let job = Statement::new(text, vec![now(&github).into()]);
    database.write(job).await?;
    let repository = identity(&session(&github, &database)?, "org/one").await?;
    let yesterday = now(&github) - Duration::from_hours(24);

    let cases = [
        (LeaseState::Lost, true, Some("another worker")),
        (
            LeaseState::CancelRequested,
            true,
            Some("stopped as requested"),
        ),
        // It was lost, and nobody has noticed yet.
        (LeaseState::Held, false, Some("another worker")),
        (LeaseState::Held, true, None),
    ];
    for (state, is_ours, failure) in cases {
        github.controls().reset();
        let lease = Arc::new(TestLease { state, is_ours });
        let work = session(&github, &database)?.with_lease(lease);
        let outcome = follow_changes(&work, &repository, yesterday).await;
        let stored = stored_ids(&database).await?.len();
        match failure {
            Some(failure) => {
                let error = outcome.err().map(|error: ActivityError| error.to_string());
                assert!(
                    error.is_some_and(|error| error.contains(failure)),
                    "{state:?}"
                );
                assert_eq!(stored, 0, "{state:?}");
                let asked = usize::from(state == LeaseState::Held);
                assert_eq!(github.controls().count("/issues"), asked, "{state:?}");
            }
            None => assert_eq!((outcome?, stored), (1, 1)),
        }
    }
    Ok(())
}
