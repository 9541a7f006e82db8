//! What a sync stores, whose turn it is, and what it costs.

use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::discovery::{
    DiscoverySession, DiscoverySettings, Seed, add_seeds, developer_key, discover, fetch_status,
    repository_key, sync_repository, sync_user,
};
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeRepository, Resource};
use serde_json::json;

use super::{TOKEN, begin, bounds, client, compare, count, later, logins, rows, session, town};
use crate::database::{Place, on_both};

on_both![
    a_user_is_stored_with_everything,
    a_repository_is_stored_with_everything,
    whose_turn_it_is,
    bounds_end_the_growth,
];

async fn a_user_is_stored_with_everything(place: &Place) -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    let email = json!("ada@example.org");
    github.world().set_detail("ada", "email", email);
    let database = place.open().await?;
    let report = sync_user(&session(&github, &database, bounds())?, "ADA").await?;
    assert!(report.is_complete() && report.developers == 1, "{report:?}");
    let found = rows(&database, "SELECT * FROM developers WHERE login = 'ada'").await?;
    let ada = found.first().context("nobody")?;
    let id = ada.integer("github_id")?;
    assert_eq!(ada.text("id")?, developer_key(id));
    assert_eq!(ada.integer("depth")?, 0);
    assert_eq!(ada.integer("following_count")?, 2);
    assert_eq!(ada.integer("public_repos")?, 2);
    assert_eq!(ada.optional_integer("starred_count")?, Some(1));
    assert_eq!(
        ada.optional_text("email")?.as_deref(),
        Some("ada@example.org")
    );
    assert!(ada.optional_time("synced_at")?.is_some());
    let names = "SELECT full_name AS login FROM discovered_repositories ORDER BY full_name";
    assert_eq!(
        logins(&database, names).await?,
        ["ada/one", "ada/two", "ben/three"]
    );
    let one = rows(
        &database,
        "SELECT * FROM discovered_repositories WHERE name = 'one'",
    )
    .await?;
    let one = one.first().context("no repository")?;
    assert_eq!(one.text("id")?, repository_key(one.integer("github_id")?));
    assert_eq!(one.integer("stargazers_count")?, 2);
    // Neighbours were read with one query, and their lists were not.
    let neighbours = "SELECT login FROM developers WHERE read_at IS NOT NULL AND depth = 1
                      AND synced_at IS NULL AND name IS NOT NULL ORDER BY login";
    assert_eq!(logins(&database, neighbours).await?, ["ben", "cleo"]);
    assert_eq!(github.controls().count("graphql"), 1);
    let mut settings = bounds();
    settings.depth = 0;
    compare(&github, &database, &settings).await
}

async fn a_repository_is_stored_with_everything(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    github.change("ada/one", |one| {
        one.watchers = 7;
        one.contributors = vec![("ben".to_owned(), 12), ("gil".to_owned(), 3)];
    });
    github.world().user_id("gil");
    let database = place.open().await?;
    let slug = "Ada/One".parse()?;
    let report = sync_repository(&session(&github, &database, bounds())?, &slug).await?;
    assert!(
        report.is_complete() && report.repositories == 1,
        "{report:?}"
    );
    let found = rows(&database, "SELECT * FROM discovered_repositories").await?;
    let one = found.first().context("no repository")?;
    assert_eq!(one.text("full_name")?, "ada/one");
    assert_eq!(one.optional_integer("subscribers_count")?, Some(7));
    assert!(one.optional_time("synced_at")?.is_some());
    let contributors = "SELECT login FROM repository_contributors JOIN developers
        ON github_id = developer_id ORDER BY contributions DESC";
    assert_eq!(logins(&database, contributors).await?, ["ben", "gil"]);
    let stargazers = "SELECT login FROM stars JOIN developers ON github_id = developer_id
        WHERE starred_at IS NOT NULL ORDER BY login";
    assert_eq!(logins(&database, stargazers).await?, ["ben", "cleo"]);

    // A contributor who is none any more; a sync of the owner looks after the list.
    github.change("ada/one", |one| one.contributors.truncate(1));
    later(&github);
    sync_user(&session(&github, &database, bounds())?, "ada").await?;
    assert_eq!(logins(&database, contributors).await?, ["ben"]);
    Ok(())
}

async fn whose_turn_it_is(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let database = place.open().await?;
    begin(&github, &database).await?;
    let week = Duration::from_hours(24 * 7);
    let settings = DiscoverySettings {
        count: 1,
        depth: 5,
        age: week,
        ..bounds()
    };
    let mut order = Vec::new();
    let synced = "SELECT login FROM developers WHERE synced_at IS NOT NULL
                  ORDER BY synced_at DESC, github_id LIMIT 1";
    let run = async |github: &_, order: &mut Vec<String>| -> Result<()> {
        discover(&session(github, &database, settings.clone())?).await?;
        order.extend(logins(&database, synced).await?);
        later(github);
        Ok(())
    };
    // New ones, the nearest first.
    for _ in 0..3 {
        run(&github, &mut order).await?;
    }
    assert_eq!(order, ["ada", "ben", "cleo"]);
    // Ben's followers have changed, which shows the next day.
    github.world().follow("fay", "ben");
    run(&github, &mut order).await?;
    github.controls().advance(Duration::from_hours(25));
    run(&github, &mut order).await?;
    assert_eq!(order[3..], ["dan", "ben"]);
    // After a week, ada's data is the oldest.
    github.controls().advance(week);
    run(&github, &mut order).await?;
    run(&github, &mut order).await?;
    assert_eq!(order[5..], ["ada", "cleo"]);

    // An interrupted sync comes before everything else.
    github.set_remaining(Some(TOKEN), Resource::Core, 6);
    let stopped = discover(&session(&github, &database, settings.clone())?).await;
    assert!(stopped.is_err_and(|error| error.wait().is_some()));
    let status = fetch_status(&database, &settings).await?;
    assert_eq!(status.interrupted, 1, "{status:?}");
    github.set_remaining(Some(TOKEN), Resource::Core, 5_000);
    discover(&session(&github, &database, settings.clone())?).await?;
    let status = fetch_status(&database, &settings).await?;
    assert_eq!(status.interrupted, 0, "{status:?}");
    Ok(())
}

async fn bounds_end_the_growth(place: &Place) -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let database = place.open().await?;
    begin(&github, &database).await?;
    let settings = DiscoverySettings {
        size: 4,
        ..bounds()
    };
    for _ in 0..3 {
        later(&github);
        discover(&session(&github, &database, settings.clone())?).await?;
    }
    assert_eq!(count(&database, "developers").await?, 4, "the map is full");
    let status = fetch_status(&database, &settings).await?;
    assert_eq!(status.new, 0, "{status:?}");

    let settings = DiscoverySettings {
        depth: 0,
        ..bounds()
    };
    later(&github);
    discover(&session(&github, &database, settings.clone())?).await?;
    assert_eq!(
        count(
            &database,
            "developers WHERE synced_at IS NULL AND depth = 0"
        )
        .await?,
        0
    );
    Ok(())
}

#[tokio::test]
async fn an_empty_map_does_nothing() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    let report = discover(&session(&github, &database, bounds())?).await?;
    assert!(report.is_map_empty && report.calls == 0, "{report:?}");
    assert!(github.controls().requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn what_has_not_changed_costs_nothing() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    sync_user(&session(&github, &database, bounds())?, "ada").await?;
    later(&github);
    let before = github.quota(Some(TOKEN), Resource::Core).used;
    github.reset_counts();
    sync_user(&session(&github, &database, bounds())?, "ada").await?;
    let used = github.quota(Some(TOKEN), Resource::Core).used - before;
    assert_eq!(
        used,
        2,
        "the account by its login, and by its id: {:?}",
        github.statuses()
    );
    assert!(github.statuses().get(&304).is_some_and(|free| *free >= 4));
    Ok(())
}

#[tokio::test]
async fn without_a_token_the_map_grows_by_those_who_are_synced() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let place = Place::sqlite()?;
    let database = place.open().await?;
    let anonymous = |settings| -> Result<DiscoverySession> {
        let client = client(&github, None)?;
        Ok(DiscoverySession::new(
            client,
            database.clone(),
            settings,
            Stop::never(),
        ))
    };
    let seeds = [Seed::Account("ada".to_owned())];
    add_seeds(&anonymous(bounds())?, &seeds).await?;
    discover(&anonymous(bounds())?).await?;
    assert_eq!(github.controls().count("graphql"), 0);
    let synced = "SELECT login FROM developers WHERE synced_at IS NOT NULL ORDER BY login";
    assert_eq!(logins(&database, synced).await?, ["ada", "ben", "cleo"]);
    compare(&github, &database, &bounds()).await
}

#[tokio::test]
async fn repositories_are_seeds_with_owner_and_contributors() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    github.world().organisation_id("org");
    let contributors = vec![("ben".to_owned(), 5), ("ci[bot]".to_owned(), 2)];
    github.add(
        "org/package",
        FakeRepository {
            contributors,
            ..FakeRepository::default()
        },
    );
    github.world().user_id("ci[bot]");
    github.add(
        "org/empty",
        FakeRepository {
            pushed: None,
            ..FakeRepository::default()
        },
    );
    github.add(
        "org/large",
        FakeRepository {
            too_large: true,
            ..FakeRepository::default()
        },
    );
    let place = Place::sqlite()?;
    let database = place.open().await?;
    let texts = [
        "org/package",
        "org/empty",
        "org/large",
        "org/missing",
        "nobody-there",
    ];
    let seeds: Vec<Seed> = texts
        .iter()
        .map(|text| Seed::parse(text))
        .collect::<Result<_, _>>()?;
    let report = add_seeds(&session(&github, &database, bounds())?, &seeds).await?;
    assert_eq!((report.added, report.problems.len()), (3, 2), "{report:?}");
    let found = "SELECT login FROM developers WHERE depth = 0 ORDER BY login";
    assert_eq!(logins(&database, found).await?, ["ben", "ci[bot]", "org"]);
    // What was added costs nothing.
    github.controls().reset();
    let report = add_seeds(&session(&github, &database, bounds())?, &seeds[..1]).await?;
    assert_eq!(
        (report.added, report.known, report.calls),
        (0, 1, 0),
        "{report:?}"
    );
    discover(&session(&github, &database, bounds())?).await?;
    compare(&github, &database, &bounds()).await?;
    let org = rows(
        &database,
        "SELECT type, raw FROM developers WHERE login = 'org'",
    )
    .await?;
    assert_eq!(org[0].text("type")?, "Organization");
    assert_ne!(org[0].json("raw")?, json!(null));
    Ok(())
}
