//! The summaries of enrichers, for people. Each report says what is in its summary; here it is
//! printed.

use super::{line, table_rows};
use crate::enrich::{AllReport, EnricherReport, PartOutcome, SummaryPart, closing_line};

/// Prints what one enricher did.
pub(in crate::cli) fn print(report: &dyn EnricherReport) {
    for part in report.summary() {
        match part {
            SummaryPart::Line(text) => line(&text),
            SummaryPart::Table { head, rows } => table_rows(&head, &rows),
        }
    }
}

/// Prints what all enrichers did.
pub(in crate::cli) fn print_all(report: &AllReport) {
    for part in &report.parts {
        let Some(outcome) = &part.outcome else {
            continue;
        };
        line(part.title);
        match outcome {
            PartOutcome::Ran(report) => print(&**report),
            PartOutcome::Failed { error } => line(&format!("error      {error}")),
        }
        line("");
    }
    line(&closing_line(report.is_complete(), report.seconds));
}
