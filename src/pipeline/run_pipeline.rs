//! One run from beginning to end: the stages in their order.
//!
//! Called by `cli`. Prepares, discovers, examines, writes the history, removes, and at the very end
//! sets the mark. What a stage returns decides how the run goes on; the report decides nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::ask_each;
use super::discover::{self, DiscoveryResult};
use super::error::RunError;
use super::examination::Examination;
use super::history;
use super::indexer::Indexer;
use super::outcome::Outcome;
use super::prepare::{Prepared, prepare};
use super::removal::{self, RemovalCandidates, RemovalPermission, RemovalResult};
use super::report::FetchReport;
use super::report_builder::RunEnding;
use super::request::{FetchRequest, Mode};
use super::run::{FetchServices, Run};
use crate::model::Serial;
use crate::progress::{Stage, Stop};
use crate::store::ledger::{Baseline, CollectionRecord};
use crate::store::since_file;
use crate::workspace::{LockedCollection, Workspace};

/// Does what `request` asks for.
///
/// # Errors
///
/// [`RunError`] ends a run: the search server is away, the collection is being written by another
/// process, the index cannot be read, files of our own cannot be used. Everything that concerns
/// single projects is in the report instead.
pub async fn run_pipeline(
    services: &FetchServices,
    request: FetchRequest,
    stop: &Stop,
) -> Result<FetchReport, RunError> {
    let started = Instant::now();
    let workspace = &services.workspace;
    let stop = &workspace.stop_or_loss(stop);
    let prepared = tokio::select! {
        prepared = prepare_run(services, request) => prepared?,
        () = stop.clone().requested() => {
            workspace.check_locks()?;
            return Err(RunError::Stopped);
        }
    };
    let run = Arc::clone(&prepared.run);
    let report = bring_up_to_date(prepared, workspace, started, stop).await;
    run.ledger.close().await;
    report
}

/// What a run does once it knows its work.
async fn bring_up_to_date(
    prepared: PreparedRun,
    workspace: &Workspace,
    started: Instant,
    stop: &Stop,
) -> Result<FetchReport, RunError> {
    let PreparedRun {
        run,
        record,
        rules_are_recorded,
        registry_has_changed,
        index,
        discovery,
        _lock,
    } = prepared;
    let discovery_is_doubtful = discovery.is_doubtful;
    let updated = update(&run, discovery, stop).await?;
    let mut removed = None;
    let mut has_doubtful_removals = false;
    if let Some(ReadIndex { serial }) = index
        && !stop.is_requested()
        && !updated.registry_is_away
    {
        let permission = RemovalPermission {
            index_is_current: serial >= record.index_serial,
            rules_are_recorded,
        };
        let mut candidates = updated.removals;
        if !run.registry.has_complete_index() {
            let doubt = if registry_has_changed {
                Some("the registry is another one than before")
            } else if discovery_is_doubtful {
                Some("not everything could be asked")
            } else {
                None
            };
            has_doubtful_removals =
                removal::keep_doubtful(&run, &mut candidates, doubt, updated.has_served_known);
        }
        removed = Some(removal::remove_projects(&run, candidates, permission, stop).await?);
    }
    // Another host may be writing; what the ledger would claim of the collection is not known.
    workspace.check_locks()?;
    let conclusion = Conclusion {
        index_serial: index.and_then(|index| index.serial),
        is_doubtful: discovery_is_doubtful
            || has_doubtful_removals
            || !updated.all_questions_answered
            || removed.is_some_and(|result: RemovalResult| !result.index_is_complete),
        is_interrupted: stop.is_requested(),
        registry_is_away: updated.registry_is_away,
        has_kept_projects: removed.is_some_and(|result| result.has_kept_projects),
        rules_are_recorded,
    };
    let mark = store_conclusion(&run, record, &conclusion).await?;
    let ending = RunEnding {
        is_interrupted: conclusion.is_interrupted,
        registry_is_away: conclusion.registry_is_away,
        removal_is_blocked: removed.is_some_and(|result| result.is_blocked),
        mark,
        ..RunEnding::default()
    };
    finish_report(&run, ending, started).await
}

/// A run that knows its work.
struct PreparedRun {
    run: Arc<Run>,
    record: CollectionRecord,
    rules_are_recorded: bool,
    registry_has_changed: bool,
    /// `None` where no index was read.
    index: Option<ReadIndex>,
    discovery: DiscoveryResult,
    /// Held as long as the run lasts.
    _lock: Option<LockedCollection>,
}

/// What is left of an index once its projects are sorted.
#[derive(Debug, Clone, Copy)]
struct ReadIndex {
    serial: Option<Serial>,
}

/// Everything before the first document. May be cancelled at any moment.
async fn prepare_run(
    services: &FetchServices,
    request: FetchRequest,
) -> Result<PreparedRun, RunError> {
    let Prepared {
        run,
        record,
        rules_are_recorded,
        registry_has_changed,
        lock,
    } = prepare(services, request).await?;
    let run = Arc::new(run);
    let (index, discovery) = if run.request.mode == Mode::Named {
        (None, ask_each::discover_named(&run).await?)
    } else {
        run.progress.stage(Stage::ReadingIndex, None);
        // It may hold a million names, so it lives no longer than this block.
        let sought = run.sought().await?;
        let index = Arc::new(run.registry.fetch_index(&sought).await?);
        run.progress.stage_done();
        let discovery = if run.registry.has_complete_index() {
            discover::discover(&run, &index, &record).await?
        } else {
            ask_each::discover(&run, &index).await?
        };
        let serial = index.serial;
        (Some(ReadIndex { serial }), discovery)
    };
    Ok(PreparedRun {
        run,
        record,
        rules_are_recorded,
        registry_has_changed,
        index,
        discovery,
        _lock: lock,
    })
}

/// What examination and history have led to.
struct Updated {
    removals: RemovalCandidates,
    all_questions_answered: bool,
    registry_is_away: bool,
    has_served_known: bool,
}

/// Examines the candidates and writes what they need.
async fn update(
    run: &Arc<Run>,
    discovery: DiscoveryResult,
    stop: &Stop,
) -> Result<Updated, RunError> {
    run.record(Outcome::Discovered {
        seen: discovery.seen,
        unchanged: discovery.unchanged,
    });
    // What matches and is there counts, so that the same full run asks for no more next time.
    let room = match (run.request.limit, run.request.mode) {
        (Some(limit), Mode::Full) => {
            limit.saturating_sub(usize::try_from(discovery.unchanged).unwrap_or(usize::MAX))
        }
        (limit, _) => limit.unwrap_or(usize::MAX),
    };
    // With a limit, only what is examined may leave.
    let removals = if run.request.limit.is_some() {
        RemovalCandidates::default()
    } else {
        RemovalCandidates {
            vanished: discovery.vanished,
            unselected: discovery.unselected,
            ..RemovalCandidates::default()
        }
    };
    let mut examination = Examination {
        room,
        removals,
        unlisted: discovery.unlisted,
        skipped: discovery.skipped,
    };
    let indexer = Indexer::start(run.clone());
    let outcome = async {
        let candidates = discovery.candidates;
        let summary = examination
            .examine_all(run, candidates, &indexer, stop)
            .await?;
        let updated = Updated {
            // The skipped projects and the classifiers are freed here: nothing is asked any more.
            removals: examination.removals,
            all_questions_answered: summary.all_questions_answered,
            registry_is_away: summary.registry_is_away,
            has_served_known: summary.has_served_known,
        };
        drop((examination.unlisted, examination.skipped));
        if !stop.is_requested() && !updated.registry_is_away {
            history::write_history(run, summary.histories, &indexer, stop).await?;
        }
        Ok(updated)
    }
    .await;
    // What is on its way is acknowledged and recorded, however the stages have ended.
    let finished = indexer.finish().await;
    finished.and(outcome)
}

/// What is known once all stages have ended.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and they combine freely"
)]
struct Conclusion {
    index_serial: Option<Serial>,
    /// Whether projects may have been missed.
    is_doubtful: bool,
    is_interrupted: bool,
    registry_is_away: bool,
    has_kept_projects: bool,
    rules_are_recorded: bool,
}

impl Conclusion {
    /// The serial up to which the run vouches for the whole collection, if it does.
    fn mark(&self, request: &FetchRequest) -> Option<Serial> {
        let covers_everything = matches!(request.mode, Mode::Full | Mode::Incremental)
            && !request.is_narrowed()
            && !self.is_interrupted
            && !self.registry_is_away;
        self.trusted_serial().filter(|_| covers_everything)
    }

    fn trusted_serial(&self) -> Option<Serial> {
        self.index_serial.filter(|_| !self.is_doubtful)
    }
}

/// Records what the whole run may claim; at the very end, the mark, which is returned.
async fn store_conclusion(
    run: &Arc<Run>,
    mut record: CollectionRecord,
    conclusion: &Conclusion,
) -> Result<Option<Serial>, RunError> {
    if run.request.dry_run {
        return Ok(None);
    }
    if let Some(serial) = conclusion.trusted_serial() {
        record.index_serial = record.index_serial.max(Some(serial));
    }
    let mark = conclusion.mark(&run.request);
    if let Some(serial) = mark {
        let rules = run.request.rules.canonical();
        if !conclusion.rules_are_recorded && !conclusion.has_kept_projects {
            // Nothing stands against the new rules: they are the collection's from now on.
            record.rules = Some(rules.clone());
        }
        record.baseline = Some(Baseline {
            serial: serial.get(),
            rules,
        });
    }
    if !conclusion.is_interrupted {
        if run.has_changed_collection.load(Ordering::Relaxed) {
            run.search.wait_for_replication().await;
        }
        record.documents = run
            .search
            .fetch_collection(&run.collection)
            .await?
            .map(|now| now.num_documents);
        if let Some(total) = record.documents {
            let own = run.own_documents().count(total).await?;
            record.documents = Some(own);
        }
    }
    run.store_collection_record(&record).await?;
    if let Some(serial) = mark {
        let line = since_file::Mark {
            collection: run.collection.clone(),
            registry: run.registry.kind(),
            serial: serial.get(),
            time: jiff::Timestamp::now(),
        };
        since_file::write(&run.request.since_file, &line)?;
    }
    Ok(mark)
}

/// Completes the report.
async fn finish_report(
    run: &Run,
    mut ending: RunEnding,
    started: Instant,
) -> Result<FetchReport, RunError> {
    if !run.request.dry_run {
        ending.pending = run.read_pending().await?;
    }
    ending.http = run.registry.statistics();
    run.cache.flush().await;
    ending.seconds = started.elapsed().as_secs_f64();
    Ok(run.take_report().finish(ending))
}
