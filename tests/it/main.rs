//! All integration tests, one module per door into the program.

#![allow(
    clippy::expect_used,
    reason = "a step that fails, fails the test and says which it was"
)]

mod configuration;
mod documents;
mod events;
mod fetch;
mod imports;
mod kills;
mod profiles;
mod search;
mod support;
