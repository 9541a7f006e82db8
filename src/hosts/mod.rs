//! What several hosts have to agree on while they work: who writes to a collection, and how much of
//! GitHub's quota is left.
//!
//! They agree through the database of the settings, by its clock. `locks` keeps two hosts from
//! writing to one collection, `quota` counts the requests of all processes with one token. What is
//! agreed on is of the moment; nothing here knows collections, documents or jobs. `workspace` takes
//! the locks, `cli` gives the quota to the client of GitHub.

mod advance;
mod locks;
mod name;
mod quota;
mod quota_rows;
mod settlement;

pub use locks::{SharedLock, SharedLocks};
pub use name::host_name;
pub use quota::DatabaseQuota;
