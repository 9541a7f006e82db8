//! Things that go wrong on GitHub's side: after each, the next syncs bring the database to what GitHub
//! has.

use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::activity::steps::{TimelineScope, read_timelines, refresh_closed, walk_issues};
use pyfa::activity::{ActivityError, ActivitySession};
use pyfa::database::Database;
use pyfa::forge::ForgeError;
use pyfa::forge::github::{GitHub, GitHubSettings};
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Resource, secondary_limit};
use pyfa_testkit::service::Fault;

use super::{
    TOKEN, compare, identity, now, open, rows, session, settings, stored_ids, sync_daily,
    sync_often, town,
};
use crate::database::{Place, on_both};

on_both!(
    a_quota_that_ends_within_a_timeline_costs_only_time,
    a_secondary_limit_ends_the_sync_and_the_next_goes_on,
    a_timeline_that_is_too_large_does_not_keep_the_others_waiting,
    tags_of_another_token_are_not_used,
    an_issue_that_is_deleted_between_two_pages_is_noticed,
    an_issue_that_is_transferred_between_two_pages_is_noticed,
    an_issue_that_is_transferred_to_where_nobody_looks_is_recorded,
    a_search_that_is_behind_brings_nothing_back,
    the_author_of_a_deleted_account_is_nobody,
);

/// An issue with more events than a page has, and a short one.
fn long_talk(github: &FakeGitHub) {
    for number in [1, 2] {
        let mut world = github.world();
        world.open("org/one", "ada", "talk", number == 2);
        world.comment("org/one", number, "ben", "hello");
    }
    for _ in 0..150 {
        github
            .world()
            .comment("org/one", 1, "ben", "and another thing");
        github.controls().advance(Duration::from_secs(20));
    }
    github.controls().advance(Duration::from_hours(1));
}

/// Lets `change` happen after the first page of a timeline was answered, and before the second is.
async fn between_two_pages<T>(
    github: &FakeGitHub,
    change: impl FnOnce(),
    work: impl Future<Output = T>,
) -> T {
    github.controls().reset();
    let second = github.controls().hold_next("timeline?per_page=100&page=2");
    let (done, ()) = futures::join!(work, second.change_before(change));
    done
}

async fn a_quota_that_ends_within_a_timeline_costs_only_time(place: &Place) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    let database = open(place).await?;
    let set_quota = |left| github.set_remaining(Some(TOKEN), Resource::Core, left);
    let work = session(&github, &database)?;
    let sync = sync_often(&work, now(&github));
    let done = between_two_pages(&github, || set_quota(0), sync).await;
    let error = done.err().context("it went on without a quota")?;
    assert!(
        matches!(error, ActivityError::Forge(ForgeError::Wait { .. })),
        "{error}"
    );
    let stored = rows(
        &database,
        "SELECT id FROM events WHERE issue_id IN
        (SELECT id FROM issues WHERE number = 1)",
    )
    .await?;
    assert_eq!(stored.len(), 100, "the first page is stored");
    let due = rows(&database, "SELECT id FROM issues WHERE timeline_due").await?;
    assert_eq!(due.len(), 1, "and the rest is owed");

    set_quota(5_000);
    github.controls().reset();
    sync_often(&session(&github, &database)?, now(&github)).await?;
    compare_after_daily(&github, &database).await
}

async fn compare_after_daily(github: &FakeGitHub, database: &Database) -> Result<()> {
    let known = stored_ids(database).await?;
    sync_daily(&session(github, database)?, now(github)).await?;
    compare(github, database, &known).await
}

async fn a_secondary_limit_ends_the_sync_and_the_next_goes_on(place: &Place) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    let database = open(place).await?;
    for limit in [secondary_limit(403, Some(120)), secondary_limit(429, None)] {
        github.controls().fail("timeline?", limit);
        let error = sync_often(&session(&github, &database)?, now(&github)).await;
        let error = error.err().context("it went on")?;
        assert!(error.wait().is_some(), "{error}");
        github.controls().clear_faults();
    }
    assert_eq!(stored_ids(&database).await?.len(), 2);
    compare_after_daily(&github, &database).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    compare_after_daily(&github, &database).await
}

async fn a_timeline_that_is_too_large_does_not_keep_the_others_waiting(
    place: &Place,
) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    for slug in ["org/two", "other/three"] {
        let mut world = github.world();
        world.open(slug, "cleo", "elsewhere", false);
        world.comment(slug, 1, "ben", "hello");
    }
    github.controls().advance(Duration::from_hours(1));
    github
        .controls()
        .fail("one/issues/1/timeline", Fault::status(502));
    let database = open(place).await?;
    let problem = sync_often(&session(&github, &database)?, now(&github)).await;
    let problem = problem.err().context("no problem")?.to_string();
    assert!(problem.contains("the timeline of org/one#1"), "{problem}");
    let read = "SELECT repo FROM events GROUP BY repo ORDER BY repo";
    let read = rows(&database, read).await?;
    let read: Vec<String> = read
        .iter()
        .map(|row| row.text("repo"))
        .collect::<Result<_, _>>()?;
    assert!(read.contains(&"two".to_owned()) && read.contains(&"three".to_owned()));
    github.controls().clear_faults();
    sync_often(&session(&github, &database)?, now(&github)).await?;
    compare_after_daily(&github, &database).await
}

async fn tags_of_another_token_are_not_used(place: &Place) -> Result<()> {
    const OTHER: &str = "another-token";
    let github = town()?;
    github.allow(OTHER);
    long_talk(&github);
    let database = open(place).await?;
    for _ in 0..2 {
        sync_daily(&session(&github, &database)?, now(&github)).await?;
        sync_often(&session(&github, &database)?, now(&github)).await?;
    }
    let other = || {
        let settings = GitHubSettings {
            token: Some(OTHER.into()),
            ..settings(&github)?
        };
        let client = GitHub::new(&settings, "pyfa-tests")?;
        anyhow::Ok(ActivitySession::new(
            client,
            database.clone(),
            Stop::never(),
        ))
    };
    github
        .world()
        .comment("org/one", 2, "cleo", "with another token");
    github.controls().advance(Duration::from_hours(1));
    sync_often(&other()?, now(&github)).await?;
    compare_after_daily(&github, &database).await?;
    let used = |token| github.quota(Some(token), Resource::Core).used;
    sync_often(&other()?, now(&github)).await?;
    // The tags are those of the one that has asked last.
    sync_daily(&other()?, now(&github)).await?;
    sync_often(&other()?, now(&github)).await?;
    let before = used(OTHER);
    sync_often(&other()?, now(&github)).await?;
    assert_eq!(used(OTHER), before);
    assert!(used(OTHER) > 0 && used(TOKEN) > 0);
    compare_after_daily(&github, &database).await
}

async fn an_issue_that_is_deleted_between_two_pages_is_noticed(place: &Place) -> Result<()> {
    goes_between_two_pages(place, false).await
}

async fn an_issue_that_is_transferred_between_two_pages_is_noticed(place: &Place) -> Result<()> {
    goes_between_two_pages(place, true).await
}

async fn goes_between_two_pages(place: &Place, is_transfer: bool) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    let database = open(place).await?;
    let leave = || {
        let mut world = github.world();
        if is_transfer {
            world.transfer("org/one", 1, "org/two");
        } else {
            world.delete_issue("org/one", 1);
        }
    };
    let work = session(&github, &database)?;
    let at = now(&github);
    let known = [3_000_000_001].into();
    between_two_pages(&github, leave, sync_often(&work, at)).await?;
    let deleted = "SELECT id FROM issues WHERE deleted_at IS NOT NULL";
    let deleted = rows(&database, deleted).await?;
    let transferred = rows(&database, "SELECT issue_id FROM transfers").await?;
    let expected = if is_transfer { (0, 1) } else { (1, 0) };
    assert_eq!((deleted.len(), transferred.len()), expected);
    let work = session(&github, &database)?;
    sync_often(&work, now(&github)).await?;
    sync_daily(&work, now(&github)).await?;
    compare(&github, &database, &known).await
}

async fn an_issue_that_is_transferred_to_where_nobody_looks_is_recorded(
    place: &Place,
) -> Result<()> {
    let github = town()?;
    github.add("far/away", FakeRepository::default());
    long_talk(&github);
    let database = open(place).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    let known = stored_ids(&database).await?;
    github.world().transfer("org/one", 1, "far/away");
    github.controls().advance(Duration::from_hours(1));
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    let transfers = rows(&database, "SELECT new_org, new_repo, number FROM transfers").await?;
    assert_eq!(transfers.len(), 1);
    assert_eq!(transfers[0].text("new_org")?, "far");
    assert_eq!(transfers[0].text("new_repo")?, "away");
    assert_eq!(rows(&database, "SELECT id FROM issues").await?.len(), 0);
    compare(&github, &database, &known).await
}

async fn a_search_that_is_behind_brings_nothing_back(place: &Place) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    github.world().close("org/one", 1, "ada");
    github.controls().advance(Duration::from_hours(2));
    // The search catches up with what was until now.
    let database = open(place).await?;
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    github.world().set_search_lag(7_200);
    github.world().reopen("org/one", 1, "ada");
    github.world().delete_issue("org/one", 2);
    github.controls().advance(Duration::from_mins(10));
    let work = session(&github, &database)?;
    let repository = identity(&work, "org/one").await?;
    sync_often(&work, now(&github)).await?;
    walk_issues(&work, &repository).await?;
    // It still shows one as closed and the other one as there.
    let at = now(&github);
    for are_pull_requests in [false, true] {
        let yesterday = at - Duration::from_hours(24);
        refresh_closed(&work, &repository, are_pull_requests, yesterday, at).await?;
    }
    let issues = rows(&database, "SELECT state FROM issues").await?;
    assert_eq!(
        issues[0].text("state")?,
        "open",
        "newer than what the search shows"
    );
    sync_daily(&work, now(&github)).await?;
    let gone = "SELECT number FROM pull_requests WHERE deleted_at IS NULL";
    assert_eq!(rows(&database, gone).await?.len(), 0, "deleted is deleted");
    github.controls().advance(Duration::from_hours(3));
    let known = stored_ids(&database).await?;
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    compare(&github, &database, &known).await
}

async fn the_author_of_a_deleted_account_is_nobody(place: &Place) -> Result<()> {
    let github = town()?;
    long_talk(&github);
    github.world().join("org", "ben");
    let database = open(place).await?;
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    github.world().delete_user("ben");
    github.controls().advance(Duration::from_hours(1));
    // Somebody else takes the login.
    github
        .world()
        .comment("org/one", 2, "ben", "I am another one");
    github.controls().advance(Duration::from_hours(1));
    let work = session(&github, &database)?;
    sync_often(&work, now(&github)).await?;
    let repository = identity(&work, "org/one").await?;
    let everything = TimelineScope::ChangedSince(now(&github) - Duration::from_hours(24 * 300));
    read_timelines(&work, &repository, everything).await?;
    let authors = "SELECT username, COUNT(*) AS comments FROM events
        WHERE event = 'commented' GROUP BY username ORDER BY username";
    sync_daily(&work, now(&github)).await?;
    let authors = rows(&database, authors).await?;
    let named: Vec<(Option<String>, i64)> = authors
        .iter()
        .map(|row| Ok((row.optional_text("username")?, row.integer("comments")?)))
        .collect::<Result<_>>()?;
    assert_eq!(named.len(), 2, "{named:?}");
    assert!(named.contains(&(Some("ben".to_owned()), 1)) && named.contains(&(None, 152)));
    let logins = rows(&database, "SELECT id FROM people WHERE login = 'ben'").await?;
    assert_eq!(logins.len(), 1, "the login belongs to one of them");
    let known = stored_ids(&database).await?;
    compare(&github, &database, &known).await
}
