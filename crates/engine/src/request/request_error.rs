//! Why the parameters of a search were refused, before any field was looked up.

use thiserror::Error;

use crate::error::{EngineError, ErrorCode};

/// See the [module](self). The texts are those that clients of the API match on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RequestError {
    #[error("Parameter `q` is required.")]
    NoQuery,
    #[error("One or more search parameters are malformed.")]
    Malformed,
    #[error("Parameter `sort_by` is malformed.")]
    MalformedSort,
    #[error("Parameter `{name}` must be an unsigned integer.")]
    NotANumber { name: String },
    #[error("Parameter `{name}` has more than {most} items.")]
    TooManyItems { name: String, most: usize },
    #[error("Parameter `{name}` is longer than {most} bytes.")]
    TooLong { name: String, most: usize },
    #[error("Number of {what} in `{name}` does not match number of `query_by` fields.")]
    NotPerField { name: String, what: &'static str },
    #[error("Value of `group_limit` must be between 1 and {most}.")]
    GroupLimit { most: usize },
    #[error("The `facet_query` parameter is supplied without a `facet_by` parameter.")]
    FacetQueryAlone,
    #[error("Facet query must be in the `facet_field: value` format.")]
    MalformedFacetQuery,
    #[error(
        "Facet query refers to a facet field `{field}` that is not part of `facet_by` parameter."
    )]
    FacetQueryField { field: String },
    #[error("Pinned hits are not in expected format.")]
    MalformedPinnedHits,
    #[error("Pinned hits must start from position 1.")]
    PinnedHitPosition,
    #[error("Page must be an integer of value greater than 0.")]
    PageZero,
    #[error("Only upto {most} hits can be fetched per page.")]
    PageTooLarge { most: usize },
    #[error(
        "Only upto {most} hits can be fetched. Ensure that `page` and `per_page` parameters are \
         within this range."
    )]
    BeyondWindow { most: usize },
    #[error(
        "Only upto {most} values of a facet can be fetched. Ensure that `max_facet_values` is \
         within this range."
    )]
    TooManyFacetValues { most: usize },
}

impl RequestError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::PageZero
            | Self::PageTooLarge { .. }
            | Self::BeyondWindow { .. }
            | Self::TooManyFacetValues { .. } => ErrorCode::OutOfRange,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl From<RequestError> for EngineError {
    fn from(error: RequestError) -> Self {
        Self::new(error.code(), error.to_string()).caused_by(error)
    }
}
