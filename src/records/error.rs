//! What can be wrong with a question, and with an answer.

use thiserror::Error;

use super::column::Lookup;
use super::order::MOST_SORTED;
use crate::database::DatabaseError;

/// A question cannot be meant as it is.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuestionError {
    #[error("there is no filter `{parameter}`; there are: {}", .valid.join(", "))]
    UnknownFilter {
        parameter: String,
        valid: Vec<String>,
    },
    #[error(
        "`{column}` cannot be filtered by `{lookup}`; it can be by: {}",
        if .valid.is_empty() { "nothing".to_owned() } else { .valid.join(", ") }
    )]
    UnknownLookup {
        parameter: String,
        column: String,
        lookup: String,
        valid: Vec<String>,
    },
    #[error("`{parameter}` is {wanted}, but the request says `{value}`")]
    Value {
        parameter: String,
        wanted: &'static str,
        value: String,
    },
    #[error("`{parameter}` has more than {most} characters")]
    TooLong { parameter: String, most: usize },
    #[error("`{parameter}` is given twice; give it once")]
    Twice { parameter: String },
    #[error("there are more than {most} filters; remove some")]
    TooManyFilters { most: usize },
    #[error(
        "`{parameter}` names more than {} values; split the request",
        Lookup::MOST_VALUES
    )]
    TooManyValues { parameter: String },
    #[error("rows cannot be sorted by `{order}`; they can be by: {}", .valid.join(", "))]
    UnknownOrder { order: String, valid: Vec<String> },
    #[error("there is no field `{field}`; there are: {}", .valid.join(", "))]
    UnknownField { field: String, valid: Vec<String> },
    #[error("`{parameter}` is about what this key may not see; it takes the scope `emails`")]
    Personal { parameter: String },
    #[error(
        "the cursor is not one of this list; take it from `next` or `previous` of an answer with the same `ordering`"
    )]
    Cursor,
}

impl QuestionError {
    /// The parameter that is wrong.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::UnknownFilter { parameter, .. }
            | Self::UnknownLookup { parameter, .. }
            | Self::Value { parameter, .. }
            | Self::TooLong { parameter, .. }
            | Self::Twice { parameter }
            | Self::TooManyValues { parameter }
            | Self::Personal { parameter } => Some(parameter),
            Self::UnknownOrder { .. } => Some("ordering"),
            Self::UnknownField { .. } => Some("fields"),
            Self::Cursor => Some("cursor"),
            Self::TooManyFilters { .. } => None,
        }
    }

    /// What could be in its place, if that is a list of names.
    #[must_use]
    pub fn valid(&self) -> &[String] {
        match self {
            Self::UnknownFilter { valid, .. }
            | Self::UnknownLookup { valid, .. }
            | Self::UnknownOrder { valid, .. }
            | Self::UnknownField { valid, .. } => valid,
            _ => &[],
        }
    }
}

/// How to ask for less.
fn advice(orders: &[String]) -> String {
    if orders.is_empty() {
        return "narrow the filters".to_owned();
    }
    let orders: Vec<String> = orders.iter().map(|order| format!("`{order}`")).collect();
    format!(
        "narrow the filters, or sort by one of: {}",
        orders.join(", ")
    )
}

/// A question has no answer.
#[derive(Debug, Error)]
pub enum RecordError {
    #[error("there is no page {page}; the last one is {last}")]
    NoPage { page: u64, last: u64 },
    #[error(
        "more than {} rows pass a filter, and few of those at the beginning of the order by `{order}` do; {}",
        MOST_SORTED,
        advice(.valid)
    )]
    TooManyToSort { order: String, valid: Vec<String> },
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
