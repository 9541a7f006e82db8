//! Why a key was refused.

use thiserror::Error;

use crate::error::{EngineError, ErrorCode};

/// See the [module](self). Never holds a value. The texts are those that clients of the API match on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum KeyError {
    #[error("Forbidden - a valid `x-typesense-api-key` header must be sent.")]
    Forbidden,
    #[error("Not found.")]
    NotFound,
    #[error("API key generation conflict.")]
    Conflict,
    #[error("There are {most} keys already; delete some.")]
    TooMany { most: usize },
    #[error("Could not find a `{name}` key.")]
    Missing { name: &'static str },
    #[error("Wrong format for `expires_at`. It should be an unsigned integer.")]
    MalformedEnd,
    #[error("Key value must not be empty.")]
    EmptyValue,
    #[error("Key {what} must be a string.")]
    NotText { what: &'static str },
    #[error("Wrong format for `{name}`. It should be an array of string.")]
    NotAList { name: &'static str },
    #[error("A string of a key may have at most {most} bytes.")]
    TextTooLong { most: usize },
    #[error("The list `{name}` has at most {most} entries.")]
    ListTooLong { name: &'static str, most: usize },
    #[error("the admin key is empty; set one")]
    NoAdminKey,
    #[error("the key cannot be stored")]
    NotStorable,
    #[error("the API key {id} in the catalogue is damaged")]
    Damaged { id: u64 },
}

impl KeyError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Forbidden => ErrorCode::Unauthorized,
            Self::NotFound => ErrorCode::NotFound,
            Self::Conflict => ErrorCode::Conflict,
            Self::TooMany { .. } => ErrorCode::OutOfRange,
            Self::NoAdminKey | Self::NotStorable | Self::Damaged { .. } => ErrorCode::Internal,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl From<KeyError> for EngineError {
    fn from(error: KeyError) -> Self {
        Self::new(error.code(), error.to_string()).caused_by(error)
    }
}
