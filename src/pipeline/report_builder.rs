//! Folds what happens in a run into its report: the only place that counts.
//!
//! Stages cannot read it. What a run decides on, stages return.

use super::outcome::Outcome;
use super::report::{Change, FetchReport, LIST_LIMIT, ProjectProblem};
use super::request::FetchRequest;
use crate::model::{RegistryKind, Serial};
use crate::store::ledger::PendingRetry;

/// A report in the making.
#[derive(Debug, Default)]
pub(super) struct ReportBuilder {
    report: FetchReport,
}

/// How a run has ended.
#[derive(Debug, Default)]
pub(super) struct RunEnding {
    /// Whether a stop was requested before everything was done.
    pub is_interrupted: bool,
    /// Whether the registry did not answer any more.
    pub registry_is_away: bool,
    /// Whether removals were held back.
    pub removal_is_blocked: bool,
    /// The mark that was set.
    pub mark: Option<Serial>,
    /// Projects of the ledger that wait for a retry, or were refused for good.
    pub pending: Vec<PendingRetry>,
    pub http: pyfa_http::HttpStatistics,
    pub seconds: f64,
}

impl ReportBuilder {
    /// A report of a run that has done nothing yet.
    pub(super) fn new(
        registry: RegistryKind,
        request: &FetchRequest,
        server: String,
        collection: String,
    ) -> Self {
        Self {
            report: FetchReport {
                registry,
                mode: Some(request.mode),
                profile: request.profile.clone(),
                server,
                collection,
                dry_run: request.dry_run,
                ..FetchReport::default()
            },
        }
    }

    /// Adds one outcome.
    pub(super) fn add(&mut self, outcome: Outcome) {
        let report = &mut self.report;
        match outcome {
            Outcome::Note(text) => report.notes.push(text),
            Outcome::Discovered { seen, unchanged } => {
                report.projects.seen = seen;
                report.projects.unchanged = unchanged;
            }
            Outcome::ProjectUnchanged => report.projects.unchanged += 1,
            Outcome::ProjectExamined => report.projects.examined += 1,
            Outcome::ProjectMatched {
                unchanged_documents,
            } => {
                report.projects.matched += 1;
                report.documents.unchanged += unchanged_documents as u64;
            }
            Outcome::ProjectFailed => report.projects.failed += 1,
            Outcome::ProjectFailedUnrecorded { project, reason } => {
                report.projects.failed += 1;
                list(&mut report.pending_retry, project.as_str(), reason);
            }
            Outcome::ProjectRemoved => report.projects.removed += 1,
            Outcome::ProjectKept { project, reason } => {
                list(&mut report.kept, project.as_str(), reason);
            }
            Outcome::DocumentWritten => report.documents.written += 1,
            Outcome::DocumentsDeleted(count) => report.documents.deleted += count as u64,
            Outcome::DocumentRejected { id, reason } => {
                report.documents.rejected += 1;
                list(&mut report.rejected_documents, id, reason);
            }
            Outcome::DocumentWouldChange { kind, id } => report.changes.push(Change { kind, id }),
            Outcome::ValueNormalized { field, reason } => {
                let reason = format!("{field}: {reason}");
                let normalized = &mut report.normalized;
                if normalized.len() < LIST_LIMIT || normalized.contains_key(&reason) {
                    *normalized.entry(reason).or_default() += 1;
                }
            }
        }
    }

    /// The report of a run that has ended like this.
    pub(super) fn finish(self, ending: RunEnding) -> FetchReport {
        let mut report = self.report;
        report.interrupted = ending.is_interrupted;
        report.gave_up = ending.registry_is_away;
        report.blocked = ending.removal_is_blocked;
        report.mark = ending.mark.map(Serial::get);
        report.http = Some(ending.http);
        report.seconds = ending.seconds;
        for project in ending.pending {
            if project.is_final() {
                list(
                    &mut report.rejected,
                    project.project.as_str(),
                    project.reason,
                );
            } else {
                report.projects.pending_retry += 1;
                list(
                    &mut report.pending_retry,
                    project.project.as_str(),
                    project.reason,
                );
            }
        }
        report.changes.sort_unstable();
        report
    }
}

/// Adds to a list, which keeps its head only.
fn list(list: &mut Vec<ProjectProblem>, name: impl Into<String>, reason: impl Into<String>) {
    if list.len() < LIST_LIMIT {
        list.push(ProjectProblem {
            name: name.into(),
            reason: reason.into(),
        });
    }
}
