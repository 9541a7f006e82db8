//! What a health run did, as plain data.

use serde::Serialize;

use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// Packages with the lowest scores that are named.
const LOWEST: usize = 20;
/// The ranges of scores in a distribution.
const RANGES: [&str; 5] = ["0-19", "20-39", "40-59", "60-79", "80-100"];

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HealthReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages that have a score.
    pub scored: u64,
    /// Packages by score: 0 to 19, 20 to 39, 40 to 59, 60 to 79, 80 to 100.
    pub distribution: [u64; 5],
    /// The mean of all scores.
    pub mean: f64,
    /// The packages with the lowest scores, lowest first.
    pub lowest: Vec<PackageScore>,
}

/// The score of a package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackageScore {
    /// As its newest release spells it.
    pub name: String,
    /// The release that was scored.
    pub version: String,
    /// From 0 to 100.
    pub score: u32,
}

impl HealthReport {
    /// Counts the scores of all packages.
    pub(super) fn count(&mut self, mut scores: Vec<PackageScore>) {
        let mut sum = 0;
        for PackageScore { score, .. } in &scores {
            sum += u64::from(*score);
            if let Some(range) = self.distribution.get_mut((score / 20).min(4) as usize) {
                *range += 1;
            }
        }
        self.scored = scores.len() as u64;
        self.mean = sum as f64 / (self.scored.max(1)) as f64;
        scores.sort_by_key(|one| one.score);
        scores.truncate(LOWEST);
        self.lowest = scores;
    }
}

impl EnricherReport for HealthReport {
    fn is_complete(&self) -> bool {
        self.run.is_complete()
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let mut lines = vec![format!(
            "packages   {} scored, {:.1} on average",
            self.scored, self.mean
        )];
        lines.extend(self.run.document_lines("documents  "));
        let mut parts: Vec<SummaryPart> = lines.into_iter().map(SummaryPart::Line).collect();
        let ranges = RANGES.iter().zip(self.distribution);
        parts.push(SummaryPart::Table {
            head: vec!["score", "packages"],
            rows: ranges
                .map(|(range, count)| vec![(*range).to_owned(), count.to_string()])
                .collect(),
        });
        if !self.lowest.is_empty() {
            parts.push(SummaryPart::Line(String::new()));
            let rows = self.lowest.iter();
            parts.push(SummaryPart::Table {
                head: vec!["lowest", "package", "release"],
                rows: rows
                    .map(|one| vec![one.score.to_string(), one.name.clone(), one.version.clone()])
                    .collect(),
            });
        }
        let closing = closing_line(self.is_complete(), self.run.seconds);
        parts.push(SummaryPart::Line(closing));
        parts
    }
}
