//! How healthy a package is: a score from 0 to 100, and where each point comes from.
//!
//! Scoring is pure and fast: document, rules and context in, fields of the document out; the clock is
//! an argument. There are two rule sets: [`pyf`] gives the numbers of `pyf.aggregator`, and
//! [`weighted`] is ours, with its weights in `rules/health.toml`. Nothing is fetched, and what is not
//! known is never held against a package. The enricher scores the latest release of each package,
//! after all other facts are known, counts which packages require it, and ranks it for searches. Made by `cli`, run by the driver.

mod bands;
mod breakdown;
mod context;
mod dependents;
mod description;
mod document_facts;
mod enricher;
mod maintenance;
mod maintenance_facts;
mod percentiles;
mod pyf;
mod report;
mod rule_set;
mod rules;
mod screenshot;
mod search_rank;
#[cfg(test)]
mod tests;
mod weighted;

pub use breakdown::{
    Bonus, Breakdown, Category, Health, Loss, Penalty, PyfBreakdown, Text, WeightedBreakdown,
};
pub use context::ScoringContext;
pub use description::{DescribedFinish, DescribedPart, Description};
pub use enricher::HealthEnricher;
pub use percentiles::Percentiles;
pub use report::{HealthReport, PackageScore};
pub use rule_set::RuleSet;
pub use rules::{Rules, RulesError};
