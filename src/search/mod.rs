//! The Typesense client: collections, aliases, keys, documents and the schema of ours.
//!
//! It speaks to one server or to the nodes of one cluster, version 0.24 to 30, over the HTTP API, or
//! in the same way to the engine of a folder; nothing above this module knows which node answers.
//! [`Client`] holds the calls, [`schema`] the fields of our documents, [`filter`] the quoting.
//!
//! What it never does: decide what is written or deleted, hold more than one request's documents,
//! repeat a call whose repetition could do something else, or show the API key.
//!
//! Three habits of the server that every caller should know:
//!
//! - Filters compare text as lists of words, without case and punctuation: `name:=plone.api`
//!   also finds `Plone-API`. Whoever means one exact name compares it again in the answer.
//! - An export may end early and look whole: [`Client::export`] counts.
//! - Import answers 200 even if every line is refused: look at each [`LineOutcome`].
//!
//! `pipeline` and `manage` call it; `cli` makes the client.

mod aliases;
mod answer;
mod call;
mod client;
mod collections;
mod curation;
mod documents;
mod embedded;
mod error;
mod exchange;
mod export;
pub mod filter;
mod forward;
mod keys;
mod lines;
mod node;
mod nodes;
mod owner;
mod owners;
pub mod schema;
mod server;
mod whole;

pub use aliases::Alias;
pub use client::{Client, Settings};
pub use collections::{Collection, Field, NewCollection};
pub use curation::Curation;
pub use documents::{Action, LineOutcome};
pub use embedded::{Embedded, EmbeddedSettings, close_engines};
pub use error::SearchError;
pub use keys::{CreatedKey, Key, NewKey};
pub use server::ServerState;
