//! One run from beginning to end: the stages in their order.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures::StreamExt;
use futures::stream;

use super::discover::{self, Discovered};
use super::error::RunError;
use super::examine::{Candidate, Examined, Found, History, examine};
use super::history;
use super::index::{Indexer, Unit};
use super::job::Setback;
use super::newer::{self, LeftOut, Newer};
use super::prepare::{Prepared, prepare};
use super::removal::{self, Permission, Removals};
use super::report::Report;
use super::request::{Mode, Request};
use super::run::{Run, Services};
use super::spawned::spawn;
use crate::model::ProjectName;
use crate::progress::{Stage, Stop};
use crate::store::ledger::{Baseline, CollectionRecord, ReadOutcome, ReadRecord};
use crate::store::since_file;

/// Rows of the part *read* that wait for one transaction.
const READ_BATCH: usize = 512;
/// So many projects in a row that cannot be read mean that the registry is away.
const AWAY_AFTER: usize = 100;

/// Does what `request` asks for.
///
/// # Errors
///
/// [`RunError`] ends a run: the search server is away, the collection is being written by another
/// process, the index cannot be read, files of our own cannot be used. Everything that concerns
/// single projects is in the report instead.
pub async fn execute(
    services: &Services,
    request: Request,
    stop: &Stop,
) -> Result<Report, RunError> {
    let started = Instant::now();
    let Begun {
        run,
        record,
        rules_are_recorded,
        index_serial,
        discovered,
        _locks,
    } = tokio::select! {
        begun = begin(services, request) => begun?,
        () = stop.clone().requested() => return Err(RunError::Stopped),
    };

    let mut is_doubtful = discovered.is_doubtful;
    let (removals, missed_nothing) = update(&run, discovered, stop).await?;
    is_doubtful |= !missed_nothing;
    if let Some(serial) = index_serial
        && !stop.is_requested()
        && !run.report().gave_up
    {
        let permission = Permission {
            index_is_current: serial >= record.index_serial,
            rules_are_recorded,
        };
        is_doubtful |= !removal::remove(&run, removals, permission, stop).await?;
    }
    let speaks_for_all = {
        let mut report = run.report();
        report.interrupted = stop.is_requested();
        matches!(run.request.mode, Mode::Full | Mode::Incremental)
            && !run.request.is_narrowed()
            && !report.interrupted
            && !report.gave_up
            && !is_doubtful
    };
    close(
        &run,
        record,
        index_serial.filter(|_| !is_doubtful),
        speaks_for_all,
        rules_are_recorded,
    )
    .await?;
    finish(&run, started).await
}

/// A run that knows its work.
struct Begun {
    run: Arc<Run>,
    record: CollectionRecord,
    rules_are_recorded: bool,
    /// The serial of the index, if one was read.
    index_serial: Option<u64>,
    discovered: Discovered,
    _locks: Vec<crate::store::lock::CollectionLock>,
}

/// Everything before the first document: may be given up at any moment.
async fn begin(services: &Services, request: Request) -> Result<Begun, RunError> {
    let Prepared {
        run,
        record,
        rules_are_recorded,
        locks,
    } = prepare(services, request).await?;
    let run = Arc::new(run);
    let index = if run.request.mode == Mode::Named {
        None
    } else {
        run.progress.stage(Stage::ReadingIndex, None);
        let index = run.pypi.index().await?;
        run.progress.stage_done();
        Some(index)
    };
    let discovered = match &index {
        Some(index) => discover::discover(&run, index, &record).await?,
        None => discover::named(&run),
    };
    let index_serial = index.as_ref().map(|index| index.serial);
    // The index ends here: it may hold a million names.
    Ok(Begun {
        run,
        record,
        rules_are_recorded,
        index_serial,
        discovered,
        _locks: locks,
    })
}

/// Examines the candidates and writes what they need. Returns what may have to leave, and whether
/// every question about classifiers was answered.
async fn update(
    run: &Arc<Run>,
    discovered: Discovered,
    stop: &Stop,
) -> Result<(Removals, bool), RunError> {
    let Discovered {
        candidates,
        vanished,
        outgrown,
        seen,
        unchanged,
        left_out,
        newer,
        ..
    } = discovered;
    {
        let mut report = run.report();
        report.projects.seen = seen;
        report.projects.unchanged = unchanged;
    }
    // What matches and is there counts, so that the same full run asks for no more next time.
    let room = match (run.request.limit, run.request.mode) {
        (Some(limit), Mode::Full) => {
            limit.saturating_sub(usize::try_from(unchanged).unwrap_or(usize::MAX))
        }
        (limit, _) => limit.unwrap_or(usize::MAX),
    };
    // With a limit, only what is examined may leave.
    let removals = if run.request.limit.is_some() {
        Removals::default()
    } else {
        Removals {
            vanished,
            outgrown,
            ..Removals::default()
        }
    };
    let mut examination = Examination {
        room,
        removals,
        newer,
        left_out,
        missed_nothing: true,
    };
    let indexer = Indexer::start(run.clone());
    let outcome = async {
        let histories = examination
            .newest_of_all(run, candidates, &indexer, stop)
            .await?;
        examination.newer.report(run);
        // Nothing is asked from here on.
        examination.left_out = LeftOut::default();
        if !stop.is_requested() && !run.report().gave_up {
            history::write(run, histories, &indexer, stop).await?;
        }
        Ok::<(), RunError>(())
    }
    .await;
    // What is on its way is acknowledged and recorded, however the stages have ended.
    let finished = indexer.finish().await;
    finished.and(outcome)?;
    Ok((examination.removals, examination.missed_nothing))
}

/// The first part of the work: every candidate is read, and the newest release of those that match
/// is written.
struct Examination {
    /// How many more projects may match.
    room: usize,
    removals: Removals,
    newer: Newer,
    left_out: LeftOut,
    /// Whether every question about newer classifiers was answered.
    missed_nothing: bool,
}

impl Examination {
    /// The candidates, and those that their classifiers lead to.
    async fn newest_of_all(
        &mut self,
        run: &Arc<Run>,
        mut candidates: Vec<Candidate>,
        indexer: &Indexer,
        stop: &Stop,
    ) -> Result<Vec<History>, RunError> {
        let mut histories = Vec::new();
        loop {
            histories.extend(self.newest(run, candidates, indexer, stop).await?);
            if self.room == 0 || stop.is_requested() || run.report().gave_up {
                break;
            }
            let further = tokio::select! {
                further = newer::further(run, &mut self.newer, &mut self.left_out) => further,
                () = stop.clone().requested() => break,
            };
            match further {
                Ok(further) if further.is_empty() => break,
                Ok(further) => candidates = further,
                Err(error) => {
                    run.note(format!(
                        "{error}; projects that carry only classifiers newer than the program's \
                         list may be missing: this run sets no mark, and the next one asks again"
                    ));
                    self.missed_nothing = false;
                    break;
                }
            }
        }
        Ok(histories)
    }

    async fn newest(
        &mut self,
        run: &Arc<Run>,
        candidates: Vec<Candidate>,
        indexer: &Indexer,
        stop: &Stop,
    ) -> Result<Vec<History>, RunError> {
        run.progress
            .stage(Stage::Examining, Some(candidates.len() as u64));
        let workers = run.pypi.workers();
        let examinations = stream::iter(candidates).map(|candidate| {
            let work = examine(run.clone(), candidate.clone());
            spawn(work, || {
                let found = Found::Failed(Setback::panicked());
                Ok(Examined { candidate, found })
            })
        });
        // With a limit, the first of the index are meant, not the first to answer.
        let examinations = if run.request.limit.is_some() {
            examinations.buffered(workers).left_stream()
        } else {
            examinations.buffer_unordered(workers).right_stream()
        };
        let mut examinations = examinations.take_until(Box::pin(stop.clone().requested()));
        let mut collector = Collector {
            run,
            reads: Vec::new(),
            settled: Vec::new(),
            histories: Vec::new(),
            failures_in_a_row: 0,
        };
        while self.room > 0 {
            let Some(examined) = examinations.next().await else {
                break;
            };
            let examined = examined??;
            if let Found::Matching { head, .. } = &examined.found {
                self.room -= 1;
                self.newer.see(&run.request.rules, &head.classifiers);
            }
            if !collector
                .take(examined, indexer, &mut self.removals)
                .await?
            {
                break;
            }
            run.progress.advance(1);
        }
        drop(examinations);
        run.progress.stage_done();
        collector.finish()
    }
}

/// Takes what was found, one project at a time.
struct Collector<'a> {
    run: &'a Arc<Run>,
    reads: Vec<ReadRecord>,
    /// Projects of which nothing is owed any more.
    settled: Vec<ProjectName>,
    histories: Vec<History>,
    failures_in_a_row: usize,
}

impl Collector<'_> {
    /// Returns `false` when the stage has to end: indexing has, or the registry is away.
    async fn take(
        &mut self,
        examined: Examined,
        indexer: &Indexer,
        removals: &mut Removals,
    ) -> Result<bool, RunError> {
        let Examined { candidate, found } = examined;
        let name = candidate.name;
        self.run.report().projects.examined += 1;
        let is_away = matches!(&found, Found::Failed(setback) if !setback.lasting);
        self.failures_in_a_row = if is_away {
            self.failures_in_a_row + 1
        } else {
            0
        };
        match found {
            Found::Matching { head, work } => {
                {
                    let mut report = self.run.report();
                    report.projects.matched += 1;
                    report.documents.unchanged += work.unchanged as u64;
                }
                self.read(&name, head.serial, ReadOutcome::Read, head.classifiers)?;
                let job = work.job.clone();
                if !indexer
                    .send(Unit {
                        job: work.job,
                        lines: work.first,
                    })
                    .await
                {
                    return Ok(false);
                }
                if !work.history.wanted.is_empty() || !work.history.vanished.is_empty() {
                    self.histories.push(work.history);
                }
                // Everything has been handed over: the last of the project's steps.
                let step = job.stays();
                self.run.settle(&job, step).await?;
            }
            Found::NotMatching { head, is_indexed } => {
                self.read(&name, head.serial, ReadOutcome::Read, head.classifiers)?;
                self.settled.push(name.clone());
                if is_indexed {
                    removals.outgrown.push(name);
                }
            }
            Found::Nothing {
                outcome,
                is_indexed,
            } => {
                self.read(&name, candidate.serial, outcome, Vec::new())?;
                self.settled.push(name.clone());
                if is_indexed && outcome == ReadOutcome::Empty {
                    removals.empty.push((name, candidate.serial));
                }
            }
            Found::Failed(setback) => self.run.owe(&name, candidate.serial, &setback)?,
        }
        if self.failures_in_a_row == AWAY_AFTER {
            self.run.note(format!(
                "{AWAY_AFTER} projects in a row could not be read, so the registry is taken to be \
                 away; the next run goes on from here"
            ));
            self.run.report().gave_up = true;
            return Ok(false);
        }
        Ok(true)
    }

    fn read(
        &mut self,
        name: &ProjectName,
        serial: u64,
        outcome: ReadOutcome,
        classifiers: Vec<String>,
    ) -> Result<(), RunError> {
        let project = name.clone();
        let examined = self.run.now;
        self.reads.push(ReadRecord {
            project,
            serial,
            outcome,
            classifiers,
            examined,
        });
        if self.reads.len() >= READ_BATCH {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), RunError> {
        let reads = std::mem::take(&mut self.reads);
        self.run.ledger.record_read(self.run.registry_id, &reads)?;
        let settled = std::mem::take(&mut self.settled);
        self.run.ledger.settle(self.run.collection_id, &settled)?;
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<History>, RunError> {
        self.flush()?;
        Ok(self.histories)
    }
}

/// Records what the whole run may claim; last of all, the mark.
async fn close(
    run: &Arc<Run>,
    mut record: CollectionRecord,
    index_serial: Option<u64>,
    speaks_for_all: bool,
    rules_are_recorded: bool,
) -> Result<(), RunError> {
    if run.request.dry_run {
        return Ok(());
    }
    if let Some(serial) = index_serial {
        record.index_serial = record.index_serial.max(serial);
        if speaks_for_all {
            let rules = run.request.rules.canonical();
            if !rules_are_recorded && run.report().kept.is_empty() {
                // Nothing stands against the new rules: they are the collection's from now on.
                record.rules = Some(rules.clone());
            }
            record.baseline = Some(Baseline { serial, rules });
        }
    }
    if !run.report().interrupted {
        if run.written.load(Ordering::Relaxed) + run.deleted.load(Ordering::Relaxed) > 0 {
            run.search.wait_for_replication().await;
        }
        record.documents = run
            .search
            .fetch_collection(&run.collection)
            .await?
            .map(|now| now.num_documents);
    }
    run.ledger
        .set_collection_record(run.collection_id, &record)?;
    if let Some(serial) = index_serial.filter(|_| speaks_for_all) {
        let mark = since_file::Mark {
            collection: run.collection.clone(),
            serial,
            time: jiff::Timestamp::now(),
        };
        since_file::write(&run.request.since_file, &mark)?;
        run.report().mark = Some(serial);
    }
    Ok(())
}

/// Completes the report.
async fn finish(run: &Run, started: Instant) -> Result<Report, RunError> {
    let mut report = std::mem::take(&mut *run.report());
    if !run.request.dry_run {
        let owed = run.ledger.owed(run.collection_id)?;
        let (rejected, owed): (Vec<_>, Vec<_>) = owed
            .into_iter()
            .partition(crate::store::ledger::Owed::is_final);
        report.projects.owed = owed.len() as u64;
        for one in owed {
            Report::list(&mut report.owed, one.project.as_str(), one.reason);
        }
        for one in rejected {
            Report::list(&mut report.rejected, one.project.as_str(), one.reason);
        }
    }
    report.documents.written = run.written.load(Ordering::Relaxed);
    report.documents.deleted = run.deleted.load(Ordering::Relaxed);
    report.http = Some(run.pypi.statistics());
    report.changes.sort_unstable();
    run.cache.flush().await;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}
