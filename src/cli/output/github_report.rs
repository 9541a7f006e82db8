//! The summary of a GitHub run, for people.

use super::lines;
use crate::enrich::github::{Ended, LookupCounts, Report};

/// Prints the summary to standard output.
pub(in crate::cli) fn print(report: &Report) {
    lines(summary(report));
}

/// The lines of the summary.
fn summary(report: &Report) -> Vec<String> {
    let (packages, documents, github) = (&report.packages, &report.documents, &report.github);
    let would = if report.dry_run { "would be " } else { "" };
    let mut lines = vec![
        format!(
            "packages      {} seen, {} with a known repository, {} not asked for yet",
            packages.seen, packages.known, packages.left
        ),
        format!("repositories  {}", lookups(&report.repositories, would)),
        format!("contributors  {}", lookups(&report.contributors, would)),
        format!(
            "documents     {} {would}written, {} unchanged, {} vanished, {} rejected",
            documents.written, documents.unchanged, documents.vanished, documents.rejected
        ),
    ];
    lines.extend(documents.reasons.iter().map(|reason| format!("  {reason}")));
    let calls: u64 = github.calls.values().sum();
    let kinds: Vec<String> = github
        .calls
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    lines.push(format!(
        "calls         {calls} ({}), {} points, {} pauses, {:.0} s waited",
        kinds.join(", "),
        github.points,
        github.pauses,
        github.waited.as_secs_f64()
    ));
    if !report.problems.is_empty() {
        let reasons: Vec<String> = report
            .problems
            .iter()
            .map(|(reason, count)| format!("{count} {reason}"))
            .collect();
        lines.push(format!("problems      {}", reasons.join(", ")));
    }
    lines.extend(report.notes.iter().cloned());
    let end = match &report.ended {
        None if report.is_complete() => "done".to_owned(),
        None => "done in part".to_owned(),
        Some(Ended::Wait { until, why }) => {
            format!("{why}; the same command goes on after {until}")
        }
        Some(Ended::Interrupted) => "stopped before the end; the same command goes on".to_owned(),
        Some(Ended::GitHub { why } | Ended::Search { why }) => why.clone(),
    };
    lines.push(format!("{end} ({:.1} s)", report.seconds));
    lines
}

fn lookups(counts: &LookupCounts, would: &str) -> String {
    let LookupCounts {
        fresh,
        due,
        learned,
        unchanged,
        gone,
        refused,
        broken,
    } = counts;
    format!(
        "{fresh} fresh, {due} {would}asked for: {learned} learned, {unchanged} unchanged, {gone} \
         gone, {refused} refused, {broken} without an answer"
    )
}
