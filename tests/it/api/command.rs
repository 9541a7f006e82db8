//! Keys are made by the command, and the server that was started knows them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value as Json;

use crate::support::{Outcome, outcome};

fn run(home: &Path, arguments: &[&str]) -> Outcome {
    outcome(
        Command::new(env!("CARGO_BIN_EXE_pyfa"))
            .args(arguments)
            .current_dir(home)
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )
}

#[test]
fn a_key_is_shown_once_and_masked_from_then_on() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    let made = run(
        home,
        &["manage", "--add-api-key", "board", "--scopes", "tasks,read"],
    )
    .exits(0);
    let value = made.stdout.trim().to_owned();
    assert!(value.starts_with("pyfa_") && value.len() > 50, "{made:?}");
    assert!(!made.stderr.contains(&value), "{made:?}");
    let list = run(home, &["manage", "--list-api-keys"]).exits(0);
    let (prefix, secret) = value.split_once('.').context("two parts")?;
    assert!(list.stdout.contains(prefix) && list.stdout.contains("read,tasks"));
    assert!(!list.stdout.contains(secret), "{list:?}");
    // Nothing but a digest is stored.
    let stored = fs_err::read(home.join(".pyfa/activity.sqlite"))?;
    let is_there = stored
        .windows(secret.len())
        .any(|part| part == secret.as_bytes());
    assert!(!is_there);
    let again = run(home, &["manage", "api-key", "add", "board"]).exits(2);
    assert!(
        again.stderr.contains("there is a key `board` already"),
        "{again:?}"
    );
    for (arguments, message) in [
        (
            &["manage", "--add-api-key", "a", "--scopes", "reed"][..],
            "there is no scope `reed`",
        ),
        (
            &["manage", "--add-api-key", "a", "--scopes", ""],
            "a key without a scope",
        ),
        (
            &["manage", "--add-api-key", "a\u{1b}"],
            "cannot be the name of a key",
        ),
        (
            &["manage", "--add-api-key", "a", "--expires", "2020-01-01"],
            "is in the past",
        ),
    ] {
        let refused = run(home, arguments).exits(2);
        assert!(refused.stderr.contains(message), "{refused:?}");
    }
    let delete = [
        "manage",
        "--delete-api-key",
        "board",
        "--format",
        "json",
        "-f",
    ];
    let deleted = run(home, &delete).exits(0);
    let deleted: Json = serde_json::from_str(&deleted.stdout)?;
    assert_eq!(deleted["done"], true);
    run(home, &delete).exits(1);
    Ok(())
}
