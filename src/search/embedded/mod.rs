//! The engine of a folder, for programs without a server.
//!
//! One process owns the folder and answers for it; the first that asks becomes its owner. It calls
//! its engine directly. Every other process finds the owner's address in the folder's lock, has it
//! prove that it owns the folder, and sends its requests there. When the owner ends, the next request
//! of any other process takes its place, so any number of commands and a `pyfa serve` can come and
//! go in any order. A process that serves front ends while another one owns the folder forwards their
//! requests to the owner.
//!
//! The owner listens for the folder's other commands, always on loopback. Front ends are `cli`'s
//! business: it listens for them, wherever `--listen` says, and has `engine` answer.
//!
//! - `engine` is the transport: it opens the folder or finds its owner, and listens; `visitors` is the
//!   same for the visitors of web pages.
//! - `owner_connection` connects to the owner; `owner_proof` is what both sides compute for it.
//! - `forwarding` is what changes in a request that is passed on to the owner.
//! - `listener` accepts connections; `key_file` keeps the key that all commands of a folder use.
//!
//! Nothing above [`Client`](super::Client) knows that there is no server.

mod engine;
mod forwarding;
mod key_file;
mod listener;
mod owner_connection;
mod owner_proof;
mod visitors;

pub use engine::{EmbeddedEngine, EmbeddedSettings, close_engines};
pub use listener::{BoundSocket, ListenError, Listener};
pub(super) use visitors::ForVisitors;
