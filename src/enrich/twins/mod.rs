//! Twins: packages of different registries that are developed at the same place, such as a Python
//! package and the JavaScript that belongs to it.
//!
//! Everything that tells stands in documents: no source is asked. Called by `cli`.

mod enricher;
mod find_twins;
mod report;

pub use enricher::TwinsEnricher;
pub use report::TwinsReport;
