//! A number as pages show it.

use serde::Serialize;

use super::format::Moment;

/// A number with its meaning, source and age.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FigureView {
    pub kind: &'static str,
    pub label: &'static str,
    /// `None` if it is not known.
    pub value: Option<String>,
    /// A word next to the number; may be empty.
    pub word: String,
    pub href: Option<String>,
    pub source: String,
    pub checked: Option<Moment>,
}
