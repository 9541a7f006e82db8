//! `pyfa jobs` as its users type it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{Outcome, outcome};

fn run(home: &Path, arguments: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("PYFA_JOB_HOST", "here")
        .stdin(Stdio::null());
    outcome(&mut command)
}

fn json(home: &Path, arguments: &[&str]) -> Result<Value> {
    let outcome = run(home, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&outcome.stdout).with_context(|| format!("{outcome:?}"))
}

#[test]
fn jobs_are_queued_run_listed_and_shown() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    run(home, &["up", "--sample", "--no-serve"]).exits(0);
    let empty = run(home, &["jobs", "list"]).exits(0);
    assert!(empty.stdout.contains("there are no jobs"), "{empty:?}");
    let status = run(home, &["jobs", "status"]).exits(1);
    run(home, &["jobs", "status", "--host", "here"]).exits(1);
    assert!(status.stdout.contains("no worker is running"), "{status:?}");

    let added = run(home, &["jobs", "run", "health", "--target", "plone"]).exits(0);
    assert_eq!(added.stdout, "added job 1: health of plone\n");
    assert!(added.stderr.contains("pyfa worker --once"), "{added:?}");
    let again = run(home, &["jobs", "run", "health", "--target", "plone"]).exits(0);
    assert_eq!(again.stdout, "job 1 does the same, and is due or at work\n");
    let github = json(home, &["jobs", "run", "github", "--target", "plone"])?;
    let github = github["id"].to_string();
    json(home, &["jobs", "run", "activity-update"])?;

    let worked = run(home, &["worker", "--once"]).exits(0);
    assert!(
        worked.stderr.contains("job 1: health of plone is done"),
        "{worked:?}"
    );
    let jobs = json(home, &["jobs", "list"])?;
    let mut ended: Vec<(&str, &str)> = jobs
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|job| Some((job["kind"].as_str()?, job["state"].as_str()?)))
        .collect();
    ended.sort_unstable();
    let expected = [
        ("activity-update", "failed"),
        ("github", "failed"),
        ("health", "done"),
    ];
    assert_eq!(ended, expected);
    let table = run(home, &["jobs", "list", "--failed"]).exits(0);
    assert!(
        table.stdout.contains("GITHUB_TOKEN is not set"),
        "{table:?}"
    );
    assert!(table.stdout.contains("activity.toml"), "{table:?}");
    assert!(!table.stdout.contains("health"), "{table:?}");

    let job = json(home, &["jobs", "show", "1"])?;
    assert_eq!(job["report"]["documents"]["rejected"], 0);
    let shown = run(home, &["jobs", "show", "1"]).exits(0);
    assert!(shown.stdout.contains("worker    here "), "{shown:?}");
    run(home, &["jobs", "retry", &github]).exits(0);
    let cancelled = run(home, &["jobs", "cancel", &github]).exits(0);
    assert_eq!(cancelled.stdout, format!("cancelled job {github}\n"));
    let refused = run(home, &["jobs", "cancel", &github]).exits(1);
    assert!(refused.stderr.contains("is cancelled, so"), "{refused:?}");
    Ok(())
}

#[test]
fn mistakes_are_named() {
    let home = tempfile::tempdir().expect("a folder");
    for (arguments, code, part) in [
        (&["jobs", "run", "fetch"][..], 2, "fetch-incremental"),
        (&["jobs", "run", "fetch-full"], 2, "--target plone"),
        (
            &["jobs", "run", "activity-daily", "--target", "x"],
            2,
            "OWNER/NAME",
        ),
        (&["jobs", "show", "7"], 1, "there is no job 7"),
        (&["manage", "--purge-queue"], 2, "add `-f` to confirm"),
    ] {
        let refused = run(home.path(), arguments).exits(code);
        assert!(refused.stderr.contains(part), "{arguments:?}: {refused:?}");
    }
}

#[test]
fn the_flags_of_the_guide_count_and_cancel_jobs() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    for target in ["plone", "django"] {
        run(home, &["jobs", "run", "health", "--target", target]).exits(0);
    }
    let stats = run(home, &["manage", "--queue-stats"]).exits(0);
    assert!(
        stats.stdout.starts_with("2 jobs due, the first since"),
        "{stats:?}"
    );
    let purged = run(home, &["manage", "--purge-queue", "-f"]).exits(0);
    assert_eq!(purged.stdout, "cancelled 2 jobs\n");
    let stats = json(home, &["manage", "--queue-stats"])?;
    assert_eq!((&stats["due"], &stats["running"]), (&0.into(), &0.into()));
    Ok(())
}

#[test]
fn schedules_are_listed_and_switched_off() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    let kinds = |schedules: &Value| -> Vec<(String, String)> {
        let schedules = schedules.as_array().into_iter().flatten();
        schedules
            .filter_map(|one| {
                let (kind, cron) = (one["kind"].as_str()?, one["cron"].as_str()?);
                Some((kind.to_owned(), cron.to_owned()))
            })
            .collect()
    };
    let default = kinds(&json(home, &["jobs", "schedules"])?);
    assert_eq!(default.len(), 11, "{default:?}");
    assert!(default.contains(&("activity-daily".to_owned(), "0 5 * * *".to_owned())));
    let text = "[schedules]\nactivity_daily = \"\"\nhealth = \"off\"\nenrich = \"7 4 * * 1\"\n\
                time_zone = \"Europe/Berlin\"\n";
    fs_err::write(home.join("pyfa.toml"), text)?;
    let own = json(home, &["jobs", "schedules"])?;
    let kinds = kinds(&own);
    assert_eq!(kinds.len(), 10, "{kinds:?}");
    assert!(kinds.contains(&("enrich".to_owned(), "7 4 * * 1".to_owned())));
    let enrich = own.as_array().into_iter().flatten();
    let next = enrich
        .filter(|one| one["kind"] == "enrich")
        .find_map(|one| one["next"].as_str());
    // 04:07 in Berlin is 03:07 or 02:07 in UTC.
    assert!(next.is_some_and(|next| next.contains("T03:07") || next.contains("T02:07")));
    let table = run(home, &["jobs", "schedules"]).exits(0);
    assert!(table.stdout.contains("health             off"), "{table:?}");
    Ok(())
}
