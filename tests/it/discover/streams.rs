//! Random streams of what people do, with runs that are killed, out of quota, or meet faults.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa::discovery::{
    DiscoveryError, DiscoverySession, DiscoverySettings, Seed, add_seeds, discover,
};
use pyfa::forge::ForgeError;
use pyfa::progress::Stop;
use pyfa_testkit::github::{FakeGitHub, RandomPeople, Resource};
use pyfa_testkit::service::Fault;

use super::{TOKEN, begin, bounds, client, compare, later, session, town};
use crate::database::Place;
use crate::support::killed::killed_after;

fn is_expected(error: &DiscoveryError) -> bool {
    matches!(
        error,
        DiscoveryError::Forge(ForgeError::Wait { .. } | ForgeError::Broken { .. })
            | DiscoveryError::Unanswered { .. }
    )
}

/// Lists of more than one page.
fn crowd(github: &FakeGitHub) {
    let mut world = github.world();
    for number in 0..130 {
        let login = format!("fan{number}");
        world.follow(&login, "ada");
        if number % 10 > 0 {
            world.star(&login, "ada/one");
        }
        if number < 110 {
            world.follow("ada", &login);
            world.create_repository(&format!("{login}/repository"));
            world.star("ada", &format!("{login}/repository"));
        }
    }
}

async fn stream(place: &Place, seed: u64, rounds: usize, token: Option<&str>) -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    crowd(&github);
    if token.is_none() {
        github.set_limit(5_000);
    }
    let database = place.open().await?;
    begin(&github, &database).await?;
    for login in ["ben", "cleo"] {
        let client = client(&github, token)?;
        let work = DiscoverySession::new(client, database.clone(), bounds(), Stop::never());
        add_seeds(&work, &[Seed::Account(login.to_owned())]).await?;
    }
    // With the seeds alone, each relation is in one list that is read; otherwise in two.
    let bounds = DiscoverySettings {
        depth: i64::try_from(seed % 2)?,
        ..bounds()
    };
    let settings = DiscoverySettings {
        count: 4,
        ..bounds.clone()
    };
    let mut events = RandomPeople::new(seed);
    for round in 0..rounds {
        for _ in 0..events.below(40) {
            events.happen(&github);
        }
        // Most of what happens concerns the crowd; this is where lists have several pages.
        for _ in 0..events.below(6) {
            let fan = format!("fan{}", events.below(130));
            let mut world = github.world();
            if world
                .accounts()
                .iter()
                .any(|account| account.login == "ada")
            {
                match events.below(4) {
                    0 => world.unfollow(&fan, "ada"),
                    1 => world.follow(&fan, "ada"),
                    2 => world.unfollow("ada", &fan),
                    _ => world.follow("ada", &fan),
                }
            }
        }
        later(&github);
        disturb(&github, token, &mut events);
        let client = client(&github, token)?;
        let work = DiscoverySession::new(client, database.clone(), settings.clone(), Stop::never());
        let polls = match events.below(2) {
            0 => events.below(600),
            _ => usize::MAX,
        };
        if let Some(Err(error)) = killed_after(polls, Box::pin(discover(&work))).await {
            ensure!(is_expected(&error), "round {round}: {error}");
        }
    }
    calm(&github, token);
    for _ in 0..3 {
        later(&github);
        calm(&github, token);
        let client = client(&github, token)?;
        let work = DiscoverySession::new(client, database.clone(), bounds.clone(), Stop::never());
        let report = discover(&work).await?;
        ensure!(report.is_complete(), "{report:?}");
    }
    compare(&github, &database, &bounds)
        .await
        .with_context(|| format!("seed {seed}"))
}

fn disturb(github: &FakeGitHub, token: Option<&str>, events: &mut RandomPeople) {
    calm(github, token);
    match events.below(6) {
        0 => github.set_remaining(token, Resource::Core, 5 + events.below(40) as u64),
        1 => github
            .controls()
            .fail_next(2, "followers", Fault::status(502)),
        2 => github.controls().fail_next(1, "GET", Fault::HalfBody),
        3 => github.controls().fail_next(4, "starred", Fault::html(200)),
        4 => github
            .controls()
            .fail_next(2, "graphql", Fault::status(502)),
        _ => {}
    }
}

fn calm(github: &FakeGitHub, token: Option<&str>) {
    github.controls().clear_faults();
    for resource in [Resource::Core, Resource::GraphQl] {
        github.set_remaining(token, resource, 5_000);
    }
}

/// A mark that is ahead of what is stored would lose pages.
#[tokio::test]
async fn a_kill_at_any_moment_loses_nothing() -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    crowd(&github);
    let place = Place::sqlite()?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    let settings = DiscoverySettings {
        depth: 0,
        ..bounds()
    };
    for round in 0..1_000 {
        let polls = round * (round + 8) / 8;
        let mut world = github.world();
        world.unfollow(&format!("fan{}", polls % 130), "ada");
        world.follow(&format!("fan{}", (polls + 65) % 130), "ada");
        drop(world);
        later(&github);
        calm(&github, Some(TOKEN));
        let work = session(&github, &database, settings.clone())?;
        let killed = killed_after(polls, Box::pin(discover(&work))).await;
        if killed.is_none() {
            later(&github);
            // What was interrupted is finished, and what has moved meanwhile is read again.
            for _ in 0..2 {
                discover(&session(&github, &database, settings.clone())?).await?;
                later(&github);
            }
        }
        compare(&github, &database, &settings)
            .await
            .with_context(|| format!("killed after {polls} polls"))?;
        if let Some(done) = killed {
            ensure!(polls > 50, "it was hardly killed at all");
            return done.map(|_| ()).map_err(Into::into);
        }
    }
    anyhow::bail!("it never came to its end")
}

#[tokio::test]
async fn the_map_equals_the_world_on_sqlite() -> Result<()> {
    for seed in 1..4 {
        Box::pin(stream(&Place::sqlite()?, seed, 8, Some(TOKEN))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_map_equals_the_world_without_a_token() -> Result<()> {
    Box::pin(stream(&Place::sqlite()?, 21, 8, None)).await
}

#[tokio::test]
async fn the_map_equals_the_world_on_postgresql() -> Result<()> {
    for seed in 11..13 {
        let Some(place) = Place::postgres() else {
            return Ok(());
        };
        Box::pin(stream(&place?, seed, 8, Some(TOKEN))).await?;
    }
    Ok(())
}

#[tokio::test]
async fn pauses_of_an_hour_do_no_harm() -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    crowd(&github);
    let place = Place::sqlite()?;
    let database = place.open().await?;
    begin(&github, &database).await?;
    // As without a token: sixty requests an hour.
    let mut waits = 0;
    for _ in 0..200 {
        github.controls().advance(Duration::from_hours(1));
        github.set_remaining(Some(TOKEN), Resource::Core, 60);
        let settings = DiscoverySettings {
            age: Duration::from_hours(24 * 365),
            ..bounds()
        };
        match discover(&session(&github, &database, settings)?).await {
            Ok(report) => {
                ensure!(report.is_complete(), "{report:?}");
                ensure!(waits > 2, "it never waited");
                return compare(&github, &database, &bounds()).await;
            }
            Err(error) => {
                ensure!(is_expected(&error), "{error}");
                waits += 1;
            }
        }
    }
    anyhow::bail!("it never came to its end")
}
