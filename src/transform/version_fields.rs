//! The version fields of a document, and the parts that they are made of in every scheme.

use super::version_order::{order_of_unknown, push_number};
use crate::model::Number;

/// The fields that one version fills.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionFields {
    /// First number of the release; 0 where there is none, at most [`i32::MAX`].
    pub major: i32,
    /// The second.
    pub minor: i32,
    /// The third.
    pub bugfix: i32,
    /// What follows the numbers, such as `a1` or `rc1.post2.dev3`; empty for a final release.
    pub postfix: String,
    /// Six parts, as above.
    pub sortable: String,
    /// Sorts as PEP 440 does; digits and lower-case letters only.
    pub order: String,
}

impl VersionFields {
    /// The fields of what is not a version.
    pub(super) fn of_unknown(raw: &str) -> Self {
        Self {
            sortable: "0.0000.0000.0000.0000.0000".to_owned(),
            order: order_of_unknown(raw),
            ..Self::default()
        }
    }
}

/// The number; at most [`i32::MAX`].
pub(super) fn clipped(number: Number<'_>) -> i32 {
    number.digits().parse().unwrap_or(i32::MAX)
}

pub(super) fn zero() -> String {
    "0000".to_owned()
}

/// Four digits, or more after a letter that says how many.
pub(super) fn fixed(number: Number<'_>) -> String {
    let digits = number.digits();
    if digits.len() <= 4 {
        return format!("{digits:0>4}");
    }
    let mut text = String::with_capacity(digits.len() + 1);
    push_number(&mut text, number);
    text
}
