//! How healthy a package is: a score from 0 to 100, and where each point comes from.
//!
//! The calculation is pure and fast: document, rules and surroundings in, fields of the document out; the clock is
//! an argument. The run beside it calls it for the latest release of each package, after all other
//! facts are known. There are two rule sets: [`pyf`] gives the numbers that users of
//! `pyf.aggregator` know, and [`weighted`] is ours, with its weights in `rules/health.toml`.
//! Nothing is fetched, and what is not known is never held against a package.

mod category;
mod percentiles;
mod pyf;
mod rules;
mod run;
mod screenshot;
#[cfg(test)]
mod tests;
mod upkeep;
mod weighted;

use std::borrow::Cow;

use serde::Serialize;
use serde_json::Value;

pub use category::{Bonus, Category, Loss, Penalty};
pub use percentiles::Percentiles;
pub use pyf::PyfBreakdown;
pub use rules::{Rules, RulesError};
pub use run::{Report, Request, Scored, execute};
pub use weighted::WeightedBreakdown;

use crate::model::Document;

/// Seconds.
const DAY: i64 = 86_400;

/// How points are given.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleSet {
    /// Constants and categories of `pyf.aggregator`, its defects included. Images are judged by
    /// their stated width; none is downloaded.
    Pyf,
    /// Ours.
    Weighted(Box<Rules>),
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::Weighted(Box::default())
    }
}

/// What is known beside the document.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'s> {
    /// Unix seconds.
    pub now: i64,
    /// Downloads in a month of all packages of the profile; `None` where they are not known.
    pub downloads: Option<&'s Percentiles>,
    /// When the releases of this package were uploaded, in Unix seconds and any order; empty where
    /// that is not known.
    pub releases: &'s [i64],
}

/// The health of one package, serialised as the fields of its document.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// From 0 to 100.
    #[serde(rename = "health_score")]
    pub score: u32,
    /// Where each point comes from.
    #[serde(rename = "health_score_breakdown")]
    pub breakdown: Breakdown,
    /// Unix seconds.
    #[serde(rename = "health_score_last_calculated")]
    pub calculated: i64,
    /// What could be better, as in the breakdown; empty by the rules of `pyf`.
    pub health_problems_documentation: Vec<Text>,
    /// See `health_problems_documentation`.
    pub health_problems_metadata: Vec<Text>,
    /// See `health_problems_documentation`.
    pub health_problems_recency: Vec<Text>,
}

/// Where each point comes from, in the form of the rule set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Breakdown {
    /// Of [`RuleSet::Pyf`].
    Pyf(Box<PyfBreakdown>),
    /// Of [`RuleSet::Weighted`].
    Weighted(Box<WeightedBreakdown>),
}

/// A sentence without its full stop; most are always the same.
pub type Text = Cow<'static, str>;

impl RuleSet {
    /// Rule sets that need no file.
    pub const NAMES: [&str; 2] = ["default", "pyf"];

    /// The fields of a document that [`Self::calculate`] reads; others may be missing.
    #[must_use]
    pub fn fields(&self) -> &'static [&'static str] {
        match self {
            Self::Pyf => pyf::FIELDS,
            Self::Weighted(_) => weighted::FIELDS,
        }
    }

    /// The health of the package whose latest release is `document`.
    #[must_use]
    pub fn calculate(&self, document: &Document, surroundings: &Surroundings<'_>) -> Health {
        match self {
            Self::Pyf => pyf::calculate(document, surroundings.now),
            Self::Weighted(rules) => weighted::calculate(rules, document, surroundings),
        }
    }
}

/// A number among the facts of a document.
fn number(document: &Document, field: &str) -> Option<f64> {
    document.facts.get(field).and_then(Value::as_f64)
}

/// A whole number among the facts of a document; a fraction is dropped.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast from a float keeps within bounds"
)]
fn whole(document: &Document, field: &str) -> Option<i64> {
    let value = document.facts.get(field)?;
    value
        .as_i64()
        .or_else(|| value.as_f64().map(|number| number as i64))
}

fn truth(document: &Document, field: &str) -> Option<bool> {
    document.facts.get(field).and_then(Value::as_bool)
}
