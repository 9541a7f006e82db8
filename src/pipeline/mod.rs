//! From the registry to the collection: discover, fetch, select, transform, index.
//!
//! One run brings collection, lock, schema and ledger into order ([`prepare`]), reads the index,
//! looks at every project that may have changed ([`discover`], [`examine`]), writes the newest
//! release of each, then the history ([`history`]), then removes what is gone ([`removal`]), and
//! last of all sets the mark. Each stage is one bounded stream; between them stands the
//! [`indexer`](index), which alone writes documents. What cannot be done is owed: noted in the
//! ledger with its reason, and taken up by the next run.
//!
//! Work is reported, never printed: [`Report`] is data, [`Progress`](crate::progress::Progress) is
//! somebody else's drawing. Called by `cli`.

mod build;
mod discover;
mod error;
mod examine;
mod explain;
mod facts;
mod history;
mod index;
mod job;
mod newer;
mod outdated;
mod plan;
mod prepare;
mod release_cache;
mod removal;
mod report;
mod request;
mod run;
mod spawned;
mod stages;
mod target;
mod yanked;

pub use error::RunError;
pub use explain::{Explanation, explain};
pub use outdated::newer_classifiers;
pub use report::{Change, ChangeKind, DocumentCounts, Problem, ProjectCounts, Report};
pub use request::{Discovery, Mode, Request, Versions};
pub use run::Services;
pub use stages::execute;
pub use target::documents_of;
