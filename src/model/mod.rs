//! The plain data that everybody speaks: names, versions, releases, documents, slugs and
//! addresses of repositories, advisories.
//!
//! Nothing here reads or writes anything; every other module may use it.

mod advisory;
mod document;
mod name;
mod release;
pub mod repository;
mod slug;
mod version;

pub use advisory::{Advisories, Advisory, Severity};
pub use document::Document;
pub use name::ProjectName;
pub use release::{Release, ReleaseFile};
pub use slug::{NotASlug, RepositorySlug};
pub use version::{LocalSegment, Number, PreRelease, Version};
