//! The list of enrichers: the command of each, and how each is made from settings and arguments.
//!
//! What they have in common is in [`enrich`](super::enrich).

use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;

use super::enrich::{run_one, run_parts, select_packages};
use super::services::{connect_github, user_agent};
use crate::cli::arguments::{
    AgeArguments, EnrichCommand, EnrichOptions, GithubArguments, SourceArgument,
};
use crate::cli::exit::{CommandResult, UsageError};
use crate::cli::output::Printer;
use crate::config::Config;
use crate::enrich::activity::ActivityEnricher;
use crate::enrich::advisories::AdvisoriesEnricher;
use crate::enrich::downloads::{DownloadsEnricher, DownloadsSource};
use crate::enrich::github::{GitHubEnricher, GitHubOptions};
use crate::enrich::health::{HealthEnricher, RuleSet, Rules};
use crate::enrich::twins::TwinsEnricher;
use crate::enrich::{EnricherPart, RequestSettings};

/// Runs one enricher, or all of them.
pub(super) async fn execute(
    command: EnrichCommand,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match command {
        EnrichCommand::Github(arguments) => {
            let GithubArguments {
                packages,
                report_dir,
                age,
            } = arguments;
            let enricher = connect_github_enricher(&age, Some(report_dir), config).await?;
            Box::pin(run_one(enricher, &packages, config, printer)).await
        }
        EnrichCommand::Downloads(arguments) => {
            let enricher = downloads_enricher(arguments.source, config);
            run_one(enricher, &arguments.packages, config, printer).await
        }
        EnrichCommand::Advisories(packages) => {
            run_one(advisories_enricher(config), &packages, config, printer).await
        }
        EnrichCommand::Health(arguments) => {
            let enricher = health_enricher(arguments.rules.as_deref(), config)?;
            run_one(enricher, &arguments.packages, config, printer).await
        }
        EnrichCommand::Enrich(arguments) => {
            let selection = select_packages(&arguments.packages, config, printer)?;
            let format = arguments.packages.format;
            let parts = connect_enrichers(&arguments.options, config, printer).await?;
            run_parts(parts, &selection, format, config, printer).await
        }
    }
}

/// All enrichers, in the order in which they build on each other.
pub(super) async fn connect_enrichers(
    options: &EnrichOptions,
    config: &Config,
    printer: Printer,
) -> CommandResult<Vec<EnricherPart>> {
    Ok(vec![
        EnricherPart::new(connect_github_enricher_with_token(options, config, printer).await?),
        EnricherPart::new(Some(TwinsEnricher::default())),
        EnricherPart::new(Some(downloads_enricher(options.source, config))),
        EnricherPart::new(Some(advisories_enricher(config))),
        EnricherPart::new(activity_enricher(config)),
        EnricherPart::new(Some(health_enricher(options.rules.as_deref(), config)?)),
    ])
}

/// Without a token a collection would take days, so GitHub is left out.
async fn connect_github_enricher_with_token(
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
    let enricher = connect_github_enricher(&options.age, report_dir, config).await?;
    Ok(Some(enricher))
}

pub(super) async fn connect_github_enricher(
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
    Ok(GitHubEnricher::new(connect_github(config).await?, options))
}

pub(super) fn downloads_enricher(argument: SourceArgument, config: &Config) -> DownloadsEnricher {
    let source = match argument {
        SourceArgument::Auto => DownloadsSource::Auto,
        SourceArgument::Clickhouse => DownloadsSource::ClickHouse,
        SourceArgument::Pypistats => DownloadsSource::PyPiStats,
    };
    let settings = config.downloads.clone();
    DownloadsEnricher::new(settings, request_settings(config), source)
}

pub(super) fn advisories_enricher(config: &Config) -> AdvisoriesEnricher {
    AdvisoriesEnricher::new(config.advisories.clone(), request_settings(config))
}

/// Without a database of activity, nothing is said of it.
pub(super) fn activity_enricher(config: &Config) -> Option<ActivityEnricher> {
    let database = &config.database;
    database
        .exists()
        .then(|| ActivityEnricher::new(database.clone()))
}

/// Scores by the rule set that is named, or else by the one in the settings.
pub(super) fn health_enricher(
    named: Option<&Path>,
    config: &Config,
) -> CommandResult<HealthEnricher> {
    let rules = read_rules(named.unwrap_or(&config.health_rules))?;
    Ok(HealthEnricher::new(rules))
}

/// Reads the rule set with a name, or in a file.
pub(super) fn read_rules(name: &Path) -> CommandResult<RuleSet> {
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
