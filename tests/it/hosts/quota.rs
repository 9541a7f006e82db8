//! All processes with one token count their requests together, so that GitHub never has to refuse
//! one for its quota.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::database::{Database, Statement};
use pyfa::forge::ForgeError;
use pyfa::forge::github::{EntityTag, GitHub, Reading};
use pyfa::hosts::DatabaseQuota;
use pyfa::model::RepositorySlug;
use pyfa_testkit::github::{FakeGitHub, FakeRepository, Resource, secondary_limit};
use pyfa_testkit::postgres::postgres_or_skip;
use serde_json::json;
use tempfile::TempDir;

use super::start;
use crate::activity::{TOKEN, client, town};
use crate::database::{Place, on_both};
use crate::support::{World, finish, outcome, plone};

on_both!(
    clients_count_together,
    an_answer_that_costs_nothing_is_given_back,
    a_pause_is_meant_for_all,
    one_request_finds_out_about_a_new_window,
    what_is_scarce_is_not_asked_for_ahead_again
);

/// What GitHub always has to have left, whatever the share.
const LEFT_ALONE: u64 = 5;

/// A client as a process of its own has it.
fn process(github: &FakeGitHub, database: &Database) -> Result<GitHub> {
    let github = client(github)?;
    let quota = DatabaseQuota::new(database.clone(), &github, true);
    Ok(github.with_shared_quota(Arc::new(quota)))
}

/// One request of REST; the tag of the answer.
async fn ask(github: &GitHub, tag: Option<&EntityTag>) -> Result<Option<EntityTag>, ForgeError> {
    let slug = RepositorySlug::new("org", "one").unwrap_or_else(|| unreachable!());
    Ok(match github.fetch_identity(&slug, tag).await? {
        Reading::Read(document) => document.etag,
        _ => None,
    })
}

fn is_wait<T>(asked: &Result<T, ForgeError>) -> bool {
    matches!(asked, Err(ForgeError::Wait { .. }))
}

async fn clients_count_together(place: &Place) -> Result<()> {
    let github = town()?;
    github.controls().set_latency(Duration::from_millis(20));
    let database = place.open().await?;
    let others = place.open().await?;
    github.set_remaining(Some(TOKEN), Resource::Core, LEFT_ALONE + 7);
    let clients = [
        process(&github, &database)?,
        process(&github, &others)?,
        process(&github, &others)?,
    ];
    let work = clients.iter().map(async |client| {
        let mut answered = 0;
        while ask(client, None).await.is_ok() {
            answered += 1;
        }
        answered
    });
    let answered: u64 = futures::future::join_all(work).await.into_iter().sum();
    assert_eq!(answered, 7);
    let quota = github.quota(Some(TOKEN), Resource::Core);
    assert_eq!(quota.remaining(), LEFT_ALONE);
    // One that begins now sends nothing at all.
    github.controls().reset();
    assert!(is_wait(&ask(&process(&github, &database)?, None).await));
    assert_eq!(github.controls().count(""), 0);
    let text = "SELECT token FROM pyfa_quotas";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    let token = rows.first().context("no row")?.text("token")?;
    assert!(!token.contains(TOKEN), "{token}");
    Ok(())
}

async fn an_answer_that_costs_nothing_is_given_back(place: &Place) -> Result<()> {
    let github = town()?;
    let database = place.open().await?;
    let one = process(&github, &database)?;
    let tag = ask(&one, None).await?;
    assert!(tag.is_some());
    for _ in 0..10 {
        ask(&one, tag.as_ref()).await?;
    }
    one.wait_until_settled().await;
    assert_eq!(github.quota(Some(TOKEN), Resource::Core).used, 1);
    let text = "SELECT remaining, reserved FROM pyfa_quotas WHERE resource = 'core'";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    let row = rows.first().context("no row")?;
    let left = github.quota(Some(TOKEN), Resource::Core).remaining();
    assert_eq!(row.integer("remaining")?.unsigned_abs(), left);
    assert_eq!(row.integer("reserved")?, 0);
    Ok(())
}

async fn a_pause_is_meant_for_all(place: &Place) -> Result<()> {
    let github = town()?;
    let database = place.open().await?;
    let (one, other) = (process(&github, &database)?, process(&github, &database)?);
    ask(&other, None).await?;
    github
        .controls()
        .fail_next(1, "/repos/", secondary_limit(403, Some(600)));
    assert!(is_wait(&ask(&one, None).await));
    github.controls().reset();
    let error = ask(&other, None).await.err();
    let wait = error.and_then(|error| error.wait());
    let wait = wait.context("it went on")?;
    assert!((590..=600).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(github.controls().count(""), 0);
    Ok(())
}

async fn one_request_finds_out_about_a_new_window(place: &Place) -> Result<()> {
    let github = town()?;
    let database = place.open().await?;
    ask(&process(&github, &database)?, None).await?;
    // The hour is over, and somebody else has used what was left of the next one.
    github.controls().advance(Duration::from_hours(1));
    github.set_remaining(Some(TOKEN), Resource::Core, LEFT_ALONE + 1);
    let over = Statement::new("UPDATE pyfa_quotas SET reset_at = 1", Vec::new());
    database.write(over).await?;
    github.controls().reset();
    github.controls().set_latency(Duration::from_millis(50));
    let clients: Vec<GitHub> = (0..4)
        .map(|_| process(&github, &database))
        .collect::<Result<_>>()?;
    let asked = clients.iter().map(|client| ask(client, None));
    let asked = futures::future::join_all(asked).await;
    assert_eq!(asked.iter().filter(|asked| asked.is_ok()).count(), 1);
    assert_eq!(asked.iter().filter(|asked| is_wait(asked)).count(), 3);
    assert_eq!(github.controls().count(""), 1);
    Ok(())
}

/// Points that are reserved, for requests to come among others.
async fn reserved(database: &Database) -> Result<i64> {
    let text = "SELECT reserved FROM pyfa_quotas WHERE resource = 'core'";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    Ok(rows.first().context("no row")?.integer("reserved")?)
}

/// Who was refused a portion takes single points from then on, with one statement each, until the
/// window is over.
async fn what_is_scarce_is_not_asked_for_ahead_again(place: &Place) -> Result<()> {
    let github = town()?;
    let database = place.open().await?;
    let one = process(&github, &database)?;
    github.set_remaining(Some(TOKEN), Resource::Core, 300);
    for _ in 0..3 {
        ask(&one, None).await?;
        // The next one knows what this one was told.
        one.wait_until_settled().await;
    }
    one.wait_until_settled().await;
    // A portion would be granted now.
    let plenty = "UPDATE pyfa_quotas SET remaining = 4000, reserved = 0";
    database.write(Statement::new(plenty, Vec::new())).await?;
    ask(&one, None).await?;
    one.wait_until_settled().await;
    assert!(reserved(&database).await? <= 1);

    github.controls().advance(Duration::from_hours(1));
    let over = Statement::new("UPDATE pyfa_quotas SET reset_at = 1", Vec::new());
    database.write(over).await?;
    for _ in 0..3 {
        ask(&one, None).await?;
    }
    assert!(reserved(&database).await? > 1);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_away_ends_the_requests_of_many_hosts_only() -> Result<()> {
    let github = town()?;
    let Some(mut server) = postgres_or_skip() else {
        return Ok(());
    };
    let settings = crate::database::settings(&server.create_database()?)?;
    let database = Database::open(&settings).await?;
    server.stop()?;
    assert!(is_wait(&ask(&process(&github, &database)?, None).await));
    assert_eq!(github.controls().count(""), 0);

    let alone = client(&github)?;
    let quota = DatabaseQuota::new(database.clone(), &alone, false);
    ask(&alone.with_shared_quota(Arc::new(quota)), None).await?;
    Ok(())
}

/// `pyfa activity sync` of one host, with the database of all.
fn sync(home: &Path, github: &FakeGitHub, database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(["activity", "sync"])
        .current_dir(home)
        .env_clear()
        .env("PYFA_DATABASE", database)
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null());
    command
}

#[test]
fn two_programs_of_two_hosts_never_exceed_one_quota() -> Result<()> {
    let github = town()?;
    let Some(server) = postgres_or_skip() else {
        return Ok(());
    };
    for repository in ["org/one", "org/two"] {
        for _ in 0..40 {
            let mut world = github.world();
            let number = world.open(repository, "ada", "an issue", false);
            world.comment(repository, number, "ben", "hello");
        }
    }
    let database = server.create_database()?;
    let homes: [TempDir; 2] = [tempfile::tempdir()?, tempfile::tempdir()?];
    github.set_remaining(Some(TOKEN), Resource::Core, LEFT_ALONE + 40);
    // So that both have a request under way at most times.
    github.controls().set_latency(Duration::from_millis(10));
    let mut syncs = Vec::new();
    for (home, repository) in homes.iter().zip(["org/one", "org/two"]) {
        // The program's clock is months ahead of the fake's.
        let file =
            format!("repositories = [\"{repository}\"]\nfirst_days = 3650\nclosed_days = 3650\n");
        fs_err::write(home.path().join("activity.toml"), file)?;
        syncs.push(start(&mut sync(home.path(), &github, &database)));
    }
    for running in syncs {
        let ended = finish(running).exits(3);
        assert!(ended.stderr.contains("retry at 2"), "{ended:?}");
        assert!(!ended.stderr.contains("rate limit exceeded"), "{ended:?}");
    }
    let quota = github.quota(Some(TOKEN), Resource::Core);
    assert_eq!(quota.remaining(), LEFT_ALONE);

    // A third one has nothing to ask with.
    github.controls().reset();
    let third = outcome(&mut sync(homes[0].path(), &github, &database)).exits(3);
    assert!(
        third.stderr.contains("share of GitHub's quota"),
        "{third:?}"
    );
    assert_eq!(github.controls().count("/repos/"), 0);
    Ok(())
}

#[test]
fn two_enrichments_of_two_hosts_never_exceed_one_quota() -> Result<()> {
    let (Some(one), Some(github), Some(server)) = (
        World::empty(),
        FakeGitHub::start_or_skip()?,
        postgres_or_skip(),
    ) else {
        return Ok(());
    };
    github.allow(TOKEN);
    for number in 0..40 {
        let slug = format!("plone/plone.p{number:02}");
        let address = format!("https://github.com/{slug}");
        let release = plone("x").project_urls(json!({ "Repository": address }));
        one.pypi
            .publish(&format!("plone.p{number:02}"), "1.0", &release);
        github.add(&slug, FakeRepository::generated(number));
    }
    // Each has a collection of its own, so that no lock keeps one of them waiting.
    let hosts = [one.beside(), one.beside()];
    let database = server.create_database()?;
    for host in &hosts {
        host.pypi(&["-f", "-p", "plone"]).exits(0);
    }
    // Each would ask for the contributors of forty repositories.
    github.set_remaining(Some(TOKEN), Resource::Core, LEFT_ALONE + 30);
    github.controls().set_latency(Duration::from_millis(10));
    let enriching = hosts.each_ref().map(|host| {
        let mut command = host.command(&["github", "-t", &host.target]);
        command
            .env("PYFA_DATABASE", &database)
            .env("GITHUB_API_URL", github.base_url())
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_COOLOFFTIME", "0")
            .env("GITHUB_QUOTA_SHARE", "1");
        start(&mut command)
    });
    for running in enriching {
        let ended = finish(running).exits(3);
        let said = format!("{}{}", ended.stdout, ended.stderr);
        assert!(
            said.contains("run the same command again after 2"),
            "{said}"
        );
        assert!(!said.contains("rate limit exceeded"), "{said}");
    }
    let quota = github.quota(Some(TOKEN), Resource::Core);
    assert_eq!(quota.remaining(), LEFT_ALONE);
    let refused = github
        .statuses()
        .into_iter()
        .filter(|(status, _)| *status >= 400);
    assert_eq!(refused.count(), 0, "{:?}", github.statuses());
    assert_eq!(github.controls().count("/contributors"), 30);
    Ok(())
}
