//! `pyfa health`: scores packages.

use super::enrich::{exit, rules, selection, services};
use crate::cli::arguments::{Format, HealthArguments};
use crate::cli::exit::Exit;
use crate::cli::output::{Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::health::{self, Request};

pub(super) async fn execute(
    arguments: HealthArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let rules = rules(arguments.rules.as_deref(), config)?;
    let selection = selection(&arguments.packages, config, printer)?;
    let services = services(&selection, config, printer)?;
    let report = health::execute(&services, &Request { selection, rules }).await?;
    match arguments.packages.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::health(&report),
    }
    Ok(exit(report.is_complete()))
}
