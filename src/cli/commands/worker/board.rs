//! How jobs of boards are done.

use std::sync::Arc;

use super::outcome::{RunFailure, outcome_of};
use crate::board::{self, BoardError};
use crate::cli::commands::services::{board_session, project_locks};
use crate::config::Config;
use crate::jobs::{Job, JobContext, JobOutcome};

pub(super) async fn run_board(
    job: &Job,
    context: &JobContext,
    config: &Config,
) -> Result<JobOutcome, RunFailure> {
    let board = board::open_board_named(&job.target, config.boards.folder.as_deref())?;
    let session = board_session(config, &context.stop).await?;
    let session = session.with_lease(Arc::clone(&context.lease) as _);
    let report = board::apply(&session, &board, &project_locks(config), None).await;
    session.github.wait_until_settled().await;
    let report = report?;
    let is_complete = report.is_complete();
    Ok(outcome_of(&report, is_complete, None, &context.stop))
}

/// The boards that the schedule is for: those in the folder of boards.
pub(super) fn list_targets(config: &Config) -> Result<Vec<String>, BoardError> {
    match &config.boards.folder {
        Some(folder) => board::list_boards(folder),
        None => Ok(Vec::new()),
    }
}
