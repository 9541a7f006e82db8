//! What a downloads run did, as plain data.

use pyfa_http::HttpStatistics;
use serde::Serialize;

use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DownloadsReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages by outcome.
    pub packages: DownloadsPackageCounts,
    /// Requests by kind.
    pub http: HttpStatistics,
    /// The last day that the numbers of `ClickHouse` include, such as `2026-01-31`.
    pub newest_day: Option<String>,
    /// Why packages are pending.
    pub ended: Option<String>,
    /// Things the user should know.
    pub notes: Vec<String>,
}

/// Packages by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DownloadsPackageCounts {
    /// Within the part that the run looks at.
    pub seen: u64,
    /// Answered in this run, or so recently that they were not asked for again.
    pub learned: u64,
    /// The service does not know them; what was known stays.
    pub unknown: u64,
    /// Not answered; the next run asks again.
    pub pending: u64,
}

impl EnricherReport for DownloadsReport {
    fn is_complete(&self) -> bool {
        self.ended.is_none() && self.run.is_complete()
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let DownloadsPackageCounts {
            seen,
            learned,
            unknown,
            pending,
        } = &self.packages;
        let mut lines = vec![format!(
            "packages   {seen} seen, {learned} answered, {unknown} unknown to the service, \
             {pending} pending"
        )];
        let newest_day = self.newest_day.as_ref();
        lines.extend(newest_day.map(|day| format!("newest day {day}")));
        lines.extend(self.run.document_lines("documents  "));
        lines.extend(self.notes.iter().map(|note| format!("note       {note}")));
        let ended = self.ended.as_ref();
        lines.extend(ended.map(|why| format!("pending    {why}; the next run asks again")));
        lines.push(closing_line(self.is_complete(), self.run.seconds));
        lines.into_iter().map(SummaryPart::Line).collect()
    }
}
