//! Leases that are prolonged in the background: how long they are held, and how they end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use pyfa::database::{Database, Heartbeat, Statement};
use pyfa_testkit::postgres::postgres_or_skip;

use super::{Place, number, on_both, settings};
use crate::support::until;

on_both!(
    a_lease_is_prolonged_and_released,
    a_lease_that_is_somebody_elses_is_lost
);

/// Long enough for a slow machine to prolong it.
const LEASE: Duration = Duration::from_secs(3);

const PROLONG: &str = "UPDATE sync_marks SET kind = kind || 'x'
    WHERE scope = 'lease' AND kind LIKE 'ours%' RETURNING kind";
const RELEASE: &str = "UPDATE sync_marks SET kind = 'free' WHERE scope = 'lease'";
const BEATS: &str = "SELECT CAST(LENGTH(kind) AS BIGINT) FROM sync_marks WHERE scope = 'lease'";

fn statement(text: &'static str) -> Statement {
    Statement::new(text, Vec::new())
}

async fn take(place: &Place, database: &Database) -> Result<Heartbeat> {
    database
        .write(Statement::new(
            "INSERT INTO sync_marks (scope, kind, updated_at) VALUES ('lease', 'ours', $1)",
            vec![jiff::Timestamp::UNIX_EPOCH.into()],
        ))
        .await?;
    let taken_at = Instant::now();
    let row = database.write_returning(statement(PROLONG)).await?;
    let row = row.into_iter().next().context("no row")?;
    let settings = place.settings.clone();
    Ok(
        Heartbeat::start(settings, statement(PROLONG), LEASE, row, taken_at)?
            .release_with(statement(RELEASE)),
    )
}

/// Waits until a number of the database is as it should be.
async fn reach(database: &Database, text: &'static str, is_reached: fn(i64) -> bool) -> Result<()> {
    let limit = Instant::now() + Duration::from_mins(1);
    while !is_reached(number(database, text).await?) {
        anyhow::ensure!(Instant::now() < limit, "it never came to this: {text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn a_lease_is_prolonged_and_released(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let lease = take(place, &database).await?;
    let first = lease.row().context("it is not held")?.text("kind")?;
    // Work that blocks this thread does not cost it.
    let start = Instant::now();
    until("it is prolonged for longer than it lasts", || {
        start.elapsed() > LEASE
    });
    let later = lease.row().context("it is not held")?.text("kind")?;
    assert!(later.len() > first.len(), "{first} {later}");
    drop(lease);
    // It is released by the time that the drop has ended.
    assert_eq!(number(&database, BEATS).await?, 4);
    Ok(())
}

async fn a_lease_that_is_somebody_elses_is_lost(place: &Place) -> Result<()> {
    let database = place.open().await?;
    let lease = take(place, &database).await?;
    reach(&database, BEATS, |length| length > 5).await?;
    let theirs = "UPDATE sync_marks SET kind = 'theirs' WHERE scope = 'lease'";
    database.write(statement(theirs)).await?;
    lease.wait_until(|_| false).await;
    assert!(lease.row().is_none());
    let start = Instant::now();
    drop(lease);
    assert!(start.elapsed() < Duration::from_secs(1));
    // What is not ours is not released.
    assert_eq!(number(&database, BEATS).await?, 6);
    Ok(())
}

#[tokio::test]
async fn a_silent_database_costs_the_lease_and_gives_it_back() -> Result<()> {
    let Some(mut server) = postgres_or_skip() else {
        return Ok(());
    };
    let address = server.create_database()?;
    let place = Place {
        settings: settings(&address)?,
        address,
        _folder: None,
        _server: None,
    };
    let database = place.open().await?;
    let lease = take(&place, &database).await?;
    server.stop()?;
    lease.wait_until(|_| false).await;
    assert!(lease.row().is_none());
    server.start_again()?;
    // Nobody has taken it in between.
    until("it is held again", || lease.row().is_some());
    drop(lease);
    assert_eq!(number(&database, BEATS).await?, 4);
    Ok(())
}
