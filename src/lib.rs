//! `pyfa` keeps a search index of a software ecosystem complete and up to date.
//!
//! The modules, roughly in the order in which a package passes through them:
//!
//! - [`profile`]: the rules that select an ecosystem's projects.
//! - [`model`]: plain data that all modules share: names, releases, documents.
//! - [`registry`]: reads a package registry (PyPI).
//! - [`forge`]: queries software forges (GitHub) about repositories, within their rate limits.
//! - [`openhumans`]: keeps the files of members at Open Humans.
//! - [`transform`]: turns one release into one document; pure functions.
//! - [`search`]: the Typesense client: schema, documents, collections, aliases, keys.
//! - [`database`]: tables of activity, discovery and jobs, in `SQLite` or on a `PostgreSQL` server.
//! - [`store`]: the ledger, the since-file and the writer locks.
//! - [`workspace`]: what every command on a collection opens, and how it locks the collection.
//! - [`pipeline`]: discovers, fetches, selects, transforms and indexes; reports the run.
//! - [`enrich`]: adds data from other sources: repository, health, downloads, advisories.
//! - [`activity`]: keeps issues, pull requests, timelines, transfers and members in the database.
//! - [`board`]: keeps projects on GitHub in step with issues and discussions of many repositories.
//! - [`discovery`]: grows a map of developers and repositories along their connections.
//! - [`archive`]: keeps a person's own archive, by week.
//! - [`jobs`]: jobs, the schedules that make them, and the worker that runs them.
//! - [`records`]: answers questions about rows of the database: filters, orders, pages.
//! - [`access`]: keys of the API, and what each may do.
//! - [`catalog`]: finds, filters, sorts and counts packages for people; the one way to search.
//! - [`manage`]: lists, copies, rebuilds and deletes collections; moves aliases; creates keys.
//! - [`web`]: answers browsers and programs: the gallery's pages, feeds and files, and the API.
//! - [`export`]: writes what a collection holds to files, and compares such files.
//! - [`progress`]: progress reporting and cancellation.
//! - [`config`]: turns defaults, `pyfa.toml`, `.env`, environment and flags into settings.
//! - [`cli`]: parses arguments and prints progress and results; nothing else prints.
//!
//! Imports only point downwards: `cli`, then `config`, then `export`, then `web`, then `enrich`, then
//! `pipeline`, `manage`, `catalog`, `activity`, `archive`, `board`, `discovery`, `records` and `access`,
//! then `workspace`, then `registry`, `forge`, `openhumans`, `search`, `store`, `database` and `transform`,
//! then `profile`, `model` and
//! `progress`.
//!
//! The working modules are given the clients they need and return plain data. Code that knows
//! nothing about packages has crates of its own: `pyfa_http` (rate-limited HTTP client and disk
//! cache) and `pyfa_readme` (README text to safe HTML). `docs/architecture.md` follows one package
//! through all of them.

pub mod access;
pub mod activity;
pub mod archive;
pub mod board;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod database;
pub mod discovery;
pub mod enrich;
pub mod export;
pub mod forge;
pub mod hosts;
pub mod jobs;
pub mod manage;
pub mod model;
pub mod openhumans;
pub mod pipeline;
pub mod profile;
pub mod progress;
pub mod records;
pub mod registry;
pub mod search;
pub mod store;
pub mod transform;
pub mod web;
pub mod workspace;
