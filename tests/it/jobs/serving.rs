//! A worker next to the server, on the embedded engine, and people who work on the same collection.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Result;
use pyfa_testkit::pypi::{FakePyPi, Fault, On, RequestKind};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::support::{Outcome, Running, finish, outcome, plone, until};

fn command(home: &Path, pypi: Option<&FakePyPi>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("PYPI_BASE_URL", "http://127.0.0.1:1/")
        .env("PYPI_RETRY_BACKOFF", "0.01")
        .env("NPM_BASE_URL", "http://127.0.0.1:1/")
        .env("NPM_MAX_RETRIES", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(pypi) = pypi {
        command.env("PYPI_BASE_URL", pypi.base_url());
    }
    command
}

fn run(home: &Path, arguments: &[&str]) -> Outcome {
    outcome(&mut command(home, None, arguments))
}

fn job(home: &Path, id: &str) -> Value {
    let shown = run(home, &["jobs", "show", id, "--format", "json"]);
    serde_json::from_str(&shown.stdout).unwrap_or_default()
}

#[test]
fn a_server_runs_jobs_too() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    run(home, &["up", "--sample", "--no-serve"]).exits(0);
    let arguments = ["serve", "--worker", "--listen", "127.0.0.1:0"];
    let server = Running::start(&mut command(home, None, &arguments))?;
    run(home, &["jobs", "run", "health", "--target", "plone"]).exits(0);
    until("the job is done", || job(home, "1")["state"] == "done");
    run(home, &["jobs", "status", "--host", "elsewhere"]).exits(1);
    let status = run(home, &["jobs", "status"]).exits(0);
    assert!(status.stdout.contains("alive"), "{status:?}");
    let pid = Pid::from_raw(i32::try_from(server.id())?);
    kill_process(pid.expect("a process"), Signal::TERM)?;
    let ended = finish(server);
    assert_eq!(ended.code, 0, "{ended:?}");
    // One that ends in order is not missed.
    run(home, &["jobs", "status"]).exits(1);
    Ok(())
}

#[test]
fn a_job_waits_for_the_command_of_a_person() -> Result<()> {
    let home = tempfile::tempdir()?;
    let home = home.path();
    let pypi = FakePyPi::start()?;
    pypi.publish("plone.api", "1.0", &plone("an api"));
    pypi.fail_next(1, On::Kind(RequestKind::Index), Fault::StallMidBody);
    let fetch = ["pypi", "-f", "-p", "plone", "--discovery", "simple"];
    let person = Running::start(&mut command(home, Some(&pypi), &fetch))?;
    until("a person fetches", || pypi.counts().index == 1);
    run(home, &["jobs", "run", "fetch-full", "--target", "plone"]).exits(0);
    let worked = outcome(&mut command(home, Some(&pypi), &["worker", "--once"])).exits(0);
    assert!(worked.stderr.contains("in use by `pypi`"), "{worked:?}");
    let waiting = job(home, "1");
    assert_eq!(
        (&waiting["state"], &waiting["attempts"]),
        (&"waiting".into(), &0.into())
    );
    drop(person);
    run(home, &["jobs", "cancel", "1"]).exits(0);
    run(home, &["jobs", "run", "fetch-full", "--target", "plone"]).exits(0);
    let worked = outcome(&mut command(home, Some(&pypi), &["worker", "--once"])).exits(0);
    assert_eq!(job(home, "2")["state"], "done", "{worked:?}");
    assert_eq!(job(home, "2")["report"]["projects"]["matched"], 1);
    Ok(())
}
