//! What an advisories run did, as plain data.

use pyfa_http::HttpStatistics;
use serde::Serialize;

use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AdvisoriesReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages within the part that the run looks at.
    pub packages: u64,
    /// Their releases.
    pub releases: u64,
    /// Packages with a release that has no answer; the next run asks again.
    pub pending: u64,
    /// Packages with a vulnerable release.
    pub vulnerable_packages: u64,
    /// Packages with a release that was made to do harm.
    pub malicious_packages: u64,
    /// Packages whose latest release is vulnerable.
    pub vulnerable_latest: u64,
    /// Records of the database that concern them.
    pub records: u64,
    /// How many of them were in the cache.
    pub records_cached: u64,
    /// Requests by kind.
    pub http: HttpStatistics,
    /// Why packages are pending.
    pub ended: Option<String>,
}

impl EnricherReport for AdvisoriesReport {
    fn is_complete(&self) -> bool {
        self.ended.is_none() && self.run.is_complete()
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let mut lines = vec![
            format!(
                "packages   {} seen, {} with a vulnerable release, {} whose latest is, {} \
                 pending",
                self.packages, self.vulnerable_packages, self.vulnerable_latest, self.pending
            ),
            format!(
                "releases   {}, affected by {} records",
                self.releases, self.records
            ),
        ];
        if self.malicious_packages > 0 {
            lines.push(format!(
                "malicious  {} packages with a release that was made to do harm",
                self.malicious_packages
            ));
        }
        lines.extend(self.run.document_lines("documents  "));
        let ended = self.ended.as_ref();
        lines.extend(ended.map(|why| format!("pending    {why}; the next run asks again")));
        lines.push(closing_line(self.is_complete(), self.run.seconds));
        lines.into_iter().map(SummaryPart::Line).collect()
    }
}
