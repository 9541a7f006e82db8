//! All integration tests, one module per door into the program.

mod configuration;
mod documents;
mod events;
mod faults;
mod fetch;
mod guards;
mod hostile;
mod imports;
mod kills;
mod losses;
mod outages;
mod profiles;
mod search;
mod support;
