//! `pyfa enrich`: all enrichers, one after the other; and what their verbs share.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fs_err as fs;

use super::interrupt::listen;
use super::selection::{given, required_target, select};
use super::services::{github, opened_cache, search, user_agent};
use crate::cli::arguments::{EnrichArguments, Format, PackagesArguments, SourceArgument};
use crate::cli::exit::{CommandResult, ExitStatus, UsageError};
use crate::cli::output::{Bars, Printer, enrichment, json};
use crate::config::Config;
use crate::enrich::github as of_github;
use crate::enrich::health::{RuleSet, Rules};
use crate::enrich::{Selection, Services, advisories, all, downloads};
use crate::model::ProjectName;
use crate::progress::stop;

pub(super) async fn execute(
    arguments: EnrichArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let selection = selection(&arguments.packages, config, printer)?;
    let request = all::Request {
        github: github_request(&arguments, &selection),
        source: source(arguments.source),
        rules: rules(arguments.rules.as_deref(), config)?,
        selection,
    };
    run(request, arguments.packages.format, config, printer).await
}

/// Runs every enricher; Ctrl-C stops it in order.
pub(super) async fn run(
    request: all::Request,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let services = services(&request.selection, config, printer)?;
    let clients = all::Clients {
        github: github_services(&services, config, printer)?,
        downloads: downloads_settings(config),
        advisories: advisories_settings(config),
        services,
    };
    let (stopper, stop) = stop();
    let interrupts = tokio::spawn(listen(stopper, printer));
    let report = all::execute(&clients, &request, &stop).await;
    interrupts.abort();
    let report = report?;
    match format {
        Format::Json => json(&report)?,
        Format::Text => enrichment::all(&report),
    }
    Ok(report.exit_status())
}

pub(super) fn source(argument: SourceArgument) -> downloads::Source {
    match argument {
        SourceArgument::Auto => downloads::Source::Auto,
        SourceArgument::Clickhouse => downloads::Source::ClickHouse,
        SourceArgument::Pypistats => downloads::Source::PyPiStats,
    }
}

/// Which packages are meant.
pub(super) fn selection(
    arguments: &PackagesArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult<Selection> {
    let selected = select(config, &arguments.target, &[], true, printer)?;
    Ok(Selection {
        target: required_target(selected.target)?,
        name: given(arguments.name.as_deref()).map(|name| ProjectName::new(&name)),
        limit: arguments.limit.filter(|limit| *limit > 0),
        dry_run: arguments.dry_run,
    })
}

/// The clients that the settings describe; a dry run changes nothing in `PYFA_HOME`.
pub(super) fn services(
    selection: &Selection,
    config: &Config,
    printer: Printer,
) -> CommandResult<Services> {
    Ok(Services {
        search: search(config)?,
        cache: opened_cache(config, selection.dry_run)?,
        home: config.home.clone(),
        progress: Arc::new(Bars::new(printer)),
    })
}

pub(super) fn downloads_settings(config: &Config) -> downloads::Settings {
    downloads::Settings {
        clickhouse_url: config.downloads.clickhouse_url.clone(),
        pypistats_url: config.downloads.pypistats_url.clone(),
        pypistats_delay: Duration::from_secs_f64(config.downloads.pypistats_delay),
        retries: config.pypi.max_retries,
        backoff: Duration::from_secs_f64(config.pypi.retry_backoff),
        user_agent: user_agent().to_owned(),
    }
}

pub(super) fn advisories_settings(config: &Config) -> advisories::Settings {
    advisories::Settings {
        base_url: config.osv_url.clone(),
        retries: config.pypi.max_retries,
        backoff: Duration::from_secs_f64(config.pypi.retry_backoff),
        user_agent: user_agent().to_owned(),
    }
}

/// The rule set that is named here, or else by the settings.
pub(super) fn rules(named: Option<&Path>, config: &Config) -> CommandResult<RuleSet> {
    let named = named.unwrap_or(&config.health_rules);
    if named == Path::new("pyf") {
        return Ok(RuleSet::Pyf);
    }
    if named == Path::new("default") {
        return Ok(RuleSet::default());
    }
    let mistake = |error: &dyn std::fmt::Display| {
        UsageError(format!(
            "the health rules `{}` cannot be used: {error}; `default`, `pyf` or a file like \
             `rules/health.toml` can",
            named.display()
        ))
    };
    let text = fs::read_to_string(named).map_err(|error| mistake(&error))?;
    let rules = Rules::parse(&text).map_err(|error| mistake(&error))?;
    Ok(RuleSet::Weighted(Box::new(rules)))
}

/// GitHub is asked only with a token: without one a collection would take days.
fn github_services(
    services: &Services,
    config: &Config,
    printer: Printer,
) -> CommandResult<Option<of_github::Services>> {
    if config.github.token.is_none() {
        printer.note(
            "GITHUB_TOKEN is not set, so GitHub is not asked; `pyfa github` asks without one, \
             slowly",
        );
        return Ok(None);
    }
    Ok(Some(of_github::Services {
        github: github(config)?,
        search: services.search.clone(),
        cache: services.cache.clone(),
        home: services.home.clone(),
        progress: services.progress.clone(),
    }))
}

fn github_request(arguments: &EnrichArguments, selection: &Selection) -> of_github::Request {
    of_github::Request {
        selection: selection.clone(),
        max_age: arguments.age.max_age,
        max_age_of_contributors: arguments.age.max_age_of_contributors,
        wait: arguments.age.wait,
        report_dir: arguments.report_dir.clone(),
    }
}
