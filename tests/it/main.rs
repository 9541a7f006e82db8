//! All integration tests, one module per door into the program.

mod configuration;
mod imports;
mod profiles;
