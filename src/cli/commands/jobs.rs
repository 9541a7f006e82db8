//! `pyfa jobs`: what waits, what runs, what has ended, and what runs by the clock.

use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::job_schedules;
use crate::cli::arguments::{Format, JobsAction};
use crate::cli::confirm::Confirm;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{self, Printer, count_of, one_line, time_or_dash};
use crate::config::Config;
use crate::database::Database;
use crate::jobs::{
    Abilities, Added, Cancelled, Job, JobError, JobKind, JobRequest, JobState, Queue, QueueCounts,
    ScheduleStatus, Scheduler, WorkerStatus, fetch_workers, why_nobody_runs,
};

/// Jobs that are looked through for those that no worker takes.
const MOST_WAITING: u32 = 1_000;

/// The clocks of hosts may differ by this much.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

pub(super) async fn execute(
    action: JobsAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    // Looking creates nothing.
    let database = if matches!(action, JobsAction::Run { .. }) {
        Some(Database::open(&config.database).await?)
    } else {
        Database::open_existing(&config.database).await?
    };
    let Some(database) = database else {
        return without_database(&action, config);
    };
    let queue = Queue::new(database.clone());
    let result = match action {
        JobsAction::List {
            kind,
            failed,
            limit,
            format,
        } => list(&queue, &database, kind, failed, limit, format).await,
        JobsAction::Show { id, format } => show(&queue, &database, id, format).await,
        JobsAction::Run {
            kind,
            target,
            at,
            format,
        } => {
            let target = target.or_else(|| {
                let default = config.default_profile.clone();
                default.filter(|_| kind.is_about_packages())
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
        JobsAction::Schedules { activity, format } => {
            let scheduler = Scheduler::new(database.clone(), config.jobs.schedules.clone());
            let status = scheduler.fetch_status().await?;
            job_schedules::show(status, config, &activity, format)
        }
        JobsAction::Status { host, format } => {
            let status = Status::fetch(&queue, &database).await?;
            show_status(&status, host.as_deref(), format)
        }
    };
    database.close().await;
    result
}

/// What there is to say where no database was created yet.
fn without_database(action: &JobsAction, config: &Config) -> CommandResult {
    const NOTHING: &str =
        "there is no database of jobs yet; `pyfa jobs run KIND` and `pyfa worker` create it";
    match action {
        JobsAction::List { format, .. } => {
            match format {
                Format::Json => output::json(&[(); 0])?,
                Format::Text => output::line(NOTHING),
            }
            Ok(Exit::Done)
        }
        JobsAction::Status { format, .. } => {
            match format {
                Format::Json => output::json(&Status::default())?,
                Format::Text => output::line(NOTHING),
            }
            Ok(Exit::Failed)
        }
        JobsAction::Schedules { activity, format } => {
            let schedules = &config.jobs.schedules;
            let status = ScheduleStatus::of_unseen(schedules, Timestamp::now());
            job_schedules::show(status, config, activity, *format)
        }
        JobsAction::Show { id, .. }
        | JobsAction::Cancel { id, .. }
        | JobsAction::Retry { id, .. } => Err(JobError::NotFound { id: *id }.into()),
        JobsAction::Run { .. } => Ok(Exit::Failed),
    }
}

/// A job as it is listed.
#[derive(Debug, Serialize)]
struct Listed {
    #[serde(flatten)]
    job: Job,
    /// Why none of the workers that are alive takes it, although it waits.
    without_worker: Option<String>,
}

impl Listed {
    fn new(job: Job, workers: &[WorkerStatus]) -> Self {
        let is_waiting = job.state == JobState::Waiting;
        let why = || why_nobody_runs(workers, &job.kind, &job.target);
        Self {
            without_worker: is_waiting.then(why).flatten(),
            job,
        }
    }
}

async fn list(
    queue: &Queue,
    database: &Database,
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
    let workers = fetch_workers(database).await?;
    let jobs = jobs.into_iter().map(|job| Listed::new(job, &workers));
    let jobs: Vec<Listed> = jobs.collect();
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
        .map(
            |Listed {
                 job,
                 without_worker,
             }| {
                let detail = without_worker.clone().unwrap_or_else(|| detail_of(job));
                [
                    job.id.to_string(),
                    job.kind.clone(),
                    one_line(&job.target),
                    job.state.name().to_owned(),
                    time_or_dash(time_of(job)),
                    one_line(&detail),
                ]
            },
        )
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

async fn show(queue: &Queue, database: &Database, id: i64, format: Format) -> CommandResult {
    let listed = Listed::new(queue.fetch(id).await?, &fetch_workers(database).await?);
    if format == Format::Json {
        output::json(&listed)?;
        return Ok(Exit::Done);
    }
    let Listed {
        job,
        without_worker,
    } = listed;
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
        format!("created   {}", time_or_dash(Some(job.created_at))),
        format!("due       {}", time_or_dash(Some(job.run_at))),
        format!("begun     {}", time_or_dash(job.started_at)),
        format!("ended     {}", time_or_dash(job.finished_at)),
    ];
    if let Some(worker) = &job.worker {
        lines.push(format!("worker    {}", one_line(worker)));
    }
    if let Some(schedule) = &job.schedule {
        let due = time_or_dash(job.due);
        lines.push(format!("schedule  {} of {due}", one_line(schedule)));
    }
    if let Some(why) = &without_worker {
        lines.push(format!("waits     {why}"));
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
    } else if let Some(why) = why_nobody_runs(&workers, request.kind.name(), &request.target) {
        printer.note(&why);
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

/// The answer of `pyfa jobs status`.
#[derive(Debug, Default, Serialize)]
struct Status {
    jobs: QueueCounts,
    workers: Vec<WorkerStatus>,
    /// Jobs that wait and that no worker which is alive takes.
    without_worker: Vec<WithoutWorker>,
}

#[derive(Debug, Serialize)]
struct WithoutWorker {
    id: i64,
    kind: String,
    target: String,
    why: String,
}

impl Status {
    async fn fetch(queue: &Queue, database: &Database) -> CommandResult<Self> {
        let workers = fetch_workers(database).await?;
        let waiting = queue.list(&[JobState::Waiting], None, MOST_WAITING).await?;
        let without_worker = waiting.into_iter().filter_map(|job| {
            let why = why_nobody_runs(&workers, &job.kind, &job.target)?;
            Some(WithoutWorker {
                id: job.id,
                kind: job.kind,
                target: job.target,
                why,
            })
        });
        Ok(Self {
            jobs: queue.fetch_counts().await?,
            without_worker: without_worker.collect(),
            workers,
        })
    }
}

fn show_status(status: &Status, host: Option<&str>, format: Format) -> CommandResult {
    let is_wanted = |worker: &WorkerStatus| host.is_none_or(|host| worker.host == host);
    let mut alive = status.workers.iter().filter(|worker| worker.is_alive);
    let exit = if alive.any(is_wanted) {
        Exit::Done
    } else {
        Exit::Failed
    };
    if format == Format::Json {
        output::json(status)?;
        return Ok(exit);
    }
    output::line(&text_of(&status.jobs));
    for WithoutWorker {
        id,
        kind,
        target,
        why,
    } in &status.without_worker
    {
        let of = match target.as_str() {
            "" => String::new(),
            target => format!(" of {target}"),
        };
        output::line(&one_line(&format!("job {id}, {kind}{of}, waits: {why}")));
    }
    if status.workers.is_empty() {
        output::line("no worker is running; `pyfa worker` starts one");
    } else {
        let rows: Vec<[String; 5]> = status
            .workers
            .iter()
            .map(|worker| {
                let state = if worker.is_alive { "alive" } else { "silent" };
                let abilities = worker.abilities.as_ref();
                let lacks = abilities.and_then(Abilities::lacks_in_words);
                [
                    one_line(&worker.id),
                    state.to_owned(),
                    time_or_dash(Some(worker.started_at)),
                    time_or_dash(Some(worker.seen_at)),
                    one_line(&lacks.unwrap_or_else(|| "-".to_owned())),
                ]
            })
            .collect();
        let head = ["WORKER", "STATE", "STARTED", "SEEN", "LEAVES TO OTHERS"];
        output::table(head, &rows);
    }
    Ok(exit)
}

fn text_of(counts: &QueueCounts) -> String {
    let oldest = match counts.oldest_due {
        Some(due) => format!(", the first since {}", time_or_dash(Some(due))),
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
    let counts = match Database::open_existing(&config.database).await? {
        Some(database) => {
            let counts = Queue::new(database.clone()).fetch_counts().await?;
            database.close().await;
            counts
        }
        None => QueueCounts::default(),
    };
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
