//! `pyfa worker`: runs jobs, by themselves or next to a server.

mod archive;
mod board;
mod discovery;
mod outcome;
mod runner;
mod targets;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use super::interrupt::run_until_interrupted;
use crate::cli::arguments::{WorkerArguments, WorkerFiles};
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::database::Database;
use crate::hosts;
use crate::jobs::{HistoryLimits, Scheduler, Worker, WorkerSettings};
use crate::progress::Stop;
use runner::CommandRunner;

pub(super) use runner::find_abilities;

/// Between two looks for jobs.
const POLL: Duration = Duration::from_secs(1);

pub(super) async fn execute(
    arguments: WorkerArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let WorkerArguments { once, files } = arguments;
    run_until_interrupted(printer, async |stop: &Stop| {
        run(files, once, config, printer, stop).await
    })
    .await?;
    Ok(Exit::Done)
}

/// Runs jobs until `stop` is requested; with `once`, until none is due.
pub(super) async fn run(
    files: WorkerFiles,
    once: bool,
    config: &Config,
    printer: Printer,
    stop: &Stop,
) -> CommandResult<()> {
    let database = Database::open(&config.database).await?;
    let host = host_name(config);
    let settings = WorkerSettings {
        id: format!("{host} {} {:04x}", std::process::id(), start_mark()),
        host,
        lease: config.jobs.lease,
        jobs_at_once: config.jobs.at_once,
        poll: POLL,
        once,
        history: HistoryLimits::default(),
    };
    printer.note(&format!(
        "working on jobs in {}, {} at a time; `pyfa jobs schedules` shows what runs by the clock",
        database.place(),
        settings.jobs_at_once
    ));
    let scheduler = Scheduler::new(database.clone(), config.jobs.schedules.clone());
    let runner = CommandRunner::new(config.clone(), files, printer);
    let worker = Worker::new(
        database.clone(),
        config.database.clone(),
        settings,
        scheduler,
        Arc::new(runner),
    );
    let outcome = worker.run(stop).await;
    database.close().await;
    Ok(outcome?)
}

/// Tells a process from an earlier one with the same number, as in a container.
fn start_mark() -> u64 {
    let now = Timestamp::now().as_nanosecond().to_le_bytes();
    xxh3_64(&now) & 0xffff
}

/// The host that owns `PYFA_HOME`: as the settings name it, or as the system does.
fn host_name(config: &Config) -> String {
    config.jobs.host.clone().unwrap_or_else(hosts::host_name)
}
