//! API keys: made, checked, listed, and kept in the engine's catalogue.
//!
//! A value is shown once, when its key is made; it is never logged and never part of an error.
//! Called by `http`.

mod access;
mod api_key;
mod key_error;
mod key_ring;
#[cfg(test)]
mod key_tests;
mod scoped_key;
mod secrets;

pub(crate) use access::Grant;
pub(crate) use api_key::AccessRequest;
pub(crate) use key_error::KeyError;
pub(crate) use key_ring::KeyRing;
pub use secrets::random_key;
