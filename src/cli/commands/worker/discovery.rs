//! How jobs of the map of developers are done.

use std::sync::Arc;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::outcome::{RunFailure, outcome_of};
use crate::cli::commands::services::connect_github_for_discovery;
use crate::config::Config;
use crate::database::Database;
use crate::discovery::{self, DiscoveryError, DiscoverySession};
use crate::jobs::{Job, JobContext, JobKind, JobOutcome};

/// When a quota is reset, not all jobs of all hosts start at once.
const MOST_JITTER: u64 = 60;

pub(super) async fn run_discovery(
    kind: JobKind,
    job: &Job,
    context: &JobContext,
    config: &Config,
) -> Result<JobOutcome, RunFailure> {
    let target = job.target.as_str();
    let database = Database::open(&config.database).await;
    let database = database.map_err(DiscoveryError::from)?;
    let github = connect_github_for_discovery(config).await?;
    let settings = config.discovery.clone();
    let session = DiscoverySession::new(github, database, settings, context.stop.clone())
        .with_lease(Arc::clone(&context.lease) as _);
    let report = match kind {
        JobKind::ProfileSync => discovery::sync_user(&session, target).await,
        JobKind::RepositorySync => {
            let Ok(slug) = target.parse() else {
                let why = format!("{target} is not a repository");
                return Err(RunFailure::Impossible(why));
            };
            discovery::sync_repository(&session, &slug).await
        }
        _ => discovery::discover(&session).await,
    };
    session.close().await;
    let report = report.map_err(|error| match RunFailure::from(error) {
        RunFailure::Wait { until, why } => RunFailure::Wait {
            until: until + jitter(job),
            why,
        },
        other => other,
    })?;
    let is_complete = report.is_complete();
    Ok(outcome_of(&report, is_complete, None, &context.stop))
}

/// From 1 to 60 seconds, always the same for the same run of a job.
fn jitter(job: &Job) -> Duration {
    let run = format!("{} {}", job.id, job.run_at);
    Duration::from_secs(1 + xxh3_64(run.as_bytes()) % MOST_JITTER)
}

/// What the schedule of the scraper is for: nothing as long as the map is empty.
pub(super) async fn fetch_scraper_targets(
    config: &Config,
) -> Result<Option<String>, DiscoveryError> {
    let Some(database) = Database::open_existing(&config.database).await? else {
        return Ok(None);
    };
    let is_empty = discovery::is_empty(&database).await;
    database.close().await;
    Ok((!is_empty?).then(String::new))
}
