//! `pyfa discover run --sample`: a made-up GitHub on loopback, and a map that begins there.

use std::time::Duration;

use crate::cli::exit::{CommandResult, UsageError};
use crate::config::Config;
use crate::database::{Database, Statement};
use crate::discovery::{self, DiscoverySession, Seed};
use crate::forge::github::{GitHub, GitHubSettings, SampleMap};
use crate::progress::Stop;

use super::services::user_agent;

/// Serves the sample, and opens a database that has nothing else in its map.
pub(super) async fn open_sample(config: &Config, stop: &Stop) -> CommandResult<DiscoverySession> {
    let sample = SampleMap;
    let database = Database::open(&config.database).await?;
    refuse_others(&database, sample).await?;
    let settings = GitHubSettings {
        api_url: sample.serve().await?,
        token: None,
        cool_off: Duration::ZERO,
        ..config.github.clone()
    };
    let github = GitHub::new(&settings, user_agent())?;
    let session = DiscoverySession::new(github, database, config.discovery.clone(), stop.clone());
    if discovery::is_empty(&session.database).await? {
        let seed = Seed::Account(sample.seed().to_owned());
        discovery::add_seeds(&session, &[seed]).await?;
    }
    Ok(session)
}

/// Real people are not mixed with made-up ones.
async fn refuse_others(database: &Database, sample: SampleMap) -> CommandResult<()> {
    // The sample has fewer, so that one of them is real if there is any.
    let text = "SELECT github_id FROM developers LIMIT 9";
    let rows = database.query(Statement::new(text, Vec::new())).await?;
    for row in rows {
        if !sample.has_account(row.integer("github_id")?) {
            return Err(UsageError::new(
                "the map has real developers, and the sample is made up; give it a database of its \
                 own: `PYFA_DATABASE=sample.sqlite pyfa discover run --sample`",
            )
            .into());
        }
    }
    Ok(())
}
