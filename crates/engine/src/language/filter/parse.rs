//! From text to [`Filter`]: operators, parentheses, and what belongs to one leaf.
//!
//! Never looks at values; [`super::values`] reads them. Back-ticks protect everything between them.

use super::values::leaf;
use super::{Filter, Misread};
use crate::schema::Schema;
use crate::settings::Settings;

/// The filter that a text says; none if it is blank.
pub fn parse(text: &str, schema: &Schema, limits: &Settings) -> Result<Option<Filter>, Misread> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let longest = limits.filter_bytes;
    if text.len() > longest {
        return Err(Misread::new(
            longest,
            format!("Parameter `filter_by` is longer than {longest} bytes."),
        ));
    }
    let parts = parts(text, limits)?;
    let mut parser = Parser {
        parts: &parts,
        schema,
        end: text.len(),
    };
    let filter = parser.expression()?;
    match parser.parts.first() {
        None => Ok(Some(filter)),
        Some(part) => Err(Misread::new(part.position, NOT_A_FILTER)),
    }
}

/// What is said of a filter, or of several together, beyond `Settings::filter_operators`.
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
fn parts<'t>(text: &'t str, limits: &Settings) -> Result<Vec<Part<'t>>, Misread> {
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
                    .ok_or_else(|| Misread::new(position, UNBALANCED))?;
            }
            _ => {}
        }
        if !matches!(kind, Kind::Leaf(_)) {
            operators += 1;
        }
        if operators > limits.filter_operators {
            return Err(Misread::new(position, TOO_MANY_OPERATORS));
        }
        if open > limits.filter_depth {
            return Err(Misread::new(
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
        return Err(Misread::new(text.len(), UNBALANCED));
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

struct Parser<'t> {
    parts: &'t [Part<'t>],
    schema: &'t Schema,
    end: usize,
}

impl<'t> Parser<'t> {
    fn next(&mut self) -> Option<Part<'t>> {
        let (first, rest) = self.parts.split_first()?;
        self.parts = rest;
        Some(*first)
    }

    /// Operands and operators up to a closing parenthesis or the end; the depth of the recursion
    /// is that of the parentheses, which [`parts`] limits.
    fn expression(&mut self) -> Result<Filter, Misread> {
        let mut filter = self.operand(None)?;
        while let Some(part) = self.parts.first().copied() {
            match part.kind {
                Kind::Close => break,
                Kind::And | Kind::Or => {}
                Kind::Open | Kind::Leaf(_) => {
                    return Err(Misread::new(part.position, NOT_A_FILTER));
                }
            }
            self.next();
            let right = Box::new(self.operand(Some(part.kind))?);
            filter = match part.kind {
                Kind::Or => Filter::Or(Box::new(filter), right),
                _ => Filter::And(Box::new(filter), right),
            };
        }
        Ok(filter)
    }

    fn operand(&mut self, operator: Option<Kind<'_>>) -> Result<Filter, Misread> {
        let end = Part {
            position: self.end,
            kind: Kind::Close,
        };
        let part = self.next().unwrap_or(end);
        match part.kind {
            Kind::Leaf(text) => Ok(Filter::Leaf(leaf(text, part.position, self.schema)?)),
            Kind::Open => {
                let filter = self.expression()?;
                self.next();
                Ok(filter)
            }
            Kind::Close if operator.is_none() => {
                Err(Misread::new(part.position, "Filter query cannot be empty."))
            }
            kind => {
                let name = operator.unwrap_or(kind).operator();
                Err(Misread::new(
                    part.position,
                    format!("Could not parse the filter query: unbalanced `{name}` operands."),
                ))
            }
        }
    }
}
