//! `pyfa jobs`: what waits, what runs, what has ended, and what runs by the clock.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::cli::arguments::{Format, JobsAction};
use crate::cli::confirm::Confirm;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer, count_of, one_line};
use crate::config::Config;
use crate::database::Database;
use crate::jobs::{
    Added, Cancelled, Job, JobKind, JobRequest, JobState, Queue, QueueCounts, ScheduleStatus,
    Scheduler, WorkerStatus, fetch_workers,
};

/// The clocks of hosts may differ by this much.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

pub(super) async fn execute(
    action: JobsAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let database = Database::open(&config.database).await?;
    let queue = Queue::new(database.clone());
    let result = match action {
        JobsAction::List {
            kind,
            failed,
            limit,
            format,
        } => list(&queue, kind, failed, limit, format).await,
        JobsAction::Show { id, format } => show(&queue, id, format).await,
        JobsAction::Run {
            kind,
            target,
            at,
            format,
        } => {
            let target = target.or_else(|| {
                let default = config.default_profile.clone();
                default.filter(|_| !kind.is_activity() && !kind.is_discovery())
            });
            let request = JobRequest {
                kind,
                target: target.unwrap_or_default(),
                run_at: at,
            };
            run(&queue, &database, &request, format, printer).await
        }
        JobsAction::Cancel { id, format } => cancel(&queue, id, format, printer).await,
        JobsAction::Retry { id, format } => retry(&queue, id, format, printer).await,
        JobsAction::Schedules { format } => schedules(&database, config, format).await,
        JobsAction::Status { host, format } => {
            status(&queue, &database, host.as_deref(), format).await
        }
    };
    database.close().await;
    result
}

async fn list(
    queue: &Queue,
    kind: Option<JobKind>,
    failed: bool,
    limit: u32,
    format: Format,
) -> CommandResult {
    let states = if failed {
        &[JobState::Failed][..]
    } else {
        &JobState::ALL
    };
    let jobs = queue.list(states, kind, limit).await?;
    if format == Format::Json {
        output::json(&jobs)?;
        return Ok(Exit::Done);
    }
    if jobs.is_empty() && (failed || kind.is_some()) {
        output::line("there are no such jobs; `pyfa jobs list` lists all");
        return Ok(Exit::Done);
    }
    if jobs.is_empty() {
        output::line("there are no jobs; `pyfa jobs run KIND` adds one, `pyfa worker` runs them");
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 6]> = jobs
        .iter()
        .map(|job| {
            [
                job.id.to_string(),
                job.kind.clone(),
                one_line(&job.target),
                job.state.name().to_owned(),
                shown_time(time_of(job)),
                one_line(&detail_of(job)),
            ]
        })
        .collect();
    output::table(["ID", "KIND", "TARGET", "STATE", "TIME", "DETAIL"], &rows);
    Ok(Exit::Done)
}

/// When it is due, has begun, or has ended.
fn time_of(job: &Job) -> Option<Timestamp> {
    match job.state {
        JobState::Waiting => Some(job.run_at),
        JobState::Running => job.started_at,
        _ => job.finished_at,
    }
}

fn detail_of(job: &Job) -> String {
    let host = job.host.as_deref().unwrap_or_default();
    match (&job.error, job.state) {
        (_, JobState::Running) if job.cancel_requested => format!("stopping on {host}"),
        (_, JobState::Running) if is_lost(job) => {
            format!("on {host}, which has been silent for too long; the next worker runs it again")
        }
        (_, JobState::Running) => format!("on {host}"),
        (Some(error), _) => error.clone(),
        (None, _) => match (job.started_at, job.finished_at) {
            (Some(started), Some(finished)) => {
                let seconds = finished.duration_since(started).as_secs_f64();
                format!("took {seconds:.1} s on {host}")
            }
            _ => String::new(),
        },
    }
}

/// Whether its worker has let the lease run out, by this host's clock.
fn is_lost(job: &Job) -> bool {
    job.lease_until
        .is_some_and(|until| until + CLOCK_TOLERANCE < Timestamp::now())
}

async fn show(queue: &Queue, id: i64, format: Format) -> CommandResult {
    let job = queue.fetch(id).await?;
    if format == Format::Json {
        output::json(&job)?;
        return Ok(Exit::Done);
    }
    let target = match job.target.as_str() {
        "" if job.kind == JobKind::DiscoveryScraper.name() => {
            "developers whose turn it is".to_owned()
        }
        "" => "everything in activity.toml".to_owned(),
        target => one_line(target),
    };
    let mut lines = vec![
        format!("job       {} ({})", job.id, job.kind),
        format!("target    {target}"),
        format!("state     {}", job.state.name()),
        format!("attempts  {} of {}", job.attempts, job.max_attempts),
        format!("created   {}", shown_time(Some(job.created_at))),
        format!("due       {}", shown_time(Some(job.run_at))),
        format!("begun     {}", shown_time(job.started_at)),
        format!("ended     {}", shown_time(job.finished_at)),
    ];
    if let Some(worker) = &job.worker {
        lines.push(format!("worker    {}", one_line(worker)));
    }
    if let Some(schedule) = &job.schedule {
        let due = shown_time(job.due);
        lines.push(format!("schedule  {} of {due}", one_line(schedule)));
    }
    if let Some(error) = &job.error {
        lines.push(format!("error     {error}"));
    }
    output::lines(&lines);
    if !job.report.is_null() {
        output::line("report");
        output::json(&job.report)?;
    }
    Ok(Exit::Done)
}

async fn run(
    queue: &Queue,
    database: &Database,
    request: &JobRequest,
    format: Format,
    printer: Printer,
) -> CommandResult {
    let added = queue.add(request).await?;
    let Added { id, existed } = added;
    match format {
        Format::Json => output::json(&added)?,
        Format::Text if existed => {
            printer.result(&format!("job {id} does the same, and is due or at work"));
        }
        Format::Text if request.target.is_empty() => {
            printer.result(&format!("added job {id}: {}", request.kind));
        }
        Format::Text => {
            let target = one_line(&request.target);
            printer.result(&format!("added job {id}: {} of {target}", request.kind));
        }
    }
    let workers = fetch_workers(database).await?;
    if !workers.iter().any(|worker| worker.is_alive) {
        printer.note("no worker is running; `pyfa worker` runs jobs, `pyfa worker --once` those that are due");
    }
    Ok(Exit::Done)
}

async fn cancel(queue: &Queue, id: i64, format: Format, printer: Printer) -> CommandResult {
    let cancelled = queue.cancel(id).await?;
    match format {
        Format::Json => output::json(&serde_json::json!({ "id": id, "cancelled": cancelled }))?,
        Format::Text => printer.result(&match cancelled {
            Cancelled::AtOnce => format!("cancelled job {id}"),
            Cancelled::Requested => {
                format!("asked the worker of job {id} to stop; what it has read is kept")
            }
        }),
    }
    Ok(Exit::Done)
}

async fn retry(queue: &Queue, id: i64, format: Format, printer: Printer) -> CommandResult {
    queue.retry(id).await?;
    match format {
        Format::Json => output::json(&serde_json::json!({ "id": id, "state": "waiting" }))?,
        Format::Text => printer.result(&format!("job {id} waits for a worker again")),
    }
    Ok(Exit::Done)
}

async fn schedules(database: &Database, config: &Config, format: Format) -> CommandResult {
    let scheduler = Scheduler::new(database.clone(), config.jobs.schedules.clone());
    let status = scheduler.fetch_status().await?;
    if format == Format::Json {
        output::json(&status)?;
        return Ok(Exit::Done);
    }
    let row = |schedule: &ScheduleStatus| {
        [
            schedule.kind.to_string(),
            schedule.cron.clone(),
            shown_time(schedule.last),
            shown_time(schedule.next),
        ]
    };
    let mut rows: Vec<[String; 4]> = status.iter().map(row).collect();
    for kind in JobKind::ALL {
        if !status.iter().any(|schedule| schedule.kind == kind) {
            let off = ["off", "-", "-"].map(str::to_owned);
            let [cron, last, next] = off;
            rows.push([kind.to_string(), cron, last, next]);
        }
    }
    output::table(["KIND", "SCHEDULE", "LAST (UTC)", "NEXT (UTC)"], &rows);
    Ok(Exit::Done)
}

/// The answer of `pyfa jobs status`.
#[derive(Debug, Serialize)]
struct Status {
    jobs: QueueCounts,
    workers: Vec<WorkerStatus>,
}

async fn status(
    queue: &Queue,
    database: &Database,
    host: Option<&str>,
    format: Format,
) -> CommandResult {
    let status = Status {
        jobs: queue.fetch_counts().await?,
        workers: fetch_workers(database).await?,
    };
    let is_wanted = |worker: &WorkerStatus| host.is_none_or(|host| worker.host == host);
    let mut alive = status.workers.iter().filter(|worker| worker.is_alive);
    let exit = if alive.any(is_wanted) {
        Exit::Done
    } else {
        Exit::Failed
    };
    if format == Format::Json {
        output::json(&status)?;
        return Ok(exit);
    }
    output::line(&text_of(&status.jobs));
    if status.workers.is_empty() {
        output::line("no worker is running; `pyfa worker` starts one");
    } else {
        let rows: Vec<[String; 4]> = status
            .workers
            .iter()
            .map(|worker| {
                let state = if worker.is_alive { "alive" } else { "silent" };
                [
                    one_line(&worker.id),
                    state.to_owned(),
                    shown_time(Some(worker.started_at)),
                    shown_time(Some(worker.seen_at)),
                ]
            })
            .collect();
        output::table(["WORKER", "STATE", "STARTED", "SEEN"], &rows);
    }
    Ok(exit)
}

fn text_of(counts: &QueueCounts) -> String {
    let oldest = match counts.oldest_due {
        Some(due) => format!(", the first since {}", shown_time(Some(due))),
        None => String::new(),
    };
    format!(
        "{} due{oldest}; {} later, {} running, {} failed",
        count_of(counts.due, "job"),
        counts.later,
        counts.running,
        counts.failed
    )
}

/// Counts jobs, as the peer's flag does.
pub(super) async fn show_counts(config: &Config, format: Format) -> CommandResult {
    let database = Database::open(&config.database).await?;
    let counts = Queue::new(database.clone()).fetch_counts().await?;
    database.close().await;
    match format {
        Format::Json => output::json(&counts)?,
        Format::Text => output::line(&text_of(&counts)),
    }
    Ok(Exit::Done)
}

/// Cancels everything that waits, as the peer's flag does.
pub(super) async fn cancel_waiting(
    config: &Config,
    force: bool,
    format: Format,
    printer: Printer,
) -> CommandResult {
    let database = Database::open(&config.database).await?;
    let queue = Queue::new(database.clone());
    let counts = queue.fetch_counts().await?;
    let waiting = counts.due + counts.later;
    let what = format!(
        "this cancels {}; those that run go on",
        count_of(waiting, "waiting job")
    );
    if !Confirm::new(force, printer).ask(&what, "Cancel them?")? {
        return Err(UsageError::new("nothing was cancelled").into());
    }
    let cancelled = queue.cancel_waiting().await?;
    database.close().await;
    match format {
        Format::Json => output::json(&serde_json::json!({ "cancelled": cancelled }))?,
        Format::Text => printer.result(&format!("cancelled {}", count_of(cancelled, "job"))),
    }
    Ok(Exit::Done)
}

fn shown_time(time: Option<Timestamp>) -> String {
    match time {
        Some(time) => time.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        None => "-".to_owned(),
    }
}
