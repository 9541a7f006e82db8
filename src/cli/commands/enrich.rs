//! `pyfa enrich`: all enrichers, one after the other.

use super::enrichers::{EnrichOptions, all_enrichers, open_services, packages_selection};
use super::interrupt::listen;
use crate::cli::arguments::{EnrichArguments, Format};
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::{PackageSelection, run_all};
use crate::progress;

pub(super) async fn execute(
    arguments: EnrichArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = packages_selection(&arguments.packages, config, printer)?;
    let options = EnrichOptions {
        source: arguments.source,
        rules: arguments.rules,
        report_dir: arguments.report_dir,
        age: arguments.age,
    };
    run(
        &selection,
        &options,
        arguments.packages.format,
        config,
        printer,
    )
    .await
}

/// Runs every enricher and prints the report; Ctrl-C stops it in order.
pub(super) async fn run(
    selection: &PackageSelection,
    options: &EnrichOptions,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let services = open_services(selection, config, printer)?;
    let enrichers = all_enrichers(options, config, printer)?;
    let (stopper, stop) = progress::stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let result = run_all(&services, selection, enrichers, &stop).await;
    interrupts.abort();
    let report = result?;
    match format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::print_all(&report),
    }
    Ok(report.exit_status())
}
