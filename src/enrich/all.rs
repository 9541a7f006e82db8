//! All enrichers, one after the other, in the order in which they build on each other: GitHub,
//! downloads, advisories, and the health that follows from all of them.
//!
//! One that fails keeps nobody from the next: what is known is worth writing and scoring. What is
//! left is in the report. Called by `cli`.

use std::time::Instant;

use serde::Serialize;

use super::health::RuleSet;
use super::run::{EnrichError, Selection, Services};
use super::{advisories, downloads, github, health};
use crate::progress::Stop;

/// Everything that the runs work with.
pub struct Clients {
    pub services: Services,
    /// `None` where GitHub is not to be asked.
    pub github: Option<github::Services>,
    pub downloads: downloads::Settings,
    pub advisories: advisories::Settings,
}

/// What the runs are asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    pub selection: Selection,
    pub github: github::Request,
    pub source: downloads::Source,
    pub rules: RuleSet,
}

/// What the runs did.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `None` where GitHub was not asked.
    pub github: Option<Outcome<github::Report>>,
    pub downloads: Outcome<downloads::Report>,
    pub advisories: Outcome<advisories::Report>,
    pub health: Outcome<health::Report>,
    /// Wall time of all runs.
    pub seconds: f64,
}

/// The report of a run, or why there is none.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome<R> {
    Ran(R),
    Failed { error: String },
}

impl<R> Outcome<R> {
    /// What comes of a run, which does not begin once somebody wants to stop.
    async fn of<E: ToString>(stop: &Stop, run: impl Future<Output = Result<R, E>>) -> Self {
        let failed = |error| Self::Failed { error };
        if stop.is_requested() {
            return failed("stopped before it began; the same command goes on".to_owned());
        }
        let result = run.await;
        result.map_or_else(|error| failed(error.to_string()), Self::Ran)
    }

    fn is(&self, complete: impl Fn(&R) -> bool) -> bool {
        match self {
            Self::Ran(report) => complete(report),
            Self::Failed { .. } => false,
        }
    }
}

impl Report {
    /// Whether everything that was asked for is done: exit code 0 in place of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let github = self.github.as_ref();
        github.is_none_or(|outcome| outcome.is(github::Report::is_complete))
            && self.downloads.is(downloads::Report::is_complete)
            && self.advisories.is(advisories::Report::is_complete)
            && self.health.is(health::Report::is_complete)
    }
}

/// Runs them all.
///
/// # Errors
///
/// [`EnrichError`] where there is no collection, or the search server does not say.
pub async fn execute(
    clients: &Clients,
    request: &Request,
    stop: &Stop,
) -> Result<Report, EnrichError> {
    let begun = Instant::now();
    let services = &clients.services;
    let selection = &request.selection;
    services.open(&selection.target).await?;
    let mut of_github = None;
    if let Some(services) = &clients.github {
        let run = github::execute(services, &request.github, stop);
        of_github = Some(Outcome::of(stop, run).await);
    }
    let of_downloads = downloads::Request {
        selection: selection.clone(),
        source: request.source,
    };
    let of_health = health::Request {
        selection: selection.clone(),
        rules: request.rules.clone(),
    };
    let run = downloads::execute(services, &clients.downloads, &of_downloads, stop);
    let downloads = Outcome::of(stop, run).await;
    let run = advisories::execute(services, &clients.advisories, selection);
    let advisories = Outcome::of(stop, run).await;
    let health = Outcome::of(stop, health::execute(services, &of_health)).await;
    Ok(Report {
        github: of_github,
        downloads,
        advisories,
        health,
        seconds: begun.elapsed().as_secs_f64(),
    })
}
