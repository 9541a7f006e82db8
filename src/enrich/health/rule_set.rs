//! The rule sets by name, and what each needs of a document. Pure; called by the enricher.

use super::bands::band;
use super::breakdown::Health;
use super::context::ScoringContext;
use super::maintenance_facts::is_malicious;
use super::rules::{Rules, SearchRank};
use super::{pyf, weighted};
use crate::model::Document;

/// How points are given.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleSet {
    /// Constants and categories of `pyf.aggregator`, with its defects. Images are judged by the
    /// width that they state; none is downloaded.
    Pyf,
    /// Ours.
    Weighted(Box<Rules>),
}

impl Default for RuleSet {
    fn default() -> Self {
        Self::Weighted(Box::default())
    }
}

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

    /// How packages are ranked; a rule set without weights of its own has the default ones.
    pub(super) fn search_rank(&self) -> SearchRank {
        match self {
            Self::Pyf => Rules::default().search_rank,
            Self::Weighted(rules) => rules.search_rank.clone(),
        }
    }

    /// The health of the package whose latest release is `document`.
    #[must_use]
    pub fn calculate(&self, document: &Document, context: &ScoringContext<'_>) -> Health {
        match self {
            Self::Pyf if is_malicious(document) => Health {
                score: 0,
                band: band(0),
                ..pyf::calculate(document, context.now)
            },
            Self::Pyf => pyf::calculate(document, context.now),
            Self::Weighted(rules) => weighted::calculate(rules, document, context),
        }
    }
}
