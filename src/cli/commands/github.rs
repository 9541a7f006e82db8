//! `pyfa github`, which is also `pyfgithub`: adds what GitHub knows of each package's repository.

use super::enrichers::{
    github_enricher, package_limit, package_name, run_until_interrupted, target,
};
use crate::cli::arguments::GithubArguments;
use crate::cli::exit::{CommandFailure, CommandResult, ExitStatus};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::enrich::PackageSelection;
use crate::enrich::github::EarlyEnd;

pub(super) async fn execute(
    arguments: GithubArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = PackageSelection {
        target: target(&arguments.target, config, printer)?,
        name: package_name(arguments.name.as_deref()),
        limit: package_limit(arguments.limit),
        dry_run: arguments.dry_run,
    };
    let enricher = github_enricher(&arguments.age, Some(arguments.report_dir), config)?;
    let format = arguments.format;
    let report = run_until_interrupted(enricher, &selection, format, config, printer).await?;
    match &report.ended {
        // Running it again changes nothing.
        Some(EarlyEnd::GitHub { why }) => {
            Err(CommandFailure(format!("{why}; what was learned is kept")).into())
        }
        _ => Ok(report.exit_status()),
    }
}
