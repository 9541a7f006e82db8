//! The grammar of `sort_by`: keys between commas, each `name(arguments):order`.
//!
//! Names, arguments and orders are texts here; [`crate::plan`] checks them against the schema.

use super::request_error::RequestError;

/// Keys of one search.
pub(crate) const MOST_SORT_KEYS: usize = 3;

/// One key of a `sort_by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SortExpression<'t> {
    /// A field, or `_text_match`, `_seq_id`, `_eval`.
    pub(crate) name: &'t str,
    /// What is in the parentheses behind the name.
    pub(crate) arguments: Option<&'t str>,
    /// `asc` or `desc`, in any case; not checked.
    pub(crate) order: &'t str,
}

impl<'t> SortExpression<'t> {
    /// Reads one of the parts that [`split_keys`] finds.
    pub(crate) fn parse(part: &'t str) -> Result<Self, RequestError> {
        let (head, tail) = part.rsplit_once(':').ok_or(RequestError::MalformedSort)?;
        let (head, order) = (head.trim(), tail.trim());
        if order.is_empty() || order.contains(')') {
            return Err(RequestError::MalformedSort);
        }
        let (name, arguments) = match head.split_once('(') {
            None => (head, None),
            Some((name, rest)) => {
                let arguments = rest.strip_suffix(')').ok_or(RequestError::MalformedSort)?;
                (name.trim(), Some(arguments.trim()))
            }
        };
        Ok(Self {
            name,
            arguments,
            order,
        })
    }
}

/// The parts between commas that are neither in parentheses nor in back-ticks.
pub(crate) fn split_keys(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let mut quoted = false;
    text.split(|character| {
        match character {
            '`' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0 && !quoted
    })
    .collect()
}
