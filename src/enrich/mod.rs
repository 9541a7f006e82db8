//! What the registry does not know about a package: where it is developed, how often it is
//! downloaded, which vulnerabilities it has, how its repository is looked after, how healthy it is.
//!
//! Each source of such facts is an [`Enricher`]: it says which documents it needs, asks its source,
//! and gives the fields that documents should carry. [`run`] does everything else for one enricher,
//! and [`run_all`] runs a list of them in order. An enricher never writes a document, and no fact of
//! one enricher is written by another.
//!
//! `CONTRIBUTING.md` lists what a new enricher touches. Called by `cli`.

pub mod activity;
pub mod advisories;
mod all;
mod document_updates;
pub mod downloads;
mod driver;
mod enricher;
mod error;
pub mod github;
pub mod health;
mod packages;
mod selection;
mod source;
pub mod twins;

pub use all::{AllReport, EnricherPart, PartOutcome, run_all};
pub use document_updates::{PackageFields, UpdateCounts};
pub use driver::{EnrichServices, run};
pub use enricher::{
    DocumentNeeds, Enricher, EnricherReport, Locking, RunContext, RunOutcome, SummaryPart,
    closing_line,
};
pub use error::EnrichError;
pub use packages::ExtraFields;
pub use selection::PackageSelection;
pub use source::RequestSettings;
