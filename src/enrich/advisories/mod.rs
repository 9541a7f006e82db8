//! Which vulnerabilities each indexed release has, by a vulnerability database.
//!
//! [`osv`] asks the database which records concern a release and reads each record once; [`record`]
//! decides what a record means for a release. The registry names vulnerabilities too, of each
//! release when it is fetched: of both answers the newer counts, so a release gets its answer, and
//! the time of it, even if nothing is known against it. A package of which a release has no answer
//! is left as it is. Made by `cli`, run by the driver.

mod enricher;
mod osv;
mod record;
mod report;
mod settings;
#[cfg(test)]
mod tests;
mod versions;

pub use enricher::AdvisoriesEnricher;
pub use report::AdvisoriesReport;
pub use settings::{AdvisoriesSettings, PUBLIC_OSV_URL};
