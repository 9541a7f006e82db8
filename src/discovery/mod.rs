//! The map of developers and repositories: who follows whom, who has starred and written what.
//!
//! It grows from seeds along the connections of those who are in it, within bounds for depth, breadth and
//! size. Reads GitHub through `forge::github` (one quota with the enrichment and activity) and keeps
//! everything in the `database`. Everything is found by GitHub's id, so that a rename changes no row. A
//! page is stored as it comes, with a mark of where to go on; what no page of a whole pass shows has
//! ended, and is removed only then.
//!
//! Nothing about people who asked to be forgotten is stored. Prints nothing. Called by `cli`, and by
//! jobs, which give a lease that every write has to hold.

mod accounts;
mod choice;
mod developers;
mod entries;
mod error;
mod forget;
mod forgotten;
mod keys;
mod lists;
mod passes;
mod report;
mod repositories;
mod run;
mod seeds;
mod session;
mod settings;
mod status;
mod store;

pub use error::DiscoveryError;
pub use forget::{Forgot, ForgottenPerson, forget, list_forgotten, take_back};
pub use keys::{developer_key, repository_key};
pub use report::{DiscoveryProblem, DiscoveryReport, Withheld};
pub use run::{discover, sync_repository, sync_user};
pub use seeds::{Seed, SeedReport, add_seeds};
pub use session::DiscoverySession;
pub use settings::DiscoverySettings;
pub use status::{MapStatus, WithheldCount, fetch_status, is_empty};
