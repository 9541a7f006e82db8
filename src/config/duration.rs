//! Durations as people write them: `0s`, `36h`, `7d`, `1w 12h`.
//!
//! Text in, a duration out, or what is wrong with it; `cli` parses the values of flags with it.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// What is wrong with a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    #[error("this is not a duration; write a number with a unit, as in `0s`, `36h` or `7d`")]
    Malformed,
    #[error("a duration cannot be negative; write `0s` for no time at all")]
    Negative,
    #[error("months and years differ in length; write days, as in `30d`")]
    NoFixedLength,
}

/// Parses a duration. Days have 24 hours.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let span: Span = text.trim().parse().map_err(|_| DurationError::Malformed)?;
    if span.is_negative() {
        return Err(DurationError::Negative);
    }
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err(DurationError::NoFixedLength);
    }
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
    duration
        .ok()
        .and_then(|duration| duration.try_into().ok())
        .ok_or(DurationError::Malformed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{DurationError, parse_duration};

    #[test]
    fn durations_are_read_as_people_write_them() {
        const HOUR: u64 = 3_600;
        for (text, seconds) in [
            ("0s", 0),
            ("90s", 90),
            ("15m", 900),
            ("15 min", 900),
            ("36h", 36 * HOUR),
            ("1.5h", HOUR + HOUR / 2),
            (" 7d ", 7 * 24 * HOUR),
            ("7 days", 7 * 24 * HOUR),
            ("1w 12h", (7 * 24 + 12) * HOUR),
            ("1d12h", 36 * HOUR),
            ("10000d", 10_000 * 24 * HOUR),
            ("P7D", 7 * 24 * HOUR),
        ] {
            assert_eq!(
                parse_duration(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("", DurationError::Malformed),
            ("24", DurationError::Malformed),
            ("week", DurationError::Malformed),
            ("7 parsecs", DurationError::Malformed),
            ("99999999999999999999d", DurationError::Malformed),
            ("-1h", DurationError::Negative),
            ("1h ago", DurationError::Negative),
            ("3 months", DurationError::NoFixedLength),
            ("1y", DurationError::NoFixedLength),
        ] {
            assert_eq!(parse_duration(text), Err(expected), "{text}");
        }
    }
}
