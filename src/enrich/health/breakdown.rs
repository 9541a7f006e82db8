//! The result of scoring: the score, and where each point comes from. Plain data, serialised as the
//! fields of a document; filled by the rule sets.

use std::borrow::Cow;

use serde::Serialize;

/// A sentence without its full stop; most are constants.
pub type Text = Cow<'static, str>;

/// The health of one package, serialised as the fields of its document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// From 0 to 100.
    #[serde(rename = "health_score")]
    pub score: u32,
    /// The band of the score, such as `60-79`.
    #[serde(rename = "health_band")]
    pub band: &'static str,
    /// Where each point comes from.
    #[serde(rename = "health_score_breakdown")]
    pub breakdown: Breakdown,
    /// Unix seconds.
    #[serde(rename = "health_score_last_calculated")]
    pub calculated: i64,
    /// What could be better, as in the breakdown; empty under the rules of `pyf`.
    pub health_problems_documentation: Vec<Text>,
    /// As `health_problems_documentation`.
    pub health_problems_metadata: Vec<Text>,
    /// As `health_problems_documentation`.
    pub health_problems_recency: Vec<Text>,
}

/// Where each point comes from, in the form of the rule set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Breakdown {
    Pyf(Box<PyfBreakdown>),
    Weighted(Box<WeightedBreakdown>),
}

/// Points in the form of `pyf.aggregator`; a bonus of 0 is left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PyfBreakdown {
    /// Of the latest release.
    pub recency: Category,
    /// README and addresses.
    pub documentation: Category,
    /// People, licence, classifiers.
    pub metadata: Category,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) github_stars_bonus: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) github_activity_bonus: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) github_issue_bonus: u32,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) github_bonus_total: u32,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(points: &u32) -> bool {
    *points == 0
}

/// Points by our rules. Within each category, `bonuses` add up to `points`, and `lost` to what is
/// missing to `max_points`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WeightedBreakdown {
    /// Releases over time.
    pub recency: Category,
    /// README and addresses.
    pub documentation: Category,
    /// What a release says of itself.
    pub metadata: Category,
    /// Pushes, issues, and how soon people get an answer.
    pub activity: Category,
    /// Stars, and downloads among the profile's packages.
    pub popularity: Category,
    /// Vulnerabilities of the latest release.
    pub security: Category,
    /// Taken from the score at the end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub penalties: Vec<Penalty>,
    /// Parts that are left out because nothing is known about them, such as `popularity.downloads`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<&'static str>,
}

impl WeightedBreakdown {
    fn categories(&self) -> [&Category; 6] {
        [
            &self.recency,
            &self.documentation,
            &self.metadata,
            &self.activity,
            &self.popularity,
            &self.security,
        ]
    }

    /// From 0 to 100.
    pub(super) fn score(&self) -> u32 {
        let points: u32 = self
            .categories()
            .iter()
            .map(|category| category.points)
            .sum();
        let max_points: u32 = self
            .categories()
            .iter()
            .map(|category| category.max_points)
            .sum();
        let share = (points * 100 + max_points / 2)
            .checked_div(max_points)
            .unwrap_or_default();
        let penalties: u32 = self.penalties.iter().map(|penalty| penalty.points).sum();
        share.saturating_sub(penalties)
    }
}

/// One category of a breakdown.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Category {
    /// Points given.
    pub points: u32,
    /// Points that could be had.
    pub max_points: u32,
    /// Why points were lost.
    pub problems: Vec<Text>,
    /// Why points were given.
    pub bonuses: Vec<Bonus>,
    /// What each problem costs and what the maintainer can do; empty under the rules of `pyf`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Loss>,
}

/// Points that were given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bonus {
    /// With their number.
    Points {
        /// A sentence without its full stop.
        reason: Text,
        /// More than 0.
        points: u32,
    },
    /// A remark of the rules of `pyf`, which count its points elsewhere.
    Remark(Text),
}

/// Points that were not given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// One of the category's problems.
    pub reason: Text,
    /// More than 0.
    pub points: u32,
    /// What the maintainer can do.
    pub advice: Text,
}

/// Points taken from the whole score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Penalty {
    /// A sentence without its full stop.
    pub reason: Text,
    /// More than 0.
    pub points: u32,
    /// What the maintainer can do.
    pub advice: Text,
}

impl Category {
    /// Adds a part of which `percent` is fulfilled.
    pub(super) fn add(
        &mut self,
        max_points: u32,
        percent: u32,
        reason: impl Into<Text>,
        advice: impl Into<Text>,
    ) {
        let text: Text = reason.into();
        let points = (max_points * percent.min(100) + 50) / 100;
        self.max_points += max_points;
        self.points += points;
        if points > 0 {
            self.bonuses.push(Bonus::Points {
                reason: text.clone(),
                points,
            });
        }
        if points < max_points {
            self.problems.push(text.clone());
            self.lost.push(Loss {
                reason: text,
                points: max_points - points,
                advice: advice.into(),
            });
        }
    }

    /// Adds a part that is either there, for `reason`, or not, which is the `problem`.
    pub(super) fn add_if(
        &mut self,
        is_there: bool,
        max_points: u32,
        (reason, problem): (&'static str, &'static str),
        advice: &'static str,
    ) {
        if is_there {
            self.add(max_points, 100, reason, advice);
        } else {
            self.add(max_points, 0, problem, advice);
        }
    }
}
