//! `pyfa up`: from nothing to a collection that can be searched, in one command.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::selection::given;
use super::services::{cache, services, user_agent, workspace};
use super::{enrich, enrichers, pypi, serve};
use crate::cli::arguments::{EnrichArguments, UpArguments};
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::{Bars, Printer, report};
use crate::config::Config;
use crate::model::RegistryKind;
use crate::pipeline::{Discovery, FetchReport, FetchRequest, FetchServices, Mode, Versions};
use crate::profile::Profiles;
use crate::registry::sample::{self, Sample};
use crate::registry::{self, RegistrySettings};
use crate::search::EmbeddedEngine;

/// The profiles that the sample has projects of.
const SAMPLE_PROFILES: [&str; 3] = ["plone", "django", "flask"];

pub(super) async fn execute(
    arguments: UpArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    if arguments.sample {
        return sample(&arguments, config, printer).await;
    }
    let profile = given(arguments.profile.as_deref())
        .or_else(|| config.default_profile.clone())
        .ok_or_else(|| {
            UsageError(
                "which profile? `pyfa up plone`, say; `pyfa profiles` lists them, and \
                 `pyfa up --sample` shows a recorded sample of three"
                    .to_owned(),
            )
        })?;
    let engine = match &config.typesense {
        Some(_) => None,
        None => Some(Arc::new(EmbeddedEngine::new(serve::settings(
            &arguments.serve,
            config,
        ))?)),
    };
    if let Some(engine) = &engine {
        // Front ends may search what is there while the rest is fetched.
        engine.listen(arguments.serve.listen).await?;
    }
    let services = services(config, Arc::new(Bars::new(printer)), false)?;
    let mode = (Mode::Incremental, Discovery::Auto, None);
    let fetched = fetch(
        &services,
        &profile,
        &arguments.sincefile,
        config,
        mode,
        printer,
    )
    .await?;
    report::print(&fetched);
    let mut exit = enrichers::exit(fetched.is_complete());
    if fetched.interrupted {
        return Ok(exit);
    }
    if config.github.token.is_some() {
        let enriched = enrich::execute(EnrichArguments::of(&profile)?, config, printer).await?;
        if enriched != Exit::Done {
            exit = enriched;
        }
    } else {
        printer
            .note("GITHUB_TOKEN is not set, so GitHub is not asked; `pyfa github` does it, slowly");
    }
    match engine {
        Some(engine) => serve::serve(&engine, arguments.serve.listen, config, printer).await,
        None => Ok(exit),
    }
}

/// Indexes the recorded sample, by the road that everything takes.
async fn sample(
    arguments: &UpArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
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
        workspace: workspace(config, Arc::new(Bars::new(printer)))?,
        cache: cache(config)?,
    };
    let chosen = given(arguments.profile.as_deref());
    let profiles: Vec<&str> = match &chosen {
        Some(profile) => vec![profile],
        None => SAMPLE_PROFILES.to_vec(),
    };
    let marks = config.home.join("sample.since");
    let mut exit = Exit::Done;
    let mut documents = 0;
    for profile in &profiles {
        let report = fetch(
            &services,
            profile,
            &marks,
            config,
            (Mode::Full, Discovery::Simple, Some(Versions::Latest)),
            printer,
        )
        .await?;
        documents += report.documents.written;
        if !report.is_complete() {
            report::print(&report);
            exit = Exit::Partly;
        }
        if report.interrupted {
            return Ok(exit);
        }
    }
    printer.result(&format!(
        "{documents} documents of {} were written in {:.1} s, to {}",
        profiles.join(", "),
        begun.elapsed().as_secs_f64(),
        services.workspace.search.address()
    ));
    for next in [
        "next:",
        "  pyfa search -p plone form                  a search in the terminal",
        "  pyfa search -p django --facet classifiers  with counts",
        "  pyfa serve                                 the API for front ends, with a key",
        "  pyfa up plone                              the real packages of a profile, kept current",
    ] {
        printer.result(next);
    }
    Ok(exit)
}

async fn fetch(
    services: &FetchServices,
    profile: &str,
    since_file: &Path,
    config: &Config,
    (mode, discovery, versions): (Mode, Discovery, Option<Versions>),
    printer: Printer,
) -> anyhow::Result<FetchReport> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    let found = profiles.get(profile)?;
    let request = FetchRequest {
        mode,
        target: profile.to_owned(),
        profile: Some(profile.to_owned()),
        rules: found.rules.clone(),
        history_text: found.history_text,
        versions,
        discovery,
        limit: None,
        name_contains: None,
        projects: Vec::new(),
        force: false,
        prune: false,
        dry_run: false,
        batch_size: config.pypi.batch_size,
        since_file: since_file.to_owned(),
        command: "up".to_owned(),
    };
    pypi::run(services, request, printer).await
}
