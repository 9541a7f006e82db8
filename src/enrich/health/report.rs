//! What a health run did, as plain data.

use serde::Serialize;

use super::bands::{BANDS, place};
use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart, closing_line};

/// Packages with the lowest scores that are named.
const LOWEST: usize = 20;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HealthReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages that have a score.
    pub scored: u64,
    /// Those of them that another package of the collection requires.
    pub required: u64,
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
            if let Some(band) = self.distribution.get_mut(place(*score)) {
                *band += 1;
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
            "packages   {} scored, {:.1} on average, {} required by others",
            self.scored, self.mean, self.required
        )];
        lines.extend(self.run.document_lines("documents  "));
        let mut parts: Vec<SummaryPart> = lines.into_iter().map(SummaryPart::Line).collect();
        let bands = BANDS.iter().zip(self.distribution);
        parts.push(SummaryPart::Table {
            head: vec!["score", "packages"],
            rows: bands
                .map(|(band, count)| vec![(*band).to_owned(), count.to_string()])
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
