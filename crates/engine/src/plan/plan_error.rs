//! Why a search does not fit the schema.

use thiserror::Error;

use crate::error::{EngineError, ErrorCode};
use crate::request::RequestError;
use crate::request::filter_grammar::{FilterSyntaxError, SyntaxErrorKind};
use crate::request::sort_grammar::MOST_SORT_KEYS;

/// See the [module](self). The texts are those that clients of the API match on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum PlanError {
    #[error("No search fields specified for the query.")]
    NoQueryFields,
    #[error("Cannot use `id` as a query by field.")]
    QueryById,
    #[error("Could not find a field named `{field}` in the schema.")]
    UnknownField { field: String },
    #[error("Field `{field}` is marked as a non-indexed field in the schema.")]
    NotIndexed { field: String },
    #[error("Field `{field}` should be a string or a string array.")]
    NotText { field: String },
    #[error("Could not find a facet field named `{field}` in the schema.")]
    UnknownFacet { field: String },
    #[error("Group by field `{field}` should be a facet field.")]
    GroupByNoFacet { field: String },
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    SortSyntax(#[from] RequestError),
    #[error("Could not find a field named `{field}` in the schema for sorting.")]
    UnknownSortField { field: String },
    #[error("Order for field` {field}` should be either ASC or DESC.")]
    SortOrder { field: String },
    #[error("Bad syntax for sorting field `{field}`")]
    SortArguments { field: String },
    #[error("Only upto {} sort fields are allowed.", MOST_SORT_KEYS)]
    TooManySortKeys,
    #[error("Only one sorting eval expression is allowed.")]
    TooManySortConditions,
    #[error("The eval expression in sort_by is empty.")]
    EmptySortCondition,
    #[error("Error parsing eval expression in sort_by clause.")]
    SortCondition(#[source] FilterError),
    #[error("Invalid value passed for _text_match `buckets` configuration.")]
    TextMatchBuckets,
    #[error("Invalid sorting parameter passed for _text_match.")]
    TextMatchArguments,
}

impl PlanError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownField { .. }
            | Self::UnknownFacet { .. }
            | Self::UnknownSortField { .. } => ErrorCode::NotFound,
            Self::TooManySortConditions => ErrorCode::OutOfRange,
            Self::Filter(error) | Self::SortCondition(error) => error.kind.code(),
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl From<PlanError> for EngineError {
    fn from(error: PlanError) -> Self {
        if let PlanError::Filter(filter_error) = &error {
            tracing::debug!(
                position = filter_error.position,
                error = %filter_error.kind,
                "a filter cannot be read"
            );
        }
        Self::new(error.code(), error.to_string()).caused_by(error)
    }
}

/// Why a text is not a filter, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}")]
pub struct FilterError {
    /// In bytes from the start of the text; for logs.
    pub position: usize,
    /// What is wrong.
    pub kind: FilterErrorKind,
}

/// See [`FilterError`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FilterErrorKind {
    /// The text does not follow the grammar.
    #[error(transparent)]
    Syntax(#[from] SyntaxErrorKind),
    /// There is no such field, or it cannot be filtered by.
    #[error("Could not find a filter field named `{field}` in the schema.")]
    UnknownField {
        /// Its name.
        field: String,
    },
    /// Nothing stands behind the colon.
    #[error("Error with filter field `{field}`: Filter value cannot be empty.")]
    EmptyValue {
        /// The field's name.
        field: String,
    },
    /// A value is neither true nor false.
    #[error("Value of filter field `{field}` must be `true` or `false`.")]
    NotABool {
        /// The field's name.
        field: String,
    },
    /// A value of a list is neither true nor false.
    #[error("Values of filter field `{field}`: must be `true` or `false`.")]
    NotBools {
        /// The field's name.
        field: String,
    },
    /// A value is not a number that the field can hold.
    #[error("Error with filter field `{field}`: Not {expected}.")]
    NotANumber {
        /// The field's name.
        field: String,
        /// `an int32`, `a float`
        expected: &'static str,
    },
    /// A value is neither a number nor a range.
    #[error("Error with filter field `{field}`: Numerical field has an invalid comparator.")]
    InvalidComparator {
        /// The field's name.
        field: String,
    },
    /// A value is neither a circle nor a polygon.
    #[error(
        "Value of filter field `{field}`: must be in the `(-44.50, 170.29, 0.75 km)` or (56.33, \
         -65.97, 23.82, -127.82) format."
    )]
    NotAnArea {
        /// The field's name.
        field: String,
    },
    /// A radius has another unit.
    #[error("Unit must be either `km` or `mi`.")]
    UnknownUnit,
}

impl FilterErrorKind {
    /// The code of the error that a request gets.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::UnknownField { .. } => ErrorCode::NotFound,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl From<FilterSyntaxError> for FilterError {
    fn from(error: FilterSyntaxError) -> Self {
        Self {
            position: error.position,
            kind: error.kind.into(),
        }
    }
}

impl From<FilterError> for EngineError {
    fn from(error: FilterError) -> Self {
        PlanError::from(error).into()
    }
}
