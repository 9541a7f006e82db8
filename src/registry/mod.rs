//! Package registries: what the pipeline needs from any of them, and the adapters for PyPI and npm.
//!
//! [`Registry`] is the seam; [`connect()`] lists the registries. A registry that does not answer is
//! never the same as a registry that says "there is no such project": [`RegistryError`] keeps the
//! two apart, because only the second may ever delete. Nothing here decides, stores or writes.
//! Called by `pipeline`.

mod bounded;
mod connect;
mod error;
mod index;
mod interface;
pub mod npm;
mod project;
pub mod pypi;
pub mod sample;
mod settings;

pub use connect::connect;
pub use error::RegistryError;
pub use index::{Index, IndexEntry, Sought};
pub use interface::Registry;
pub use project::{
    Absence, FetchedRelease, FurtherReleases, Project, ProjectHead, ProjectStatus, ReleaseSummary,
    UnreadProject,
};
pub use settings::RegistrySettings;
