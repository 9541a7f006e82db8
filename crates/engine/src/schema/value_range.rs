//! Which numbers a field can hold: what is outside its type's range is no value of the type.
//!
//! The one place that decides it, for values as they come, for values that were made of texts or
//! of other numbers, for items of lists and members of objects, and for the index.

use serde_json::Value;

use super::definition::FieldType;

/// The whole number that a value is, if a field of this kind can hold it.
#[must_use]
pub fn whole_number(value: &Value, kind: FieldType) -> Option<i64> {
    value.as_i64().filter(|number| match kind {
        FieldType::Int32 | FieldType::Int32s => i32::try_from(*number).is_ok(),
        _ => true,
    })
}

/// A number as a decimal field holds it: in 32 bits, as clients of the API expect. `None` if it is
/// greater than those can say.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the digits behind are cut off"
)]
pub fn decimal_number(value: &Value) -> Option<f32> {
    let number = value.as_f64()? as f32;
    number.is_finite().then_some(number)
}

/// Whether there is such a place on the globe, in degrees.
#[must_use]
pub fn is_place(latitude: f64, longitude: f64) -> bool {
    latitude.abs() <= 90.0 && longitude.abs() <= 180.0
}
