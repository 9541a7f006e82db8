//! All integration tests, one module per door into the program.

mod configuration;
mod documents;
mod events;
mod fetch;
mod imports;
mod kills;
mod profiles;
mod search;
mod support;
