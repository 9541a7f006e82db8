//! Parses values that have the same form in both APIs.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};
use serde_json::Number;

/// The largest count that the search index can hold.
const MOST: u64 = i64::MAX.cast_unsigned();

/// A time such as `2026-01-01T00:00:00Z` in Unix seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_second())
}

/// The SPDX identifier, if there is one: GitHub returns `NOASSERTION` for a licence that it does
/// not recognise.
pub(super) fn known_license(spdx: Option<String>) -> Option<String> {
    spdx.filter(|spdx| !spdx.is_empty() && spdx != "NOASSERTION")
}

/// Deserializes a count; larger numbers become [`i64::MAX`].
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    match (number.as_u64(), number.as_f64()) {
        (Some(count), _) => Ok(count.min(MOST)),
        (None, Some(number)) if number >= MOST as f64 => Ok(MOST),
        _ => Err(de::Error::custom(format!("{number} is not a count"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, count};

    #[test]
    fn counts_fit_into_an_index() {
        for (text, expected) in [
            ("0", Some(0)),
            ("12", Some(12)),
            ("9223372036854775808", Some(MOST)),
            ("1e30", Some(MOST)),
            ("-1", None),
            ("1.5", None),
            ("\"1\"", None),
        ] {
            let read = count(&mut serde_json::Deserializer::from_str(text));
            assert_eq!(read.ok(), expected, "{text}");
        }
    }
}
