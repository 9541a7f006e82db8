//! What the verbs of enrichers share: the list of all enrichers, each of them made from settings and
//! arguments, and the way from a verb to a printed report.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;

use super::interrupt::listen;
use super::selection::{given, required_target, select};
use super::services::{github, open_workspace, opened_cache, user_agent};
use crate::cli::arguments::{
    AgeArguments, Format, PackagesArguments, SourceArgument, TargetArguments,
};
use crate::cli::exit::{CommandResult, UsageError};
use crate::cli::output::{Bars, Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::advisories::{AdvisoriesEnricher, AdvisoriesSettings};
use crate::enrich::downloads::{DownloadsEnricher, DownloadsSettings, DownloadsSource};
use crate::enrich::github::{GitHubEnricher, GitHubOptions};
use crate::enrich::health::{HealthEnricher, RuleSet, Rules};
use crate::enrich::{
    self, EnrichServices, Enricher, EnricherPart, EnricherReport, PackageSelection, RequestSettings,
};
use crate::model::ProjectName;
use crate::pipeline::FetchServices;
use crate::progress::{self, Silent, Stop};
use crate::workspace::Workspace;

/// How all enrichers run, from arguments or from values.
pub(super) struct EnrichOptions {
    /// Source of the download counts.
    pub(super) source: SourceArgument,
    /// Health rules; those of the settings unless given.
    pub(super) rules: Option<PathBuf>,
    /// Where the files about repository problems go; none are written without it.
    pub(super) report_dir: Option<PathBuf>,
    pub(super) age: AgeArguments,
}

/// All enrichers, in the order in which they build on each other.
pub(super) fn all_enrichers(
    options: &EnrichOptions,
    config: &Config,
    printer: Printer,
) -> CommandResult<Vec<EnricherPart>> {
    Ok(vec![
        EnricherPart::new(github_enricher_with_token(options, config, printer)?),
        EnricherPart::new(Some(downloads_enricher(options.source, config))),
        EnricherPart::new(Some(advisories_enricher(config))),
        EnricherPart::new(Some(health_enricher(options.rules.as_deref(), config)?)),
    ])
}

/// Without a token a collection would take days, so GitHub is left out.
fn github_enricher_with_token(
    options: &EnrichOptions,
    config: &Config,
    printer: Printer,
) -> CommandResult<Option<GitHubEnricher>> {
    if config.github.token.is_none() {
        printer.note(
            "GITHUB_TOKEN is not set, so GitHub is not asked; `pyfa github` asks without one, \
             slowly",
        );
        return Ok(None);
    }
    let report_dir = options.report_dir.clone();
    Ok(Some(github_enricher(&options.age, report_dir, config)?))
}

pub(super) fn github_enricher(
    age: &AgeArguments,
    report_dir: Option<PathBuf>,
    config: &Config,
) -> CommandResult<GitHubEnricher> {
    let options = GitHubOptions {
        max_age: age.max_age,
        max_age_of_contributors: age.max_age_of_contributors,
        wait: age.wait,
        report_dir,
    };
    Ok(GitHubEnricher::new(github(config)?, options))
}

pub(super) fn downloads_enricher(argument: SourceArgument, config: &Config) -> DownloadsEnricher {
    let settings = DownloadsSettings {
        clickhouse_url: config.downloads.clickhouse_url.clone(),
        pypistats_url: config.downloads.pypistats_url.clone(),
        pypistats_delay: Duration::from_secs_f64(config.downloads.pypistats_delay),
        requests: request_settings(config),
    };
    let source = match argument {
        SourceArgument::Auto => DownloadsSource::Auto,
        SourceArgument::Clickhouse => DownloadsSource::ClickHouse,
        SourceArgument::Pypistats => DownloadsSource::PyPiStats,
    };
    DownloadsEnricher::new(settings, source)
}

pub(super) fn advisories_enricher(config: &Config) -> AdvisoriesEnricher {
    AdvisoriesEnricher::new(AdvisoriesSettings {
        base_url: config.osv_url.clone(),
        requests: request_settings(config),
    })
}

/// Scores by the rule set that is named, or else by the one in the settings.
pub(super) fn health_enricher(
    named: Option<&Path>,
    config: &Config,
) -> CommandResult<HealthEnricher> {
    let rules = read_rules(named.unwrap_or(&config.health_rules))?;
    Ok(HealthEnricher::new(rules))
}

fn read_rules(name: &Path) -> CommandResult<RuleSet> {
    if name == Path::new("pyf") {
        return Ok(RuleSet::Pyf);
    }
    if name == Path::new("default") {
        return Ok(RuleSet::default());
    }
    let mistake = |error: &dyn std::fmt::Display| {
        UsageError(format!(
            "the health rules `{}` cannot be used: {error}; `default`, `pyf` or a file like \
             `rules/health.toml` can",
            name.display()
        ))
    };
    let text = fs::read_to_string(name).map_err(|error| mistake(&error))?;
    let rules = Rules::parse(&text).map_err(|error| mistake(&error))?;
    Ok(RuleSet::Weighted(Box::new(rules)))
}

fn request_settings(config: &Config) -> RequestSettings {
    RequestSettings {
        retries: config.pypi.max_retries,
        backoff: Duration::from_secs_f64(config.pypi.retry_backoff),
        user_agent: user_agent().to_owned(),
    }
}

/// Runs one enricher until an interrupt, and prints its report.
pub(super) async fn run_until_interrupted<E: Enricher>(
    enricher: E,
    selection: &PackageSelection,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult<E::Report> {
    let services = open_services(selection, config, printer)?;
    let (stopper, stop) = progress::stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let result = enrich::run(&services, selection, enricher, &stop).await;
    interrupts.abort();
    print_report(result?, format)
}

/// Runs one enricher that takes so little time that an interrupt may end the process at once, and
/// prints its report.
pub(super) async fn run_to_the_end<E: Enricher>(
    enricher: E,
    selection: &PackageSelection,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult<E::Report> {
    let services = open_services(selection, config, printer)?;
    let report = enrich::run(&services, selection, enricher, &Stop::never()).await?;
    print_report(report, format)
}

/// Scores all packages of a collection and shows nothing. Whether everything was written.
pub(super) async fn score_silently(
    fetched: &FetchServices,
    target: &str,
    config: &Config,
) -> CommandResult<bool> {
    let workspace = Workspace {
        progress: Arc::new(Silent),
        ..fetched.workspace.clone()
    };
    let cache = fetched.cache.clone();
    let selection = PackageSelection {
        target: target.to_owned(),
        name: None,
        limit: None,
        dry_run: false,
    };
    let services = EnrichServices { workspace, cache };
    let enricher = health_enricher(None, config)?;
    let report = enrich::run(&services, &selection, enricher, &Stop::never()).await?;
    Ok(report.is_complete())
}

fn print_report<R: EnricherReport>(report: R, format: Format) -> CommandResult<R> {
    match format {
        Format::Json => json(&report as &dyn EnricherReport)?,
        Format::Text => enrichment::print(&report),
    }
    Ok(report)
}

/// Which packages are meant.
pub(super) fn packages_selection(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult<PackageSelection> {
    Ok(PackageSelection {
        target: target(&arguments.target, config, printer)?,
        name: package_name(arguments.name.as_deref()),
        limit: package_limit(arguments.limit),
        dry_run: arguments.dry_run,
    })
}

/// The collection that is meant.
pub(super) fn target(
    arguments: &TargetArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult<String> {
    let selected = select(config, arguments, &[], true, printer)?;
    required_target(selected.target)
}

/// The package that `-n` names.
pub(super) fn package_name(argument: Option<&str>) -> Option<ProjectName> {
    given(argument).map(|name| ProjectName::new(&name))
}

/// How many packages `-l` allows; 0 means all.
pub(super) fn package_limit(argument: Option<usize>) -> Option<usize> {
    argument.filter(|limit| *limit > 0)
}

/// The clients that the settings describe; a dry run changes nothing in `PYFA_HOME`.
pub(super) fn open_services(
    selection: &PackageSelection,
    config: &Config,
    printer: Printer,
) -> CommandResult<EnrichServices> {
    Ok(EnrichServices {
        workspace: open_workspace(config, Arc::new(Bars::new(printer)))?,
        cache: opened_cache(config, selection.dry_run)?,
    })
}
