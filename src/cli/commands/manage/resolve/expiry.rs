//! When a key expires: `--expires`, as a date, a time or a duration.

use crate::cli::commands::selection::given;
use crate::cli::exit::{CommandResult, UsageError};

/// When the key expires, in seconds since 1970.
pub(super) fn parse_expiry(text: Option<&str>) -> CommandResult<Option<u64>> {
    let Some(expires) = given(text) else {
        return Ok(None);
    };
    let now = jiff::Timestamp::now();
    let Some(end) = moment(&expires, now) else {
        return Err(UsageError(format!(
            "`--expires {expires}` is not a time: use a date (`2027-12-31`), a time \
             (`2027-12-31T12:00:00Z`) or a duration from now (`90d`, `12h`)"
        ))
        .into());
    };
    if end <= now {
        return Err(UsageError(format!("`--expires {expires}` is in the past")).into());
    }
    Ok(u64::try_from(end.as_second()).ok())
}

/// A date ends with its first second; a time without a zone is in UTC; a duration counts from `now`.
fn moment(text: &str, now: jiff::Timestamp) -> Option<jiff::Timestamp> {
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Some(time);
    }
    let utc = jiff::tz::TimeZone::UTC;
    if text.contains('T')
        && let Ok(time) = text.parse::<jiff::civil::DateTime>()
    {
        return Some(time.to_zoned(utc).ok()?.timestamp());
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        return Some(date.to_zoned(utc).ok()?.timestamp());
    }
    let span: jiff::Span = text.parse().ok()?;
    Some(now.to_zoned(utc).checked_add(span).ok()?.timestamp())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use super::moment;

    #[test]
    fn ends_are_dates_times_and_durations() {
        let now: jiff::Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2027-12-31", Some("2027-12-31T00:00:00Z")),
            ("2027-12-31T12:00:00+01:00", Some("2027-12-31T11:00:00Z")),
            ("2027-12-31T12:00:00", Some("2027-12-31T12:00:00Z")),
            ("90d", Some("2027-02-19T12:00:00Z")),
            ("12h", Some("2026-11-22T00:00:00Z")),
            ("1 year", Some("2027-11-21T12:00:00Z")),
            ("soon", None),
            ("", None),
        ] {
            let end = moment(text, now).map(|end| end.to_string());
            assert_eq!(end.as_deref(), expected, "{text}");
        }
    }
}
