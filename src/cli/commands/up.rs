//! `pyfa up`: from nothing to a collection that can be searched, in one command.
//!
//! Builds the requests of a fetch and of the enrichers from values, runs them, and serves the gallery
//! and the embedded engine meanwhile and afterwards.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::enrichers::{EnrichOptions, score_silently};
use super::selection::{given, select_profile};
use super::services::{open_cache, open_pipeline, user_agent};
use super::{enrich, pypi, serve};
use crate::cli::arguments::{AgeArguments, Format, SourceArgument, UpArguments};
use crate::cli::exit::{CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{Bars, Printer, report};
use crate::config::Config;
use crate::enrich::PackageSelection;
use crate::model::RegistryKind;
use crate::pipeline::{Discovery, FetchReport, FetchRequest, FetchServices, Mode, Versions};
use crate::profile::Profiles;
use crate::registry::sample::{self, Sample};
use crate::registry::{self, RegistrySettings};
use crate::search::{Client, EmbeddedEngine};
use crate::workspace::Workspace;

/// The profiles that the sample has projects of.
const SAMPLE_PROFILES: [&str; 3] = ["plone", "django", "flask"];

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
    let profile = given(arguments.profile.as_deref());
    if !arguments.sample && profile.is_none() && config.default_profile.is_none() {
        return Err(UsageError::new(
            "no profile given; try `pyfa up plone` (`pyfa profiles` lists them), or `pyfa up \
             --sample` for a recorded sample of three",
        )
        .into());
    }
    let engine = match &config.typesense {
        Some(_) => None,
        None => {
            let settings = serve::engine_settings(&arguments.serve, config);
            Some(Arc::new(EmbeddedEngine::new(settings)?))
        }
    };
    let client = match (&engine, &config.typesense) {
        (None, Some(settings)) => Client::new(settings)?,
        (Some(engine), _) => Client::embedded(Arc::clone(engine))?,
        (None, None) => return Err(UsageError::new("there is no search engine").into()),
    };
    // People and front ends can search what is there while the rest is fetched.
    let server = if arguments.no_serve {
        None
    } else {
        Some(serve::start(engine, &arguments.serve, config).await?)
    };
    let filled = if arguments.sample {
        index_sample(profile.as_deref(), client, config, printer).await?
    } else {
        let profile = profile
            .or_else(|| config.default_profile.clone())
            .unwrap_or_default();
        update(&profile, client, arguments.sincefile, config, printer).await?
    };
    match server {
        Some(server) if !filled.interrupted => serve::run(server, config, printer).await,
        _ => Ok(filled.exit),
    }
}

/// How filling a collection ended.
struct Filled {
    exit: Exit,
    interrupted: bool,
}

/// Fetches a profile's packages, and adds what is known of them elsewhere.
async fn update(
    profile: &str,
    client: Client,
    since_file: PathBuf,
    config: &Config,
    printer: Printer,
) -> CommandResult<Filled> {
    let mut services = open_pipeline(config, Arc::new(Bars::new(printer)), false)?;
    services.workspace.search = client;
    let how = Fetch {
        mode: Mode::Incremental,
        discovery: Discovery::Auto,
        versions: None,
        since_file,
    };
    let fetched = fetch(&services, profile, &how, config, printer).await?;
    report::print(&fetched);
    let mut filled = Filled {
        exit: fetched.exit_status(),
        interrupted: fetched.interrupted,
    };
    if filled.interrupted {
        return Ok(filled);
    }
    if config.github.token.is_some() {
        select_profile(profile, config, printer)?;
        let enriched = enrich_profile(profile, config, printer).await?;
        if enriched != Exit::Done {
            filled.exit = enriched;
        }
    } else {
        if !score_silently(&services, profile, config).await? {
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
    let services = FetchServices {
        registry: registry::connect(RegistryKind::PyPi, &settings, user_agent())?,
        workspace: Workspace {
            search: client,
            home: config.home.clone(),
            progress: Arc::new(Bars::new(printer)),
        },
        cache: open_cache(config)?,
    };
    let profiles = profile.map_or_else(|| SAMPLE_PROFILES.to_vec(), |profile| vec![profile]);
    let how = Fetch {
        mode: Mode::Full,
        discovery: Discovery::Simple,
        versions: Some(Versions::Latest),
        since_file: config.home.join("sample.since"),
    };
    let mut filled = Filled {
        exit: Exit::Done,
        interrupted: false,
    };
    let mut documents = 0;
    for profile in &profiles {
        let report = fetch(&services, profile, &how, config, printer).await?;
        documents += report.documents.written;
        if !report.is_complete() {
            report::print(&report);
            filled.exit = Exit::Partly;
        }
        if report.interrupted {
            filled.interrupted = true;
            return Ok(filled);
        }
        if !score_silently(&services, profile, config).await? {
            filled.exit = Exit::Partly;
        }
    }
    printer.result(&format!(
        "{documents} documents of {} were written and scored in {:.1} s, to {}",
        profiles.join(", "),
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
    profile: &str,
    how: &Fetch,
    config: &Config,
    printer: Printer,
) -> CommandResult<FetchReport> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let found = profiles.get(profile)?;
    let request = FetchRequest {
        mode: how.mode,
        target: profile.to_owned(),
        profile: Some(profile.to_owned()),
        rules: found.rules.clone(),
        history_text: found.history_text,
        versions: how.versions,
        discovery: how.discovery,
        limit: None,
        name_contains: None,
        projects: Vec::new(),
        force: false,
        prune: false,
        dry_run: false,
        batch_size: config.pypi.batch_size,
        since_file: how.since_file.clone(),
        command: "up".to_owned(),
    };
    pypi::run(services, request, printer).await
}

/// Enriches every package of the profile's collection, from every source.
async fn enrich_profile(profile: &str, config: &Config, printer: Printer) -> CommandResult {
    let selection = PackageSelection {
        target: profile.to_owned(),
        name: None,
        limit: None,
        dry_run: false,
    };
    let options = EnrichOptions {
        source: SourceArgument::default(),
        rules: None,
        report_dir: None,
        age: AgeArguments::default(),
    };
    enrich::run(&selection, &options, Format::Text, config, printer).await
}
