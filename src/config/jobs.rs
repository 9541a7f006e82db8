//! The settings of jobs: leases, schedules, and which profiles they are for.

use std::time::Duration;

use super::entry::Origin;
use super::error::ConfigError;
use super::kind::InvalidValue;
use super::layers::Layers;
use super::settings::{SETTINGS, Setting};
use crate::jobs::{JobKind, Schedule, ScheduleError, parse_time_zone};

/// How jobs are run, and when.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// How long a job is kept from other workers after the last sign of life.
    pub lease: Duration,
    /// Jobs that a worker runs at the same time.
    pub at_once: usize,
    /// The name of the host that owns `PYFA_HOME`; `None` for the system's.
    pub host: Option<String>,
    /// The profiles that schedules are for; `None` for all that have a collection.
    pub profiles: Option<Vec<String>>,
    /// Those that are not switched off.
    pub schedules: Vec<Schedule>,
}

/// The peer's names of schedules; the last one that is set counts.
const OTHER_NAMES: [(JobKind, &str); 6] = [
    (JobKind::FetchIncremental, "CELERY_SCHEDULE_RSS_PROJECTS"),
    (JobKind::FetchIncremental, "CELERY_SCHEDULE_RSS_RELEASES"),
    (JobKind::FetchRefresh, "CELERY_SCHEDULE_WEEKLY_REFRESH"),
    (JobKind::FetchFull, "CELERY_SCHEDULE_MONTHLY_FETCH"),
    (JobKind::Downloads, "CELERY_SCHEDULE_WEEKLY_DOWNLOADS"),
    (JobKind::GitHub, "CELERY_SCHEDULE_WEEKLY_GITHUB"),
];

pub(super) fn job_settings(layers: &Layers) -> Result<JobSettings, ConfigError> {
    let text = |path: &str| layers.figment.extract_inner::<String>(path).ok();
    let number = |path: &str| {
        layers
            .figment
            .extract_inner::<f64>(path)
            .unwrap_or_default()
    };
    let profiles = text("jobs.profiles").map(|names| {
        let names = names.split(',').map(str::trim);
        names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect()
    });
    let jitter = Duration::from_secs_f64(number("schedules.jitter"));
    let zone_name = text("schedules.time_zone").unwrap_or_default();
    let wrong = |name: &'static str, shown: String, error: ScheduleError| ConfigError::Value {
        name,
        origin: layers.origin_of(name),
        reason: InvalidValue::Schedule(error),
        shown,
    };
    let zone = parse_time_zone(&zone_name)
        .map_err(|error| wrong("PYFA_SCHEDULE_TIME_ZONE", zone_name, error))?;
    let mut schedules = Vec::new();
    for kind in JobKind::ALL {
        let setting = setting_of(kind);
        let Some(setting) = setting else { continue };
        let mut name = setting.name;
        let mut cron = text(setting.path()).unwrap_or_default();
        if layers.origin_of(name) == Origin::Default.to_string() {
            for (of, other) in OTHER_NAMES {
                if let (true, Some(value)) = (of == kind, text(other)) {
                    (name, cron) = (other, value);
                }
            }
        }
        if cron.is_empty() {
            continue;
        }
        let schedule = Schedule::parse(kind, &cron, zone.clone(), jitter);
        schedules.push(schedule.map_err(|error| wrong(name, cron, error))?);
    }
    let whole = |path: &str| layers.figment.extract_inner::<usize>(path).unwrap_or(1);
    Ok(JobSettings {
        lease: Duration::from_secs_f64(number("jobs.lease")),
        at_once: whole("jobs.at_once"),
        host: text("jobs.host"),
        profiles,
        schedules,
    })
}

/// The setting with the schedule of a kind.
fn setting_of(kind: JobKind) -> Option<&'static Setting> {
    let path = format!("schedules.{}", kind.name().replace('-', "_"));
    SETTINGS
        .iter()
        .find(|setting| setting.key == Some(path.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{OTHER_NAMES, SETTINGS, setting_of};
    use crate::jobs::JobKind;

    #[test]
    fn every_kind_has_a_schedule_and_every_other_name_is_a_setting() {
        for kind in JobKind::ALL {
            // Whom to sync, a person says.
            let is_asked_for = matches!(kind, JobKind::ProfileSync | JobKind::RepositorySync);
            assert_eq!(setting_of(kind).is_some(), !is_asked_for, "{kind}");
        }
        for (_, name) in OTHER_NAMES {
            assert!(
                SETTINGS.iter().any(|setting| setting.name == name),
                "{name}"
            );
        }
    }
}
