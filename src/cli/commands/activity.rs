//! `pyfa activity`: follows what happens in repositories, and shows what is known.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::activity_period::backfill_period;
use super::activity_sample::open_sample;
use super::enrich::run_one;
use super::interrupt::run_until_interrupted;
use super::selection::select_profile;
use super::{activity_metrics, services};
use crate::activity::{
    self, ActivityError, ActivityProblem, ActivityScope, ActivitySession, ActivityStatus, Estimate,
    Period, Schedule, SyncProblem, SyncReport,
};
use crate::cli::arguments::{ActivityAction, FollowedArguments, Format, ScheduleArgument};
use crate::cli::exit::{CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{self, Printer, count_of};
use crate::config::Config;
use crate::database::Database;
use crate::enrich::activity::ActivityEnricher;
use crate::progress::Stop;

/// The file with what is followed, in the working directory.
const FILE: &str = "activity.toml";

pub(super) async fn execute(
    action: ActivityAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match action {
        ActivityAction::Sync {
            schedule,
            sample,
            followed,
            format,
        } => {
            let followed = (!sample).then_some(&followed);
            sync(schedule, followed, format, config, printer).await
        }
        ActivityAction::Backfill {
            since,
            until,
            chunk,
            estimate,
            wait,
            followed,
            format,
        } => {
            let period = backfill_period(since, until, chunk)?;
            let scope = read_scope(&followed, config, printer)?;
            if estimate {
                show_estimate(&scope, period, format, config, printer).await
            } else {
                backfill(&scope, period, wait, format, config, printer).await
            }
        }
        ActivityAction::Metrics(arguments) => {
            let database = open_existing(config).await?;
            activity_metrics::execute(&arguments, &database, config, printer).await?;
            database.close().await;
            Ok(Exit::Done)
        }
        ActivityAction::Enrich(packages) => {
            open_existing(config).await?.close().await;
            let enricher = ActivityEnricher::new(config.database.clone());
            run_one(enricher, &packages, config, printer).await
        }
        ActivityAction::Status { file, format } => status(file.as_deref(), config, format).await,
    }
}

/// One of the syncs, as it is shown.
#[derive(Debug, Serialize)]
struct Done {
    schedule: Schedule,
    #[serde(flatten)]
    report: SyncReport,
}

/// Syncs the sample if nothing is followed.
async fn sync(
    schedule: Option<ScheduleArgument>,
    followed: Option<&FollowedArguments>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let scope = followed.map(|followed| read_scope(followed, config, printer));
    let scope = scope.transpose()?;
    let schedules = match schedule {
        Some(ScheduleArgument::Update) => vec![Schedule::Update],
        Some(ScheduleArgument::Events) => vec![Schedule::Events],
        Some(ScheduleArgument::Daily) => vec![Schedule::Daily],
        None => vec![Schedule::Update, Schedule::Events, Schedule::Daily],
    };
    let done = run_until_interrupted(printer, async |stop: &Stop| {
        let (session, scope) = match scope {
            Some(scope) => (open_session(&scope, config, stop).await?, scope),
            None => open_sample(config, stop).await?,
        };
        let mut done = Vec::new();
        for schedule in schedules {
            let report = activity::sync(&session, &scope, schedule, Timestamp::now()).await?;
            done.push(Done { schedule, report });
        }
        session.close().await;
        CommandResult::Ok(done)
    })
    .await?;
    match format {
        Format::Json => output::json(&done)?,
        Format::Text => {
            for Done { schedule, report } in &done {
                show_report(schedule.name(), report, printer);
            }
        }
    }
    let mut exits = done.iter().map(|done| done.report.exit_status());
    Ok(exits.find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done))
}

async fn backfill(
    scope: &ActivityScope,
    period: Period,
    wait: bool,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let report = run_until_interrupted(printer, async |stop: &Stop| {
        let session = open_session(scope, config, stop).await?;
        let share = config.github.quota_share;
        match activity::estimate_backfill(&session, scope, period, share).await {
            Ok(estimate) => printer.note(&text_of(&estimate)),
            Err(error) if wait && error.wait().is_some() => {}
            Err(error) => return Err(error.into()),
        }
        let chunk_done = |repository: &str, since: Timestamp| {
            printer.note(&format!("{repository}: everything since {since} is stored"));
        };
        let report = if wait {
            let waiting = |error: &ActivityError, after: Duration| {
                let minutes = after.as_secs().div_ceil(60);
                let minutes = count_of(minutes, "minute");
                printer.note(&format!("{error}; waiting {minutes}, Ctrl-C ends it"));
            };
            activity::backfill_patiently(&session, scope, period, chunk_done, waiting).await?
        } else {
            activity::backfill(&session, scope, period, chunk_done).await?
        };
        session.close().await;
        CommandResult::Ok(report)
    })
    .await?;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_report("backfill", &report, printer),
    }
    Ok(report.exit_status())
}

async fn show_estimate(
    scope: &ActivityScope,
    period: Period,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let session = open_session(scope, config, &Stop::never()).await?;
    let share = config.github.quota_share;
    let estimate = activity::estimate_backfill(&session, scope, period, share).await?;
    session.close().await;
    match format {
        Format::Json => output::json(&estimate)?,
        Format::Text => {
            printer.result(&text_of(&estimate));
            show_problems(&estimate.problems, printer);
        }
    }
    Ok(if estimate.problems.is_empty() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

fn text_of(estimate: &Estimate) -> String {
    format!(
        "to read: {} with timelines; at GitHub's quota this takes about {:.1} hours",
        count_of(estimate.issues, "issue"),
        estimate.hours
    )
}

fn show_report(name: &str, report: &SyncReport, printer: Printer) {
    printer.result(&format!(
        "{name}: read {} and {}; found {} and {}",
        count_of(report.issues, "issue"),
        count_of(report.timelines, "timeline"),
        count_of(report.transferred, "transfer"),
        count_of(report.deleted, "deletion"),
    ));
    if report.gone > 0 {
        let gone = report.gone;
        printer.result(&format!(
            "  repositories of packages that are gone, private or blocked: {gone}"
        ));
    }
    show_problems(&report.problems, printer);
}

fn show_problems(problems: &[ActivityProblem], printer: Printer) {
    for problem in problems {
        printer.result(&format!(
            "  {}: {}",
            output::one_line(&problem.of),
            output::one_line(&problem.why)
        ));
    }
}

async fn status(file: Option<&Path>, config: &Config, format: Format) -> CommandResult {
    let database = open_existing(config).await?;
    // What a file names and no sync has reached is owed too.
    let path = file.unwrap_or(Path::new(FILE));
    let followed = if file.is_some() || path.is_file() {
        let text = fs_err::read_to_string(path)?;
        ActivityScope::parse(&text, &path.display().to_string())?.repositories
    } else {
        Vec::new()
    };
    let status = activity::fetch_status(&database, &followed).await?;
    database.close().await;
    match format {
        Format::Json => output::json(&status)?,
        Format::Text => show_status(&status),
    }
    Ok(Exit::Done)
}

fn show_status(status: &ActivityStatus) {
    let time = |time: Option<Timestamp>| match time {
        Some(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        None => "never".to_owned(),
    };
    let rows: Vec<[String; 7]> = status
        .repositories
        .iter()
        .map(|row| {
            let owed = row.owed.clone();
            [
                output::one_line(&row.repository),
                row.issues.to_string(),
                row.pull_requests.to_string(),
                row.events.to_string(),
                time(row.changes_until),
                time(row.compared_at),
                output::one_line(&owed.unwrap_or_else(|| "nothing".to_owned())),
            ]
        })
        .collect();
    if rows.is_empty() {
        output::line("no repository was synced yet");
    } else {
        let head = [
            "REPOSITORY",
            "ISSUES",
            "PULL REQUESTS",
            "EVENTS",
            "CHANGES UNTIL",
            "COMPARED",
            "OWED",
        ];
        output::table(head, &rows);
    }
    for problem in &status.problems {
        let since = time(Some(problem.since));
        let text = if problem.is_of_whole_sync() {
            let SyncProblem { schedule, why, .. } = problem;
            format!("the sync `{schedule}` has failed since {since}: {why}")
        } else {
            let SyncProblem { name, why, .. } = problem;
            format!("{name}, since {since}: {why}")
        };
        output::line(&output::one_line(&text));
    }
}

/// The database, which somebody else has created.
async fn open_existing(config: &Config) -> CommandResult<Database> {
    let database = Database::open_existing(&config.database).await?;
    database.ok_or_else(|| {
        UsageError::new("there is no database of activity yet; `pyfa activity sync` creates it")
            .into()
    })
}

async fn open_session(
    scope: &ActivityScope,
    config: &Config,
    stop: &Stop,
) -> CommandResult<ActivitySession> {
    let database = Database::open(&config.database).await?;
    let github = services::connect_github_with_database(config).await?;
    let session = ActivitySession::new(github, database, stop.clone());
    if scope.profiles.is_empty() {
        return Ok(session);
    }
    Ok(session.with_search(services::search(config)?))
}

/// What the arguments name, or else the file.
fn read_scope(
    followed: &FollowedArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult<ActivityScope> {
    let is_named = !followed.repository.is_empty()
        || !followed.organisation.is_empty()
        || !followed.profile.is_empty();
    let path = followed.file.as_deref().unwrap_or(Path::new(FILE));
    let mut scope = if followed.file.is_none() && !path.is_file() {
        if !is_named {
            return Err(UsageError::new(format!(
                "nothing is followed: write a file `{FILE}` with `organisations = [\"…\"]` or \
                 `repositories = [\"owner/name\"]`, or give --organisation, --repository or \
                 --profile"
            ))
            .into());
        }
        ActivityScope::default()
    } else {
        let text = fs_err::read_to_string(path)?;
        ActivityScope::parse(&text, &path.display().to_string())?
    };
    if is_named {
        scope.repositories.clone_from(&followed.repository);
        scope.organisations.clone_from(&followed.organisation);
        scope.profiles.clone_from(&followed.profile);
    }
    for profile in &scope.profiles {
        select_profile(profile, config, printer)?;
    }
    if scope.is_empty() {
        return Err(UsageError::new(format!(
            "{} names no organisation, no repository and no profile",
            path.display()
        ))
        .into());
    }
    Ok(scope)
}
