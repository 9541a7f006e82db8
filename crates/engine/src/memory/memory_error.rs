//! Why memory was refused.

use thiserror::Error;

use crate::error::{EngineError, ErrorCode};

/// See the [module](self).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum MemoryError {
    #[error("Other requests are using the memory that this one needs. Try again.")]
    PoolExhausted,
    #[error(
        "This answer would be larger than {most} bytes. Fetch less with `per_page`, `group_limit`, \
         `max_facet_values`, or fewer fields."
    )]
    AnswerTooLarge { most: usize },
}

impl From<MemoryError> for EngineError {
    fn from(error: MemoryError) -> Self {
        let code = match error {
            MemoryError::PoolExhausted => ErrorCode::Unavailable,
            MemoryError::AnswerTooLarge { .. } => ErrorCode::OutOfRange,
        };
        Self::new(code, error.to_string()).caused_by(error)
    }
}
