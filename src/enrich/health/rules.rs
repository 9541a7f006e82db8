//! The weights of our rule set: a TOML file, checked before it is used.

use serde::Deserialize;
use thiserror::Error;

/// The default weights, with a comment on each.
const DEFAULT: &str = include_str!("../../../rules/health.toml");

/// The highest rank of a package, and the points of all its parts together.
pub(super) const HIGHEST_RANK: u32 = 1_000;

/// Weights of all parts, finished packages, penalties and the rank; what each means stands in
/// `rules/health.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub(super) recency: Recency,
    pub(super) documentation: Documentation,
    pub(super) metadata: Metadata,
    pub(super) activity: Activity,
    /// On top of the 100 points; `None` counts nothing.
    #[serde(default)]
    pub(super) care: Option<Care>,
    pub(super) popularity: Popularity,
    pub(super) security: Security,
    pub(super) finished: Finished,
    pub(super) penalties: Penalties,
    #[serde(default = "default_search_rank")]
    pub(super) search_rank: SearchRank,
}

/// Why a file of weights cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RulesError {
    /// It is no TOML, or lacks a key, or has one too many.
    #[error("the health rules cannot be read: {0}")]
    Unreadable(String),
    /// The weights are no percentages.
    #[error(
        "the parts of the health rules have {0} points together; change them so that they have 100"
    )]
    Total(u32),
    /// The weights of the rank are no thousandths.
    #[error(
        "the parts of `search_rank` have {0} points together; change them so that they have 1000"
    )]
    RankTotal(u32),
    /// Steps that can never be reached, or percentages above 100.
    #[error("`{part}` of the health rules {reason}")]
    Part {
        /// Such as `recency.latest_release`.
        part: &'static str,
        /// What is wrong and what it should be.
        reason: &'static str,
    },
}

/// Less is better.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AtMost {
    pub(super) points: u32,
    up_to: Vec<(i64, u32)>,
}

/// More is better.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AtLeast {
    pub(super) points: u32,
    from: Vec<(i64, u32)>,
}

impl AtMost {
    /// Bounds and percents, the best first.
    pub(super) fn steps(&self) -> &[(i64, u32)] {
        &self.up_to
    }

    /// Percent of the points.
    pub(super) fn percent(&self, value: i64) -> u32 {
        let step = self.up_to.iter().find(|(bound, _)| value <= *bound);
        step.map_or(0, |(_, percent)| *percent)
    }
}

impl AtLeast {
    /// Bounds and percents, the best first.
    pub(super) fn steps(&self) -> &[(i64, u32)] {
        &self.from
    }

    /// Percent of the points.
    pub(super) fn percent(&self, value: i64) -> u32 {
        let step = self.from.iter().find(|(bound, _)| value >= *bound);
        step.map_or(0, |(_, percent)| *percent)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recency {
    pub(super) latest_release: AtMost,
    pub(super) release_history: AtLeast,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Documentation {
    pub(super) readme: AtLeast,
    pub(super) link: u32,
    pub(super) changelog: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Metadata {
    pub(super) people: u32,
    pub(super) license: u32,
    pub(super) classifiers: u32,
    pub(super) requires_python: u32,
    pub(super) summary: u32,
    pub(super) repository: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Activity {
    pub(super) pushed: AtMost,
    pub(super) issues: AtMost,
}

/// How people are treated who come with something, where that is known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Care {
    pub(super) first_response: AtMost,
    pub(super) bus_factor: AtLeast,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Popularity {
    pub(super) stars: AtLeast,
    pub(super) downloads: AtLeast,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Security {
    pub(super) no_vulnerabilities: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finished {
    pub(super) percent: u32,
    pub(super) words: i64,
    pub(super) open_issues: i64,
    pub(super) stars: i64,
    pub(super) downloads: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Penalties {
    pub(super) archived: u32,
    pub(super) yanked: u32,
    pub(super) inactive: u32,
    pub(super) vulnerability: BySeverity,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BySeverity {
    pub(super) low: u32,
    pub(super) medium: u32,
    pub(super) high: u32,
    pub(super) critical: u32,
    pub(super) unknown: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchRank {
    pub(super) health: u32,
    pub(super) downloads: u32,
    pub(super) dependents: u32,
    pub(super) stars: u32,
    pub(super) retired: u32,
    pub(super) yanked: u32,
}

/// For files that were made before packages had a rank.
fn default_search_rank() -> SearchRank {
    Rules::default().search_rank
}

impl SearchRank {
    fn check(&self) -> Result<(), RulesError> {
        let parts = [self.health, self.downloads, self.dependents, self.stars];
        let total = parts.into_iter().fold(0, u32::saturating_add);
        if total != HIGHEST_RANK {
            return Err(RulesError::RankTotal(total));
        }
        if self.health == 0 {
            return Err(RulesError::Part {
                part: "search_rank.health",
                reason: "is 0; give it points, as nothing else is known of every package",
            });
        }
        for (part, percent) in [
            ("search_rank.retired", self.retired),
            ("search_rank.yanked", self.yanked),
        ] {
            if percent > 100 {
                return Err(RulesError::Part {
                    part,
                    reason: "is above 100, which would raise the rank",
                });
            }
        }
        Ok(())
    }
}

impl Rules {
    /// Reads and checks a file of weights.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let rules: Self = toml::from_str(text)
            .map_err(|error| RulesError::Unreadable(error.to_string().trim_end().to_owned()))?;
        rules.check()?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), RulesError> {
        let up_to = [
            ("recency.latest_release", &self.recency.latest_release),
            ("activity.pushed", &self.activity.pushed),
            ("activity.issues", &self.activity.issues),
        ];
        let from = [
            ("recency.release_history", &self.recency.release_history),
            ("documentation.readme", &self.documentation.readme),
            ("popularity.stars", &self.popularity.stars),
            ("popularity.downloads", &self.popularity.downloads),
        ];
        for (part, steps) in up_to {
            check_steps(part, &steps.up_to, |one, next| one < next)?;
        }
        for (part, steps) in from {
            check_steps(part, &steps.from, |one, next| one > next)?;
        }
        if let Some(care) = &self.care {
            let (response, factor) = (&care.first_response.up_to, &care.bus_factor.from);
            check_steps("care.first_response", response, |one, next| one < next)?;
            check_steps("care.bus_factor", factor, |one, next| one > next)?;
        }
        let penalties = &self.penalties;
        let vulnerability = &penalties.vulnerability;
        for (part, percent) in [
            ("finished.percent", self.finished.percent),
            ("penalties.archived", penalties.archived),
            ("penalties.yanked", penalties.yanked),
            ("penalties.inactive", penalties.inactive),
            ("penalties.vulnerability.low", vulnerability.low),
            ("penalties.vulnerability.medium", vulnerability.medium),
            ("penalties.vulnerability.high", vulnerability.high),
            ("penalties.vulnerability.critical", vulnerability.critical),
            ("penalties.vulnerability.unknown", vulnerability.unknown),
        ] {
            if percent > 100 {
                return Err(RulesError::Part {
                    part,
                    reason: "is above 100; the score ends there",
                });
            }
        }
        self.search_rank.check()?;
        match self.total() {
            100 => Ok(()),
            total => Err(RulesError::Total(total)),
        }
    }

    /// Points of all parts but those that come on top.
    fn total(&self) -> u32 {
        let metadata = &self.metadata;
        let parts = [
            self.recency.latest_release.points,
            self.recency.release_history.points,
            self.documentation.readme.points,
            self.documentation.link,
            self.documentation.changelog,
            metadata.people,
            metadata.license,
            metadata.classifiers,
            metadata.requires_python,
            metadata.summary,
            metadata.repository,
            self.activity.pushed.points,
            self.activity.issues.points,
            self.popularity.stars.points,
            self.popularity.downloads.points,
            self.security.no_vulnerabilities,
        ];
        parts.into_iter().fold(0, u32::saturating_add)
    }
}

impl Default for Rules {
    /// The rules of `rules/health.toml`.
    #[expect(clippy::expect_used, reason = "compiled in; a test reads them")]
    fn default() -> Self {
        Self::parse(DEFAULT).expect("the default health rules are sound")
    }
}

fn check_steps(
    part: &'static str,
    steps: &[(i64, u32)],
    is_ordered: impl Fn(i64, i64) -> bool,
) -> Result<(), RulesError> {
    let wrong = |reason| Err(RulesError::Part { part, reason });
    if steps.is_empty() {
        return wrong("has no step; give it at least one, as in `[[180, 100]]`");
    }
    if steps.iter().any(|(_, percent)| *percent > 100) {
        return wrong("gives more than 100 percent of its points");
    }
    let falls = |pair: &[(i64, u32)]| match pair {
        [(one, more), (next, less)] => is_ordered(*one, *next) && more > less,
        _ => true,
    };
    if steps.windows(2).all(falls) {
        Ok(())
    } else {
        wrong("has a step that is never reached; put the best first, and let the percents fall")
    }
}

#[cfg(test)]
mod tests {
    use super::{DEFAULT, Rules, RulesError};

    /// A file that was made before packages had a rank.
    #[test]
    fn the_rank_may_be_left_out() {
        let before = DEFAULT.split("[search_rank]").next().unwrap_or_default();
        assert_ne!(before, DEFAULT);
        assert_eq!(Rules::parse(before), Ok(Rules::default()));
    }

    /// A file that was made before activity counted goes on without it.
    #[test]
    fn care_may_be_left_out() {
        let [before, after] = ["\n[care]", "\n[popularity]"].map(|head| DEFAULT.split_once(head));
        let (before, after) = (
            before.map(|(before, _)| before).unwrap_or_default(),
            after.map(|(_, after)| after).unwrap_or_default(),
        );
        let rules = Rules::parse(&format!("{before}\n[popularity]{after}"));
        assert_eq!(rules.map(|rules| rules.care), Ok(None));
    }

    #[test]
    fn the_default_rules_are_sound() {
        assert_eq!(Rules::parse(DEFAULT), Ok(Rules::default()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (from, to, expected) in [
            ("link = 5", "link = 6", "have 101 points together"),
            ("link = 5", "", "missing field `link`"),
            ("link = 5", "link = -5", "line 24, column 8"),
            ("link = 5", "link = 5\nblog = 1", "unknown field `blog`"),
            (
                "[48, 100]",
                "[480, 100]",
                "`care.first_response` of the health rules has a step",
            ),
            (
                "[3, 100]",
                "[3, 101]",
                "`care.bus_factor` of the health rules gives more",
            ),
            (
                "[180, 100]",
                "[380, 100]",
                "`recency.latest_release` of the health rules has a step",
            ),
            (
                "[150, 70]",
                "[150, 30]",
                "`documentation.readme` of the health rules has a step",
            ),
            (
                "[500, 100]",
                "[500, 101]",
                "`popularity.stars` of the health rules gives more",
            ),
            (
                "percent = 90",
                "percent = 101",
                "`finished.percent` of the health rules is above",
            ),
            ("high = 20", "high = 200", "`penalties.vulnerability.high`"),
            (
                "downloads = 300",
                "downloads = 301",
                "`search_rank` have 1001 points",
            ),
            (
                "health = 450\ndownloads = 300",
                "health = 0\ndownloads = 750",
                "`search_rank.health` of the health rules is 0",
            ),
            (
                "retired = 30",
                "retired = 130",
                "`search_rank.retired` of the health rules is above",
            ),
            ("stars = 100\n", "", "missing field `stars`"),
            (
                "up_to = [[90, 100], [180, 80], [365, 60], [730, 25]]",
                "up_to = []",
                "has no step",
            ),
        ] {
            assert!(DEFAULT.contains(from), "{from}");
            let error = Rules::parse(&DEFAULT.replacen(from, to, 1)).err();
            let error = error
                .as_ref()
                .map(RulesError::to_string)
                .unwrap_or_default();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }
}
