//! `pyfa` keeps the search index of a software ecosystem complete, current and rich.
//!
//! The modules, in the order in which a package walks through them:
//!
//! - [`profile`]: what names an ecosystem, and which projects it selects.
//! - [`model`]: the plain data that everybody speaks: names, releases, documents.
//! - [`registry`]: reads a package registry (PyPI) and tells its answers apart.
//! - [`forge`]: asks software forges (GitHub) about repositories, within their limits.
//! - [`transform`]: turns one release into one document; pure functions.
//! - [`search`]: the Typesense client: schema, documents, collections, aliases, keys.
//! - [`store`]: the ledger of what was read and what was written, the since-file, the locks.
//! - [`workspace`]: what every command on a collection has open, and how it locks the collection.
//! - [`pipeline`]: discover, fetch, select, transform, index, and the report of a run.
//! - [`enrich`]: what the registry does not know of a package: its repository, its health, its
//!   downloads, its advisories.
//! - [`manage`]: lists, copies, rebuilds and switches collections; makes search-only keys.
//! - [`progress`]: how the work tells what it is doing, and is told to stop.
//! - [`config`]: defaults, `pyfa.toml`, `.env`, environment and flags become settings.
//! - [`cli`]: arguments in, progress and results out; the only place that prints.
//!
//! Imports point downwards only: `cli`, then `config`, then `pipeline`, `enrich` and `manage`, then
//! `workspace`, then `registry`, `forge`, `search`, `store` and `transform`, then `profile`, `model`
//! and `progress`.
//! Work modules receive the clients they need and return plain data. What would serve another
//! project unchanged is a crate of its own: `pyfa_http` (the polite client and the disk cache) and
//! `pyfa_readme` (README text to safe HTML). `docs/architecture.md` walks one package through all
//! of this.

pub mod cli;
pub mod config;
pub mod enrich;
pub mod forge;
pub mod manage;
pub mod model;
pub mod pipeline;
pub mod profile;
pub mod progress;
pub mod registry;
pub mod search;
pub mod store;
pub mod transform;
pub mod workspace;
