//! One thing at a time: what a step does, and what it costs.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use pyfa::activity::steps::{follow_changes, follow_members, refresh_closed, walk_issues};
use pyfa_testkit::github::Resource;

use super::{
    ORGANISATION, TOKEN, compare, identity, now, open, rows, session, stored_ids, sync_daily,
    sync_often, town,
};
use crate::database::{Place, on_both};

on_both!(
    what_has_not_changed_costs_nothing,
    edited_and_deleted_comments_are_noticed,
    a_transfer_is_recorded_with_both_ends,
    members_leave_and_come_back,
    a_renamed_repository_and_a_renamed_person_are_followed,
);

async fn what_has_not_changed_costs_nothing(place: &Place) -> Result<()> {
    let github = town()?;
    for number in 0..230 {
        let mut world = github.world();
        let number = world.open(
            "org/one",
            "ada",
            &format!("issue {number}"),
            number % 3 == 0,
        );
        world.comment("org/one", number, "ben", "hello");
        drop(world);
        github.controls().advance(Duration::from_secs(7));
    }
    github.controls().advance(Duration::from_mins(10));
    let database = open(place).await?;
    for _ in 0..2 {
        let work = session(&github, &database)?;
        sync_daily(&work, now(&github)).await?;
        sync_often(&work, now(&github)).await?;
    }
    compare(&github, &database, &stored_ids(&database).await?).await?;

    github.controls().reset();
    let before = github.quota(Some(TOKEN), Resource::Core).used;
    let work = session(&github, &database)?;
    sync_often(&work, now(&github)).await?;
    assert_eq!(github.quota(Some(TOKEN), Resource::Core).used, before);
    assert_eq!(
        github.controls().count("timeline"),
        0,
        "{:?}",
        github.controls().requests()
    );

    // And a little change costs little.
    github.world().comment("org/one", 5, "cleo", "again");
    github.controls().advance(Duration::from_mins(5));
    let work = session(&github, &database)?;
    sync_often(&work, now(&github)).await?;
    assert_eq!(github.controls().count("timeline"), 1);
    assert!(github.quota(Some(TOKEN), Resource::Core).used - before <= 4);
    compare(&github, &database, &stored_ids(&database).await?).await
}

async fn edited_and_deleted_comments_are_noticed(place: &Place) -> Result<()> {
    let github = town()?;
    let (first, second);
    {
        let mut world = github.world();
        world.open("org/one", "ada", "talk", false);
        first = world.comment("org/one", 1, "ben", "frist");
        second = world.comment("org/one", 1, "ben", "second");
    }
    github.controls().advance(Duration::from_hours(1));
    let database = open(place).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    github.world().edit_comment("org/one", 1, first, "first");
    github.controls().advance(Duration::from_hours(1));
    sync_often(&session(&github, &database)?, now(&github)).await?;
    let events = rows(&database, "SELECT body FROM events ORDER BY id").await?;
    assert_eq!(events[0].text("body")?, "first");

    github.world().remove_event("org/one", 1, second);
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    let text = "SELECT body, deleted_at FROM events ORDER BY id";
    let events = rows(&database, text).await?;
    assert_eq!(events[0].optional_time("deleted_at")?, None);
    assert!(events[1].optional_time("deleted_at")?.is_some());
    assert_eq!(events[1].text("body")?, "second", "what was said stays");
    compare(&github, &database, &stored_ids(&database).await?).await
}

async fn a_transfer_is_recorded_with_both_ends(place: &Place) -> Result<()> {
    let github = town()?;
    {
        let mut world = github.world();
        world.open("org/one", "ada", "to be moved", false);
        world.open("org/one", "ada", "to be deleted", false);
        world.comment("org/one", 1, "ben", "hello");
    }
    github.controls().advance(Duration::from_hours(1));
    let database = open(place).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    let known = stored_ids(&database).await?;
    {
        let mut world = github.world();
        world.transfer("org/one", 1, "other/three");
        world.delete_issue("org/one", 2);
    }
    github.controls().advance(Duration::from_hours(1));
    // The target is seen first; the author and the time of creation give it away.
    sync_often(&session(&github, &database)?, now(&github)).await?;
    let transfers = rows(
        &database,
        "SELECT org, repo, number, title, new_org, new_repo, new_number FROM transfers",
    )
    .await?;
    assert_eq!(transfers.len(), 1);
    let row = &transfers[0];
    assert_eq!(
        (row.text("repo")?, row.integer("number")?),
        ("one".to_owned(), 1)
    );
    assert_eq!(
        (row.text("new_org")?, row.text("new_repo")?),
        ("other".to_owned(), "three".to_owned())
    );
    assert_eq!(
        (row.text("title")?, row.integer("new_number")?),
        ("to be moved".to_owned(), 1)
    );
    sync_daily(&session(&github, &database)?, now(&github)).await?;
    compare(&github, &database, &known).await
}

async fn members_leave_and_come_back(place: &Place) -> Result<()> {
    let github = town()?;
    github.world().join(ORGANISATION, "ben");
    let database = open(place).await?;
    follow_members(&session(&github, &database)?, ORGANISATION).await?;
    let active = "SELECT login FROM members WHERE NOT inactive ORDER BY login";
    assert_eq!(rows(&database, active).await?.len(), 2);

    github.world().leave_organisation(ORGANISATION, "ben");
    follow_members(&session(&github, &database)?, ORGANISATION).await?;
    let left = rows(
        &database,
        "SELECT login, inactive_dt FROM members WHERE inactive",
    )
    .await?;
    assert_eq!(left[0].text("login")?, "ben");
    assert_eq!(left[0].time("inactive_dt")?, now(&github));

    github.controls().advance(Duration::from_hours(30));
    github.world().join(ORGANISATION, "ben");
    follow_members(&session(&github, &database)?, ORGANISATION).await?;
    assert_eq!(rows(&database, active).await?.len(), 2);

    // Hidden members are no former members.
    github.world().hide_members(ORGANISATION, true);
    follow_members(&session(&github, &database)?, ORGANISATION).await?;
    assert_eq!(rows(&database, active).await?.len(), 2);
    Ok(())
}

async fn a_renamed_repository_and_a_renamed_person_are_followed(place: &Place) -> Result<()> {
    let github = town()?;
    {
        let mut world = github.world();
        world.open("org/one", "ada", "first", false);
        world.comment("org/one", 1, "ben", "hello");
    }
    let database = open(place).await?;
    sync_often(&session(&github, &database)?, now(&github)).await?;
    github.rename("org/one", "org/renamed");
    github.controls().advance(Duration::from_hours(1));
    {
        let mut world = github.world();
        world.rename_user("ada", "lovelace");
        // Somebody else takes the login over.
        world.comment("org/renamed", 1, "ada", "I am another one");
        world.comment("org/renamed", 1, "lovelace", "so am I");
    }
    let work = session(&github, &database)?;
    let repository = identity(&work, "org/one").await?;
    assert_eq!(repository.repo, "renamed");
    sync_often(&work, now(&github)).await?;
    let issues = rows(&database, "SELECT repo, username FROM issues").await?;
    assert_eq!(issues[0].text("repo")?, "renamed");
    assert_eq!(issues[0].text("username")?, "lovelace");
    let names = rows(&database, "SELECT org, repo FROM repository_names").await?;
    assert_eq!(names[0].text("repo")?, "one");
    let people = rows(&database, "SELECT id, login FROM people ORDER BY id").await?;
    let logins: BTreeSet<String> = people
        .iter()
        .filter_map(|row| row.optional_text("login").ok().flatten())
        .collect();
    assert!(logins.is_superset(&BTreeSet::from(["ada".to_owned(), "lovelace".to_owned()])));
    Ok(())
}

#[tokio::test]
async fn windows_of_the_search_are_divided_until_they_fit() -> Result<()> {
    let github = town()?;
    {
        let mut world = github.world();
        for number in 0..1_250 {
            let number = world.open("org/one", "ada", &format!("issue {number}"), false);
            world.close("org/one", number, "ada");
            if number % 5 == 0 {
                drop(world);
                github.controls().advance(Duration::from_secs(1));
                world = github.world();
            }
        }
    }
    github.set_remaining(Some(TOKEN), Resource::Search, 30);
    let place = Place::sqlite()?;
    let database = open(&place).await?;
    let work = session(&github, &database)?;
    let repository = identity(&work, "org/one").await?;
    let at = now(&github);
    let found = refresh_closed(&work, &repository, false, at - Duration::from_hours(1), at).await?;
    assert_eq!((found.found, found.is_partial), (1_250, false));
    assert_eq!(stored_ids(&database).await?.len(), 1_250);
    Ok(())
}

#[tokio::test]
async fn many_changes_within_one_second_are_all_read() -> Result<()> {
    let github = town()?;
    {
        let mut world = github.world();
        for number in 0..350 {
            world.open(
                "org/one",
                "ada",
                &format!("issue {number}"),
                number % 2 == 0,
            );
        }
    }
    github.controls().advance(Duration::from_hours(1));
    let place = Place::sqlite()?;
    let database = open(&place).await?;
    let work = session(&github, &database)?;
    let repository = identity(&work, "org/one").await?;
    let yesterday = now(&github) - Duration::from_hours(24);
    follow_changes(&work, &repository, yesterday).await?;
    assert_eq!(stored_ids(&database).await?.len(), 350);
    let walk = walk_issues(&work, &repository).await?;
    assert_eq!((walk.read, walk.deleted), (350, 0));
    Ok(())
}
