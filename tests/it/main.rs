//! All integration tests, one module per door into the program.

mod configuration;
mod documents;
mod fetch;
mod imports;
mod profiles;
mod search;
mod support;
