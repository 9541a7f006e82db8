//! Keys of the API: who may ask what.
//!
//! A key is shown once, when it is made. The database holds its beginning, by which it is found, and a
//! digest of the whole. A key is long and random, so the digest can be a fast one. Called by `cli`,
//! which makes keys, and by `web`, which asks for them.

mod error;
mod key;
mod scope;
mod store;

pub use error::AccessError;
pub use key::ApiKey;
pub use scope::{Scope, Scopes};
pub use store::{KeyStore, NewApiKey};
