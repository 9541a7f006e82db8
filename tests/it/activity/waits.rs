//! A back-fill that waits for the quota.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa_testkit::github::{FakeGitHub, Resource};
use rustix::process::{Pid, Signal, kill_process};

use super::{TOKEN, town};
use crate::support::{Running, finish};

/// Starts a back-fill that has used up its quota, and reads until it says that it waits.
fn start(home: &std::path::Path, github: &FakeGitHub) -> Result<(Running, String)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args([
            "activity",
            "backfill",
            "--since",
            "2026-01-01",
            "--until",
            "2026-02-01",
        ])
        .args(["--repository", "org/one", "--wait", "--format", "json"])
        .current_dir(home)
        .env_clear()
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Running::start(&mut command)?;
    let errors = child.stderr.as_mut().context("a pipe")?;
    let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("waiting"));
    let line = line.context("it never waited")?;
    Ok((child, line))
}

fn fill(github: &FakeGitHub) {
    for _ in 0..30 {
        github.world().open("org/one", "ada", "an issue", false);
        github.controls().advance(Duration::from_hours(1));
    }
}

#[test]
fn a_backfill_waits_for_the_quota_and_goes_on() -> Result<()> {
    let github = town()?;
    fill(&github);
    github.set_remaining(Some(TOKEN), Resource::Core, 15);
    // Two seconds before the reset.
    let reset = github.quota(Some(TOKEN), Resource::Core).reset;
    let left = reset - github.controls().now();
    github.controls().advance(Duration::from_secs(left - 2));
    let home = tempfile::tempdir()?;
    let (child, line) = start(home.path(), &github)?;
    assert!(line.contains("waiting 1 minute, Ctrl-C ends it"), "{line}");
    github.controls().advance(Duration::from_secs(2));
    let done = finish(child).exits(0);
    assert!(done.number("timelines") >= 20, "{done:?}");
    let timelines = github.controls().count("timeline");
    assert!((30..=31).contains(&timelines), "{timelines}");
    Ok(())
}

#[test]
fn ctrl_c_ends_the_wait() -> Result<()> {
    let github = town()?;
    fill(&github);
    github.set_remaining(Some(TOKEN), Resource::Core, 15);
    let home = tempfile::tempdir()?;
    let (child, line) = start(home.path(), &github)?;
    assert!(
        line.contains("waiting 60 minutes") || line.contains("waiting 61 minutes"),
        "{line}"
    );
    kill_process(Pid::from_child(&child), Signal::INT)?;
    let ended = finish(child).exits(3);
    assert!(ended.stderr.contains("stopped as requested"), "{ended:?}");
    Ok(())
}
