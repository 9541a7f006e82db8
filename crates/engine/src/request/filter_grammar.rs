//! The grammar of filters: operators, parentheses, and what belongs to one condition.
//!
//! `license:=[GPL,MIT] && (stars:>100 || yanked:false)`: `&&` and `||` bind equally, from left to right,
//! and back-ticks protect everything between them. Never looks into a condition; [`crate::plan`] reads
//! those. Printing an expression gives a text that parses to the same one.

use std::fmt;

use thiserror::Error;

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

/// Where a text does not follow the grammar, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterSyntaxError {
    /// In bytes from the start of the text.
    pub position: usize,
    /// What is wrong.
    pub kind: SyntaxErrorKind,
}

/// See [`FilterSyntaxError`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxErrorKind {
    /// Something is missing, or in the wrong place.
    #[error("Could not parse the filter query.")]
    NotAFilter,
    /// A parenthesis has no counterpart.
    #[error("Could not parse the filter query: unbalanced parentheses.")]
    UnbalancedParentheses,
    /// An operator lacks one of its sides.
    #[error("Could not parse the filter query: unbalanced `{operator}` operands.")]
    UnbalancedOperands {
        /// `&&` or `||`
        operator: &'static str,
    },
    /// There is nothing between two parentheses.
    #[error("Filter query cannot be empty.")]
    Empty,
    /// See [`EngineSettings::filter_bytes`].
    #[error("Parameter `filter_by` is longer than {most} bytes.")]
    TooLong {
        /// Bytes allowed.
        most: usize,
    },
    /// See [`EngineSettings::filter_operators`].
    #[error("`filter_by` has too many operations.")]
    TooManyOperators,
    /// See [`EngineSettings::filter_depth`].
    #[error("`filter_by` has more than {most} parentheses within each other.")]
    TooDeep {
        /// Parentheses allowed.
        most: usize,
    },
}

impl FilterSyntaxError {
    fn new(position: usize, kind: SyntaxErrorKind) -> Self {
        Self { position, kind }
    }
}

/// The expression that a text says; none if it is blank. `read_leaf` gets the text of each single
/// condition and its position, from left to right.
pub(crate) fn parse<L, E: From<FilterSyntaxError>>(
    text: &str,
    limits: &EngineSettings,
    mut read_leaf: impl FnMut(&str, usize) -> Result<L, E>,
) -> Result<Option<Expression<L>>, E> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let longest = limits.filter_bytes;
    if text.len() > longest {
        let kind = SyntaxErrorKind::TooLong { most: longest };
        return Err(FilterSyntaxError::new(longest, kind).into());
    }
    let tokens = tokenize(text, limits)?;
    let mut parser = Parser {
        tokens: &tokens,
        read_leaf: &mut read_leaf,
        end: text.len(),
    };
    let expression = parser.expression()?;
    match parser.tokens.first() {
        None => Ok(Some(expression)),
        Some(token) => {
            Err(FilterSyntaxError::new(token.position, SyntaxErrorKind::NotAFilter).into())
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Token<'t> {
    position: usize,
    kind: TokenKind<'t>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum TokenKind<'t> {
    Open,
    Close,
    And,
    Or,
    Leaf(&'t str),
}

impl TokenKind<'_> {
    fn operator(self) -> &'static str {
        if self == Self::Or { "||" } else { "&&" }
    }
}

/// The tokens of a filter, with parentheses that match.
fn tokenize<'t>(
    text: &'t str,
    limits: &EngineSettings,
) -> Result<Vec<Token<'t>>, FilterSyntaxError> {
    let mut tokens = Vec::new();
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
            [b'(', ..] => (TokenKind::Open, 1),
            [b')', ..] => (TokenKind::Close, 1),
            [b'&', b'&', ..] => (TokenKind::And, 2),
            [b'|', b'|', ..] => (TokenKind::Or, 2),
            _ => {
                let length = leaf_length(rest);
                let leaf = rest.get(..length).unwrap_or(rest).trim_end();
                (TokenKind::Leaf(leaf), length)
            }
        };
        match kind {
            TokenKind::Open => open += 1,
            TokenKind::Close => {
                open = open.checked_sub(1).ok_or_else(|| {
                    FilterSyntaxError::new(position, SyntaxErrorKind::UnbalancedParentheses)
                })?;
            }
            _ => {}
        }
        if !matches!(kind, TokenKind::Leaf(_)) {
            operators += 1;
        }
        if operators > limits.filter_operators {
            return Err(FilterSyntaxError::new(
                position,
                SyntaxErrorKind::TooManyOperators,
            ));
        }
        if open > limits.filter_depth {
            let kind = SyntaxErrorKind::TooDeep {
                most: limits.filter_depth,
            };
            return Err(FilterSyntaxError::new(position, kind));
        }
        tokens.push(Token { position, kind });
        position += length;
    }
    if open > 0 {
        return Err(FilterSyntaxError::new(
            text.len(),
            SyntaxErrorKind::UnbalancedParentheses,
        ));
    }
    Ok(tokens)
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

struct Parser<'t, L, E> {
    tokens: &'t [Token<'t>],
    read_leaf: &'t mut dyn FnMut(&str, usize) -> Result<L, E>,
    end: usize,
}

impl<'t, L, E: From<FilterSyntaxError>> Parser<'t, L, E> {
    fn next(&mut self) -> Option<Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    /// Operands and operators up to a closing parenthesis or the end; the depth of the recursion
    /// is that of the parentheses, which [`tokenize`] limits.
    fn expression(&mut self) -> Result<Expression<L>, E> {
        let mut expression = self.operand(None)?;
        while let Some(token) = self.tokens.first().copied() {
            match token.kind {
                TokenKind::Close => break,
                TokenKind::And | TokenKind::Or => {}
                TokenKind::Open | TokenKind::Leaf(_) => {
                    let kind = SyntaxErrorKind::NotAFilter;
                    return Err(FilterSyntaxError::new(token.position, kind).into());
                }
            }
            self.next();
            let right = Box::new(self.operand(Some(token.kind))?);
            expression = match token.kind {
                TokenKind::Or => Expression::Or(Box::new(expression), right),
                _ => Expression::And(Box::new(expression), right),
            };
        }
        Ok(expression)
    }

    fn operand(&mut self, operator: Option<TokenKind<'_>>) -> Result<Expression<L>, E> {
        let end = Token {
            position: self.end,
            kind: TokenKind::Close,
        };
        let token = self.next().unwrap_or(end);
        match token.kind {
            TokenKind::Leaf(text) => Ok(Expression::Leaf((self.read_leaf)(text, token.position)?)),
            TokenKind::Open => {
                let inner = self.expression()?;
                self.next();
                Ok(inner)
            }
            TokenKind::Close if operator.is_none() => {
                Err(FilterSyntaxError::new(token.position, SyntaxErrorKind::Empty).into())
            }
            kind => {
                let operator = operator.unwrap_or(kind).operator();
                let kind = SyntaxErrorKind::UnbalancedOperands { operator };
                Err(FilterSyntaxError::new(token.position, kind).into())
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
