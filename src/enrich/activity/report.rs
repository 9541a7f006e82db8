//! What a run of the enricher of activity did, as plain data.

use serde::Serialize;

use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ActivityEnrichReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages by outcome.
    pub packages: ActivityPackageCounts,
    /// Why the database could not be read.
    pub ended: Option<String>,
}

/// Packages by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ActivityPackageCounts {
    /// Within the part that the run looks at.
    pub seen: u64,
    /// Their repository is followed, and was synced lately.
    pub known: u64,
    /// Their repository is in the database, but not all of its issues, or not those of the last days;
    /// what the documents carry stays.
    pub outdated: u64,
}

impl EnricherReport for ActivityEnrichReport {
    fn is_complete(&self) -> bool {
        self.ended.is_none() && self.run.is_complete()
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let ActivityPackageCounts {
            seen,
            known,
            outdated,
        } = &self.packages;
        let mut lines = vec![format!(
            "packages   {seen} seen, {known} with a followed repository, {outdated} to be synced"
        )];
        lines.extend(self.run.document_lines("documents  "));
        let ended = self.ended.as_ref();
        lines.extend(ended.map(|why| format!("pending    {why}; the next run asks again")));
        lines.push(closing_line(self.is_complete(), self.run.seconds));
        lines.into_iter().map(SummaryPart::Line).collect()
    }
}
