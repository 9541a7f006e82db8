//! `pyfa advisories`: adds what a vulnerability database knows about each release.

use super::enrichers::{advisories_enricher, packages_selection, run_to_the_end};
use crate::cli::arguments::PackagesArguments;
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::Printer;
use crate::config::Config;

pub(super) async fn execute(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = packages_selection(arguments, config, printer)?;
    let enricher = advisories_enricher(config);
    let report = run_to_the_end(enricher, &selection, arguments.format, config, printer).await?;
    Ok(report.exit_status())
}
