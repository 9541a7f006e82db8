//! The plain data that everybody speaks: names, versions, releases, documents, slugs and addresses of
//! repositories, advisories, and the texts and addresses of strangers.
//!
//! Nothing here reads or writes anything; every other module may use it.

mod advisory;
mod document;
mod link;
mod name;
mod owner;
mod release;
pub mod repository;
mod slug;
mod text;
mod version;

pub use advisory::{Advisories, Advisory, Severity, YankedVersions};
pub use document::Document;
pub use link::{linkable, web_address};
pub use name::ProjectName;
pub use owner::Owner;
pub use release::{Release, ReleaseFile};
pub use slug::{NotASlug, RepositorySlug};
pub use text::{clean_line, is_given, is_hidden, is_placeholder, one_line};
pub use version::{LocalSegment, Number, PreRelease, Version};
