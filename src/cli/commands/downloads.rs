//! `pyfa downloads`: adds how often packages are downloaded.

use super::enrichers::{downloads_enricher, packages_selection, run_until_interrupted};
use crate::cli::arguments::DownloadsArguments;
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::Printer;
use crate::config::Config;

pub(super) async fn execute(
    arguments: DownloadsArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let enricher = downloads_enricher(arguments.source, config);
    let format = arguments.packages.format;
    let report = run_until_interrupted(enricher, &selection, format, config, printer).await?;
    Ok(report.exit_status())
}
