//! The summary of a run, for people.

use super::{bytes, lines};
use crate::pipeline::{Change, ChangeKind, FetchReport, ProjectProblem};

/// Entries of a list that are shown; the JSON report has more.
const SHOWN: usize = 20;

/// Prints the summary to standard output.
pub(in crate::cli) fn print(report: &FetchReport) {
    lines(summary(report));
}

/// The lines of the summary.
fn summary(report: &FetchReport) -> Vec<String> {
    let mut lines = Vec::new();
    for Change { kind, id } in &report.changes {
        let sign = match kind {
            ChangeKind::Add => '+',
            ChangeKind::Change => '~',
            ChangeKind::Delete => '-',
        };
        lines.push(format!("{sign} {id}"));
    }
    let projects = &report.projects;
    let documents = &report.documents;
    let would = if report.dry_run { "would be " } else { "" };
    lines.push(format!(
        "projects   {} seen, {} examined, {} matched, {} unchanged, {} {would}removed, {} failed",
        projects.seen,
        projects.examined,
        projects.matched,
        projects.unchanged,
        projects.removed,
        projects.failed,
    ));
    lines.push(format!(
        "documents  {} {would}written, {} unchanged, {} {would}deleted, {} rejected",
        documents.written, documents.unchanged, documents.deleted, documents.rejected,
    ));
    if let Some(http) = &report.http {
        let kinds: Vec<String> = http
            .requests
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        let total: u64 = http.requests.values().sum();
        let by_kind = if kinds.is_empty() {
            String::new()
        } else {
            format!(" ({})", kinds.join(", "))
        };
        lines.push(format!(
            "requests   {total}{by_kind}, {} retries, {} received",
            http.retries,
            bytes(http.bytes),
        ));
    }
    let values: u64 = report.normalized.values().sum();
    if values > 0 {
        lines.push(format!("values     {values} normalized to fit the schema"));
    }
    list(
        &mut lines,
        "pending retry: the next run tries these again",
        &report.pending_retry,
    );
    list(
        &mut lines,
        "rejected until they change on the registry",
        &report.rejected,
    );
    list(
        &mut lines,
        "documents rejected by the search server",
        &report.rejected_documents,
    );
    list(&mut lines, "removals held back", &report.kept);
    let mark = report.mark.map_or_else(String::new, |mark| {
        format!(", complete up to serial {mark}")
    });
    let end = if report.interrupted {
        "stopped early; run the same command again to continue"
    } else if report.is_complete() {
        "done"
    } else {
        "done in part"
    };
    lines.push(format!("{end} in {:.1} s{mark}", report.seconds));
    lines
}

fn list(lines: &mut Vec<String>, title: &str, problems: &[ProjectProblem]) {
    if problems.is_empty() {
        return;
    }
    lines.push(format!("{title}:"));
    for problem in problems.iter().take(SHOWN) {
        lines.push(format!("  {}: {}", problem.name, problem.reason));
    }
    if problems.len() > SHOWN {
        lines.push(format!(
            "  and {} more; `--format json` lists them",
            problems.len() - SHOWN
        ));
    }
}
