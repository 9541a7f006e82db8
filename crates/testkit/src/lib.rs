//! Everything the tests, benchmarks and examples need from the outside world, on this machine.
//!
//! - [`typesense`]: a real Typesense server, one per test run or one of your own.
//! - [`pypi`]: a fake package registry, with events and faults, from ten projects to a million.
//! - [`github`]: a fake GitHub, REST and GraphQL, with quotas, renames, removals and faults.
//! - [`downloads`]: fakes of the two services that count downloads.
//! - [`osv`]: a fake database of vulnerabilities.
//! - [`stage`]: what the last three share: faults by path, a clock that tests set, a log.
//! - [`javascript`]: the clients that front ends use.
//! - [`service`]: which of these a machine may lack, and how tests that need one are left out.
//! - [`fixtures`]: real documents of the registry, and what the peer made of them.
//!
//! Nothing here is part of the program, and nothing here talks to the public services; three
//! things are ever fetched, once each: the server's binary, with pip, and GitHub's GraphQL schema
//! and the JavaScript clients, with npm.

#![expect(
    clippy::disallowed_methods,
    reason = "tests have settings of their own, and talk to the server directly"
)]

pub mod downloads;
pub mod fixtures;
pub mod github;
pub mod javascript;
pub mod osv;
pub mod pypi;
pub mod python;
pub mod service;
pub mod stage;
pub mod typesense;
