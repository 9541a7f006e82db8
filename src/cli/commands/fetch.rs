//! What `pyfa pypi` and `pyfa npm` have in common: fetch from a registry, or show documents of one
//! project.
//!
//! Turns arguments into a request, listens for Ctrl-C while the pipeline works, prints the report
//! and exits with its code.

use std::sync::Arc;

use super::interrupt::run_until_interrupted;
use super::package_name::read_name;
use super::selection::{Selected, given, required_target};
use super::services::open_pipeline;
use super::show;
use crate::cli::arguments::{FetchArguments, Format, VersionsArgument};
use crate::cli::exit::{CommandResult, ExitStatus, UsageError};
use crate::cli::output::{Bars, Printer, json, report};
use crate::config::Config;
use crate::model::ProjectName;
use crate::pipeline::{self, Discovery, FetchReport, FetchRequest, FetchServices, Mode, Versions};
use crate::progress::Stop;

/// What a command adds to the arguments that all have.
pub(super) struct FetchCommand {
    /// What is fetched, and where it goes.
    pub(super) selected: Selected,
    /// Whether everything in the collection is to be fetched again.
    pub(super) refresh: bool,
    pub(super) discovery: Discovery,
}

pub(super) async fn execute(
    arguments: FetchArguments,
    command: FetchCommand,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let registry = command.selected.registry;
    if let Some(name) = &arguments.show {
        let target = required_target(command.selected.target)?;
        return show::print(registry, name, &target, arguments.all_versions, config).await;
    }
    let format = arguments.format;
    let request = resolve(arguments, command, config)?;
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
    arguments: FetchArguments,
    command: FetchCommand,
    config: &Config,
) -> CommandResult<FetchRequest> {
    let FetchCommand {
        selected,
        refresh,
        discovery,
    } = command;
    let registry = selected.registry;
    let mut projects: Vec<ProjectName> = arguments
        .project
        .iter()
        .map(|name| read_name(registry, name))
        .collect::<CommandResult<_>>()?;
    projects.sort_unstable();
    projects.dedup();
    let mode = match (arguments.full, arguments.incremental, refresh) {
        (true, ..) => Mode::Full,
        (_, true, _) => Mode::Incremental,
        (.., true) => Mode::Refresh,
        _ if !projects.is_empty() => Mode::Named,
        _ => {
            return Err(UsageError::new(format!(
                "nothing to fetch: use `-f` for everything, `-i` for changes, \
                 `--refresh-from-{registry}` for what is indexed, or `--project NAME` for one project"
            ))
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
        discovery,
        limit: arguments.limit.filter(|limit| *limit > 0),
        name_contains: given(arguments.filter_name.as_deref()),
        projects,
        force: arguments.force,
        prune: arguments.prune,
        dry_run: arguments.dry_run,
        batch_size: config.registry(registry).batch_size,
        since_file: arguments.sincefile,
        command: registry.as_str().to_owned(),
    })
}
