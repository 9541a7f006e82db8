//! The plain data that everybody speaks: names, releases, documents, slugs,
//! advisories.
//!
//! Nothing here reads or writes anything; every other module may use it.

mod advisory;
mod document;
mod name;
mod owner;
mod release;
mod slug;

pub use advisory::{Advisories, Advisory, Severity};
pub use document::Document;
pub use name::ProjectName;
pub use owner::Owner;
pub use release::{Release, ReleaseFile};
pub use slug::{NotASlug, RepositorySlug};
