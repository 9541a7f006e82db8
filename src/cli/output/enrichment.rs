//! The summaries of enrichers, for people.

use super::{github_report, line, table};
use crate::enrich::all::{self, Outcome};
use crate::enrich::health as of_health;
use crate::enrich::{Updated, advisories as of_advisories, downloads as of_downloads};

/// Names of the ranges of scores.
const RANGES: [&str; 5] = ["0-19", "20-39", "40-59", "60-79", "80-100"];

/// Prints what all enrichers did.
pub(in crate::cli) fn all(report: &all::Report) {
    if let Some(outcome) = &report.github {
        part("GitHub", outcome, github_report::print);
    }
    part("Downloads", &report.downloads, downloads);
    part("Advisories", &report.advisories, advisories);
    part("Health", &report.health, health);
    line(&end(report.is_complete(), report.seconds));
}

fn part<R>(title: &str, outcome: &Outcome<R>, print: impl Fn(&R)) {
    line(title);
    match outcome {
        Outcome::Ran(report) => print(report),
        Outcome::Failed { error } => line(&format!("error      {error}")),
    }
    line("");
}

/// Prints what a downloads run did.
pub(in crate::cli) fn downloads(report: &of_downloads::Report) {
    let packages = &report.packages;
    line(&format!(
        "packages   {} seen, {} answered, {} unknown to the service, {} left",
        packages.seen, packages.learned, packages.unknown, packages.left
    ));
    if let Some(day) = &report.newest_day {
        line(&format!("newest day {day}"));
    }
    documents(&report.documents, report.dry_run);
    notes(&report.notes);
    left(report.ended.as_deref());
    line(&end(report.is_complete(), report.seconds));
}

/// Prints what an advisories run did.
pub(in crate::cli) fn advisories(report: &of_advisories::Report) {
    line(&format!(
        "packages   {} seen, {} with a vulnerable release, {} whose latest is, {} left",
        report.packages, report.vulnerable_packages, report.vulnerable_latest, report.left
    ));
    line(&format!(
        "releases   {}, concerned by {} records",
        report.releases, report.records
    ));
    documents(&report.documents, report.dry_run);
    left(report.ended.as_deref());
    line(&end(report.is_complete(), report.seconds));
}

/// Prints what a health run did.
pub(in crate::cli) fn health(report: &of_health::Report) {
    line(&format!(
        "packages   {} scored, {:.1} on average",
        report.scored, report.mean
    ));
    documents(&report.documents, report.dry_run);
    let counts = report.distribution.map(|count| count.to_string());
    table(["score", "packages"], &ranges(&counts));
    let rows: Vec<[String; 3]> = report
        .lowest
        .iter()
        .map(|one| [one.score.to_string(), one.name.clone(), one.version.clone()])
        .collect();
    if !rows.is_empty() {
        line("");
        table(["lowest", "package", "release"], &rows);
    }
    line(&end(report.is_complete(), report.seconds));
}

fn ranges(counts: &[String; 5]) -> Vec<[String; 2]> {
    RANGES
        .iter()
        .zip(counts)
        .map(|(range, count)| [(*range).to_owned(), count.clone()])
        .collect()
}

fn documents(documents: &Updated, dry_run: bool) {
    let would = if dry_run { "would be " } else { "" };
    line(&format!(
        "documents  {} {would}written, {} unchanged, {} vanished, {} rejected",
        documents.written, documents.unchanged, documents.vanished, documents.rejected
    ));
    for reason in &documents.reasons {
        line(&format!("  {reason}"));
    }
}

fn notes(notes: &[String]) {
    for note in notes {
        line(&format!("note       {note}"));
    }
}

fn left(why: Option<&str>) {
    if let Some(why) = why {
        line(&format!("left       {why}; the next run asks again"));
    }
}

fn end(is_complete: bool, seconds: f64) -> String {
    let end = if is_complete { "done" } else { "done in part" };
    format!("{end} in {seconds:.1} s")
}
