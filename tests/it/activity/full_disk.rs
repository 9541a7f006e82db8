//! A disk that is full, and a file that may not grow: a sync says so, loses nothing, and the next one
//! goes on.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa_testkit::github::FakeGitHub;
use serde_json::Value;

use super::{TOKEN, town};
use crate::support::{Outcome, outcome};

/// Issues of 20 KB each: two megabytes in the database.
const ISSUES: u64 = 60;

fn fill(github: &FakeGitHub) {
    for _ in 0..ISSUES {
        let mut world = github.world();
        let number = world.open("org/one", "ada", "a long issue", false);
        world.change("org/one", number, true, |issue| {
            issue.body = Some("long ".repeat(4_000));
        });
        drop(world);
        github.controls().advance(Duration::from_mins(5));
    }
}

/// A script of bash, in which `pyfa_sync` syncs and says how that ended.
fn script(home: &Path, github: &FakeGitHub, program: &[&str], text: &str) -> Outcome {
    let sync = "pyfa_sync() {
        (eval \"$1\"; exec \"$PYFA\" activity sync --schedule update --file ../activity.toml)
        echo \"ended with $?\"
    }\n";
    let (first, others) = program.split_first().unwrap_or((&"bash", &[]));
    let mut command = Command::new(first);
    command
        .args(others)
        .arg("-c")
        .arg(format!("{sync}{text}"))
        .current_dir(home)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("PYFA", env!("CARGO_BIN_EXE_pyfa"))
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null());
    outcome(&mut command)
}

fn home() -> Result<tempfile::TempDir> {
    let home = tempfile::tempdir()?;
    fs_err::create_dir(home.path().join("disk"))?;
    // The program's clock is months ahead of the fake's.
    let file = "repositories = [\"org/one\"]\nfirst_days = 3650\nclosed_days = 3650\n";
    fs_err::write(home.path().join("activity.toml"), file)?;
    Ok(home)
}

/// What the last line says is known of the repository.
fn known(ended: &Outcome) -> Result<Value> {
    let (_, status) = ended
        .stdout
        .split_once("status\n")
        .with_context(|| format!("{ended:?}"))?;
    let status: Value = serde_json::from_str(status)?;
    Ok(status["repositories"][0].clone())
}

#[test]
fn a_full_disk_ends_the_sync_and_the_next_goes_on_when_there_is_space() -> Result<()> {
    let github = town()?;
    fill(&github);
    let home = home()?;
    let text = "mount -t tmpfs -o size=1500k none disk || exit 77
        cd disk || exit 77
        pyfa_sync
        pyfa_sync
        mount -o remount,size=64m ../disk || exit 77
        pyfa_sync
        echo status
        \"$PYFA\" activity status --format json";
    let program = ["unshare", "--user", "--map-root-user", "--mount", "bash"];
    let ended = script(home.path(), &github, &program, text);
    if ended.code == 77 || ended.stderr.contains("unshare") || ended.code == -1 {
        let why = &ended.stderr;
        writeln!(
            std::io::stderr(),
            "skipped: a disk of its own needs user namespaces\n{why}"
        )?;
        return Ok(());
    }
    let ends: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("ended with"))
        .collect();
    assert_eq!(
        ends,
        ["ended with 1", "ended with 1", "ended with 0"],
        "{ended:?}"
    );
    let said = ended
        .stderr
        .matches("because the disk is full; free some space");
    assert_eq!(said.count(), 2, "{ended:?}");
    let known = known(&ended)?;
    assert_eq!(known["issues"], ISSUES, "{known}");
    assert!(known["changes_until"].is_string());
    Ok(())
}

#[test]
fn a_file_that_may_not_grow_ends_the_sync_and_the_next_goes_on_without_the_limit() -> Result<()> {
    let github = town()?;
    fill(&github);
    let home = home()?;
    // Blocks of a KiB; a signal would end the process before it can say a word.
    let text = "cd disk
        pyfa_sync \"trap '' XFSZ; ulimit -f 1000\"
        pyfa_sync
        echo status
        \"$PYFA\" activity status --format json";
    let ended = script(home.path(), &github, &["bash"], text);
    let ends: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| line.starts_with("ended with"))
        .collect();
    assert_eq!(ends, ["ended with 1", "ended with 0"], "{ended:?}");
    let said = "check the disk, its quota, and how large a file may be";
    assert!(ended.stderr.contains(said), "{ended:?}");
    assert_eq!(known(&ended)?["issues"], ISSUES);
    Ok(())
}
