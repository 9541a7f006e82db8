//! `pyfa activity sync --sample`: a recorded GitHub on loopback, and what is followed there.

use std::time::Duration;

use crate::activity::{ActivityScope, ActivitySession};
use crate::cli::exit::{CommandResult, UsageError};
use crate::config::Config;
use crate::database::{Database, Statement};
use crate::forge::github::{GitHub, GitHubSettings, Sample};
use crate::progress::Stop;

use super::services::user_agent;

/// Ten thousand days: everything that was recorded, however old the program is.
const DAYS: u32 = 10_000;

/// Serves the sample, and opens a database that has nothing else in it.
pub(super) async fn open_sample(
    config: &Config,
    stop: &Stop,
) -> CommandResult<(ActivitySession, ActivityScope)> {
    let sample = Sample::open()?;
    let scope = ActivityScope {
        organisations: vec![sample.organisation().to_owned()],
        first_days: DAYS,
        closed_days: DAYS,
        reconcile_days: DAYS,
        ..ActivityScope::default()
    };
    let database = Database::open(&config.database).await?;
    refuse_others(&database, sample.organisation()).await?;
    let settings = GitHubSettings {
        api_url: sample.serve().await?,
        token: None,
        cool_off: Duration::ZERO,
        ..config.github.clone()
    };
    let github = GitHub::new(&settings, user_agent())?;
    Ok((ActivitySession::new(github, database, stop.clone()), scope))
}

/// Real repositories are not mixed with made-up ones.
async fn refuse_others(database: &Database, organisation: &str) -> CommandResult<()> {
    let text = "SELECT org, repo FROM repositories WHERE org <> $1 LIMIT 1";
    let others = Statement::new(text, vec![organisation.into()]);
    let others = database.query(others).await?;
    let Some(other) = others.first() else {
        return Ok(());
    };
    Err(UsageError::new(format!(
        "the database has real repositories, such as {}/{}, and the sample is made up; give it a \
         database of its own: `PYFA_DATABASE=sample.sqlite pyfa activity sync --sample`",
        other.text("org")?,
        other.text("repo")?
    ))
    .into())
}
