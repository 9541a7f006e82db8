//! What a GitHub run did, as plain data.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::lookup::LookupCounts;
use super::problems::RepositoryProblem;
use crate::enrich::enricher::{EnricherReport, RunOutcome, SummaryPart};
use crate::forge::github::CallStatistics;

/// What a run did.
#[derive(Debug, Clone, Default, Serialize)]
pub struct GitHubReport {
    #[serde(flatten)]
    pub run: RunOutcome,
    /// Packages by outcome.
    pub packages: GitHubPackageCounts,
    /// Repositories by outcome.
    pub repositories: LookupCounts,
    /// Lists of contributors by outcome.
    pub contributors: LookupCounts,
    /// How many problems there are, by reason.
    pub problems: BTreeMap<&'static str, u64>,
    /// All of them, as in the files.
    #[serde(skip)]
    pub problem_list: Vec<RepositoryProblem>,
    /// Calls, points, batches, pauses.
    pub github: CallStatistics,
    /// Why the run ended before everything was learned or written; `None` if it did not.
    pub ended: Option<EarlyEnd>,
    /// Things the user should know.
    pub notes: Vec<String>,
}

/// Packages by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GitHubPackageCounts {
    /// Within the part that the run looks at.
    pub seen: u64,
    /// Their repository is known.
    pub known: u64,
    /// Their repository has not been asked about yet.
    pub pending: u64,
}

/// Why a run ended early. Everything learned before is cached, and the next run continues from
/// there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum EarlyEnd {
    /// A limit of GitHub, until this time.
    Wait { until: Timestamp, why: String },
    /// The user asked for it.
    Interrupted,
    /// GitHub could not be used.
    GitHub { why: String },
    /// The search server could not be written to.
    Search { why: String },
}

impl EnricherReport for GitHubReport {
    fn is_complete(&self) -> bool {
        self.ended.is_none() && self.run.is_complete() && self.repositories.broken == 0
    }

    fn failure(&self) -> Option<String> {
        match &self.ended {
            Some(EarlyEnd::GitHub { why }) => Some(format!("{why}; what was learned is kept")),
            _ => None,
        }
    }

    fn wait(&self) -> Option<(Timestamp, String)> {
        match &self.ended {
            Some(EarlyEnd::Wait { until, why }) => Some((*until, why.clone())),
            _ => None,
        }
    }

    fn summary(&self) -> Vec<SummaryPart> {
        let GitHubPackageCounts {
            seen,
            known,
            pending,
        } = &self.packages;
        let would = if self.run.dry_run { "would be " } else { "" };
        let mut lines = vec![
            format!(
                "packages      {seen} seen, {known} with a known repository, {pending} not asked for \
                 yet"
            ),
            format!(
                "repositories  {}",
                describe_lookups(&self.repositories, would)
            ),
            format!(
                "contributors  {}",
                describe_lookups(&self.contributors, would)
            ),
        ];
        lines.extend(self.run.document_lines("documents     "));
        let github = &self.github;
        let calls: u64 = github.calls.values().sum();
        let by_kind = join_counts(github.calls.iter().map(|(kind, count)| (*kind, *count)));
        lines.push(format!(
            "calls         {calls} ({by_kind}), {} points, {} pauses, {:.0} s waited",
            github.points,
            github.pauses,
            github.waited.as_secs_f64()
        ));
        if !self.problems.is_empty() {
            let problems = self
                .problems
                .iter()
                .map(|(reason, count)| (*reason, *count));
            lines.push(format!("problems      {}", join_counts(problems)));
        }
        lines.extend(self.notes.iter().cloned());
        let end = match &self.ended {
            None if self.is_complete() => "done".to_owned(),
            None => "done in part".to_owned(),
            Some(EarlyEnd::Wait { until, why }) => {
                format!("{why}; run the same command again after {until}")
            }
            Some(EarlyEnd::Interrupted) => {
                "stopped early; run the same command again to continue".to_owned()
            }
            Some(EarlyEnd::GitHub { why } | EarlyEnd::Search { why }) => why.clone(),
        };
        lines.push(format!("{end} ({:.1} s)", self.run.seconds));
        lines.into_iter().map(SummaryPart::Line).collect()
    }
}

fn join_counts(counts: impl Iterator<Item = (&'static str, u64)>) -> String {
    let words: Vec<String> = counts
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    words.join(", ")
}

fn describe_lookups(counts: &LookupCounts, would: &str) -> String {
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
