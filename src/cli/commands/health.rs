//! `pyfa health`: scores packages.

use super::enrichers::{health_enricher, packages_selection, run_to_the_end};
use crate::cli::arguments::HealthArguments;
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::Printer;
use crate::config::Config;

pub(super) async fn execute(
    arguments: HealthArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let enricher = health_enricher(arguments.rules.as_deref(), config)?;
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let format = arguments.packages.format;
    let report = run_to_the_end(enricher, &selection, format, config, printer).await?;
    Ok(report.exit_status())
}
