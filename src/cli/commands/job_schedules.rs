//! `pyfa jobs schedules`: what runs by the clock, and what this host makes no jobs for.

use std::path::Path;

use serde::Serialize;

use super::worker::find_abilities;
use crate::cli::arguments::Format;
use crate::cli::exit::{CommandResult, Exit};
use crate::cli::output::{self, time_or_dash};
use crate::config::Config;
use crate::jobs::{JobKind, ScheduleStatus};

/// A schedule as it is shown.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    schedule: ScheduleStatus,
    /// Why this host makes no such jobs.
    left_out: Option<String>,
}

pub(super) fn show(
    status: Vec<ScheduleStatus>,
    config: &Config,
    activity: &Path,
    format: Format,
) -> CommandResult {
    let abilities = find_abilities(config, activity);
    let shown = status.into_iter().map(|mut schedule| {
        let kind = schedule.kind;
        let target = if kind.is_activity() { "" } else { "any" };
        let left_out = abilities.reason(kind.name(), target).map(str::to_owned);
        if left_out.is_some() {
            schedule.next = None;
        }
        Shown { schedule, left_out }
    });
    let shown: Vec<Shown> = shown.collect();
    if format == Format::Json {
        output::json(&shown)?;
        return Ok(Exit::Done);
    }
    let mut rows: Vec<[String; 4]> = shown.iter().map(row_of).collect();
    for kind in JobKind::ALL {
        if !shown.iter().any(|one| one.schedule.kind == kind) {
            let [cron, last, next] = ["off", "-", "-"].map(str::to_owned);
            rows.push([kind.to_string(), cron, last, next]);
        }
    }
    output::table(["KIND", "SCHEDULE", "LAST (UTC)", "NEXT (UTC)"], &rows);
    Ok(Exit::Done)
}

fn row_of(shown: &Shown) -> [String; 4] {
    let Shown { schedule, left_out } = shown;
    let last = match schedule.last {
        Some(last) => time_or_dash(Some(last)),
        None => "never".to_owned(),
    };
    let next = match left_out {
        Some(why) => format!("not here: {why}"),
        None => time_or_dash(schedule.next),
    };
    [schedule.kind.to_string(), schedule.cron.clone(), last, next]
}
