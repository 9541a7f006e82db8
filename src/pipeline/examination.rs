//! The first part of a run's work: every candidate is read, and the newest release of those that
//! match is written.
//!
//! Candidates are read in parallel; their results are taken one at a time, in the order of their
//! arrival. Called by `run_pipeline`.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;

use super::candidate::Candidate;
use super::error::RunError;
use super::examine::{ExaminationResult, Examined, ProjectHistory, examine};
use super::further_candidates::{SkippedProjects, fetch_further_candidates};
use super::indexer::{Indexer, ProjectDocuments};
use super::outcome::Outcome;
use super::project_progress::StepOutcome;
use super::removal::RemovalCandidates;
use super::request::Mode;
use super::run::Run;
use super::step_failure::StepFailure;
use super::unlisted_classifiers::UnlistedClassifiers;
use crate::model::{ProjectName, Serial};
use crate::progress::{Stage, Stop, spawn};
use crate::store::ledger::{ReadOutcome, ReadRecord};

/// Rows of the part *read* that wait for one transaction.
const READ_BATCH: usize = 512;
/// When this many projects in a row cannot be read, the registry is taken to be away.
const AWAY_AFTER: usize = 100;

/// The work of the first part.
pub(super) struct Examination {
    /// How many more projects may match.
    pub room: usize,
    pub removals: RemovalCandidates,
    pub unlisted: UnlistedClassifiers,
    pub skipped: SkippedProjects,
}

/// What the first part has led to.
pub(super) struct ExaminationSummary {
    /// What follows, project by project.
    pub histories: Vec<ProjectHistory>,
    /// Whether every question about newer classifiers was answered.
    pub all_questions_answered: bool,
    /// Whether the registry did not answer any more.
    pub registry_is_away: bool,
    /// Whether the registry has a document of at least one project that the collection holds.
    pub has_served_known: bool,
}

/// Why the candidates of one round were not all taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RoundEnd {
    /// They were, or the limit was reached, or a stop was requested.
    Done,
    RegistryIsAway,
    /// Its own error says more.
    IndexingHasEnded,
}

/// What has become of some candidates.
struct Round {
    histories: Vec<ProjectHistory>,
    end: RoundEnd,
    /// As in [`ExaminationSummary`].
    has_served_known: bool,
}

impl Examination {
    /// Examines the candidates, and those that their classifiers lead to.
    pub(super) async fn examine_all(
        &mut self,
        run: &Arc<Run>,
        mut candidates: Vec<Candidate>,
        indexer: &Indexer,
        stop: &Stop,
    ) -> Result<ExaminationSummary, RunError> {
        let mut summary = ExaminationSummary {
            histories: Vec::new(),
            all_questions_answered: true,
            registry_is_away: false,
            has_served_known: false,
        };
        loop {
            let round = self.examine_round(run, candidates, indexer, stop).await?;
            summary.histories.extend(round.histories);
            summary.registry_is_away = round.end == RoundEnd::RegistryIsAway;
            summary.has_served_known |= round.has_served_known;
            if self.room == 0 || stop.is_requested() || summary.registry_is_away {
                break;
            }
            let further = tokio::select! {
                further = fetch_further_candidates(run, &mut self.unlisted, &mut self.skipped) => {
                    further
                }
                () = stop.clone().requested() => break,
            };
            match further {
                Ok(further) if further.is_empty() => break,
                Ok(further) => candidates = further,
                Err(error) => {
                    run.note(format!(
                        "{error}; projects that carry only classifiers newer than the program's \
                         list may be missing, so this run does not advance the high-water mark, and \
                         the next one asks again"
                    ));
                    summary.all_questions_answered = false;
                    break;
                }
            }
        }
        self.unlisted.note_for_user(run);
        Ok(summary)
    }

    async fn examine_round(
        &mut self,
        run: &Arc<Run>,
        candidates: Vec<Candidate>,
        indexer: &Indexer,
        stop: &Stop,
    ) -> Result<Round, RunError> {
        run.progress
            .stage(Stage::Examining, Some(candidates.len() as u64));
        let workers = run.registry.max_concurrency();
        let examinations = stream::iter(candidates).map(|candidate| {
            let work = examine(run.clone(), candidate.clone());
            spawn(work, || {
                let result = ExaminationResult::Failed(StepFailure::panicked());
                Ok(Examined { candidate, result })
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
            has_served_known: false,
        };
        let mut end = RoundEnd::Done;
        while self.room > 0 && end == RoundEnd::Done {
            let Some(examined) = examinations.next().await else {
                break;
            };
            let examined = examined??;
            match &examined.result {
                ExaminationResult::Matching { head, .. } => {
                    self.room -= 1;
                    // Where classifiers are keywords, there is no list that could lack one.
                    if run.registry.has_complete_index() {
                        self.unlisted.note(&run.request.rules, &head.classifiers);
                    }
                }
                // As in discovery: what matches and is there counts in a full run.
                ExaminationResult::Unchanged { is_indexed: true }
                    if run.request.mode == Mode::Full =>
                {
                    self.room -= 1;
                }
                _ => {}
            }
            end = collector
                .take(examined, indexer, &mut self.removals)
                .await?;
            if end == RoundEnd::Done {
                run.progress.advance(1);
            }
        }
        drop(examinations);
        run.progress.stage_done();
        collector.store_reads().await?;
        Ok(Round {
            histories: collector.histories,
            end,
            has_served_known: collector.has_served_known,
        })
    }
}

/// Takes what was found, one project at a time.
struct Collector<'a> {
    run: &'a Arc<Run>,
    reads: Vec<ReadRecord>,
    /// Projects that wait for a retry no longer.
    settled: Vec<ProjectName>,
    histories: Vec<ProjectHistory>,
    failures_in_a_row: usize,
    has_served_known: bool,
}

impl Collector<'_> {
    async fn take(
        &mut self,
        examined: Examined,
        indexer: &Indexer,
        removals: &mut RemovalCandidates,
    ) -> Result<RoundEnd, RunError> {
        let Examined { candidate, result } = examined;
        let name = candidate.name;
        let is_served = match &result {
            ExaminationResult::Gone { is_withdrawn, .. } => *is_withdrawn,
            ExaminationResult::Failed(_) => false,
            _ => true,
        };
        self.has_served_known |= is_served && candidate.may_be_indexed;
        self.run.record(Outcome::ProjectExamined);
        let may_pass =
            matches!(&result, ExaminationResult::Failed(failure) if !failure.is_permanent);
        self.failures_in_a_row = if may_pass {
            self.failures_in_a_row + 1
        } else {
            0
        };
        match result {
            ExaminationResult::Matching { head, work } => {
                self.run.record(Outcome::ProjectMatched {
                    unchanged_documents: work.unchanged,
                });
                self.add_read(&name, head.serial, ReadOutcome::Read, head.classifiers)
                    .await?;
                let documents = ProjectDocuments {
                    project: work.project.clone(),
                    documents: work.first,
                };
                if !indexer.send(documents).await {
                    return Ok(RoundEnd::IndexingHasEnded);
                }
                if !work.history.planned.is_empty() || !work.history.vanished.is_empty() {
                    self.histories.push(work.history);
                }
                let next = work.project.record(StepOutcome::HandedOver);
                self.run.follow_up(&work.project, next).await?;
            }
            ExaminationResult::NotMatching { head, is_indexed } => {
                self.add_read(&name, head.serial, ReadOutcome::Read, head.classifiers)
                    .await?;
                self.settled.push(name.clone());
                if is_indexed {
                    removals.unselected.push(name);
                }
            }
            ExaminationResult::NothingToShow {
                outcome,
                is_indexed,
            } => {
                self.add_read(&name, candidate.serial, outcome, Vec::new())
                    .await?;
                self.settled.push(name.clone());
                if is_indexed && outcome == ReadOutcome::Empty {
                    removals.without_releases.push((name, candidate.serial));
                }
            }
            ExaminationResult::Unchanged { is_indexed } => {
                if is_indexed {
                    self.run.record(Outcome::ProjectUnchanged);
                }
            }
            ExaminationResult::Gone {
                is_indexed,
                is_withdrawn,
            } => {
                self.settled.push(name.clone());
                if is_indexed && is_withdrawn {
                    removals.withdrawn.push(name);
                } else if is_indexed {
                    removals.vanished.push(name);
                }
            }
            ExaminationResult::Failed(failure) => {
                self.run
                    .record_failure(&name, candidate.serial, &failure)
                    .await?;
            }
        }
        if self.failures_in_a_row == AWAY_AFTER {
            self.run.note(format!(
                "{AWAY_AFTER} projects in a row could not be read, so the registry seems to be \
                 down; the next run continues from here"
            ));
            return Ok(RoundEnd::RegistryIsAway);
        }
        Ok(RoundEnd::Done)
    }

    async fn add_read(
        &mut self,
        name: &ProjectName,
        serial: Option<Serial>,
        outcome: ReadOutcome,
        classifiers: Vec<String>,
    ) -> Result<(), RunError> {
        self.reads.push(ReadRecord {
            project: name.clone(),
            serial,
            outcome,
            classifiers,
            examined: self.run.now,
        });
        if self.reads.len() >= READ_BATCH {
            self.store_reads().await?;
        }
        Ok(())
    }

    async fn store_reads(&mut self) -> Result<(), RunError> {
        let reads = std::mem::take(&mut self.reads);
        let settled = std::mem::take(&mut self.settled);
        self.run.store_reads(reads, settled).await?;
        Ok(())
    }
}
