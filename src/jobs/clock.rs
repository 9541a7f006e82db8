//! Times of jobs, in Unix milliseconds.

use jiff::Timestamp;

/// A time as it is kept.
pub(super) fn to_milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time that was kept.
pub(super) fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}
