//! One leaf of a filter: `field:comparator value`, read as the field's type asks.

use std::str::FromStr;

use super::{Area, Leaf, Misread, Point, Span, Test, Text};
use crate::problem::Problem;
use crate::schema::{Field, FieldType, Schema};

const KILOMETRES_PER_MILE: f64 = 1.609_34;

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
pub(super) fn leaf(source: &str, position: usize, schema: &Schema) -> Result<Leaf, Misread> {
    let Some((name, value)) = source.split_once(':') else {
        return Err(Misread::new(position, "Could not parse the filter query."));
    };
    let position = position + name.len() + 1;
    let name = name.trim();
    let value = value.trim();
    let tested = if name == "id" {
        ids(value)
    } else {
        match schema.field(name).filter(|field| is_filterable(field.kind)) {
            Some(field) => condition(field, value),
            None => Err(Problem::not_found(format!(
                "Could not find a filter field named `{name}` in the schema."
            ))),
        }
    };
    match tested {
        Ok((negated, test)) => Ok(Leaf {
            field: name.to_owned(),
            negated,
            test,
        }),
        Err(problem) => Err(Misread { position, problem }),
    }
}

fn is_filterable(kind: FieldType) -> bool {
    kind.is_text() || kind.is_integer() || kind.is_float() || kind.is_bool() || kind.is_geopoint()
}

type Read = Result<(bool, Test), Problem>;

fn condition(field: &Field, value: &str) -> Read {
    let (name, number) = (&field.name, field.number);
    match field.kind {
        FieldType::Geopoint | FieldType::Geopoints => {
            Ok((false, Test::Inside(number, area(name, value)?)))
        }
        FieldType::Bool | FieldType::Bools => {
            let (negated, value) = comparator(value);
            Ok((negated, Test::Bools(number, bools(name, value)?)))
        }
        FieldType::Int32 | FieldType::Int32s => {
            let (negated, value) = comparator(value);
            let spans = spans(name, value, "int32", |text| {
                text.parse::<i32>().ok().map(i64::from)
            })?;
            Ok((negated, Test::Integers(number, spans)))
        }
        FieldType::Int64 | FieldType::Int64s => {
            let (negated, value) = comparator(value);
            let spans = spans(name, value, "int64", |text| i64::from_str(text).ok())?;
            Ok((negated, Test::Integers(number, spans)))
        }
        FieldType::Float | FieldType::Floats => {
            let (negated, value) = comparator(value);
            let spans = spans(name, value, "float", decimal)?;
            Ok((negated, Test::Floats(number, spans)))
        }
        _ => {
            let negated = value.starts_with('!');
            let value = value.strip_prefix('!').unwrap_or(value);
            let (equals, value) = match value.strip_prefix('=') {
                Some(rest) => (true, rest),
                None => (false, value),
            };
            let texts = items(name, value)?.into_iter().map(text).collect();
            let test = if equals { Test::Equals } else { Test::Holds };
            Ok((negated, test(number, texts)))
        }
    }
}

/// A number that a decimal field can hold.
fn decimal(text: &str) -> Option<f32> {
    f32::from_str(text).ok().filter(|number| number.is_finite())
}

/// Whether a value is negated, and what is left of it.
fn comparator(value: &str) -> (bool, &str) {
    match value.strip_prefix("!=") {
        Some(rest) => (true, rest.trim_start()),
        None => (false, value.strip_prefix('=').unwrap_or(value).trim_start()),
    }
}

fn ids(value: &str) -> Read {
    let negated = value.starts_with('!');
    let value = value.strip_prefix('!').unwrap_or(value);
    let value = value.strip_prefix('=').unwrap_or(value);
    let ids = items("id", value)?
        .into_iter()
        .map(|item| item.replace('`', ""))
        .collect();
    Ok((negated, Test::Ids(ids)))
}

fn empty(name: &str) -> Problem {
    Problem::bad_request(format!(
        "Error with filter field `{name}`: Filter value cannot be empty."
    ))
}

/// The members of a list, or the value itself.
fn items<'t>(name: &str, value: &'t str) -> Result<Vec<&'t str>, Problem> {
    let value = value.trim();
    if value.is_empty() {
        return Err(empty(name));
    }
    Ok(list(value).unwrap_or_else(|| vec![value]))
}

/// The members of `[a, b]`; back-ticks protect commas, and nothing between two commas is nothing.
fn list(value: &str) -> Option<Vec<&str>> {
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

fn text(value: &str) -> Text {
    let star = value
        .strip_suffix('*')
        .filter(|rest| rest.matches('`').count() % 2 == 0)
        .filter(|rest| !rest.is_empty());
    Text {
        text: star.unwrap_or(value).replace('`', ""),
        prefix: star.is_some(),
    }
}

fn bools(name: &str, value: &str) -> Result<Vec<bool>, Problem> {
    if value.is_empty() {
        return Err(empty(name));
    }
    if let Some(members) = list(value) {
        let members: Result<_, _> = members.into_iter().map(bool::from_str).collect();
        return members.map_err(|_| {
            Problem::bad_request(format!(
                "Values of filter field `{name}`: must be `true` or `false`."
            ))
        });
    }
    bool::from_str(value).map(|value| vec![value]).map_err(|_| {
        Problem::bad_request(format!(
            "Value of filter field `{name}` must be `true` or `false`."
        ))
    })
}

fn spans<T>(
    name: &str,
    value: &str,
    kind: &str,
    number: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Span<T>>, Problem> {
    let members = list(value).unwrap_or_else(|| vec![value]);
    let bound = |text: &str| {
        number(text.trim()).ok_or_else(|| {
            let not = if kind == "float" { "Not a" } else { "Not an" };
            Problem::bad_request(format!("Error with filter field `{name}`: {not} {kind}."))
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
            Err(Problem::bad_request(format!(
                "Error with filter field `{name}`: Numerical field has an invalid comparator."
            )))
        }
    };
    members.into_iter().map(span).collect()
}

fn area(name: &str, value: &str) -> Result<Area, Problem> {
    let misplaced = || {
        Problem::bad_request(format!(
            "Value of filter field `{name}`: must be in the `(-44.50, 170.29, 0.75 km)` or \
             (56.33, -65.97, 23.82, -127.82) format."
        ))
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
        let middle = Point {
            latitude: degrees(latitude)?,
            longitude: degrees(longitude)?,
        };
        if !radius.ends_with("km") && !radius.ends_with("mi") {
            return Err(Problem::bad_request("Unit must be either `km` or `mi`."));
        }
        return Ok(Area::Circle {
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
        [latitude, longitude] => Some(Point {
            latitude: *latitude,
            longitude: *longitude,
        }),
        _ => None,
    });
    Ok(Area::Polygon(corners.collect()))
}
