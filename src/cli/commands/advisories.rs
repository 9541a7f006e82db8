//! `pyfa advisories`: adds what a vulnerability database knows about each release.

use super::enrichers::{advisories_enricher, exit, packages_selection, run_to_the_end};
use crate::cli::arguments::PackagesArguments;
use crate::cli::exit::Exit;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::enrich::EnricherReport;

pub(super) async fn execute(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let selection = packages_selection(arguments, config, printer)?;
    let enricher = advisories_enricher(config);
    let report = run_to_the_end(enricher, &selection, arguments.format, config, printer).await?;
    Ok(exit(report.is_complete()))
}
