//! Durations as people write them: `0s`, `36h`, `7d`, `1w 12h`.
//!
//! Text in, a duration out, or the half-sentence that says what is wrong with it; `cli` reads the
//! values of flags with it.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Reads a duration. Days have 24 hours; months and years have no length of their own.
pub fn read_duration(text: &str) -> Result<Duration, &'static str> {
    const WRONG: &str = "is not a duration; write a number with a unit, as in `0s`, `36h` or `7d`";
    let span: Span = text.trim().parse().map_err(|_| WRONG)?;
    if span.is_negative() {
        return Err("is negative; write `0s` for no time at all");
    }
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err("is in months or years, which differ in length; write days, as in `30d`");
    }
    let duration = span.to_duration(SpanRelativeTo::days_are_24_hours());
    duration
        .ok()
        .and_then(|duration| duration.try_into().ok())
        .ok_or(WRONG)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::read_duration;

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
                read_duration(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, expected) in [
            ("", "is not a duration"),
            ("24", "is not a duration"),
            ("week", "is not a duration"),
            ("7 parsecs", "is not a duration"),
            ("99999999999999999999d", "is not a duration"),
            ("-1h", "is negative"),
            ("1h ago", "is negative"),
            ("3 months", "is in months"),
            ("1y", "is in months"),
        ] {
            let error = read_duration(text).err().unwrap_or_default();
            assert!(error.starts_with(expected), "{text}: {error}");
        }
    }
}
