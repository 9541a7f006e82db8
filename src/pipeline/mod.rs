//! From the registry to the collection: discover, fetch, select, transform, index.
//!
//! One run ([`run_pipeline()`]) brings collection, lock, schema and ledger into order ([`prepare`]),
//! decides which projects may have changed ([`discover`]), reads them and writes the newest release
//! of each ([`examination`]), then the other releases ([`history`]), then removes what is gone
//! ([`removal`]), and at the very end sets the mark. Each stage is one bounded stream; the
//! [`indexer`] alone writes documents. What cannot be done is noted in the ledger with its reason,
//! and the next run tries it again.
//!
//! The pipeline knows the registry by its [`Registry`](crate::registry::Registry) trait alone. It
//! prints nothing: the [`FetchReport`] is data, and [`Progress`](crate::progress::Progress) is drawn
//! by `cli`, which calls this.

mod ask_each;
mod browse;
mod build;
mod candidate;
mod classifier_check;
mod discover;
mod error;
mod examination;
mod examine;
mod explain;
mod further_candidates;
mod history;
mod indexer;
mod outcome;
mod own_documents;
mod plan;
mod prepare;
mod project_facts;
mod project_progress;
mod read_state;
mod release_cache;
mod removal;
mod report;
mod report_builder;
mod request;
mod run;
mod run_ledger;
mod run_pipeline;
mod step_failure;
mod target;
mod unlisted_classifiers;
mod yanked;

pub use classifier_check::fetch_newer_classifiers;
pub use error::RunError;
pub use explain::{Explanation, explain};
pub use report::{Change, ChangeKind, DocumentCounts, FetchReport, ProjectCounts, ProjectProblem};
pub use request::{Discovery, FetchRequest, Mode, Versions};
pub use run::FetchServices;
pub use run_pipeline::run_pipeline;
pub use target::fetch_documents;
