//! Points of one category: those given, those lost, and the reason of each.

use serde::Serialize;

use super::Text;

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
    /// What each problem costs and what the maintainer can do; empty by the rules of `pyf`.
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
    /// A remark of the rules of `pyf`, whose points stand elsewhere.
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
    /// Adds a part that is fulfilled by so many percent.
    pub(super) fn add(
        &mut self,
        max_points: u32,
        percent: u32,
        reason: impl Into<Text>,
        advice: impl Into<Text>,
    ) {
        let reason = reason.into();
        let points = (max_points * percent.min(100) + 50) / 100;
        self.max_points += max_points;
        self.points += points;
        if points > 0 {
            let reason = reason.clone();
            self.bonuses.push(Bonus::Points { reason, points });
        }
        if points < max_points {
            self.problems.push(reason.clone());
            let (points, advice) = (max_points - points, advice.into());
            self.lost.push(Loss {
                reason,
                points,
                advice,
            });
        }
    }

    /// Adds a part that is there, for `reason`, or is not, which is the problem.
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
