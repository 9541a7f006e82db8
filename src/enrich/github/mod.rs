//! What GitHub says of each package's repository, and who contributes to it.
//!
//! First the addresses of a package tell which repository is its own. Then GitHub is asked about the
//! repositories that are not known, or were learned too long ago ([`lookup`]), and the answers are
//! cached at once ([`cache`]). Last they become the fields of all documents of the package
//! ([`fields`]), no matter which run learned them: so a run that was stopped, killed, or had no
//! search server loses nothing, and the next one writes it.
//!
//! What GitHub does not tell leaves the stored values as they are, and no address out of metadata is
//! ever fetched. Made by `cli`, run by the driver.

mod cache;
mod enricher;
mod fields;
mod lookup;
mod package;
mod problems;
mod report;

pub use enricher::{GitHubEnricher, GitHubOptions};
pub use lookup::LookupCounts;
pub use problems::{ProblemReason, RepositoryProblem};
pub use report::{EarlyEnd, GitHubPackageCounts, GitHubReport};
