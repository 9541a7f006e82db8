//! Names that lead elsewhere or nowhere, and clocks that are off.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use pyfa::activity::steps::{Identity, follow_changes, follow_identity, walk_issues};
use pyfa::database::{Database, Statement};
use pyfa_testkit::github::{FakeRepository, Resource};

use super::{
    REPOSITORIES, TOKEN, compare, identity, now, open, rows, session, slug, stored_ids, sync_daily,
    sync_often, town,
};
use crate::database::{Place, on_both};

on_both!(
    a_former_name_costs_nothing_until_the_next_day,
    a_former_name_that_was_taken_over_is_noticed,
    what_is_gone_or_blocked_stays_known_and_comes_back,
    times_are_those_of_github,
);

/// Lets a day pass for what the database remembers of names.
async fn a_day_later(database: &Database) -> Result<()> {
    let text = "UPDATE sync_marks SET updated_at = $1 WHERE kind = 'name'";
    let earlier = Timestamp::now() - Duration::from_hours(25);
    let aged = Statement::new(text, vec![earlier.into()]);
    assert!(database.write(aged).await? > 0, "nothing is remembered");
    Ok(())
}

async fn a_former_name_costs_nothing_until_the_next_day(place: &Place) -> Result<()> {
    let github = town()?;
    github.world().open("org/one", "ada", "first", false);
    let database = open(place).await?;
    github.rename("org/one", "org/renamed");
    let used = || github.quota(Some(TOKEN), Resource::Core).used;
    for _ in 0..2 {
        let found = identity(&session(&github, &database)?, "org/one").await?;
        assert_eq!(found.repo, "renamed");
    }
    let before = used();
    for _ in 0..3 {
        let found = identity(&session(&github, &database)?, "org/one").await?;
        assert_eq!(found.repo, "renamed");
    }
    assert_eq!(used(), before, "{:?}", github.controls().requests());

    github.controls().reset();
    a_day_later(&database).await?;
    identity(&session(&github, &database)?, "org/one").await?;
    assert_eq!(github.controls().count("/repos/org/one"), 1);
    assert!(used() > before);

    // It is followed if it moves on.
    github.rename("org/renamed", "org/again");
    let found = identity(&session(&github, &database)?, "org/one").await?;
    assert_eq!(found.repo, "again");
    Ok(())
}

async fn a_former_name_that_was_taken_over_is_noticed(place: &Place) -> Result<()> {
    let github = town()?;
    github.rename("org/one", "org/renamed");
    let database = open(place).await?;
    let renamed = identity(&session(&github, &database)?, "org/one").await?;
    github.add("org/one", FakeRepository::default());
    a_day_later(&database).await?;
    let other = identity(&session(&github, &database)?, "org/one").await?;
    assert_ne!(renamed.id, other.id);
    assert_eq!(other.repo, "one");
    // And it is not confused with the first one from now on.
    let again = identity(&session(&github, &database)?, "org/one").await?;
    assert_eq!(again, other);
    let first = identity(&session(&github, &database)?, "org/renamed").await?;
    assert_eq!(first, renamed);
    Ok(())
}

async fn what_is_gone_or_blocked_stays_known_and_comes_back(place: &Place) -> Result<()> {
    let github = town()?;
    for repository in REPOSITORIES {
        let mut world = github.world();
        world.open(repository, "ada", "first", false);
        world.comment(repository, 1, "ben", "hello");
    }
    github.controls().advance(Duration::from_hours(1));
    let database = open(place).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    let known = stored_ids(&database).await?;

    // Blocked, and private, which looks as if it were gone.
    for (status, message, state) in [
        (451, "Repository access blocked", "blocked"),
        (403, "Repository access blocked", "blocked"),
        (404, "Not Found", "gone"),
    ] {
        github.controls().advance(Duration::from_hours(30));
        github.change("org/two", |repository| {
            repository.refused = Some((status, message.to_owned()));
        });
        let problem = sync_often(&session(&github, &database)?, now(&github)).await;
        let problem = problem.err().context("it was synced")?.to_string();
        assert!(problem.contains("org/two"), "{problem}");
        let found = rows(
            &database,
            "SELECT state, state_since FROM repositories WHERE repo = 'two'",
        )
        .await?;
        assert_eq!(found[0].text("state")?, state);
        assert_eq!(found[0].time("state_since")?, now(&github));
        assert_eq!(stored_ids(&database).await?, known, "nothing is removed");
        let events = rows(&database, "SELECT id FROM events WHERE deleted_at IS NULL").await?;
        assert!(events.len() >= 3);

        github.change("org/two", |repository| repository.refused = None);
        github.world().comment("org/two", 1, "cleo", "back again");
        github.controls().advance(Duration::from_hours(1));
        sync_often(&session(&github, &database)?, now(&github)).await?;
    }
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    compare(&github, &database, &known).await
}

async fn times_are_those_of_github(place: &Place) -> Result<()> {
    let github = town()?;
    for title in ["first", "second"] {
        github.world().open("org/one", "ada", title, false);
    }
    github.controls().advance(Duration::from_hours(1));
    let database = open(place).await?;
    let work = session(&github, &database)?;
    let repository = identity(&work, "org/one").await?;
    follow_changes(&work, &repository, now(&github) - Duration::from_hours(24)).await?;
    github.world().delete_issue("org/one", 1);
    github.controls().advance(Duration::from_hours(5));
    walk_issues(&work, &repository).await?;
    let deleted = "SELECT deleted_at FROM issues WHERE deleted_at IS NOT NULL";
    let deleted = rows(&database, deleted).await?;
    // Our clock is months ahead of it.
    let at = deleted.first().context("nothing was deleted")?;
    assert_eq!(at.time("deleted_at")?, now(&github));
    let ahead = Timestamp::now().duration_since(now(&github));
    assert!(ahead > SignedDuration::from_hours(24 * 30));

    github.remove("org/one");
    let found = follow_identity(&work, &slug("org/one")?).await?;
    assert_eq!(found, Identity::Gone);
    let since = rows(&database, "SELECT state_since FROM repositories").await?;
    assert_eq!(since[0].time("state_since")?, now(&github));
    Ok(())
}
