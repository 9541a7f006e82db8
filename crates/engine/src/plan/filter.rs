//! A filter that fits the schema: each condition names a field by its number and has values of the
//! field's type.
//!
//! [`crate::execute`] turns it into sets of documents; nothing here touches any.

use std::fmt;

use crate::request::filter_grammar::Expression;
use crate::schema::FieldNumber;

/// What a document has to fulfil.
pub type Filter = Expression<Leaf>;

/// One condition on one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// The field's name, or `id`.
    pub field: String,
    /// Whether documents are asked for that do not pass the test; they may lack the field.
    pub negated: bool,
    /// What is asked of the field's values.
    pub condition: Condition,
}

/// A test that a document passes if one of the field's values passes one of the alternatives.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// The document's id is one of these.
    Ids(Vec<String>),
    /// The values hold all words of a text.
    Holds(FieldNumber, Vec<TextPattern>),
    /// A value consists of the words of a text, or begins with them.
    Equals(FieldNumber, Vec<TextPattern>),
    /// Whole numbers.
    Integers(FieldNumber, Vec<Span<i64>>),
    /// Decimal numbers.
    Floats(FieldNumber, Vec<Span<f32>>),
    /// True or false.
    Bools(FieldNumber, Vec<bool>),
    /// A place lies inside.
    Inside(FieldNumber, GeoArea),
}

/// A text to compare with, not yet cut into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
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
pub enum GeoArea {
    /// Around a point.
    Circle {
        /// The middle: latitude, longitude.
        middle: GeoPoint,
        /// The radius.
        kilometres: f64,
    },
    /// Between corners, in their order.
    Polygon(Vec<GeoPoint>),
}

/// A place on the globe, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeoPoint {
    /// North is positive.
    pub latitude: f64,
    /// East is positive.
    pub longitude: f64,
}

impl fmt::Display for Leaf {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "!" } else { "" };
        write!(formatter, "{}:{not}", self.field)?;
        match &self.condition {
            Condition::Ids(ids) => {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                write!(formatter, "={}", Alternatives(&ids))
            }
            Condition::Holds(_, texts) => write!(formatter, "{}", Alternatives(texts)),
            Condition::Equals(_, texts) => write!(formatter, "={}", Alternatives(texts)),
            Condition::Integers(_, spans) => write!(formatter, "={}", Alternatives(spans)),
            Condition::Floats(_, spans) => write!(formatter, "={}", Alternatives(spans)),
            Condition::Bools(_, bools) => write!(formatter, "={}", Alternatives(bools)),
            Condition::Inside(_, area) => area.fmt(formatter),
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

impl fmt::Display for TextPattern {
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

impl fmt::Display for GeoArea {
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
