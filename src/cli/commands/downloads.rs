//! `pyfa downloads`: adds how often packages are downloaded.

use super::enrichers::{downloads_enricher, exit, packages_selection, run_until_interrupted};
use crate::cli::arguments::DownloadsArguments;
use crate::cli::exit::Exit;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::enrich::EnricherReport;

pub(super) async fn execute(
    arguments: DownloadsArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let enricher = downloads_enricher(arguments.source, config);
    let format = arguments.packages.format;
    let report = run_until_interrupted(enricher, &selection, format, config, printer).await?;
    Ok(exit(report.is_complete()))
}
