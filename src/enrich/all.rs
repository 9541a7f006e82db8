//! Runs several enrichers, one after the other, in the order of the list: later ones may build on
//! what earlier ones have written.
//!
//! One that fails stops none of the others: what is known is worth writing and scoring. What was
//! not done is in the report. Called by `cli`.

use std::time::Instant;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::driver::{EnrichServices, run_on};
use super::enricher::{Enricher, EnricherReport};
use super::error::EnrichError;
use super::selection::PackageSelection;
use crate::progress::Stop;

/// Runs an enricher of the list, whatever its report looks like.
type RunPart = Box<
    dyn for<'r> FnOnce(
        &'r EnrichServices,
        &'r PackageSelection,
        &'r Stop,
    ) -> LocalBoxFuture<'r, Result<Box<dyn EnricherReport>, EnrichError>>,
>;

/// An entry of the list: an enricher, or the name of one that is left out.
pub struct EnricherPart {
    name: &'static str,
    title: &'static str,
    run: Option<RunPart>,
}

impl EnricherPart {
    /// An entry; with `None` the report says that the enricher was left out.
    #[must_use]
    pub fn new<E: Enricher + 'static>(enricher: Option<E>) -> Self {
        let run = |enricher: E| -> RunPart {
            Box::new(move |services, selection, stop| {
                let run = async move {
                    // The collection may have been rebuilt while another enricher waited.
                    let collection = services.find_collection(&selection.target).await?;
                    let report = run_on(collection, services, selection, enricher, stop).await?;
                    Ok(Box::new(report) as Box<dyn EnricherReport>)
                };
                run.boxed_local()
            })
        };
        Self {
            name: E::NAME,
            title: E::TITLE,
            run: enricher.map(run),
        }
    }
}

/// What the runs did: JSON with a member for each enricher of the list, and `seconds`.
#[derive(Debug)]
pub struct AllReport {
    pub parts: Vec<PartReport>,
    /// Wall time of all runs.
    pub seconds: f64,
}

/// What one of them did.
#[derive(Debug)]
pub struct PartReport {
    name: &'static str,
    /// The heading of its summary.
    pub title: &'static str,
    /// `None` if it was left out.
    pub outcome: Option<PartOutcome>,
}

/// The report of a run, or why there is none.
#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
pub enum PartOutcome {
    Ran(Box<dyn EnricherReport>),
    Failed { error: String },
}

impl PartOutcome {
    fn is_complete(&self) -> bool {
        match self {
            Self::Ran(report) => report.is_complete(),
            Self::Failed { .. } => false,
        }
    }
}

impl AllReport {
    /// Whether everything that was asked for is done: exit code 0 instead of 3.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let mut outcomes = self.parts.iter().filter_map(|part| part.outcome.as_ref());
        outcomes.all(PartOutcome::is_complete)
    }

    /// When the first part that has ended at a limit can go on, and why not earlier.
    #[must_use]
    pub fn wait(&self) -> Option<(Timestamp, String)> {
        let outcomes = self.parts.iter().filter_map(|part| part.outcome.as_ref());
        let waits = outcomes.filter_map(|outcome| match outcome {
            PartOutcome::Ran(report) => report.wait(),
            PartOutcome::Failed { .. } => None,
        });
        waits.min()
    }
}

impl Serialize for AllReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.parts.len() + 1))?;
        for part in &self.parts {
            members.serialize_entry(part.name, &part.outcome)?;
        }
        members.serialize_entry("seconds", &self.seconds)?;
        members.end()
    }
}

/// Runs the enrichers of the list in order.
///
/// # Errors
///
/// [`EnrichError`] where there is no collection, or the search server does not say.
pub async fn run_all(
    services: &EnrichServices,
    selection: &PackageSelection,
    list: Vec<EnricherPart>,
    stop: &Stop,
) -> Result<AllReport, EnrichError> {
    let begun = Instant::now();
    services.open_collection(&selection.target).await?;
    let mut parts = Vec::new();
    for EnricherPart { name, title, run } in list {
        let mut outcome = None;
        if let Some(run) = run {
            outcome = Some(run_unless_stopped(services, selection, run, stop).await);
        }
        parts.push(PartReport {
            name,
            title,
            outcome,
        });
    }
    Ok(AllReport {
        parts,
        seconds: begun.elapsed().as_secs_f64(),
    })
}

async fn run_unless_stopped(
    services: &EnrichServices,
    selection: &PackageSelection,
    run: RunPart,
    stop: &Stop,
) -> PartOutcome {
    if stop.is_requested() {
        return PartOutcome::Failed {
            error: "stopped before it began; run the same command again to continue".to_owned(),
        };
    }
    // A process that was paused for too long begins nothing more.
    if let Err(lost) = services.workspace.check_locks() {
        return PartOutcome::Failed {
            error: lost.to_string(),
        };
    }
    match run(services, selection, stop).await {
        Ok(report) => PartOutcome::Ran(report),
        Err(error) => PartOutcome::Failed {
            error: error.to_string(),
        },
    }
}
