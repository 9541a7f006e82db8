//! `pyfa discover`: grows the map of developers and repositories, and shows what is in it.

use super::discover_sample::open_sample;
use super::interrupt::run_until_interrupted;
use super::selection::select_profile;
use super::{discover_forget, services};
use crate::activity::list_package_repositories;
use crate::cli::arguments::{DiscoverAction, Format};
use crate::cli::exit::{CommandFailure, CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{self, Printer, count_of};
use crate::config::Config;
use crate::database::Database;
use crate::discovery::{
    self, DiscoveryProblem, DiscoveryReport, DiscoverySession, MapStatus, Seed, SeedReport,
};
use crate::model::RepositorySlug;
use crate::progress::Stop;

/// How a map begins.
const BEGIN: &str = "`pyfa discover add LOGIN` or `pyfa discover add -p PROFILE` begins one";

pub(super) async fn execute(
    action: DiscoverAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match action {
        DiscoverAction::Add {
            seeds,
            profile,
            target,
            format,
        } => {
            let seeds = seeds.iter().map(|text| Seed::parse(text));
            let mut seeds: Vec<Seed> = seeds.collect::<Result<_, _>>()?;
            for key in &profile {
                let listed = list_repositories(key, target.as_deref(), config, printer).await?;
                seeds.extend(listed.into_iter().map(Seed::Repository));
            }
            if seeds.is_empty() {
                let what = "name accounts as `LOGIN`, repositories as `OWNER/NAME`, or a profile \
                            with `--profile`";
                return Err(UsageError::new(what).into());
            }
            add(&seeds, format, config, printer).await
        }
        DiscoverAction::Run {
            count,
            sample,
            format,
        } => {
            let mut config = config.clone();
            if let Some(count) = count {
                config.discovery.count = usize::try_from(count).unwrap_or(usize::MAX);
            }
            run(sample, format, &config, printer).await
        }
        DiscoverAction::User { login, format } => {
            let report = run_until_interrupted(printer, async |stop: &Stop| {
                let session = open_session(config, stop).await?;
                let report = discovery::sync_user(&session, &login).await?;
                session.close().await;
                CommandResult::Ok(report)
            });
            show_report(&report.await?, format, printer)
        }
        DiscoverAction::Repository { slug, format } => {
            let report = run_until_interrupted(printer, async |stop: &Stop| {
                let session = open_session(config, stop).await?;
                let report = discovery::sync_repository(&session, &slug).await?;
                session.close().await;
                CommandResult::Ok(report)
            });
            show_report(&report.await?, format, printer)
        }
        DiscoverAction::Status { format } => status(config, format).await,
        DiscoverAction::Forget {
            names,
            list,
            take_back,
            format,
        } => match (list, take_back) {
            (true, _) => discover_forget::list(config, format).await,
            (_, true) => discover_forget::take_back(&names, config, format, printer).await,
            _ => discover_forget::forget(&names, config, format, printer).await,
        },
    }
}

/// The repositories behind a profile's packages.
async fn list_repositories(
    key: &str,
    target: Option<&str>,
    config: &Config,
    printer: Printer,
) -> CommandResult<Vec<RepositorySlug>> {
    select_profile(key, config, printer)?;
    let search = services::search(config)?;
    let listed = list_package_repositories(&search, target.unwrap_or(key)).await?;
    if listed.is_empty() {
        let why = format!("none of the packages of `{key}` names a repository on GitHub");
        return Err(CommandFailure(why).into());
    }
    Ok(listed)
}

async fn add(seeds: &[Seed], format: Format, config: &Config, printer: Printer) -> CommandResult {
    let report = run_until_interrupted(printer, async |stop: &Stop| {
        let session = open_session(config, stop).await?;
        let report = discovery::add_seeds(&session, seeds).await?;
        session.close().await;
        CommandResult::Ok(report)
    })
    .await?;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_seeds(&report, printer),
    }
    Ok(report.exit_status())
}

fn show_seeds(report: &SeedReport, printer: Printer) {
    printer.result(&format!(
        "added {}: {} and {} are new; {}",
        count_of(report.added, "seed"),
        count_of(report.new_developers, "developer"),
        repositories(report.new_repositories),
        count_of(report.calls, "request"),
    ));
    if report.known > 0 {
        let known = repositories(report.known);
        printer.result(&format!("  added before: {known}"));
    }
    show_problems(&report.problems, printer);
}

async fn run(sample: bool, format: Format, config: &Config, printer: Printer) -> CommandResult {
    let report = run_until_interrupted(printer, async |stop: &Stop| {
        let session = if sample {
            open_sample(config, stop).await?
        } else {
            open_session(config, stop).await?
        };
        let report = discovery::discover(&session).await?;
        session.close().await;
        CommandResult::Ok(report)
    });
    show_report(&report.await?, format, printer)
}

async fn open_session(config: &Config, stop: &Stop) -> CommandResult<DiscoverySession> {
    let database = Database::open(&config.database).await?;
    let github = services::connect_github_for_discovery(config).await?;
    let settings = config.discovery.clone();
    Ok(DiscoverySession::new(
        github,
        database,
        settings,
        stop.clone(),
    ))
}

fn show_report(report: &DiscoveryReport, format: Format, printer: Printer) -> CommandResult {
    if format == Format::Json {
        output::json(report)?;
        return Ok(report.exit_status());
    }
    if report.is_map_empty {
        printer.result(&format!("the map is empty; {BEGIN}"));
        return Ok(Exit::Done);
    }
    let mut synced = count_of(report.developers, "developer");
    if report.repositories > 0 {
        synced = repositories(report.repositories);
    }
    printer.result(&format!(
        "synced {synced}: {} and {} are new; {}",
        count_of(report.new_developers, "developer"),
        repositories(report.new_repositories),
        count_of(report.calls, "request"),
    ));
    if report.ended + report.gone > 0 {
        let (ended, gone) = (count_of(report.ended, "relation"), report.gone);
        printer.result(&format!(
            "  ended: {ended}; accounts and repositories that are gone: {gone}"
        ));
    }
    for withheld in &report.withheld {
        let lists = count_of(withheld.lists, "list");
        let (list, why) = (&withheld.list, reason_of(&withheld.why));
        printer.result(&format!("  not read: {lists} of {list}, {why}"));
    }
    show_problems(&report.problems, printer);
    Ok(report.exit_status())
}

fn reason_of(why: &str) -> &'static str {
    match why {
        "refused" => "shown to maintainers alone, or refused",
        _ => "longer than DISCOVERY_BREADTH",
    }
}

fn repositories(count: u64) -> String {
    match count {
        1 => "1 repository".to_owned(),
        count => format!("{count} repositories"),
    }
}

fn show_problems(problems: &[DiscoveryProblem], printer: Printer) {
    for problem in problems {
        printer.result(&format!(
            "  {}: {}",
            output::one_line(&problem.of),
            output::one_line(&problem.why)
        ));
    }
}

async fn status(config: &Config, format: Format) -> CommandResult {
    let status = match Database::open_existing(&config.database).await? {
        Some(database) => {
            let status = discovery::fetch_status(&database, &config.discovery).await?;
            database.close().await;
            status
        }
        None => return Err(UsageError::new(format!("there is no map yet; {BEGIN}")).into()),
    };
    match format {
        Format::Json => output::json(&status)?,
        Format::Text => show_status(&status),
    }
    Ok(Exit::Done)
}

fn show_status(status: &MapStatus) {
    if status.developers + status.gone == 0 {
        output::line(&format!("the map is empty; {BEGIN}"));
        return;
    }
    let oldest = match status.oldest {
        Some(time) => time.strftime("%Y-%m-%d %H:%M").to_string(),
        None => "never".to_owned(),
    };
    let counts: [(&str, i64); 9] = [
        ("developers", status.developers),
        ("  read", status.read),
        ("  synced", status.synced),
        ("  gone", status.gone),
        ("repositories", status.repositories),
        ("follows", status.follows),
        ("stars", status.stars),
        ("contributions", status.contributions),
        ("forgotten", status.forgotten),
    ];
    for (name, count) in counts {
        output::line(&format!("{name:<20} {count}"));
    }
    output::line(&format!("{:<20} {oldest}", "oldest sync"));
    output::line("to be synced, in this order:");
    let owed: [(&str, i64); 4] = [
        ("  interrupted", status.interrupted),
        ("  differing", status.differing),
        ("  old", status.old),
        ("  new", status.new),
    ];
    for (name, count) in owed {
        output::line(&format!("{name:<20} {count}"));
    }
    for withheld in &status.withheld {
        let lists = count_of(withheld.lists.unsigned_abs(), "list");
        let said = withheld.reason.as_deref().map(output::one_line);
        let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
        let (list, why) = (&withheld.list, reason_of(&withheld.why));
        output::line(&format!("not read: {lists} of {list}, {why}{said}"));
    }
}
