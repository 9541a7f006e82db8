//! The grammar of filters: operators, parentheses, and what belongs to one condition.
//!
//! `license:=[GPL,MIT] && (stars:>100 || yanked:false)`: `&&` and `||` bind equally, from left to right,
//! and back-ticks protect everything between them. Never looks into a condition; [`crate::plan`] reads
//! those. Printing an expression gives a text that parses to the same one.

use std::fmt;

use crate::error::EngineError;
use crate::settings::EngineSettings;

/// Conditions with operators between them; `L` is what a single condition was read as.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression<L> {
    /// One condition.
    Leaf(L),
    /// Both sides.
    And(Box<Self>, Box<Self>),
    /// At least one side.
    Or(Box<Self>, Box<Self>),
}

impl<L> Expression<L> {
    /// This expression and, if there is one, another one.
    #[must_use]
    pub fn and(self, other: Option<Self>) -> Self {
        match other {
            Some(other) => Self::And(Box::new(self), Box::new(other)),
            None => self,
        }
    }
}

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// In bytes from the start of the text; for logs.
    pub position: usize,
    /// What is answered.
    pub error: EngineError,
}

impl FilterError {
    pub(crate) fn new(position: usize, message: impl Into<String>) -> Self {
        Self {
            position,
            error: EngineError::invalid(message),
        }
    }
}

impl From<FilterError> for EngineError {
    fn from(filter_error: FilterError) -> Self {
        tracing::debug!(
            position = filter_error.position,
            error = filter_error.error.message,
            "a filter cannot be read"
        );
        filter_error.error
    }
}

/// The expression that a text says; none if it is blank. `read_leaf` gets the text of each single
/// condition and its position, from left to right.
pub(crate) fn parse<L>(
    text: &str,
    limits: &EngineSettings,
    mut read_leaf: impl FnMut(&str, usize) -> Result<L, FilterError>,
) -> Result<Option<Expression<L>>, FilterError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let longest = limits.filter_bytes;
    if text.len() > longest {
        return Err(FilterError::new(
            longest,
            format!("Parameter `filter_by` is longer than {longest} bytes."),
        ));
    }
    let parts = split_into_parts(text, limits)?;
    let mut parser = Parser {
        parts: &parts,
        read_leaf: &mut read_leaf,
        end: text.len(),
    };
    let expression = parser.expression()?;
    match parser.parts.first() {
        None => Ok(Some(expression)),
        Some(part) => Err(FilterError::new(part.position, NOT_A_FILTER)),
    }
}

/// What is said of a filter, or of several together, beyond `EngineSettings::filter_operators`.
pub(crate) const TOO_MANY_OPERATORS: &str = "`filter_by` has too many operations.";
const NOT_A_FILTER: &str = "Could not parse the filter query.";
const UNBALANCED: &str = "Could not parse the filter query: unbalanced parentheses.";

#[derive(Debug, Clone, Copy)]
struct Part<'t> {
    position: usize,
    kind: Kind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind<'t> {
    Open,
    Close,
    And,
    Or,
    Leaf(&'t str),
}

impl Kind<'_> {
    fn operator(self) -> &'static str {
        if self == Self::Or { "||" } else { "&&" }
    }
}

/// The parts of a filter, with parentheses that match.
fn split_into_parts<'t>(
    text: &'t str,
    limits: &EngineSettings,
) -> Result<Vec<Part<'t>>, FilterError> {
    let mut parts = Vec::new();
    let mut open = 0_usize;
    let mut operators = 0;
    let mut position = 0;
    while let Some(rest) = text.get(position..) {
        let rest = rest.trim_start();
        position = text.len() - rest.len();
        if rest.is_empty() {
            break;
        }
        let (kind, length) = match rest.as_bytes() {
            [b'(', ..] => (Kind::Open, 1),
            [b')', ..] => (Kind::Close, 1),
            [b'&', b'&', ..] => (Kind::And, 2),
            [b'|', b'|', ..] => (Kind::Or, 2),
            _ => {
                let length = leaf_length(rest);
                let leaf = rest.get(..length).unwrap_or(rest).trim_end();
                (Kind::Leaf(leaf), length)
            }
        };
        match kind {
            Kind::Open => open += 1,
            Kind::Close => {
                open = open
                    .checked_sub(1)
                    .ok_or_else(|| FilterError::new(position, UNBALANCED))?;
            }
            _ => {}
        }
        if !matches!(kind, Kind::Leaf(_)) {
            operators += 1;
        }
        if operators > limits.filter_operators {
            return Err(FilterError::new(position, TOO_MANY_OPERATORS));
        }
        if open > limits.filter_depth {
            return Err(FilterError::new(
                position,
                format!(
                    "`filter_by` has more than {} parentheses within each other.",
                    limits.filter_depth
                ),
            ));
        }
        parts.push(Part { position, kind });
        position += length;
    }
    if open > 0 {
        return Err(FilterError::new(text.len(), UNBALANCED));
    }
    Ok(parts)
}

/// Bytes up to the next operator or parenthesis outside back-ticks; a parenthesis right behind
/// the colon, as of a place, belongs to the leaf up to its end.
fn leaf_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut quoted = false;
    let mut colon_just_seen = false;
    let mut colon_seen = false;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'`' => quoted = !quoted,
            _ if quoted => {}
            b'(' if colon_just_seen => {
                let rest = bytes.get(at..).unwrap_or_default();
                match rest.iter().position(|byte| *byte == b')') {
                    Some(length) => at += length,
                    None => return at,
                }
            }
            b'(' | b')' => return at,
            b'&' | b'|' if bytes.get(at + 1) == Some(&byte) => return at,
            _ => {}
        }
        if byte == b':' && !quoted && !colon_seen {
            colon_seen = true;
            colon_just_seen = true;
        } else if byte != b' ' {
            colon_just_seen = false;
        }
        at += 1;
    }
    bytes.len()
}

struct Parser<'t, L> {
    parts: &'t [Part<'t>],
    read_leaf: &'t mut dyn FnMut(&str, usize) -> Result<L, FilterError>,
    end: usize,
}

impl<'t, L> Parser<'t, L> {
    fn next(&mut self) -> Option<Part<'t>> {
        let (first, rest) = self.parts.split_first()?;
        self.parts = rest;
        Some(*first)
    }

    /// Operands and operators up to a closing parenthesis or the end; the depth of the recursion
    /// is that of the parentheses, which [`split_into_parts`] limits.
    fn expression(&mut self) -> Result<Expression<L>, FilterError> {
        let mut expression = self.operand(None)?;
        while let Some(part) = self.parts.first().copied() {
            match part.kind {
                Kind::Close => break,
                Kind::And | Kind::Or => {}
                Kind::Open | Kind::Leaf(_) => {
                    return Err(FilterError::new(part.position, NOT_A_FILTER));
                }
            }
            self.next();
            let right = Box::new(self.operand(Some(part.kind))?);
            expression = match part.kind {
                Kind::Or => Expression::Or(Box::new(expression), right),
                _ => Expression::And(Box::new(expression), right),
            };
        }
        Ok(expression)
    }

    fn operand(&mut self, operator: Option<Kind<'_>>) -> Result<Expression<L>, FilterError> {
        let end = Part {
            position: self.end,
            kind: Kind::Close,
        };
        let part = self.next().unwrap_or(end);
        match part.kind {
            Kind::Leaf(text) => Ok(Expression::Leaf((self.read_leaf)(text, part.position)?)),
            Kind::Open => {
                let inner = self.expression()?;
                self.next();
                Ok(inner)
            }
            Kind::Close if operator.is_none() => Err(FilterError::new(
                part.position,
                "Filter query cannot be empty.",
            )),
            kind => {
                let name = operator.unwrap_or(kind).operator();
                Err(FilterError::new(
                    part.position,
                    format!("Could not parse the filter query: unbalanced `{name}` operands."),
                ))
            }
        }
    }
}

impl<L: fmt::Display> fmt::Display for Expression<L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(leaf) => leaf.fmt(formatter),
            Self::And(left, right) => write!(formatter, "{left} && {}", Operand(right)),
            Self::Or(left, right) => write!(formatter, "{left} || {}", Operand(right)),
        }
    }
}

/// The right side of an operator, which needs parentheses unless it is a leaf.
struct Operand<'a, L>(&'a Expression<L>);

impl<L: fmt::Display> fmt::Display for Operand<'_, L> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expression::Leaf(leaf) => leaf.fmt(formatter),
            expression => write!(formatter, "({expression})"),
        }
    }
}
