//! The weights of a rule set in words, for people. Pure; called by `web`.

use serde::Serialize;

use super::bands::BANDS;
use super::rule_set::RuleSet;
use super::rules::{AtLeast, AtMost, Rules, SearchRank};

/// How health and rank are computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The parts of the score; none for the rule set of `pyf.aggregator`, which has no weights.
    pub parts: Vec<DescribedPart>,
    /// What is taken from the whole score.
    pub penalties: Vec<DescribedPart>,
    /// When a package counts as finished, and the percent of points that dates give it then.
    pub finished: Option<DescribedFinish>,
    /// The bands of scores, the highest first.
    pub bands: Vec<&'static str>,
    /// The parts of the rank.
    pub rank: Vec<DescribedPart>,
    /// What is left of the rank, in percent, of a package that was given up, or yanked.
    pub retired: u32,
    pub yanked: u32,
}

/// Something that gives or takes points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedPart {
    pub name: &'static str,
    pub points: u32,
    /// How many percent of the points for which value; empty where it is all or nothing.
    pub steps: String,
}

/// What makes a package finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DescribedFinish {
    pub percent: u32,
    pub words: i64,
    pub open_issues: i64,
    pub stars: i64,
    pub downloads: u32,
}

impl RuleSet {
    /// Describes what is weighed how.
    #[must_use]
    pub fn describe(&self) -> Description {
        let (parts, penalties, finished) = match self {
            Self::Pyf => (Vec::new(), Vec::new(), None),
            Self::Weighted(rules) => (parts(rules), penalties(rules), Some(finish(rules))),
        };
        let rank = self.search_rank();
        Description {
            parts,
            penalties,
            finished,
            bands: BANDS.iter().rev().copied().collect(),
            rank: rank_parts(&rank),
            retired: rank.retired,
            yanked: rank.yanked,
        }
    }
}

fn parts(rules: &Rules) -> Vec<DescribedPart> {
    let Rules {
        recency,
        documentation,
        metadata,
        activity,
        care,
        popularity,
        security,
        ..
    } = rules;
    let mut parts = vec![
        at_most("Days since the newest release", &recency.latest_release),
        at_least("Releases in the last three years", &recency.release_history),
        at_least("Words of the README", &documentation.readme),
        all("An address of documentation", documentation.link),
        all("A changelog, or an address of one", documentation.changelog),
        all("An author or a maintainer", metadata.people),
        all("A license that can be told", metadata.license),
        all("At least three classifiers", metadata.classifiers),
        all(
            "Which versions of Python it runs on",
            metadata.requires_python,
        ),
        all("A summary", metadata.summary),
        all("An address of its repository", metadata.repository),
        at_most("Days since the last push", &activity.pushed),
        at_most("Open issues, in percent of all", &activity.issues),
        at_least("Stars", &popularity.stars),
        at_least(
            "Packages with fewer downloads, in percent",
            &popularity.downloads,
        ),
        all("No known vulnerability", security.no_vulnerabilities),
    ];
    if let Some(care) = care {
        parts.push(at_most(
            "Hours to the first response, where activity is followed (on top of 100)",
            &care.first_response,
        ));
        parts.push(at_least(
            "People who make half of all contributions, where activity is followed (on top of 100)",
            &care.bus_factor,
        ));
    }
    parts
}

fn penalties(rules: &Rules) -> Vec<DescribedPart> {
    let penalties = &rules.penalties;
    let vulnerability = &penalties.vulnerability;
    vec![
        all("Archived", penalties.archived),
        all("Yanked", penalties.yanked),
        all("Inactive, as its owners say", penalties.inactive),
        all("A vulnerability of low severity", vulnerability.low),
        all("A vulnerability of medium severity", vulnerability.medium),
        all("A vulnerability of high severity", vulnerability.high),
        all(
            "A vulnerability of critical severity",
            vulnerability.critical,
        ),
        all("A vulnerability of unknown severity", vulnerability.unknown),
    ]
}

fn finish(rules: &Rules) -> DescribedFinish {
    let finished = &rules.finished;
    DescribedFinish {
        percent: finished.percent,
        words: finished.words,
        open_issues: finished.open_issues,
        stars: finished.stars,
        downloads: finished.downloads,
    }
}

fn rank_parts(rank: &SearchRank) -> Vec<DescribedPart> {
    vec![
        all("Health", rank.health),
        all("Downloads", rank.downloads),
        all("Dependents in this gallery", rank.dependents),
        all("Stars", rank.stars),
    ]
}

fn all(name: &'static str, points: u32) -> DescribedPart {
    DescribedPart {
        name,
        points,
        steps: String::new(),
    }
}

fn at_most(name: &'static str, part: &AtMost) -> DescribedPart {
    let steps = part.steps().iter();
    let steps = steps.map(|(bound, percent)| format!("{percent}\u{a0}% up to {bound}"));
    DescribedPart {
        name,
        points: part.points,
        steps: steps.collect::<Vec<String>>().join(", "),
    }
}

fn at_least(name: &'static str, part: &AtLeast) -> DescribedPart {
    let steps = part.steps().iter();
    let steps = steps.map(|(bound, percent)| format!("{percent}\u{a0}% from {bound}"));
    DescribedPart {
        name,
        points: part.points,
        steps: steps.collect::<Vec<String>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::{RuleSet, Rules};

    #[test]
    fn no_part_is_left_out() {
        let described = RuleSet::default().describe();
        let points = described.parts.iter().map(|part| part.points);
        assert_eq!(points.sum::<u32>(), 100 + 5 + 3);
        assert_eq!(
            described.rank.iter().map(|part| part.points).sum::<u32>(),
            1_000
        );
        let first = described.parts.first().map(|part| part.steps.as_str());
        let rules = Rules::default();
        let (bound, percent) = rules.recency.latest_release.steps()[0];
        assert!(
            first.is_some_and(
                |steps| steps.starts_with(&format!("{percent}\u{a0}% up to {bound}, "))
            ),
            "{first:?}"
        );
        let pyf = RuleSet::Pyf.describe();
        assert!(pyf.parts.is_empty() && pyf.finished.is_none());
        assert_eq!(pyf.rank, described.rank);
    }
}
