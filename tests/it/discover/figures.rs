//! What a map of 5,000 developers costs: requests compared with the seed's way, and memory.
//!
//! Left out of the usual run: `cargo nextest run --workspace --run-ignored only --no-capture -E
//! 'test(/^discover::figures/)'`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use pyfa::database::{Database, DatabaseSettings, SqliteSettings};
use pyfa_testkit::github::{FakeGitHub, World};

use super::{TOKEN, rows, town};
use crate::support::wait;

const FOLLOWS: u64 = 8;
const STARS: u64 = 5;

/// So many people, each of whom follows eight, stars five repositories and has up to two.
fn crowd(github: &FakeGitHub, people: u64) {
    let login = |number: u64| format!("p{}", number % people);
    let mut world = github.world();
    for number in 0..people {
        for repository in 0..number % 3 {
            world.create_repository(&format!("{}/r{repository}", login(number)));
        }
    }
    for number in 0..people {
        for step in 0..FOLLOWS {
            world.follow(&login(number), &login(number * 7 + step * step * 13 + 1));
        }
        for step in 0..STARS {
            let owner = number * 5 + step * 11;
            let owner = owner - owner % 3 + 1;
            if owner < people {
                world.star(&login(number), &format!("p{owner}/r0"));
            }
        }
    }
}

/// Runs the seed's tasks on the world, and counts the requests that they send: 30 entries a page, one
/// request for each entry, and none for a list whose count equals what is stored after its first page.
struct SeedsWay<'w> {
    world: &'w World<'w>,
    follows: BTreeSet<(u64, u64)>,
    stars: BTreeSet<(u64, u64)>,
    calls: u64,
}

impl SeedsWay<'_> {
    fn list(&mut self, entries: usize, are_all_stored: bool) -> bool {
        self.calls += if are_all_stored {
            1
        } else {
            entries.div_ceil(30).max(1) as u64
        };
        if !are_all_stored {
            self.calls += entries as u64;
        }
        !are_all_stored
    }

    fn sync(&mut self, id: u64, login: &str, ids: &std::collections::BTreeMap<String, u64>) {
        self.calls += 1;
        let owned = self.world.owned(login);
        self.calls += owned.len().div_ceil(30).max(1) as u64;
        for slug in owned {
            self.calls += 1;
            let repository = ids[&slug];
            let stargazers = self.world.stargazers(repository);
            let stored = stargazers
                .iter()
                .all(|one| self.stars.contains(&(*one, repository)));
            self.list(stargazers.len(), stored);
            self.stars
                .extend(stargazers.into_iter().map(|one| (one, repository)));
        }
        let followers = self.world.followers(id);
        let stored = followers
            .iter()
            .all(|one| self.follows.contains(&(*one, id)));
        self.list(followers.len(), stored);
        self.follows
            .extend(followers.into_iter().map(|one| (one, id)));
        let following = self.world.following(id);
        let stored = following
            .iter()
            .all(|one| self.follows.contains(&(id, *one)));
        self.list(following.len(), stored);
        self.follows
            .extend(following.into_iter().map(|one| (id, one)));
        // The list of stars has no count to compare.
        let starred = self.world.starred(id);
        self.list(starred.len(), false);
        self.stars.extend(starred.into_iter().map(|one| (id, one)));
    }
}

/// What the seed would have sent for the developers who were synced, in the same order.
fn count_seeds_way(github: &FakeGitHub, synced: &[i64]) -> u64 {
    let world = github.world();
    let ids = world
        .repositories()
        .into_iter()
        .map(|(id, slug)| (slug, id))
        .collect();
    let mut seeds_way = SeedsWay {
        world: &world,
        follows: BTreeSet::new(),
        stars: BTreeSet::new(),
        calls: 0,
    };
    for id in synced {
        let id = id.unsigned_abs();
        let login = world.login(id).unwrap_or_default();
        seeds_way.sync(id, &login, &ids);
    }
    seeds_way.calls
}

fn list_synced(home: &Path) -> Result<Vec<i64>> {
    wait(async {
        let file = SqliteSettings::new(home.join(".pyfa/activity.sqlite"));
        let database = Database::open(&DatabaseSettings::Sqlite(file)).await?;
        let text = "SELECT github_id FROM developers WHERE synced_at IS NOT NULL
                    ORDER BY synced_at, github_id";
        let found = rows(&database, text).await?;
        let ids = found.iter().map(|row| Ok(row.integer("github_id")?));
        let ids = ids.collect();
        database.close().await;
        ids
    })
}

/// Runs the program; its standard output, and its most memory in MB.
fn measure(home: &Path, github: &FakeGitHub, arguments: &[&str]) -> Result<(String, u64)> {
    let mut process = Command::new(env!("CARGO_BIN_EXE_pyfa"))
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .envs([
            ("GITHUB_API_URL", github.base_url().as_str()),
            ("GITHUB_TOKEN", TOKEN),
            ("GITHUB_COOLOFFTIME", "0"),
            ("DISCOVERY_DEPTH", "100"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()?;
    let status = format!("/proc/{}/status", process.id());
    let mut most = 0;
    while process.try_wait()?.is_none() {
        let text = fs_err::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse::<u64>().ok());
        most = most.max(peak.unwrap_or(0) / 1_024);
        std::thread::yield_now();
    }
    let output = process.wait_with_output()?;
    ensure!(output.status.success(), "{output:?}");
    Ok((String::from_utf8(output.stdout)?, most))
}

/// Syncs so many of so many people.
#[expect(clippy::print_stdout, reason = "the figures are what it is run for")]
fn measure_map(people: u64, count: u64) -> Result<()> {
    let Some(github) = town()? else {
        return Ok(());
    };
    github.set_limit(100_000_000);
    crowd(&github, people);
    let home = tempfile::tempdir()?;
    measure(home.path(), &github, &["discover", "add", "p0"])?;
    github.controls().reset();
    let begun = std::time::Instant::now();
    let count = count.to_string();
    let run = ["discover", "run", "--count", &count, "--format", "json"];
    let (report, memory) = measure(home.path(), &github, &run)?;
    let report: serde_json::Value = serde_json::from_str(&report)?;
    let requests = github.controls().requests();
    let graphql = requests.iter().filter(|one| one.contains("graphql"));
    let graphql = graphql.count();
    let synced = list_synced(home.path())?;
    let (ours, seeds) = (requests.len() as u64, count_seeds_way(&github, &synced));
    println!(
        "{} of {people} developers, and {} accounts without their lists: {ours} requests ({graphql} \
         by GraphQL), the seed's way {seeds}, {:.1} times as many; {memory} MB, {} s",
        synced.len(),
        report["accounts_read"],
        seeds as f64 / ours as f64,
        begun.elapsed().as_secs()
    );
    ensure!(ours * 2 < seeds, "{ours} requests instead of {seeds}");
    Ok(())
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_of_five_thousand_developers() -> Result<()> {
    measure_map(5_000, 100)
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_developers() -> Result<()> {
    measure_map(1_000, 10_000)
}

#[test]
#[ignore = "takes minutes"]
fn five_thousand_developers() -> Result<()> {
    measure_map(5_000, 10_000)
}
