//! `pyfa profiles` and `pyfa profiles check`, with `--online` against the registry's classifiers.

use super::services::{connect_registry, opened_cache};
use crate::cli::arguments::{Format, ProfilesAction};
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{Printer, json, table};
use crate::config::Config;
use crate::model::RegistryKind;
use crate::pipeline;
use crate::profile::{Finding, Profiles, Rules, Severity, classifier_list_version};
use crate::web::gallery::address::RESERVED;

pub(super) async fn execute(
    action: Option<&ProfilesAction>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    match action {
        None => list(&profiles, format),
        Some(ProfilesAction::Check { online }) => {
            let mut findings = profiles.check().to_vec();
            findings.extend(profiles.find_taken_keys(|key| {
                pyfa_engine::is_api_segment(key) || RESERVED.contains(&key)
            }));
            if *online {
                findings.extend(find_newer_classifiers(&profiles, config).await?);
            }
            check(&profiles, &findings, format, printer)
        }
    }
}

fn list(profiles: &Profiles, format: Format) -> CommandResult {
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
        table(["PROFILE", "NAME", "DESCRIPTION"], &rows);
    }
    Ok(Exit::Done)
}

/// Asks the registry for classifiers that this program does not know; one finding for each.
async fn find_newer_classifiers(
    profiles: &Profiles,
    config: &Config,
) -> CommandResult<Vec<Finding>> {
    let registry = connect_registry(RegistryKind::PyPi, config, &opened_cache(config, true)?)?;
    let of_registry = profiles
        .iter()
        .filter(|one| one.registry == registry.kind());
    let rules: Vec<&Rules> = of_registry.map(|profile| &profile.rules).collect();
    let newer = pipeline::fetch_newer_classifiers(&*registry, &rules).await?;
    let as_finding = |classifier: String| Finding {
        severity: Severity::Note,
        profile: None,
        location: None,
        message: format!(
            "the built-in list of classifiers is old: the registry has \"{classifier}\", which {} \
             lacks; runs find its projects anyway, and a newer version of pyfa will know it",
            classifier_list_version()
        ),
    };
    Ok(newer.into_iter().map(as_finding).collect())
}

fn check(
    profiles: &Profiles,
    findings: &[Finding],
    format: Format,
    printer: Printer,
) -> CommandResult {
    if format == Format::Json {
        json(findings)?;
    } else {
        for finding in findings {
            printer.result(&finding.to_string());
        }
        printer.result(&format!(
            "{} profiles checked, {} findings",
            profiles.iter().count(),
            findings.len()
        ));
    }
    let broken = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    Ok(if broken { Exit::Failed } else { Exit::Done })
}
