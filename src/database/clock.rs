//! Times and durations in milliseconds, as `Dialect::with_clock` counts them. No I/O.

use std::time::Duration;

use jiff::Timestamp;

/// A time as it is kept, in Unix milliseconds.
#[must_use]
pub fn to_milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time that was kept.
#[must_use]
pub fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// A duration as it is kept.
#[must_use]
pub fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
