//! `pyfa health`: scores packages.

use super::enrich::{rules, selection, services};
use crate::cli::arguments::{Format, HealthArguments};
use crate::cli::exit::{CommandResult, ExitStatus};
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::health::{self, Request};

pub(super) async fn execute(
    arguments: HealthArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let rules = rules(arguments.rules.as_deref(), config)?;
    let selection = selection(&arguments.packages, config, printer)?;
    let services = services(&selection, config, printer)?;
    let report = health::execute(&services, &Request { selection, rules }).await?;
    match arguments.packages.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::health(&report),
    }
    Ok(report.exit_status())
}
