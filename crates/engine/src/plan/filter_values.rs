//! From a text to a [`Filter`]: each condition is read as its field's type asks.

use std::str::FromStr;

use super::filter::{Condition, Filter, GeoArea, GeoPoint, Leaf, Span, TextPattern};
use super::plan_error::{FilterError, FilterErrorKind};
use crate::request::filter_grammar::{self, SyntaxErrorKind};
use crate::schema::{Field, FieldType, Schema};
use crate::settings::EngineSettings;

const KILOMETRES_PER_MILE: f64 = 1.609_34;

/// The filter that a text says, checked against the schema; none if it is blank.
pub fn parse_filter(
    text: &str,
    schema: &Schema,
    limits: &EngineSettings,
) -> Result<Option<Filter>, FilterError> {
    filter_grammar::parse(text, limits, |leaf, position| {
        read_leaf(leaf, position, schema)
    })
}

/// The metres of `2.5 km` or `2.5 mi`.
pub(crate) fn metres(text: &str) -> Option<f64> {
    kilometres(text.trim()).map(|kilometres| kilometres * 1000.0)
}

fn kilometres(text: &str) -> Option<f64> {
    let (number, unit) = match (text.strip_suffix("km"), text.strip_suffix("mi")) {
        (Some(number), _) => (number, 1.0),
        (_, Some(number)) => (number, KILOMETRES_PER_MILE),
        _ => return None,
    };
    let number = f64::from_str(number.trim()).ok()?;
    number.is_finite().then_some(number * unit)
}

/// Reads a leaf that stands at `position`.
fn read_leaf(source: &str, position: usize, schema: &Schema) -> Result<Leaf, FilterError> {
    let Some((head, tail)) = source.split_once(':') else {
        return Err(FilterError {
            position,
            kind: SyntaxErrorKind::NotAFilter.into(),
        });
    };
    let value_position = position + head.len() + 1;
    let (name, value) = (head.trim(), tail.trim());
    let tested = if name == "id" {
        read_ids(value)
    } else {
        match schema.field(name).filter(|field| is_filterable(field.kind)) {
            Some(field) => read_condition(field, value),
            None => Err(FilterErrorKind::UnknownField {
                field: name.to_owned(),
            }),
        }
    };
    match tested {
        Ok((negated, condition)) => Ok(Leaf {
            field: name.to_owned(),
            negated,
            condition,
        }),
        Err(kind) => Err(FilterError {
            position: value_position,
            kind,
        }),
    }
}

fn is_filterable(kind: FieldType) -> bool {
    kind.is_text() || kind.is_integer() || kind.is_float() || kind.is_bool() || kind.is_geopoint()
}

type Read = Result<(bool, Condition), FilterErrorKind>;

fn read_condition(field: &Field, value: &str) -> Read {
    let (name, number) = (&field.name, field.number);
    match field.kind {
        FieldType::Geopoint | FieldType::Geopoints => {
            Ok((false, Condition::Inside(number, read_area(name, value)?)))
        }
        FieldType::Bool | FieldType::Bools => {
            let (negated, value) = split_comparator(value);
            Ok((negated, Condition::Bools(number, read_bools(name, value)?)))
        }
        FieldType::Int32 | FieldType::Int32s => {
            let (negated, value) = split_comparator(value);
            let spans = read_spans(name, value, "an int32", |text| {
                text.parse::<i32>().ok().map(i64::from)
            })?;
            Ok((negated, Condition::Integers(number, spans)))
        }
        FieldType::Int64 | FieldType::Int64s => {
            let (negated, value) = split_comparator(value);
            let spans = read_spans(name, value, "an int64", |text| i64::from_str(text).ok())?;
            Ok((negated, Condition::Integers(number, spans)))
        }
        FieldType::Float | FieldType::Floats => {
            let (negated, value) = split_comparator(value);
            let spans = read_spans(name, value, "a float", decimal)?;
            Ok((negated, Condition::Floats(number, spans)))
        }
        _ => {
            let negated = value.starts_with('!');
            let positive = value.strip_prefix('!').unwrap_or(value);
            let (equals, items) = match positive.strip_prefix('=') {
                Some(rest) => (true, rest),
                None => (false, positive),
            };
            let texts = split_items(name, items)?
                .into_iter()
                .map(text_pattern)
                .collect();
            let condition = if equals {
                Condition::Equals
            } else {
                Condition::Holds
            };
            Ok((negated, condition(number, texts)))
        }
    }
}

/// A number that a decimal field can hold.
fn decimal(text: &str) -> Option<f32> {
    f32::from_str(text).ok().filter(|number| number.is_finite())
}

/// Whether a value is negated, and what is left of it.
fn split_comparator(value: &str) -> (bool, &str) {
    match value.strip_prefix("!=") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, value.strip_prefix('=').unwrap_or(value).trim_start()),
    }
}

fn read_ids(value: &str) -> Read {
    let negated = value.starts_with('!');
    let positive = value.strip_prefix('!').unwrap_or(value);
    let items = positive.strip_prefix('=').unwrap_or(positive);
    let ids = split_items("id", items)?
        .into_iter()
        .map(|item| item.replace('`', ""))
        .collect();
    Ok((negated, Condition::Ids(ids)))
}

fn empty_value(name: &str) -> FilterErrorKind {
    FilterErrorKind::EmptyValue {
        field: name.to_owned(),
    }
}

/// The members of a list, or the value itself.
fn split_items<'t>(name: &str, value: &'t str) -> Result<Vec<&'t str>, FilterErrorKind> {
    let text = value.trim();
    if text.is_empty() {
        return Err(empty_value(name));
    }
    Ok(split_list(text).unwrap_or_else(|| vec![text]))
}

/// The members of `[a, b]`; back-ticks protect commas, and nothing between two commas is nothing.
fn split_list(value: &str) -> Option<Vec<&str>> {
    let inside = value.strip_prefix('[')?.strip_suffix(']')?;
    let mut quoted = false;
    let members = inside.split(|character| {
        if character == '`' {
            quoted = !quoted;
        }
        character == ',' && !quoted
    });
    Some(
        members
            .map(str::trim)
            .filter(|member| !member.is_empty())
            .collect(),
    )
}

fn text_pattern(value: &str) -> TextPattern {
    let star = value
        .strip_suffix('*')
        .filter(|rest| rest.matches('`').count() % 2 == 0)
        .filter(|rest| !rest.is_empty());
    TextPattern {
        text: star.unwrap_or(value).replace('`', ""),
        prefix: star.is_some(),
    }
}

fn read_bools(name: &str, value: &str) -> Result<Vec<bool>, FilterErrorKind> {
    if value.is_empty() {
        return Err(empty_value(name));
    }
    if let Some(members) = split_list(value) {
        let members: Result<_, _> = members.into_iter().map(bool::from_str).collect();
        return members.map_err(|_| FilterErrorKind::NotBools {
            field: name.to_owned(),
        });
    }
    bool::from_str(value)
        .map(|value| vec![value])
        .map_err(|_| FilterErrorKind::NotABool {
            field: name.to_owned(),
        })
}

fn read_spans<T>(
    name: &str,
    value: &str,
    expected: &'static str,
    number: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Span<T>>, FilterErrorKind> {
    let members = split_list(value).unwrap_or_else(|| vec![value]);
    let bound = |text: &str| {
        number(text.trim()).ok_or_else(|| FilterErrorKind::NotANumber {
            field: name.to_owned(),
            expected,
        })
    };
    let span = |text: &str| {
        if let Some(rest) = text.strip_prefix(">=") {
            Ok(Span::From(bound(rest)?))
        } else if let Some(rest) = text.strip_prefix("<=") {
            Ok(Span::UpTo(bound(rest)?))
        } else if let Some(rest) = text.strip_prefix('>') {
            Ok(Span::Above(bound(rest)?))
        } else if let Some(rest) = text.strip_prefix('<') {
            Ok(Span::Below(bound(rest)?))
        } else if let Some((low, high)) = text.split_once("..") {
            Ok(Span::Between(bound(low)?, bound(high)?))
        } else if f64::from_str(text).is_ok() {
            Ok(Span::Exactly(bound(text)?))
        } else {
            Err(FilterErrorKind::InvalidComparator {
                field: name.to_owned(),
            })
        }
    };
    members.into_iter().map(span).collect()
}

fn read_area(name: &str, value: &str) -> Result<GeoArea, FilterErrorKind> {
    let misplaced = || FilterErrorKind::NotAnArea {
        field: name.to_owned(),
    };
    let inside = value
        .strip_prefix('(')
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(misplaced)?;
    let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
    let degrees = |text: &str| {
        f64::from_str(text)
            .ok()
            .filter(|degrees| degrees.is_finite())
            .ok_or_else(misplaced)
    };
    if let [latitude, longitude, radius] = parts.as_slice() {
        let middle = GeoPoint {
            latitude: degrees(latitude)?,
            longitude: degrees(longitude)?,
        };
        if !radius.ends_with("km") && !radius.ends_with("mi") {
            return Err(FilterErrorKind::UnknownUnit);
        }
        return Ok(GeoArea::Circle {
            middle,
            kilometres: kilometres(radius).ok_or_else(misplaced)?,
        });
    }
    if parts.len() < 4 {
        return Err(misplaced());
    }
    let numbers = parts
        .into_iter()
        .map(degrees)
        .collect::<Result<Vec<f64>, _>>()?;
    let corners = numbers.chunks_exact(2).filter_map(|pair| match pair {
        [latitude, longitude] => Some(GeoPoint {
            latitude: *latitude,
            longitude: *longitude,
        }),
        _ => None,
    });
    Ok(GeoArea::Polygon(corners.collect()))
}
