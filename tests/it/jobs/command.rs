//! `pyfa jobs` as its users type it.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::support::{Outcome, Running, outcome, until};

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
    assert!(
        empty.stdout.contains("there is no database of jobs"),
        "{empty:?}"
    );

    let added = run(home, &["jobs", "run", "health", "--target", "plone"]).exits(0);
    assert_eq!(added.stdout, "added job 1: health of plone\n");
    assert!(added.stderr.contains("pyfa worker --once"), "{added:?}");
    let again = run(home, &["jobs", "run", "health", "--target", "plone"]).exits(0);
    assert_eq!(again.stdout, "job 1 does the same, and is due or at work\n");
    let github = json(home, &["jobs", "run", "github", "--target", "plone"])?;
    let github = github["id"].to_string();
    json(home, &["jobs", "run", "activity-update"])?;
    json(home, &["jobs", "run", "fetch-full", "--target", "nosuch"])?;
    let status = run(home, &["jobs", "status"]).exits(1);
    run(home, &["jobs", "status", "--host", "here"]).exits(1);
    assert!(status.stdout.contains("no worker is running"), "{status:?}");

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
        ("activity-update", "waiting"),
        ("fetch-full", "failed"),
        ("github", "waiting"),
        ("health", "done"),
    ];
    assert_eq!(ended, expected);
    for part in [
        "github, board (GITHUB_TOKEN is not set)",
        "without a target (there is no `activity.toml`)",
    ] {
        assert!(worked.stderr.contains(part), "{worked:?}");
    }
    let table = run(home, &["jobs", "list", "--failed"]).exits(0);
    assert!(table.stdout.contains("nosuch"), "{table:?}");
    assert!(!table.stdout.contains("health"), "{table:?}");

    let job = json(home, &["jobs", "show", "1"])?;
    assert_eq!(job["report"]["documents"]["rejected"], 0);
    let shown = run(home, &["jobs", "show", "1"]).exits(0);
    assert!(shown.stdout.contains("worker    here "), "{shown:?}");
    let cancelled = run(home, &["jobs", "cancel", &github]).exits(0);
    assert_eq!(cancelled.stdout, format!("cancelled job {github}\n"));
    let refused = run(home, &["jobs", "cancel", &github]).exits(1);
    assert!(refused.stderr.contains("is cancelled, so"), "{refused:?}");
    run(home, &["jobs", "retry", &github]).exits(0);
    Ok(())
}

#[test]
fn a_job_that_no_worker_can_run_is_named() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    let mut worker = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    worker
        .arg("worker")
        .current_dir(home)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _worker = Running::start(&mut worker)?;
    until("the worker is alive", || {
        run(home, &["jobs", "status"]).code == 0
    });
    let added = run(home, &["jobs", "run", "github", "--target", "plone"]).exits(0);
    let why = "no worker that is alive can run it: GITHUB_TOKEN is not set";
    assert!(added.stderr.contains(why), "{added:?}");
    let listed = run(home, &["jobs", "list"]).exits(0);
    assert!(listed.stdout.contains(why), "{listed:?}");
    let shown = json(home, &["jobs", "show", "1"])?;
    assert_eq!(shown["without_worker"], why);
    let status = run(home, &["jobs", "status"]).exits(0);
    let line = format!("job 1, github of plone, waits: {why}");
    assert!(status.stdout.contains(&line), "{status:?}");
    assert!(status.stdout.contains("LEAVES TO OTHERS"), "{status:?}");
    let status = json(home, &["jobs", "status"])?;
    assert_eq!(status["without_worker"][0]["id"], 1);
    let lacks = &status["workers"][0]["abilities"]["lacks"];
    assert_eq!(lacks[0]["kind"], "github", "{status}");
    // One that it can run is not named.
    let other = run(home, &["jobs", "run", "fetch-full", "--target", "nosuch"]).exits(0);
    assert!(!other.stderr.contains("no worker"), "{other:?}");
    Ok(())
}

#[test]
fn looking_creates_no_database() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    for (arguments, code) in [
        (&["jobs", "list"][..], 0),
        (&["jobs", "status"], 1),
        (&["jobs", "show", "7"], 1),
        (&["jobs", "cancel", "7"], 1),
        (&["jobs", "retry", "7"], 1),
        (&["jobs", "schedules"], 0),
        (&["manage", "--queue-stats"], 0),
    ] {
        run(home, arguments).exits(code);
        assert_eq!(fs_err::read_dir(home)?.count(), 0, "{arguments:?}");
    }
    let status = run(home, &["jobs", "status"]);
    assert!(
        status.stdout.contains("there is no database of jobs yet"),
        "{status:?}"
    );
    assert_eq!(json(home, &["jobs", "list"])?, Value::Array(Vec::new()));
    assert_eq!(json(home, &["jobs", "status"])?["jobs"]["due"], 0);
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
        (&["jobs", "show", "seven"], 2, "`pyfa jobs list` shows them"),
        (
            &["jobs", "run", "health", "--target", "x", "--at", "tomorrow"],
            2,
            "write it with its zone",
        ),
        (&["jobs", "list", "-l", "0"], 2, "from 1 to 10000"),
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
    assert_eq!(default.len(), 13, "{default:?}");
    assert!(default.contains(&("activity-daily".to_owned(), "0 5 * * *".to_owned())));
    let text = "[schedules]\nactivity_daily = \"\"\nhealth = \"off\"\nenrich = \"7 4 * * 1\"\n\
                time_zone = \"Europe/Berlin\"\n";
    fs_err::write(home.join("pyfa.toml"), text)?;
    let own = json(home, &["jobs", "schedules"])?;
    let kinds = kinds(&own);
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    assert!(kinds.contains(&("enrich".to_owned(), "7 4 * * 1".to_owned())));
    let enrich = own.as_array().into_iter().flatten();
    let next = enrich
        .filter(|one| one["kind"] == "enrich")
        .find_map(|one| one["next"].as_str());
    // 04:07 in Berlin is 03:07 or 02:07 in UTC.
    assert!(next.is_some_and(|next| next.contains("T03:07") || next.contains("T02:07")));
    let table = run(home, &["jobs", "schedules"]).exits(0);
    assert!(table.stdout.contains("health             off"), "{table:?}");
    // Nothing was run yet, and not everything can be.
    let one = |schedules: &Value, kind: &str| -> Value {
        let mut schedules = schedules.as_array().into_iter().flatten();
        let found = schedules.find(|one| one["kind"] == kind);
        found.cloned().unwrap_or_default()
    };
    let update = one(&own, "activity-update");
    assert!(update["next"].is_null(), "{update}");
    assert_eq!(update["left_out"], "there is no `activity.toml`");
    assert_eq!(one(&own, "github")["left_out"], "GITHUB_TOKEN is not set");
    assert!(one(&own, "downloads")["next"].is_string());
    assert!(table.stdout.contains("not here: GITHUB_TOKEN"), "{table:?}");
    assert!(table.stdout.contains("never"), "{table:?}");
    fs_err::write(home.join("followed.toml"), "organisations = [\"org\"]")?;
    let named = json(home, &["jobs", "schedules", "--activity", "followed.toml"])?;
    assert!(
        one(&named, "activity-update")["next"].is_string(),
        "{named}"
    );
    Ok(())
}

#[test]
fn the_schedules_of_the_peer_count_where_ours_are_not_set() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    let text = "CELERY_SCHEDULE_RSS_PROJECTS=\"*/2 * * * *\"\n\
                CELERY_SCHEDULE_RSS_RELEASES=\"*/3 * * * *\"\n\
                CELERY_SCHEDULE_WEEKLY_REFRESH=\"1 2 * * 0\"\n\
                CELERY_SCHEDULE_MONTHLY_FETCH=\"1 3 1 * *\"\n\
                CELERY_SCHEDULE_WEEKLY_DOWNLOADS=\"1 4 * * 0\"\n\
                CELERY_SCHEDULE_WEEKLY_GITHUB=\"1 5 * * 0\"\n\
                PYFA_SCHEDULE_GITHUB=\"2 5 * * 0\"\n";
    fs_err::write(home.join(".env"), text)?;
    let listed = json(home, &["jobs", "schedules"])?;
    for (kind, cron) in [
        ("fetch-incremental", "*/3 * * * *"),
        ("fetch-refresh", "1 2 * * 0"),
        ("fetch-full", "1 3 1 * *"),
        ("downloads", "1 4 * * 0"),
        ("github", "2 5 * * 0"),
    ] {
        let mut listed = listed.as_array().into_iter().flatten();
        let found = listed.find(|one| one["kind"] == kind);
        assert_eq!(found.map(|one| &one["cron"]), Some(&cron.into()), "{kind}");
    }
    fs_err::write(home.join(".env"), "CELERY_SCHEDULE_WEEKLY_REFRESH=weekly\n")?;
    let refused = run(home, &["jobs", "schedules"]).exits(2);
    assert!(
        refused.stderr.contains("CELERY_SCHEDULE_WEEKLY_REFRESH"),
        "{refused:?}"
    );
    Ok(())
}
