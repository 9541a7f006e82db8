//! The services that tests, benchmarks and examples need, on this machine.
//!
//! - [`typesense`]: a real Typesense server, shared by a test run or owned by a test; a cluster.
//! - [`postgres`]: a real `PostgreSQL` server for a test.
//! - [`pypi`]: a fake package registry with up to a million projects, events and faults.
//! - [`npm`]: a fake npm registry with searches that lie, organisations, files and faults.
//! - [`github`]: a fake GitHub, REST and GraphQL, with quotas, renames, removals and faults.
//! - [`downloads`]: fakes of the two services with download counts.
//! - [`open_humans`]: a fake Open Humans: OAuth, files of members.
//! - [`osv`]: a fake vulnerability database.
//! - [`service`]: what the smaller fakes share: a clock, faults by path, a log of requests.
//! - [`javascript`] and [`python`]: the client libraries of search front ends.
//! - [`requirement`]: what a machine may lack, and how the tests that need it are left out.
//! - [`fixtures`]: recorded documents of the registry, and what the peer program made of them.
//!
//! Nothing here is part of the program, and nothing here talks to the public services. The servers'
//! binaries and the Python client are fetched with pip, GitHub's GraphQL schema and the JavaScript
//! clients with npm, once each.

#![expect(
    clippy::disallowed_methods,
    reason = "tests have their own settings and talk to the server directly"
)]

pub mod downloads;
pub mod fixtures;
pub mod github;
pub mod javascript;
pub mod npm;
pub mod open_humans;
pub mod osv;
mod pip;
pub mod postgres;
pub mod pypi;
pub mod python;
pub mod requirement;
pub mod service;
mod supervisor;
pub mod typesense;
