//! A search that fits its schema: fields are numbers, filters and sort keys are typed.
//!
//! [`SearchPlan::new`] is the one place where a search is checked against a schema, before anything is
//! executed. No I/O, and no document is touched.

mod filter;
#[cfg(test)]
mod filter_tests;
mod filter_values;
mod plan_error;
mod planned_fields;
mod search_plan;
mod sort_keys;
#[cfg(test)]
mod sort_keys_tests;
#[cfg(test)]
pub(crate) mod test_schema;
mod text_query;

pub use crate::request::filter_grammar::{Expression, SyntaxErrorKind};
pub use filter::{Condition, Filter, GeoArea, GeoPoint, Leaf, Span, TextPattern};
pub use filter_values::parse_filter;
pub use plan_error::{FilterError, FilterErrorKind};
pub(crate) use planned_fields::PlannedField;
pub(crate) use search_plan::{FacetPlan, Page, SearchPlan};
pub(crate) use sort_keys::{Distance, Missing, SortBy, SortKey};
pub(crate) use text_query::{QueryField, TextQuery};
