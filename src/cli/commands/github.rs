//! `pyfa github`, which is also `pyfgithub`: adds what GitHub knows to a collection.
//!
//! Turns arguments into a request, listens for Ctrl-C while the run works, prints the report and
//! ends with the code that it stands for.

use std::sync::Arc;

use super::interrupt::listen;
use super::selection::{given, required_target, select};
use super::services::{github, opened_cache, search};
use crate::cli::arguments::{Format, GithubArguments};
use crate::cli::exit::{CommandFailure, CommandResult, ExitStatus};
use crate::cli::output::{Bars, Printer, github_report, json};
use crate::config::Config;
use crate::enrich::Selection;
use crate::enrich::github::{Ended, Request, Services, execute as run};
use crate::model::ProjectName;
use crate::progress::stop;

pub(super) async fn execute(
    arguments: GithubArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selected = select(config, &arguments.target, &[], false, printer)?;
    let format = arguments.format;
    let request = Request {
        selection: Selection {
            target: required_target(selected.target)?,
            name: given(arguments.name.as_deref()).map(|name| ProjectName::new(&name)),
            limit: arguments.limit.filter(|limit| *limit > 0),
            dry_run: arguments.dry_run,
        },
        max_age: arguments.age.max_age,
        max_age_of_contributors: arguments.age.max_age_of_contributors,
        wait: arguments.age.wait,
        report_dir: Some(arguments.report_dir),
    };
    let services = Services {
        github: github(config)?,
        search: search(config)?,
        cache: opened_cache(config, request.selection.dry_run)?,
        home: config.home.clone(),
        progress: Arc::new(Bars::new(printer)),
    };
    let (stopper, stop) = stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let report = run(&services, &request, &stop).await;
    interrupts.abort();
    let report = report?;
    match format {
        Format::Json => json(&report)?,
        Format::Text => github_report::print(&report),
    }
    match &report.ended {
        // Nothing gets better by waiting.
        Some(Ended::GitHub { why }) => {
            Err(CommandFailure(format!("{why}; what was learned is kept")).into())
        }
        _ => Ok(report.exit_status()),
    }
}
