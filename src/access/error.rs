//! What can be wrong with a key that is to be made.

use thiserror::Error;

use crate::database::DatabaseError;

/// A key was not made, or not found.
#[derive(Debug, Error)]
pub enum AccessError {
    #[error("there is no scope `{name}`; the scopes are {known}")]
    Scope { name: String, known: String },
    #[error("a key without a scope can do nothing; name one of {known}")]
    NoScope { known: String },
    #[error("`{0}` cannot be the name of a key; use 1 to 100 letters, digits, spaces and `._@-`")]
    Name(String),
    #[error("there is a key `{0}` already; delete it first, or choose another name")]
    Exists(String),
    #[error("there is no key `{0}`; `pyfa manage api-key list` lists them")]
    NotFound(String),
    #[error("the system gives no random numbers: {0}")]
    Random(std::io::Error),
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
