//! Discovery: the map of developers, which after any number of runs equals the world within its bounds.

mod command;
mod forgetting;
mod hostile;
mod jobs;
mod names;
mod streams;
mod syncs;
mod withheld;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa::database::{Database, Row, Statement};
use pyfa::discovery::{DiscoverySession, DiscoverySettings, Seed, add_seeds};
use pyfa::forge::github::{GitHub, GitHubSettings, RESERVE, RequestPacing};
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeGitHub, schema_or_skip};

pub(crate) const TOKEN: &str = "token-of-tests";

/// A GitHub in which some people follow each other and star what the others have made; `None` where
/// there is no schema for its GraphQL API.
pub(crate) fn town() -> Result<Option<FakeGitHub>> {
    if schema_or_skip().is_none() {
        return Ok(None);
    }
    let github = FakeGitHub::start()?;
    github.allow(TOKEN);
    let mut world = github.world();
    for (person, whom) in [
        ("ada", "ben"),
        ("ada", "cleo"),
        ("ben", "ada"),
        ("cleo", "dan"),
        ("dan", "eve"),
        ("eve", "fay"),
    ] {
        world.follow(person, whom);
    }
    for slug in ["ada/one", "ada/two", "ben/three", "dan/four"] {
        world.create_repository(slug);
    }
    for (login, slug) in [
        ("ben", "ada/one"),
        ("cleo", "ada/one"),
        ("ada", "ben/three"),
    ] {
        world.star(login, slug);
    }
    drop(world);
    Ok(Some(github))
}

/// A client without a past, as of a program that was started now.
pub(crate) fn client(github: &FakeGitHub, token: Option<&str>) -> Result<GitHub> {
    let settings = GitHubSettings {
        api_url: format!("{}/", github.base_url()).parse()?,
        token: token.map(Into::into),
        cool_off: Duration::ZERO,
        quota_share: 1.0,
        reserve: RESERVE,
        pace: RequestPacing {
            first_pause: Duration::ZERO,
            patience: Duration::ZERO,
            backoff: Duration::ZERO,
            ..RequestPacing::default()
        },
    };
    Ok(GitHub::new(&settings, "pyfa-tests")?)
}

/// Everything counts as old at once.
pub(crate) fn bounds() -> DiscoverySettings {
    DiscoverySettings {
        count: 1_000,
        depth: 1,
        age: Duration::ZERO,
        ..DiscoverySettings::default()
    }
}

pub(crate) fn session(
    github: &FakeGitHub,
    database: &Database,
    settings: DiscoverySettings,
) -> Result<DiscoverySession> {
    let client = client(github, Some(TOKEN))?;
    Ok(DiscoverySession::new(
        client,
        database.clone(),
        settings,
        Stop::never(),
    ))
}

/// Puts the first one into the map.
pub(crate) async fn begin(github: &FakeGitHub, database: &Database) -> Result<()> {
    let session = session(github, database, bounds())?;
    let report = add_seeds(&session, &[Seed::Account("ada".to_owned())]).await?;
    ensure!(report.is_complete(), "{report:?}");
    Ok(())
}

/// Lets time pass, so that what was read before is older than what comes.
pub(crate) fn later(github: &FakeGitHub) {
    github.controls().advance(Duration::from_secs(2));
}

pub(crate) async fn rows(database: &Database, text: &str) -> Result<Vec<Row>> {
    let statement = Statement::new(text.to_owned(), Vec::new());
    Ok(database.query(statement).await?)
}

pub(crate) async fn count(database: &Database, text: &str) -> Result<i64> {
    let rows = rows(database, &format!("SELECT COUNT(*) AS found FROM {text}")).await?;
    Ok(rows.first().context("no count")?.integer("found")?)
}

/// The logins that a query gives in its column `login`.
pub(crate) async fn logins(database: &Database, text: &str) -> Result<Vec<String>> {
    let rows = rows(database, text).await?;
    rows.iter().map(|row| Ok(row.text("login")?)).collect()
}

type Pairs = BTreeSet<(u64, u64)>;

async fn pairs(database: &Database, text: &str) -> Result<Pairs> {
    let rows = rows(database, text).await?;
    rows.iter()
        .map(|row| {
            let (one, other) = (row.integer("a")?, row.integer("b")?);
            Ok((u64::try_from(one)?, u64::try_from(other)?))
        })
        .collect()
}

/// Fails unless a row says what the page of its account does.
fn compare_columns(row: &Row, shown: &serde_json::Value) -> Result<()> {
    for (column, name) in [("login", "login"), ("bio", "bio"), ("name", "name")] {
        let shown = shown[name].as_str().map(|text| text.replace('\0', ""));
        ensure!(
            row.optional_text(column)? == shown,
            "{column} of {shown:?}: {row:?}"
        );
    }
    for (column, name) in [
        ("followers_count", "followers"),
        ("public_repos", "public_repos"),
    ] {
        ensure!(
            row.integer(column)? == shown[name].as_i64().unwrap_or(-1),
            "{column}: {row:?}"
        );
    }
    Ok(())
}

/// Fails unless the map tells of everything in the world within its bounds, and of nothing else.
pub(crate) async fn compare(
    github: &FakeGitHub,
    database: &Database,
    settings: &DiscoverySettings,
) -> Result<()> {
    let stored = rows(database, "SELECT * FROM developers WHERE state = 'present'").await?;
    let mut stored_ids = BTreeMap::new();
    for row in &stored {
        stored_ids.insert(u64::try_from(row.integer("github_id")?)?, row);
    }
    let follows = pairs(
        database,
        "SELECT follower_id AS a, followed_id AS b FROM follows",
    )
    .await?;
    let stars = pairs(
        database,
        "SELECT developer_id AS a, repository_id AS b FROM stars",
    )
    .await?;
    let owners = pairs(
        database,
        "SELECT owner_github_id AS a, github_id AS b FROM discovered_repositories
         WHERE state = 'present'",
    )
    .await?;
    let mut wanted_follows = Pairs::new();
    let mut wanted_stars = Pairs::new();
    let mut all_follows = Pairs::new();
    let mut all_stars = Pairs::new();
    let mut all_owners = Pairs::new();
    let world = github.world();
    let repositories: BTreeMap<String, u64> = world
        .repositories()
        .into_iter()
        .map(|(id, slug)| (slug, id))
        .collect();
    for account in world.accounts() {
        let id = account.id;
        all_follows.extend(world.following(id).into_iter().map(|other| (id, other)));
        all_stars.extend(world.starred(id).into_iter().map(|other| (id, other)));
        let owned: Vec<u64> = world
            .owned(&account.login)
            .iter()
            .filter_map(|slug| repositories.get(slug).copied())
            .collect();
        all_owners.extend(owned.iter().map(|repository| (id, *repository)));
        let Some(row) = stored_ids.get(&id) else {
            continue;
        };
        if row.integer("depth")? > settings.depth {
            continue;
        }
        compare_columns(row, &world.account(id))?;
        wanted_follows.extend(world.following(id).into_iter().map(|other| (id, other)));
        wanted_follows.extend(world.followers(id).into_iter().map(|other| (other, id)));
        wanted_stars.extend(world.starred(id).into_iter().map(|other| (id, other)));
        for repository in owned {
            ensure!(owners.contains(&(id, repository)), "{id} owns {repository}");
            let stargazers = world.stargazers(repository).into_iter();
            wanted_stars.extend(stargazers.map(|other| (other, repository)));
        }
    }
    let is_within = |id: &u64| {
        let depth = stored_ids.get(id).map(|row| row.integer("depth"));
        depth.is_some_and(|depth| depth.is_ok_and(|depth| depth <= settings.depth))
    };
    // What others own, only their own lists would tell.
    let owners: Pairs = owners
        .into_iter()
        .filter(|(owner, _)| is_within(owner))
        .collect();
    let present: BTreeSet<u64> = world.accounts().iter().map(|account| account.id).collect();
    drop(world);
    for (what, stored, wanted, all) in [
        ("follows", &follows, &wanted_follows, &all_follows),
        ("stars", &stars, &wanted_stars, &all_stars),
        ("owners", &owners, &Pairs::new(), &all_owners),
    ] {
        let missing: Vec<_> = wanted.difference(stored).collect();
        ensure!(missing.is_empty(), "{what} are missing: {missing:?}");
        let ended: Vec<_> = stored.difference(all).collect();
        ensure!(ended.is_empty(), "{what} have ended: {ended:?}");
    }
    // Without a token, nobody looks after those who are known from lists alone.
    let mut gone = stored_ids.clone();
    gone.retain(|id, row| {
        let was_read = row.optional_time("read_at").is_ok_and(|at| at.is_some());
        !present.contains(id) && (was_read || is_within(id))
    });
    ensure!(gone.is_empty(), "accounts are gone: {gone:?}");
    Ok(())
}
