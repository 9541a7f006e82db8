//! What happens in repositories: issues, pull requests, timelines, transfers, members.
//!
//! Reads GitHub through `forge::github` (one quota with the enrichment) and keeps everything in the
//! `database`. Made of [`steps`], which can be run by themselves; every page is stored as it comes, and
//! a mark moves only after what is before it is stored. So a sync that is stopped, killed, or out of
//! quota goes on where it was.
//!
//! Deletes only what GitHub says was transferred, and what belongs to nothing. Prints nothing. Called
//! by `cli`, and by jobs, which give a lease that every write has to hold.

mod backfill;
mod error;
mod followed;
pub mod metrics;
mod packages;
mod people;
mod problems;
mod report;
mod rows;
mod schedules;
mod scope;
mod scope_file;
mod session;
mod status;
pub mod steps;
mod unreadable;

pub use backfill::{Estimate, Period, backfill, backfill_patiently, estimate_backfill};
pub use error::ActivityError;
pub use packages::list_package_repositories;
pub use problems::SyncProblem;
pub use report::{ActivityProblem, SyncReport};
pub use rows::RepositoryIdentity;
pub use schedules::{Schedule, sync};
pub use scope::ActivityScope;
pub use scope_file::is_login;
pub use session::ActivitySession;
pub use status::{ActivityStatus, RepositoryStatus, fetch_status};
