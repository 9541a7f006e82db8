//! `pyfa pypi`, which is also `pyfaggregator`: fetches, or shows documents of one project.
//!
//! Turns arguments into a request, listens for Ctrl-C while the pipeline works, prints the report
//! and exits with its code.

use std::sync::Arc;

use super::interrupt::run_until_interrupted;
use super::selection::{Selected, given, required_target, select};
use super::services::open_pipeline;
use super::show;
use crate::cli::arguments::{DiscoveryArgument, Format, PypiArguments, VersionsArgument};
use crate::cli::exit::{CommandResult, ExitStatus, UsageError};
use crate::cli::output::{Bars, Printer, json, report};
use crate::config::Config;
use crate::model::ProjectName;
use crate::pipeline::{self, Discovery, FetchReport, FetchRequest, FetchServices, Mode, Versions};
use crate::progress::Stop;

pub(super) async fn execute(
    arguments: PypiArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selected = select(
        config,
        &arguments.target,
        &arguments.filter_troove,
        arguments.no_plone_filter,
        printer,
    )?;
    if let Some(name) = &arguments.show {
        let target = required_target(selected.target)?;
        return show::print(name, &target, arguments.all_versions, config).await;
    }
    let format = arguments.format;
    let registry = selected.registry;
    let request = resolve(arguments, selected, config)?;
    let bars = Arc::new(Bars::new(printer));
    let services = open_pipeline(registry, config, bars, request.dry_run)?;
    let report = run(&services, request, printer).await?;
    match format {
        Format::Json => json(&report)?,
        Format::Text => report::print(&report),
    }
    Ok(report.exit_status())
}

/// Runs the pipeline; Ctrl-C stops it in order.
pub(super) async fn run(
    services: &FetchServices,
    request: FetchRequest,
    printer: Printer,
) -> CommandResult<FetchReport> {
    let run = async |stop: &Stop| pipeline::run_pipeline(services, request, stop).await;
    Ok(run_until_interrupted(printer, run).await?)
}

/// Turns the arguments into a request.
fn resolve(
    arguments: PypiArguments,
    selected: Selected,
    config: &Config,
) -> CommandResult<FetchRequest> {
    let mut projects: Vec<ProjectName> = arguments
        .project
        .iter()
        .map(|name| ProjectName::new(name))
        .collect();
    projects.sort_unstable();
    projects.dedup();
    let mode = match (
        arguments.full,
        arguments.incremental,
        arguments.refresh_from_pypi,
    ) {
        (true, ..) => Mode::Full,
        (_, true, _) => Mode::Incremental,
        (.., true) => Mode::Refresh,
        _ if !projects.is_empty() => Mode::Named,
        _ => {
            return Err(UsageError::new(
                "nothing to fetch: use `-f` for everything, `-i` for changes, \
                 `--refresh-from-pypi` for what is indexed, or `--project NAME` for one project",
            )
            .into());
        }
    };
    Ok(FetchRequest {
        mode,
        target: required_target(selected.target)?,
        profile: selected.profile,
        rules: selected.rules,
        history_text: selected.history_text,
        versions: arguments.versions.map(|versions| match versions {
            VersionsArgument::All => Versions::All,
            VersionsArgument::Latest => Versions::Latest,
        }),
        discovery: match arguments.discovery {
            DiscoveryArgument::Auto => Discovery::Auto,
            DiscoveryArgument::Simple => Discovery::Simple,
            DiscoveryArgument::Browse => Discovery::Browse,
        },
        limit: arguments.limit.filter(|limit| *limit > 0),
        name_contains: given(arguments.filter_name.as_deref()),
        projects,
        force: arguments.force,
        prune: arguments.prune,
        dry_run: arguments.dry_run,
        batch_size: config.pypi.batch_size,
        since_file: arguments.sincefile,
        command: "pypi".to_owned(),
    })
}
