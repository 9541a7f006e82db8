//! `pyfa diff`: what two exports tell apart, or what was uploaded between two days.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::selection::{given, required_target};
use super::services::open_workspace;
use crate::cli::arguments::DiffArguments;
use crate::cli::exit::{CommandResult, Exit, UsageError};
use crate::cli::output::{Bars, Printer, comparison};
use crate::config::Config;
use crate::export::diff::{Days, compare_exports, list_uploads};
use crate::profile::Profiles;

pub(super) async fn execute(
    arguments: DiffArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    if let Some(days) = days(&arguments)? {
        let workspace = open_workspace(config, Arc::new(Bars::new(printer)))?;
        let target = resolve_target(&arguments, config)?;
        let mut report = list_uploads(&workspace, &target, days).await?;
        if arguments.json {
            comparison::print_dates_as_json(&mut report)?;
        } else {
            comparison::print_dates(&mut report)?;
        }
        return Ok(Exit::Done);
    }
    let (before, after) = (
        PathBuf::from(arguments.before),
        PathBuf::from(arguments.after),
    );
    let mut report = compare_exports(before, after).await?;
    if arguments.json {
        comparison::print_as_json(&mut report)?;
    } else {
        comparison::print(&mut report)?;
    }
    Ok(Exit::Done)
}

/// The two days, if both are; a file that is called so comes first.
fn days(arguments: &DiffArguments) -> CommandResult<Option<Days>> {
    let (before, after) = (&arguments.before, &arguments.after);
    let day = |text: &str| {
        let day = text.parse::<jiff::civil::Date>().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
    };
    if Path::new(before).exists() || Path::new(after).exists() {
        return Ok(None);
    }
    match (day(before), day(after)) {
        (Some(from), Some(to)) if from < to => Ok(Some(Days {
            from: from.as_second(),
            to: to.as_second(),
        })),
        (Some(_), Some(_)) => Err(UsageError::new(format!(
            "between {before} and {after} there is no time; give the earlier day first"
        ))
        .into()),
        _ => Ok(None),
    }
}

fn resolve_target(arguments: &DiffArguments, config: &Config) -> CommandResult<String> {
    if let Some(target) = given(arguments.target.target.as_deref()) {
        return Ok(target);
    }
    let profile = given(arguments.target.profile.as_deref());
    let profile = required_target(profile.or_else(|| config.default_profile.clone()))?;
    Profiles::load(config.profiles_dir.as_deref())?.get(&profile)?;
    Ok(profile)
}
