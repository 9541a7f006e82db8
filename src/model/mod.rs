//! The plain data that all modules share: registries, names, versions, releases, documents, slugs
//! and addresses of repositories, advisories, and the cleaning of untrusted text and addresses.
//!
//! Nothing here does I/O; every other module may use it.

mod activity_facts;
mod advisory;
mod document;
mod document_id;
mod fact_group;
mod forgotten;
mod link;
mod login;
pub mod markdown;
mod name;
mod owner;
mod package_key;
mod peer_versions;
mod registry;
mod release;
pub mod repository;
mod semantic_version;
mod serial;
mod slug;
mod spreadsheet;
mod text;
mod version;
mod version_scheme;

pub use activity_facts::ActivityFacts;
pub use advisory::{Advisories, Advisory, Severity, YankedVersions};
pub use document::Document;
pub use document_id::document_id;
pub use fact_group::FactGroup;
pub use forgotten::{Forgotten, Identity, NobodyNamed, contributor_login};
pub use link::{linkable, web_address};
pub use login::is_login;
pub use name::ProjectName;
pub use owner::Owner;
pub use package_key::{PackageKey, PackageName};
pub use peer_versions::peer_versions;
pub use registry::RegistryKind;
pub use release::{Release, ReleaseFile, upload_time};
pub use semantic_version::{Identifier, SemanticVersion};
pub use serial::Serial;
pub use slug::{NotASlug, RepositorySlug};
pub use spreadsheet::{PACKAGE_COLUMNS, spreadsheet_cell};
pub use text::{clean_line, is_given, is_hidden, is_placeholder, one_line};
pub use version::{LocalSegment, Number, PreRelease, Version};
pub use version_scheme::VersionScheme;
