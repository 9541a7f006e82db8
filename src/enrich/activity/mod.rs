//! How a package's repository is looked after, by the database of activity.
//!
//! Asks nobody but the database, and says nothing of packages whose repository is not followed. Made
//! by `cli`, run by the driver.

mod enricher;
mod report;

pub use enricher::ActivityEnricher;
pub use report::{ActivityEnrichReport, ActivityPackageCounts};
