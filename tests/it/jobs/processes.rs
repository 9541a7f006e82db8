//! Workers as processes: killed, paused and woken at random, and told to stop.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::jobs::{JobKind, JobRequest, JobState, Queue, fetch_workers};
use pyfa_testkit::github::{FakeGitHub, RandomEvents};
use rustix::process::{Pid, Signal, kill_process};

use crate::activity::{ORGANISATION, REPOSITORIES, TOKEN, compare, stored_ids, town};
use crate::database::Place;
use crate::support::{Running, finish, until};

/// A worker with a home of its own, which follows everything there is.
fn worker(home: &Path, github: &FakeGitHub, place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pyfa"));
    command
        .args(["worker", "--activity"])
        .arg(home.join("activity.toml"))
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("PYFA_HOME", home)
        .env("PYFA_JOB_HOST", home)
        .env("PYFA_JOB_LEASE", "2")
        .env("PYFA_DATABASE", &place.address)
        .env("GITHUB_API_URL", github.base_url())
        .env("GITHUB_TOKEN", TOKEN)
        .env("GITHUB_COOLOFFTIME", "0")
        .env("GITHUB_QUOTA_SHARE", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    for schedule in ["UPDATE", "EVENTS", "DAILY"] {
        command.env(format!("PYFA_SCHEDULE_ACTIVITY_{schedule}"), "off");
    }
    command
}

fn home() -> Result<tempfile::TempDir> {
    let home = tempfile::tempdir()?;
    let repositories = REPOSITORIES.map(|name| format!("\"{name}\"")).join(", ");
    let file = format!(
        "organisations = [\"{ORGANISATION}\"]\nrepositories = [{repositories}]\n\
         first_days = 3650\nclosed_days = 3650\n"
    );
    fs_err::write(home.path().join("activity.toml"), file)?;
    Ok(home)
}

/// Thirty issues, which the search shows.
fn fill(github: &FakeGitHub) {
    for number in 0..30 {
        github
            .world()
            .open("org/one", "ada", &format!("issue {number}"), false);
    }
    github.controls().advance(Duration::from_hours(2));
}

fn signal(worker: &Running, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(worker.id())?).context("no process")?;
    Ok(kill_process(pid, signal)?)
}

async fn run_under_fire(place: &Place, seed: u64) -> Result<()> {
    let github = town()?;
    let mut events = RandomEvents::new(seed, ORGANISATION, &REPOSITORIES);
    for _ in 0..60 {
        events.happen(&github);
    }
    github.controls().advance(Duration::from_hours(2));
    github.controls().set_latency(Duration::from_millis(10));
    let database = place.open().await?;
    let queue = Queue::new(database.clone());
    let mut ids = Vec::new();
    for kind in [
        JobKind::ActivityUpdate,
        JobKind::ActivityEvents,
        JobKind::ActivityDaily,
    ] {
        let request = JobRequest {
            kind,
            target: String::new(),
            run_at: None,
        };
        ids.push(queue.add(&request).await?.id);
    }
    let homes = [home()?, home()?];
    let start = |at: usize| Running::start(&mut worker(homes[at].path(), &github, place, &[]));
    let mut workers = [start(0)?, start(1)?];
    let mut known = BTreeSet::new();
    for _ in 0..6 {
        let requests = github.controls().count("") + 3 + events.below(20);
        let is_over = |jobs: &[pyfa::jobs::Job]| jobs.iter().all(|job| job.state.has_ended());
        loop {
            let jobs = queue.list(&JobState::ALL, None, 10).await?;
            if is_over(&jobs) || github.controls().count("") >= requests {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        known.extend(stored_ids(&database).await?);
        let at = events.below(2);
        if events.below(2) == 0 {
            workers[at].kill()?;
            workers[at].wait()?;
            workers[at] = start(at)?;
        } else {
            signal(&workers[at], Signal::STOP)?;
            // Until the other one has taken over what this one may have had.
            let paused = homes[at].path().display().to_string();
            loop {
                let jobs = queue.list(&[JobState::Running], None, 10).await?;
                let is_held = |job: &pyfa::jobs::Job| job.host.as_deref() == Some(paused.as_str());
                if !jobs.iter().any(is_held) {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            signal(&workers[at], Signal::CONT)?;
        }
    }
    for id in &ids {
        let limit = Duration::from_mins(2);
        let ended = async {
            loop {
                let job = queue.fetch(*id).await?;
                if job.state.has_ended() {
                    return anyhow::Ok(job);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let job = tokio::time::timeout(limit, ended).await??;
        assert_eq!(job.state, JobState::Done, "{job:?}");
    }
    for worker in &workers {
        // One that has just begun does not listen yet.
        let process = i64::from(worker.id());
        while !fetch_workers(&database)
            .await?
            .iter()
            .any(|one| one.process == process)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        signal(worker, Signal::TERM)?;
    }
    for worker in workers {
        let ended = finish(worker);
        assert_eq!(ended.code, 0, "{ended:?}");
    }
    known.extend(stored_ids(&database).await?);
    compare(&github, &database, &known).await
}

#[tokio::test]
async fn two_workers_under_kills_and_pauses_do_every_job_on_postgresql() -> Result<()> {
    for seed in [31, 32] {
        let Some(place) = Place::postgres() else {
            return Ok(());
        };
        run_under_fire(&place?, seed).await?;
    }
    Ok(())
}

#[tokio::test]
async fn two_workers_under_kills_and_pauses_do_every_job_on_sqlite() -> Result<()> {
    run_under_fire(&Place::sqlite()?, 41).await
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_gives_its_job_back() -> Result<()> {
    let place = Place::sqlite()?;
    let github = town()?;
    fill(&github);
    github.controls().set_latency(Duration::from_millis(30));
    let queue = Queue::new(place.open().await?);
    let request = JobRequest {
        kind: JobKind::ActivityEvents,
        target: "org/one".to_owned(),
        run_at: None,
    };
    let id = queue.add(&request).await?.id;
    let home = home()?;
    let running = Running::start(&mut worker(home.path(), &github, &place, &[]))?;
    until("timelines are read", || {
        github.controls().count("timeline") > 2
    });
    signal(&running, Signal::TERM)?;
    let ended = finish(running);
    assert_eq!(ended.code, 0, "{ended:?}");
    let job = queue.fetch(id).await?;
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0), "{job:?}");
    assert!(github.controls().count("timeline") < 25);

    let ended = finish(Running::start(&mut worker(
        home.path(),
        &github,
        &place,
        &["--once"],
    ))?);
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(
        ended.stderr.contains("activity-events of org/one is done"),
        "{ended:?}"
    );
    assert_eq!(queue.fetch(id).await?.state, JobState::Done);
    Ok(())
}

#[tokio::test]
async fn a_quota_that_is_used_up_puts_the_job_off_until_its_reset() -> Result<()> {
    let place = Place::sqlite()?;
    let github = town()?;
    fill(&github);
    github.set_remaining(Some(TOKEN), pyfa_testkit::github::Resource::Core, 20);
    let queue = Queue::new(place.open().await?);
    let request = JobRequest {
        kind: JobKind::ActivityEvents,
        target: "org/one".to_owned(),
        run_at: None,
    };
    let id = queue.add(&request).await?.id;
    let home = home()?;
    let ended = finish(Running::start(&mut worker(
        home.path(),
        &github,
        &place,
        &["--once"],
    ))?);
    assert_eq!(ended.code, 0, "{ended:?}");
    let job = queue.fetch(id).await?;
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0), "{job:?}");
    let pause = job.run_at.duration_since(jiff::Timestamp::now());
    assert!((1..=3_700).contains(&pause.as_secs()), "{pause:?}");
    assert!(job.error.is_some_and(|error| error.contains("quota")));
    Ok(())
}
