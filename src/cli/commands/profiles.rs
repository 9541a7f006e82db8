//! `pyfa profiles` and `pyfa profiles check`, with `--online` against the registry's classifiers.

use super::services::user_agent;
use crate::cli::arguments::{Format, ProfilesAction};
use crate::cli::exit::Exit;
use crate::cli::output::{Printer, json, table};
use crate::config::Config;
use crate::model::RegistryKind;
use crate::pipeline;
use crate::profile::{Finding, Profiles, Rules, Severity, classifier_list_version};
use crate::registry;

pub(super) async fn execute(
    action: Option<&ProfilesAction>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    match action {
        None => list(&profiles, format),
        Some(ProfilesAction::Check { online }) => {
            let mut findings = profiles.check().to_vec();
            if *online {
                findings.extend(newer(&profiles, config).await?);
            }
            check(&profiles, &findings, format, printer)
        }
    }
}

fn list(profiles: &Profiles, format: Format) -> anyhow::Result<Exit> {
    let rows: Vec<[String; 3]> = profiles
        .iter()
        .map(|profile| {
            [
                profile.key.clone(),
                profile.name.clone(),
                profile.description.clone(),
            ]
        })
        .collect();
    if format == Format::Json {
        let entries: Vec<_> = rows
            .iter()
            .map(|[key, name, description]| {
                serde_json::json!({"key": key, "name": name, "description": description})
            })
            .collect();
        json(&entries)?;
    } else {
        table(["PROFILE", "NAME", "WHAT IT SELECTS"], &rows);
    }
    Ok(Exit::Done)
}

/// A finding for each classifier that the registry knows and the program's list lacks.
async fn newer(profiles: &Profiles, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let registry = registry::connect(RegistryKind::PyPi, &config.pypi, user_agent())?;
    let rules: Vec<&Rules> = profiles.iter().map(|profile| &profile.rules).collect();
    let newer = pipeline::fetch_newer_classifiers(&*registry, &rules).await?;
    let finding = |classifier: String| Finding {
        severity: Severity::Note,
        profile: None,
        location: None,
        message: format!(
            "the program's list of classifiers is old: the registry knows \"{classifier}\", which \
             {} lacks; a newer version of pyfa has a newer list, and runs find its projects until \
             then",
            classifier_list_version()
        ),
    };
    Ok(newer.into_iter().map(finding).collect())
}

fn check(
    profiles: &Profiles,
    findings: &[Finding],
    format: Format,
    printer: Printer,
) -> anyhow::Result<Exit> {
    if format == Format::Json {
        json(findings)?;
    } else {
        for finding in findings {
            printer.result(&finding.to_string());
        }
        printer.result(&format!(
            "{} profiles are sound, {} findings",
            profiles.iter().count(),
            findings.len()
        ));
    }
    let broken = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Ok(if broken { Exit::Failed } else { Exit::Done })
}
