//! `pyfa health`: scores packages.

use super::enrichers::{exit, health_enricher, packages_selection, run_to_the_end};
use crate::cli::arguments::HealthArguments;
use crate::cli::exit::Exit;
use crate::cli::output::Printer;
use crate::config::Config;
use crate::enrich::EnricherReport;

pub(super) async fn execute(
    arguments: HealthArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let enricher = health_enricher(arguments.rules.as_deref(), config)?;
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let format = arguments.packages.format;
    let report = run_to_the_end(enricher, &selection, format, config, printer).await?;
    Ok(exit(report.is_complete()))
}
