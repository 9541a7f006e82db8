//! Values that both APIs write alike.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};
use serde_json::Number;

/// What an index can hold of a count.
const MOST: u64 = i64::MAX.cast_unsigned();

/// Unix seconds of a time such as `2026-01-01T00:00:00Z`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    Some(text.parse::<Timestamp>().ok()?.as_second())
}

/// GitHub says `NOASSERTION` where there is a licence that it does not know.
pub(super) fn known_license(spdx: Option<String>) -> Option<String> {
    spdx.filter(|spdx| !spdx.is_empty() && spdx != "NOASSERTION")
}

/// A count, at most [`i64::MAX`], however large a number says so.
pub(super) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    match (number.as_u64(), number.as_f64()) {
        (Some(count), _) => Ok(count.min(MOST)),
        (None, Some(number)) if number >= MOST as f64 => Ok(MOST),
        _ => Err(de::Error::custom(format!("{number} is no count"))),
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
