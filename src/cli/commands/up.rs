//! `pyfa up`: from nothing to a collection that can be searched, in one command.
//!
//! Builds the requests of a fetch and of the enrichers from values, runs them, and serves the gallery
//! and the embedded engine meanwhile and afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::selection::{given, select_profile};
use super::services::{open_cache, open_pipeline, user_agent};
use super::{enrich, enrichers, fetch, serve};
use crate::cli::arguments::{EnrichOptions, Format, UpArguments};
use crate::cli::exit::{CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{Bars, Printer, report};
use crate::config::Config;
use crate::enrich::PackageSelection;
use crate::model::RegistryKind;
use crate::pipeline::{Discovery, FetchReport, FetchRequest, FetchServices, Mode, Versions};
use crate::profile::{Profile, Profiles, Rules};
use crate::registry::sample::{self, Sample};
use crate::registry::{self, RegistrySettings};
use crate::search::{Client, EmbeddedEngine};
use crate::workspace::Workspace;

/// The profiles that the sample has projects of.
const SAMPLE_PROFILES: [&str; 3] = ["plone", "django", "flask"];
/// The since-file of the sample, within `PYFA_HOME`.
const SAMPLE_SINCE_FILE: &str = "sample.since";

/// How `up` fetches a profile.
struct Fetch {
    mode: Mode,
    discovery: Discovery,
    versions: Option<Versions>,
    since_file: PathBuf,
}

pub(super) async fn execute(
    arguments: UpArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let key = given(arguments.profile.as_deref());
    // A mistake in it is reported before anything is opened.
    let profile = if arguments.sample {
        None
    } else {
        Some(profile_to_update(key.clone(), config, printer)?)
    };
    let engine = if config.typesense.is_some() {
        None
    } else {
        let settings = serve::engine_settings(&arguments.serve, config);
        Some(Arc::new(EmbeddedEngine::new(settings)?))
    };
    let client = match (&engine, &config.typesense) {
        (None, Some(settings)) => Client::new(settings)?,
        (Some(engine), _) => Client::embedded(Arc::clone(engine))?,
        (None, None) => return Err(UsageError::new("there is no search engine").into()),
    };
    let since_file = if arguments.sample {
        config.home.join(SAMPLE_SINCE_FILE)
    } else {
        arguments.files.sincefile.clone()
    };
    // People and front ends can search what is there while the rest is fetched.
    let server = if arguments.no_serve {
        None
    } else {
        Some(serve::start(engine, &arguments.serve, &since_file, config).await?)
    };
    let worker = (profile.is_some() && !arguments.no_worker).then_some(arguments.files);
    let filled = match &profile {
        Some(profile) => update(profile, client, since_file, config, printer).await?,
        None => index_sample(key.as_deref(), client, config, printer).await?,
    };
    match server {
        Some(server) if !filled.interrupted => serve::run(server, worker, config, printer).await,
        _ => Ok(filled.exit),
    }
}

/// How filling a collection ended.
struct Filled {
    exit: Exit,
    interrupted: bool,
}

/// The profile that is named, or else that of the settings; its warnings are printed.
fn profile_to_update(
    named: Option<String>,
    config: &Config,
    printer: Printer,
) -> CommandResult<Profile> {
    let key = named.or_else(|| config.default_profile.clone());
    let key = key.ok_or_else(|| {
        UsageError::new(
            "no profile given; try `pyfa up plone` (`pyfa profiles` lists them), or `pyfa up \
             --sample` for a recorded sample of three",
        )
    })?;
    select_profile(&key, config, printer)
}

/// Fetches a profile's packages, and adds what is known of them elsewhere.
async fn update(
    profile: &Profile,
    client: Client,
    since_file: PathBuf,
    config: &Config,
    printer: Printer,
) -> CommandResult<Filled> {
    let how = Fetch {
        mode: Mode::Incremental,
        discovery: Discovery::Auto,
        versions: None,
        since_file,
    };
    let mut filled = Filled {
        exit: Exit::Done,
        interrupted: false,
    };
    let mut used = None;
    for (registry, rules) in profile.sources() {
        let bars = Arc::new(Bars::new(printer));
        let mut services = open_pipeline(registry, config, bars, false)?;
        services.workspace.search = client.clone();
        let fetched = fetch(&services, profile, rules, &how, config, printer).await?;
        report::print(&fetched);
        filled.interrupted = fetched.interrupted;
        if fetched.exit_status() != Exit::Done {
            filled.exit = fetched.exit_status();
        }
        if filled.interrupted {
            return Ok(filled);
        }
        used = Some(services);
    }
    let Some(services) = used else {
        return Ok(filled);
    };
    if config.github.token.is_some() {
        let enriched = enrich_profile(profile, config, printer).await?;
        if enriched != Exit::Done {
            filled.exit = enriched;
        }
    } else {
        if !score_silently(&services, &profile.key, config).await? {
            filled.exit = Exit::Partly;
        }
        printer.note(
            "GITHUB_TOKEN is not set, so packages have a health score but no numbers from GitHub; \
             `pyfa enrich` adds downloads, `pyfa github` works without a token, slowly",
        );
    }
    Ok(filled)
}

/// Indexes the recorded sample, through the same pipeline as everything else.
async fn index_sample(
    profile: Option<&str>,
    client: Client,
    config: &Config,
    printer: Printer,
) -> CommandResult<Filled> {
    let begun = Instant::now();
    let recording = Sample::open()?;
    let (count, recorded) = (recording.len(), recording.recorded().to_owned());
    printer.note(&format!(
        "indexing a sample of {count} projects, recorded on {recorded}"
    ));
    let settings = RegistrySettings {
        base_url: recording.serve().await?,
        name: Some(sample::NAME),
        max_rps: None,
        ..config.pypi.clone()
    };
    let cache = open_cache(config)?;
    let services = FetchServices {
        registry: registry::connect(RegistryKind::PyPi, &settings, user_agent(), &cache)?,
        workspace: Workspace::new(client, config.home.clone(), Arc::new(Bars::new(printer))),
        cache,
    };
    let keys = profile.map_or_else(|| SAMPLE_PROFILES.to_vec(), |key| vec![key]);
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let how = Fetch {
        mode: Mode::Full,
        discovery: Discovery::Simple,
        versions: Some(Versions::Latest),
        since_file: config.home.join(SAMPLE_SINCE_FILE),
    };
    let mut filled = Filled {
        exit: Exit::Done,
        interrupted: false,
    };
    let mut documents = 0;
    for key in &keys {
        let profile = profiles.get(key)?;
        let report = fetch(&services, profile, &profile.rules, &how, config, printer).await?;
        documents += report.documents.written;
        if !report.is_complete() {
            report::print(&report);
            filled.exit = Exit::Partly;
        }
        if report.interrupted {
            filled.interrupted = true;
            return Ok(filled);
        }
        if !score_silently(&services, key, config).await? {
            filled.exit = Exit::Partly;
        }
    }
    printer.result(&format!(
        "{documents} documents of {} were written and scored in {:.1} s, to {}",
        keys.join(", "),
        begun.elapsed().as_secs_f64(),
        services.workspace.search.address()
    ));
    for next in [
        "next:",
        "  pyfa search -p plone form                  a search in the terminal",
        "  pyfa search -p django --facet classifiers  with counts",
        "  pyfa serve                                 the gallery, and the API with a key",
        "  pyfa up plone                              the real packages of a profile, kept current",
    ] {
        printer.result(next);
    }
    Ok(filled)
}

async fn fetch(
    services: &FetchServices,
    profile: &Profile,
    rules: &Rules,
    how: &Fetch,
    config: &Config,
    printer: Printer,
) -> CommandResult<FetchReport> {
    let batch_size = config.registry(services.registry.kind()).batch_size;
    let since_file = how.since_file.clone();
    let request = FetchRequest {
        rules: rules.clone(),
        versions: how.versions,
        discovery: how.discovery,
        ..FetchRequest::of_profile(profile, how.mode, batch_size, since_file, "up")
    };
    fetch::run(services, request, printer).await
}

/// Scores all packages of a collection and shows nothing. Whether everything was written.
async fn score_silently(
    services: &FetchServices,
    target: &str,
    config: &Config,
) -> CommandResult<bool> {
    let enricher = enrichers::health_enricher(None, config)?;
    enrich::run_silently(enricher, services, target).await
}

/// Enriches every package of the profile's collection, from every source.
async fn enrich_profile(profile: &Profile, config: &Config, printer: Printer) -> CommandResult {
    let selection = PackageSelection::all(profile.key.as_str());
    let parts = enrichers::connect_enrichers(&EnrichOptions::default(), config, printer).await?;
    enrich::run_parts(parts, &selection, Format::Text, config, printer).await
}
