//! `pyfa board`: keeps a project on GitHub in step with what it is for.

use std::path::Path;
use std::time::Duration;

use super::board_output::{show_fields, show_plan, show_report};
use super::interrupt::run_until_interrupted;
use super::services::{self, user_agent};
use crate::board::{self, Board, BoardLog, BoardSession, BoardSettings};
use crate::cli::arguments::{BoardAction, Format};
use crate::cli::exit::{CommandResult, Exit, ExitStatus, UsageError};
use crate::cli::output::{self, Printer};
use crate::config::Config;
use crate::forge::github::{GitHub, GitHubSettings, SampleBoard};
use crate::progress::Stop;

pub(super) async fn execute(
    action: BoardAction,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    match action {
        BoardAction::Plan {
            file,
            sample: _,
            log,
            format,
        } => {
            plan(
                file.file.as_deref(),
                log.as_deref(),
                format,
                config,
                printer,
            )
            .await
        }
        BoardAction::Apply {
            file,
            update_loop,
            log,
            format,
        } => {
            let minutes = (update_loop > 0).then(|| Duration::from_mins(update_loop.into()));
            apply(&file, minutes, log.as_deref(), format, config, printer).await
        }
        BoardAction::Fields {
            file,
            sample: _,
            format,
        } => fields(file.file.as_deref(), format, config, printer).await,
        BoardAction::Init {
            file,
            owner,
            number,
            create_fields,
        } => {
            let project = owner.zip(number);
            init(&file, project, create_fields, config, printer).await
        }
    }
}

/// The board and a session; without a file, those of the sample.
async fn open(
    file: Option<&str>,
    log: Option<&Path>,
    config: &Config,
    stop: &Stop,
) -> CommandResult<(Board, BoardSession)> {
    let (board, mut session) = if let Some(file) = file {
        let board = board::open_board(file, config.boards.folder.as_deref())?;
        (board, services::board_session(config, stop).await?)
    } else {
        let board = Board::parse(SampleBoard::FILE, "the sample")?;
        let settings = GitHubSettings {
            api_url: SampleBoard.serve().await?,
            token: Some("sample".to_owned().into()),
            cool_off: Duration::ZERO,
            ..config.github.clone()
        };
        let github = GitHub::new(&settings, user_agent())?;
        let settings = BoardSettings::default();
        (board, BoardSession::new(github, settings, stop.clone()))
    };
    if let Some(path) = log {
        session = session.with_log(BoardLog::create(path)?);
    }
    Ok((board, session))
}

async fn plan(
    file: Option<&str>,
    log: Option<&Path>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let (project, plan) = run_until_interrupted(printer, async |stop: &Stop| {
        let (board, session) = open(file, log, config, stop).await?;
        let planned = board::plan(&session, &board).await;
        session.github.wait_until_settled().await;
        CommandResult::Ok(planned?)
    })
    .await?;
    match format {
        Format::Json => output::json(&plan)?,
        Format::Text => show_plan(&project, &plan),
    }
    Ok(if plan.incomplete.is_empty() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

async fn apply(
    file: &str,
    loop_for: Option<Duration>,
    log: Option<&Path>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let report = run_until_interrupted(printer, async |stop: &Stop| {
        let (board, session) = open(Some(file), log, config, stop).await?;
        let locks = services::project_locks(config);
        let report = board::apply(&session, &board, &locks, loop_for).await;
        session.github.wait_until_settled().await;
        CommandResult::Ok(report?)
    })
    .await?;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_report(&report, printer),
    }
    Ok(report.exit_status())
}

async fn fields(
    file: Option<&str>,
    format: Format,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let report = run_until_interrupted(printer, async |stop: &Stop| {
        let (board, session) = open(file, None, config, stop).await?;
        let report = board::fetch_fields(&session, &board).await;
        session.github.wait_until_settled().await;
        CommandResult::Ok(report?)
    })
    .await?;
    match format {
        Format::Json => output::json(&report)?,
        Format::Text => show_fields(&report),
    }
    Ok(if report.is_complete() {
        Exit::Done
    } else {
        Exit::Partly
    })
}

async fn init(
    file: &Path,
    project: Option<(String, i32)>,
    create_fields: bool,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let shown = file.display();
    if !(create_fields && project.is_none() && file.is_file()) {
        let (owner, number) = project.unwrap_or(("my-organisation".to_owned(), 1));
        board::write_new_board(file, &owner, number)?;
        printer.result(&format!(
            "wrote {shown}; `pyfa board fields {shown}` compares it with the project"
        ));
    }
    if !create_fields {
        return Ok(Exit::Done);
    }
    let Some(file) = file.to_str() else {
        return Err(UsageError::new("the name of the file is not Unicode").into());
    };
    let created = run_until_interrupted(printer, async |stop: &Stop| {
        let (board, session) = open(Some(file), None, config, stop).await?;
        let created = board::create_fields(&session, &board).await;
        session.github.wait_until_settled().await;
        CommandResult::Ok(created?)
    })
    .await?;
    for name in &created {
        printer.result(&format!("created the field {}", output::one_line(name)));
    }
    if created.is_empty() {
        printer.result("the project has all fields");
    }
    Ok(Exit::Done)
}
