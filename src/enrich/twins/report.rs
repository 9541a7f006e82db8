//! What a run about twins did, as plain data.

use serde::Serialize;

use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct TwinsReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages within the part that the run looks at.
    pub packages: u64,
    /// Those that have a twin on another registry.
    pub with_twins: u64,
}

impl EnricherReport for TwinsReport {
    fn is_complete(&self) -> bool {
        self.run.is_complete()
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let mut lines = vec![format!(
            "packages   {} seen, {} with a twin on another registry",
            self.packages, self.with_twins
        )];
        lines.extend(self.run.document_lines("documents  "));
        lines.push(closing_line(self.is_complete(), self.run.seconds));
        lines.into_iter().map(SummaryPart::Line).collect()
    }
}
