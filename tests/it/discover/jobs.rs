//! The three kinds of jobs of the map.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use pyfa_testkit::github::Resource;

use super::command::run;
use super::{TOKEN, town};

#[test]
fn the_three_tasks_are_jobs() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let home = tempfile::tempdir()?;
    let pyfa = |arguments: &[&str]| run(home.path(), &github, arguments);
    for wrong in [
        &["profile-sync"][..],
        &["profile-sync", "--target", "ada/one"],
        &["repository-sync", "--target", "ada"],
        &["discovery-scraper", "--target", "ada"],
    ] {
        pyfa(&[&["jobs", "run"], wrong].concat()).exits(2);
    }
    let added = pyfa(&["jobs", "run", "profile-sync", "--target", "ada"]).exits(0);
    assert_eq!(added.stdout, "added job 1: profile-sync of ada\n");
    pyfa(&["jobs", "run", "repository-sync", "--target", "ben/three"]).exits(0);
    pyfa(&["jobs", "run", "discovery-scraper"]).exits(0);
    pyfa(&["jobs", "run", "profile-sync", "--target", "nobody-there"]).exits(0);
    pyfa(&["worker", "--once"]).exits(0);
    let jobs = pyfa(&["jobs", "list", "--format", "json"]).exits(0);
    let mut states: Vec<(String, String)> = jobs
        .report
        .as_array()
        .into_iter()
        .flatten()
        .map(|job| (job["target"].to_string(), job["state"].to_string()))
        .collect();
    states.sort();
    let expected = [
        ("\"\"", "\"done\""),
        ("\"ada\"", "\"done\""),
        ("\"ben/three\"", "\"done\""),
        ("\"nobody-there\"", "\"failed\""),
    ];
    let expected = expected.map(|(target, state)| (target.to_owned(), state.to_owned()));
    assert_eq!(states, expected, "{jobs:?}");
    let shown = pyfa(&["discover", "status", "--format", "json"]).exits(0);
    assert!(shown.report["synced"].as_u64() >= Some(3), "{shown:?}");
    let schedules = pyfa(&["jobs", "schedules"]).exits(0);
    assert!(
        schedules.stdout.contains("discovery-scraper"),
        "{schedules:?}"
    );
    Ok(())
}

#[test]
fn a_job_without_quota_waits_for_the_reset_and_some_seconds() -> Result<()> {
    let Some(github) = town()? else { return Ok(()) };
    let home = tempfile::tempdir()?;
    let pyfa = |arguments: &[&str]| run(home.path(), &github, arguments);
    pyfa(&["discover", "add", "ada"]).exits(0);
    github.set_remaining(Some(TOKEN), Resource::Core, 2_500);
    pyfa(&["jobs", "run", "discovery-scraper"]).exits(0);
    let begun = Timestamp::now();
    pyfa(&["worker", "--once"]).exits(0);
    let shown = pyfa(&["jobs", "show", "1", "--format", "json"]).exits(0);
    assert_eq!(shown.report["state"], "waiting", "{shown:?}");
    assert_eq!(
        shown.report["attempts"], 0,
        "a wait costs no attempt: {shown:?}"
    );
    let due: Timestamp = shown.report["run_at"]
        .as_str()
        .unwrap_or_default()
        .parse()?;
    let wait = Duration::try_from(due.duration_since(begun))?;
    // The fake's hour, and a jitter from 1 to 60 seconds.
    assert!(
        wait > Duration::from_mins(58) && wait < Duration::from_secs(3_675),
        "{wait:?}"
    );
    Ok(())
}
