//! `pyfa enrich`: all enrichers, one after the other.

use super::enrichers::{all_enrichers, exit, open_services, packages_selection};
use super::interrupt::listen;
use crate::cli::arguments::{EnrichArguments, Format};
use crate::cli::exit::Exit;
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::run_all;
use crate::progress;

pub(super) async fn execute(
    arguments: EnrichArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let services = open_services(&selection, config, printer)?;
    let enrichers = all_enrichers(&arguments, config, printer)?;
    let (stopper, stop) = progress::stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let result = run_all(&services, &selection, enrichers, &stop).await;
    interrupts.abort();
    let report = result?;
    match arguments.packages.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::print_all(&report),
    }
    Ok(exit(report.is_complete()))
}
