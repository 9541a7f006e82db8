//! One file per verb: arguments and settings in, one work function, report out.

mod activity;
mod activity_metrics;
mod activity_period;
mod activity_sample;
mod archive;
mod board;
mod board_output;
mod cache;
pub(super) mod completions;
mod config;
mod database;
mod diff;
mod discover;
mod discover_forget;
mod discover_sample;
mod engine;
mod enrich;
mod enrichers;
mod explain;
mod export;
mod fetch;
mod interrupt;
mod job_schedules;
mod jobs;
mod manage;
mod npm;
mod package_name;
mod profiles;
mod pypi;
mod search;
mod selection;
mod serve;
mod services;
mod show;
mod up;
mod worker;

use super::arguments::Command;
use super::exit::{CommandResult, Exit};
use super::output::Printer;
use crate::config::Config;

/// Runs the verb.
pub(super) async fn execute(command: Command, config: &Config, printer: Printer) -> CommandResult {
    match command {
        Command::Pypi(arguments) => pypi::execute(*arguments, config, printer).await,
        Command::Npm(arguments) => npm::execute(*arguments, config, printer).await,
        Command::Explain(arguments) => explain::execute(&arguments, config, printer).await,
        Command::Profiles { action, format } => {
            profiles::execute(action.as_ref(), format, config, printer).await
        }
        Command::Config { format } => self::config::execute(format, config),
        Command::Cache { action } => cache::execute(&action, config, printer).await,
        Command::Manage(arguments) => manage::execute(*arguments, config, printer).await,
        Command::Enrich(command) => enrichers::execute(command, config, printer).await,
        Command::Search(arguments) => search::execute(arguments, config).await,
        Command::Export(arguments) => export::execute(arguments, config, printer).await,
        Command::Diff(arguments) => diff::execute(arguments, config, printer).await,
        Command::Serve(arguments) => serve::execute(arguments, config, printer).await,
        Command::Up(arguments) => Box::pin(up::execute(arguments, config, printer)).await,
        Command::Engine { action } => engine::execute(action, config, printer).await,
        Command::Activity { action } => Box::pin(activity::execute(action, config, printer)).await,
        Command::Discover { action } => Box::pin(discover::execute(action, config, printer)).await,
        Command::Archive { action } => Box::pin(archive::execute(action, config, printer)).await,
        Command::Board { action } => Box::pin(board::execute(action, config, printer)).await,
        Command::Worker(arguments) => Box::pin(worker::execute(arguments, config, printer)).await,
        Command::Jobs { action } => jobs::execute(action, config, printer).await,
        Command::Database { action } => database::execute(action, config, printer).await,
        Command::Completions { shell } => {
            completions::print(shell);
            Ok(Exit::Done)
        }
    }
}
