//! What can be typed about jobs and their worker.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::error::ArgumentError;
use super::shared::{Format, parse_number, parse_time};
use crate::jobs::JobKind;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum JobsAction {
    /// List jobs that wait or run, and the last ones that have ended
    List {
        /// Only jobs of this kind
        #[arg(long, value_name = "KIND", value_parser = parse_kind)]
        kind: Option<JobKind>,
        /// Only jobs that have failed
        #[arg(long)]
        failed: bool,
        /// Maximum number of jobs to print
        #[arg(short, long, value_name = "N", default_value_t = 20, value_parser = |text: &str| parse_number(text, 10_000))]
        limit: u32,
        /// Output format
        #[arg(long, value_enum, default_value_t, global = true)]
        format: Format,
    },
    /// Show a job and the report of its last run
    Show {
        /// Number of the job
        #[arg(value_parser = parse_id)]
        id: i64,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Queue a job for a worker
    Run {
        /// Kind of the job; `pyfa jobs schedules` lists them
        #[arg(value_parser = parse_kind)]
        kind: JobKind,
        /// Profile or collection (setting `DEFAULT_PROFILE`); the repository or login of an activity or
        /// discovery job, the name of a board
        #[arg(long, value_name = "TARGET")]
        target: Option<String>,
        /// Not before this time, as `2026-12-31T05:00:00Z`
        #[arg(long, value_name = "TIME", value_parser = parse_time)]
        at: Option<jiff::Timestamp>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Cancel a job; one that runs stops as soon as it can
    Cancel {
        /// Number of the job
        #[arg(value_parser = parse_id)]
        id: i64,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Run a job again that has ended
    Retry {
        /// Number of the job
        #[arg(value_parser = parse_id)]
        id: i64,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show which jobs run by the clock, and when
    Schedules {
        /// File with the organisations and repositories to follow
        #[arg(long, value_name = "FILE", default_value = "activity.toml")]
        activity: PathBuf,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Count jobs and list workers; exit with 1 if no worker is alive
    Status {
        /// Exit with 1 unless a worker of this host is alive (setting `PYFA_JOB_HOST`)
        #[arg(long, value_name = "NAME")]
        host: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WorkerArguments {
    /// Exit as soon as no job is due, instead of waiting for the next one
    #[arg(long)]
    pub(in crate::cli) once: bool,
    #[command(flatten)]
    pub(in crate::cli) files: WorkerFiles,
}

/// The files in the working directory that jobs use.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct WorkerFiles {
    /// File that holds the timestamps of complete runs
    #[arg(long, value_name = "FILE", default_value = ".pyaggregator.since")]
    pub(in crate::cli) sincefile: PathBuf,
    /// File with the organisations and repositories to follow
    #[arg(long, value_name = "FILE", default_value = "activity.toml")]
    pub(in crate::cli) activity: PathBuf,
}

fn parse_kind(name: &str) -> Result<JobKind, ArgumentError> {
    JobKind::from_name(name).ok_or(ArgumentError::JobKind)
}

fn parse_id(text: &str) -> Result<i64, ArgumentError> {
    text.parse().map_err(|_| ArgumentError::JobId)
}
