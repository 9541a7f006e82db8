//! From packages that a command line selects, and an enricher or several, to a printed report.
//!
//! Names no enricher: the list of them is in [`enrichers`](super::enrichers).

use std::sync::Arc;

use super::interrupt::run_until_interrupted;
use super::selection::{given, required_target, select};
use super::services::{open_workspace, opened_cache};
use crate::cli::arguments::{Format, PackagesArguments};
use crate::cli::exit::{CommandFailure, CommandResult, ExitStatus};
use crate::cli::output::{Bars, Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::{
    self, EnrichServices, Enricher, EnricherPart, EnricherReport, PackageSelection,
};
use crate::model::PackageName;
use crate::pipeline::FetchServices;
use crate::progress::{Silent, Stop};

/// Runs one enricher and prints its report.
pub(super) async fn run_one<E: Enricher>(
    enricher: E,
    packages: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = select_packages(packages, config, printer)?;
    let services = open_services(&selection, config, printer)?;
    let run = async |stop: &Stop| enrich::run(&services, &selection, enricher, stop).await;
    let report = if E::CAN_STOP {
        run_until_interrupted(printer, run).await?
    } else {
        run(&Stop::never()).await?
    };
    let report: &dyn EnricherReport = &report;
    match packages.format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::print(report),
    }
    match report.failure() {
        Some(why) => Err(CommandFailure(why).into()),
        None => Ok(report.exit_status()),
    }
}

/// Runs several enrichers, one after the other, and prints their report.
pub(super) async fn run_parts(
    parts: Vec<EnricherPart>,
    selection: &PackageSelection,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let services = open_services(selection, config, printer)?;
    let run = async |stop: &Stop| enrich::run_all(&services, selection, parts, stop).await;
    let report = run_until_interrupted(printer, run).await?;
    match format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::print_all(&report),
    }
    Ok(report.exit_status())
}

/// Runs one enricher on all packages of a collection that was just filled, and shows nothing. Whether
/// everything was written.
pub(super) async fn run_silently<E: Enricher>(
    enricher: E,
    fetched: &FetchServices,
    target: &str,
) -> CommandResult<bool> {
    let mut workspace = fetched.workspace.clone();
    workspace.progress = Arc::new(Silent);
    let services = EnrichServices {
        workspace,
        cache: fetched.cache.clone(),
    };
    let selection = PackageSelection::all(target);
    let report = enrich::run(&services, &selection, enricher, &Stop::never()).await?;
    Ok(report.is_complete())
}

/// Which packages are meant; a limit of 0 means all.
pub(super) fn select_packages(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult<PackageSelection> {
    let selected = select(config, &arguments.target, &[], true, printer)?;
    Ok(PackageSelection {
        target: required_target(selected.target)?,
        name: given(arguments.name.as_deref()).map(|name| PackageName::read(&name)),
        limit: arguments.limit.filter(|limit| *limit > 0),
        dry_run: arguments.dry_run,
    })
}

/// The clients that the settings describe; a dry run changes nothing in `PYFA_HOME`.
fn open_services(
    selection: &PackageSelection,
    config: &Config,
    printer: Printer,
) -> CommandResult<EnrichServices> {
    Ok(EnrichServices {
        workspace: open_workspace(config, Arc::new(Bars::new(printer)))?,
        cache: opened_cache(config, selection.dry_run)?,
    })
}
