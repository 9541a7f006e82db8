//! `pyfa profiles` and `pyfa profiles check`.

use crate::cli::arguments::{Format, ProfilesAction};
use crate::cli::exit::Exit;
use crate::cli::output::{Printer, json, table};
use crate::config::Config;
use crate::profile::{Profiles, Severity};

pub(super) fn execute(
    action: Option<&ProfilesAction>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let profiles = Profiles::load(config.profiles_dir.as_deref())?;
    match action {
        None => list(&profiles, format),
        Some(ProfilesAction::Check) => check(&profiles, format, printer),
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

fn check(profiles: &Profiles, format: Format, printer: Printer) -> anyhow::Result<Exit> {
    let findings = profiles.check();
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
