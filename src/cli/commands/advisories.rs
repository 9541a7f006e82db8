//! `pyfa advisories`: adds what a vulnerability database knows against each release.

use super::enrich::{advisories_settings, selection, services};
use crate::cli::arguments::{Format, PackagesArguments};
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::advisories;

pub(super) async fn execute(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = selection(arguments, config, printer)?;
    let services = services(&selection, config, printer)?;
    let report = advisories::execute(&services, &advisories_settings(config), &selection).await?;
    match arguments.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::advisories(&report),
    }
    Ok(report.exit_status())
}
