//! The archive: what a person did, week by week, which after any number of stops and kills is the same.

mod below;
mod command;
mod leaving;
mod meanwhile;
mod members;
mod open_humans;
mod pages;
mod stops;
mod weeks;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use pyfa_testkit::github::FakeGitHub;

use crate::support::{Outcome, outcome};

pub(crate) const TOKEN: &str = "token-of-tests";

/// A day.
pub(crate) const DAY: Duration = Duration::from_hours(24);

/// A GitHub in which ada was busy for some days; the others are in her way.
pub(crate) fn busy(days: u64) -> Result<FakeGitHub> {
    let github = FakeGitHub::start()?;
    // The search has a quota for each minute, and this clock stands still.
    github.set_limit(1_000_000);
    github.allow_as(TOKEN, "ada");
    let mut world = github.world();
    for slug in ["ada/one", "org/two", "ada/secret"] {
        world.create_repository(slug);
    }
    world.make_private("ada/secret");
    drop(world);
    for day in 0..days {
        do_things(&github, day);
        github.controls().advance(DAY);
    }
    Ok(github)
}

/// A day of everybody.
pub(crate) fn do_things(github: &FakeGitHub, day: u64) {
    let mut world = github.world();
    world.commit("ada/one", "ada", &format!("day {day}"));
    world.commit("org/two", "ben", "of somebody else");
    if day.is_multiple_of(2) {
        world.commit("ada/secret", "ada", "hidden work");
    }
    if day.is_multiple_of(3) {
        let number = world.open("org/two", "ada", "a problem", false);
        world.comment("org/two", number, "ada", "more of it");
        world.comment("org/two", number, "ben", "not mine");
    }
    if day.is_multiple_of(5) {
        let number = world.open("org/two", "ben", "a change", true);
        world.review("org/two", number, "ada", "approved");
        world.review("org/two", number, "cleo", "commented");
        let own = world.open("org/two", "ada", "my change", true);
        world.comment("org/two", own, "ada", "please look");
    }
}

/// `pyfa`, ready to start in a folder of its own.
pub(crate) fn command(home: &Path, github: &FakeGitHub, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(words)
        .current_dir(home)
        .env_clear()
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        // Nobody answers there.
        .env("OPENHUMANS_BASE_URL", "http://127.0.0.1:9/")
        .stdin(Stdio::null());
    command
}

pub(crate) fn run(home: &Path, github: &FakeGitHub, words: &[&str]) -> Outcome {
    outcome(&mut command(home, github, words))
}

/// `pyfa archive sync ada --folder FOLDER`
pub(crate) fn sync(home: &Path, github: &FakeGitHub, folder: &str, more: &[&str]) -> Outcome {
    let words = [
        "archive", "sync", "ada", "--folder", folder, "--format", "json",
    ];
    run(home, github, &[&words, more].concat())
}

/// Every file below a folder, by its path.
pub(crate) fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs_err::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder)?.display().to_string();
                found.insert(name, fs_err::read(path)?);
            }
        }
    }
    Ok(found)
}

/// All files of an archive as one text.
pub(crate) fn text(folder: &Path) -> Result<String> {
    let files = files(folder)?.into_values();
    Ok(files
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect())
}
