//! The filter language: `license:=[GPL,MIT] && (stars:>100 || yanked:false)`.
//!
//! [`parse()`] makes a [`Filter`] of a text, with names and values checked against the schema;
//! printing a filter gives a text that parses to the same filter. `&&` and `||` bind equally, from
//! left to right. [`crate::query`] turns the tree into sets of documents; nothing here touches any.

mod parse;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;

use crate::problem::Problem;
use crate::schema::FieldNumber;

pub(crate) use parse::TOO_MANY_OPERATORS;
pub use parse::parse;
pub(crate) use values::metres;

/// What a document has to fulfil.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// One condition.
    Leaf(Leaf),
    /// Both sides.
    And(Box<Filter>, Box<Filter>),
    /// At least one side.
    Or(Box<Filter>, Box<Filter>),
}

impl Filter {
    /// This filter and, if there is one, another one.
    #[must_use]
    pub fn and(self, other: Option<Self>) -> Self {
        match other {
            Some(other) => Self::And(Box::new(self), Box::new(other)),
            None => self,
        }
    }
}

/// One condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The field's name, or `id`.
    pub field: String,
    /// Whether documents are asked for that do not pass the test; they may lack the field.
    pub negated: bool,
    /// What is asked of the field's values.
    pub test: Test,
}

/// A test that a document passes if one of the field's values passes one of the alternatives.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// The document's id is one of these.
    Ids(Vec<String>),
    /// The values hold all words of a text.
    Holds(FieldNumber, Vec<Text>),
    /// A value consists of the words of a text, or begins with them.
    Equals(FieldNumber, Vec<Text>),
    /// Whole numbers.
    Integers(FieldNumber, Vec<Span<i64>>),
    /// Decimal numbers.
    Floats(FieldNumber, Vec<Span<f32>>),
    /// True or false.
    Bools(FieldNumber, Vec<bool>),
    /// A place lies inside.
    Inside(FieldNumber, Area),
}

/// A text to compare with, not yet cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Without back-ticks.
    pub text: String,
    /// Whether the last word may go on: `Fram*`.
    pub prefix: bool,
}

/// Numbers that are asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Span<T> {
    /// `5`
    Exactly(T),
    /// `>5`
    Above(T),
    /// `>=5`
    From(T),
    /// `<5`
    Below(T),
    /// `<=5`
    UpTo(T),
    /// `1..5`, ends included
    Between(T, T),
}

impl<T: PartialOrd> Span<T> {
    /// Whether a number is asked for.
    pub fn contains(&self, value: &T) -> bool {
        match self {
            Self::Exactly(number) => value == number,
            Self::Above(number) => value > number,
            Self::From(number) => value >= number,
            Self::Below(number) => value < number,
            Self::UpTo(number) => value <= number,
            Self::Between(low, high) => value >= low && value <= high,
        }
    }
}

/// A part of the globe, in degrees.
#[derive(Debug, Clone, PartialEq)]
pub enum Area {
    /// Around a point.
    Circle {
        /// The middle: latitude, longitude.
        middle: Point,
        /// The radius.
        kilometres: f64,
    },
    /// Between corners, in their order.
    Polygon(Vec<Point>),
}

/// A place on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// North is positive.
    pub latitude: f64,
    /// East is positive.
    pub longitude: f64,
}

/// Why a text is no filter, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// In bytes from the start of the text; for logs.
    pub position: usize,
    /// What is answered.
    pub problem: Problem,
}

impl Misread {
    fn new(position: usize, message: impl Into<String>) -> Self {
        Self {
            position,
            problem: Problem::bad_request(message),
        }
    }
}

impl From<Misread> for Problem {
    fn from(misread: Misread) -> Self {
        tracing::debug!(
            position = misread.position,
            problem = misread.problem.message,
            "a filter cannot be read"
        );
        misread.problem
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Leaf(leaf) => leaf.fmt(formatter),
            Self::And(left, right) => write!(formatter, "{left} && {}", Operand(right)),
            Self::Or(left, right) => write!(formatter, "{left} || {}", Operand(right)),
        }
    }
}

/// The right side of an operator, which needs parentheses unless it is a leaf.
struct Operand<'a>(&'a Filter);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Filter::Leaf(leaf) => leaf.fmt(formatter),
            filter => write!(formatter, "({filter})"),
        }
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "!" } else { "" };
        write!(formatter, "{}:{not}", self.field)?;
        match &self.test {
            Test::Ids(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                write!(formatter, "={}", Alternatives(&ids))
            }
            Test::Holds(_, texts) => write!(formatter, "{}", Alternatives(texts)),
            Test::Equals(_, texts) => write!(formatter, "={}", Alternatives(texts)),
            Test::Integers(_, spans) => write!(formatter, "={}", Alternatives(spans)),
            Test::Floats(_, spans) => write!(formatter, "={}", Alternatives(spans)),
            Test::Bools(_, bools) => write!(formatter, "={}", Alternatives(bools)),
            Test::Inside(_, area) => area.fmt(formatter),
        }
    }
}

/// One alternative as it is, any other number of them as a list.
struct Alternatives<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Alternatives<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.0 {
            return only.fmt(formatter);
        }
        formatter.write_str("[")?;
        for (at, alternative) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(formatter, "{comma}{alternative}")?;
        }
        formatter.write_str("]")
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.prefix { "*" } else { "" };
        write!(formatter, "`{}`{star}", self.text)
    }
}

impl<T: fmt::Display> fmt::Display for Span<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(number) => number.fmt(formatter),
            Self::Above(number) => write!(formatter, ">{number}"),
            Self::From(number) => write!(formatter, ">={number}"),
            Self::Below(number) => write!(formatter, "<{number}"),
            Self::UpTo(number) => write!(formatter, "<={number}"),
            Self::Between(low, high) => write!(formatter, "{low}..{high}"),
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Circle { middle, kilometres } => {
                write!(
                    formatter,
                    "({}, {}, {kilometres} km)",
                    middle.latitude, middle.longitude
                )
            }
            Self::Polygon(corners) => {
                formatter.write_str("(")?;
                for (at, corner) in corners.iter().enumerate() {
                    let comma = if at == 0 { "" } else { ", " };
                    write!(
                        formatter,
                        "{comma}{}, {}",
                        corner.latitude, corner.longitude
                    )?;
                }
                formatter.write_str(")")
            }
        }
    }
}
