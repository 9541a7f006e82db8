//! The client of a search server: collections, aliases, keys, documents, and the schema of ours.
//!
//! It speaks the HTTP API of Typesense, version 0.24 to 30, to one server, to the nodes of one
//! cluster, or to the engine of a folder. [`Client`] holds the calls, [`schema`] the fields of our
//! documents, [`filter`] the quoting.
//!
//! The path of a call: `request` is what is asked, `failover` chooses the node and tries again
//! (`node`, `retry`), `transport` is the trait that carries it (`remote` for a server at an address,
//! `embedded` for the engine, called directly if this process runs it), and `response` is what came
//! back.
//!
//! What it never does: decide what is written or deleted, hold more than one request's documents,
//! repeat a request whose repetition could do something else, or show the API key.
//!
//! Three habits of the server that every caller should know:
//!
//! - Filters compare text as lists of words, without case and punctuation: `name:=plone.api`
//!   also finds `Plone-API`. To find one exact name, compare it again in the answer.
//! - An export may end early and look complete: [`Client::export`] counts.
//! - Import answers 200 even if every line is refused: look at each [`LineOutcome`].
//!
//! `pipeline`, `enrich` and `manage` call it; `cli` makes the client.

mod aliases;
mod client;
mod collections;
mod complete_export;
mod counts;
mod curation;
mod document_owners;
mod documents;
mod embedded;
mod embedded_operations;
mod error;
mod export;
mod export_lines;
mod failover;
pub mod filter;
mod keys;
mod multi_search;
mod node;
mod permit;
mod remote;
mod request;
mod response;
mod retry;
pub mod schema;
mod server;
mod transport;

pub use aliases::Alias;
pub use client::{Client, TypesenseSettings};
pub use collections::{Collection, Field, NewCollection};
pub use curation::CurationKind;
pub use documents::{ImportAction, LineOutcome};
pub use embedded::{
    BoundSocket, EmbeddedEngine, EmbeddedSettings, ListenError, Listener, close_engines,
};
pub use error::SearchError;
pub use keys::{ApiKey, CreatedApiKey, NewApiKey};
pub use multi_search::{MOST_SEARCHES, SearchParameters};
pub use permit::{RequiredPermit, WritePermit};
pub use server::ServerState;
