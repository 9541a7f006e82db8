//! Whether a value is of a field's type, and what it becomes when it is made one.
//!
//! A number outside its type's range is of no type: it is refused, left out or dropped as any other
//! value that does not fit, and never becomes another number.

use serde_json::{Number, Value};

use super::document_error::DocumentError;
use super::write_action::DirtyValues;
use crate::schema::{Field, FieldType, decimal_number, is_place, whole_number};

/// Why a value was refused: what its field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TypeMismatch {
    /// `an int32`, `an array of string`: what the value must be.
    pub(super) noun: &'static str,
    /// Between the field's name and the noun.
    pub(super) verb: &'static str,
    /// Whether the value can be left out instead.
    pub(super) can_be_dropped: bool,
}

impl TypeMismatch {
    const fn be(noun: &'static str) -> Self {
        Self {
            noun,
            verb: "must be",
            can_be_dropped: true,
        }
    }

    /// What is answered for a value of the field.
    pub(super) fn problem(self, field: &Field) -> DocumentError {
        DocumentError::WrongType {
            field: field.name.clone(),
            verb: self.verb,
            noun: self.noun,
        }
    }
}

/// What to do with a value that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CoercionRules {
    /// Convert what can be converted.
    pub(super) coerce: bool,
    /// Leave out the items of arrays that cannot be converted.
    pub(super) drop_items: bool,
}

impl CoercionRules {
    /// What a field's values get.
    pub(super) fn of(field: &Field, dirty: DirtyValues) -> Self {
        Self {
            coerce: dirty.coerces(),
            drop_items: dirty.drops() && field.optional,
        }
    }
}

impl DirtyValues {
    fn coerces(self) -> bool {
        matches!(self, Self::CoerceOrDrop | Self::CoerceOrReject)
    }

    pub(super) fn drops(self) -> bool {
        matches!(self, Self::CoerceOrDrop | Self::Drop)
    }
}

/// Makes the value one of the field's type, or tells what it should have been.
pub(super) fn fit(
    value: &mut Value,
    kind: FieldType,
    handling: CoercionRules,
) -> Result<(), TypeMismatch> {
    match kind {
        FieldType::Geopoint => fit_point(value, handling),
        FieldType::Geopoints => fit_points(value, handling),
        FieldType::Object | FieldType::Objects | FieldType::Auto | FieldType::StringOrStrings => {
            Ok(())
        }
        _ => match item_kind(kind) {
            Some(item) => fit_items(value, item, type_noun(kind), handling),
            None if fit_one(value, kind, handling.coerce) => Ok(()),
            None => Err(TypeMismatch {
                can_be_dropped: !is_stubborn(value, kind, handling),
                ..TypeMismatch::be(type_noun(kind))
            }),
        },
    }
}

/// The kind of the items of an array of scalars.
pub(super) fn item_kind(kind: FieldType) -> Option<FieldType> {
    match kind {
        FieldType::Strings => Some(FieldType::String),
        FieldType::Int32s => Some(FieldType::Int32),
        FieldType::Int64s => Some(FieldType::Int64),
        FieldType::Floats => Some(FieldType::Float),
        FieldType::Bools => Some(FieldType::Bool),
        _ => None,
    }
}

/// Whether a scalar is of this kind as it is.
pub(super) fn is_one(value: &Value, kind: FieldType) -> bool {
    match kind {
        FieldType::String => value.is_string(),
        FieldType::Int32 | FieldType::Int64 => whole_number(value, kind).is_some(),
        FieldType::Float => decimal_number(value).is_some(),
        FieldType::Bool => value.is_boolean(),
        _ => false,
    }
}

fn fit_items(
    value: &mut Value,
    item: FieldType,
    noun: &'static str,
    handling: CoercionRules,
) -> Result<(), TypeMismatch> {
    let Value::Array(items) = value else {
        return Err(TypeMismatch::be("an array"));
    };
    if items.iter().all(|value| is_one(value, item)) {
        return Ok(());
    }
    let refused = TypeMismatch::be(noun);
    if !handling.drop_items {
        return if items
            .iter_mut()
            .all(|value| fit_one(value, item, handling.coerce))
        {
            Ok(())
        } else {
            Err(refused)
        };
    }
    let mut stubborn = false;
    items.retain_mut(|value| {
        let fits = fit_one(value, item, handling.coerce);
        stubborn |= !fits && is_stubborn(value, item, handling);
        fits
    });
    if stubborn {
        return Err(TypeMismatch {
            can_be_dropped: false,
            ..refused
        });
    }
    Ok(())
}

/// A text that is neither true nor false is refused even where it could be left out.
fn is_stubborn(value: &Value, kind: FieldType, handling: CoercionRules) -> bool {
    kind == FieldType::Bool && handling.coerce && value.is_string()
}

fn fit_one(value: &mut Value, kind: FieldType, coerce: bool) -> bool {
    if is_one(value, kind) {
        return true;
    }
    if !coerce {
        return false;
    }
    let converted = match kind {
        FieldType::String => to_text(value).map(Value::String),
        FieldType::Int32 | FieldType::Int64 => to_integer(value).map(Value::from),
        FieldType::Float => to_float(value).map(Value::Number),
        FieldType::Bool => to_bool(value).map(Value::Bool),
        _ => None,
    };
    let Some(converted) = converted.filter(|converted| is_one(converted, kind)) else {
        return false;
    };
    *value = converted;
    true
}

fn to_text(value: &Value) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(text.strip_suffix(".0").map_or(text.clone(), str::to_owned))
        }
        _ => None,
    }
}

/// The first whole number behind those of 64 bits. Texts of greater ones are read as this one, so
/// the least number of 64 bits is not told from smaller ones, unless it comes as a whole number.
const BEYOND_INT64: f64 = 9_223_372_036_854_775_808.0;

#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction is cut off; the range is checked"
)]
fn to_integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(value) => Some(i64::from(*value)),
        Value::Number(number) => {
            let number = number.as_f64()?.trunc();
            (number.abs() < BEYOND_INT64).then_some(number as i64)
        }
        Value::String(text) => text.trim_start().parse().ok(),
        _ => None,
    }
}

fn to_float(value: &Value) -> Option<Number> {
    let number = match value {
        Value::Bool(value) => f64::from(u8::from(*value)),
        Value::String(text) => text.trim_start().parse().ok()?,
        _ => return None,
    };
    Number::from_f64(number)
}

fn to_bool(value: &Value) -> Option<bool> {
    match value {
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        Value::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        _ => None,
    }
}

fn fit_point(value: &mut Value, handling: CoercionRules) -> Result<(), TypeMismatch> {
    let Value::Array(pair) = value else {
        return Err(NO_PAIR);
    };
    if pair.len() != 2 {
        return Err(NO_PAIR);
    }
    if fit_pair(pair, handling) {
        return Ok(());
    }
    Err(TypeMismatch::be("a geopoint"))
}

const NO_PAIR: TypeMismatch = TypeMismatch {
    noun: "a 2 element array: [lat, lng]",
    verb: "must be",
    can_be_dropped: false,
};

fn fit_points(value: &mut Value, handling: CoercionRules) -> Result<(), TypeMismatch> {
    let Value::Array(points) = value else {
        return Err(TypeMismatch::be("an array"));
    };
    let is_pair = |point: &Value| point.as_array().is_some_and(|pair| pair.len() == 2);
    if !points.iter().all(is_pair) {
        return Err(TypeMismatch {
            noun: "2 element arrays: [ [lat, lng],... ]",
            verb: "must contain",
            can_be_dropped: false,
        });
    }
    let mut fit = |point: &mut Value| {
        point
            .as_array_mut()
            .is_some_and(|pair| fit_pair(pair, handling))
    };
    if handling.drop_items {
        points.retain_mut(fit);
        return Ok(());
    }
    if points.iter_mut().all(&mut fit) {
        return Ok(());
    }
    Err(TypeMismatch::be("an array of geopoint"))
}

fn fit_pair(pair: &mut [Value], handling: CoercionRules) -> bool {
    let are_numbers = pair.iter_mut().all(|part| {
        is_one(part, FieldType::Float)
            || part.is_string() && fit_one(part, FieldType::Float, handling.coerce)
    });
    let degrees: Vec<f64> = pair.iter().filter_map(Value::as_f64).collect();
    are_numbers
        && matches!(degrees.as_slice(), [latitude, longitude] if is_place(*latitude, *longitude))
}

/// What a value of this kind is called in a refusal.
pub(super) fn type_noun(kind: FieldType) -> &'static str {
    match kind {
        FieldType::String => "a string",
        FieldType::Strings => "an array of string",
        FieldType::Int32 => "an int32",
        FieldType::Int32s => "an array of int32",
        FieldType::Int64 => "an int64",
        FieldType::Int64s => "an array of int64",
        FieldType::Float => "a float",
        FieldType::Floats => "a array of float",
        FieldType::Bool => "a bool",
        FieldType::Bools => "a array of bool",
        _ => "a value of another type",
    }
}
