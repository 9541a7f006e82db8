//! The clock of the database, in Unix milliseconds: that of the server, where several hosts share it.

use jiff::Timestamp;

use crate::database::Dialect;

/// Stands in a text of SQL for the present time.
const NOW: &str = "{now}";

/// `text` with the present time filled in, as an expression of the database.
pub(super) fn with_clock(text: &str, dialect: Dialect) -> String {
    text.replace(
        NOW,
        match dialect {
            Dialect::Sqlite => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Dialect::Postgres => {
                "CAST(FLOOR(EXTRACT(EPOCH FROM clock_timestamp()) * 1000) AS BIGINT)"
            }
        },
    )
}

/// A time as it is kept.
pub(super) fn to_milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// A time that was kept.
pub(super) fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}
