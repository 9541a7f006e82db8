//! The time that metrics are about. No I/O.

use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;

const DAY: Duration = Duration::from_hours(24);

/// From `since` on, and before `until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MetricsPeriod {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl MetricsPeriod {
    /// The days before `until`.
    #[must_use]
    pub fn days_before(until: Timestamp, days: u32) -> Self {
        let since = until.checked_sub(DAY.saturating_mul(days));
        Self {
            since: since.unwrap_or(Timestamp::UNIX_EPOCH),
            until,
        }
    }

    /// The Mondays of its weeks, as the database names them.
    pub(super) fn weeks(&self) -> Vec<String> {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        let last = self.until.checked_sub(Duration::from_secs(1));
        let last = day(last.unwrap_or(self.until));
        let mut weeks = Vec::new();
        let mut monday = monday_of(day(self.since));
        while let Some(week) = monday.filter(|monday| *monday <= last) {
            weeks.push(week.to_string());
            monday = week.checked_add(1.week()).ok();
        }
        weeks
    }

    /// Its days for people; the last one is included.
    pub(super) fn in_words(&self) -> String {
        let day = |time: Timestamp| time.strftime("%Y-%m-%d").to_string();
        let last = self.until.checked_sub(Duration::from_secs(1));
        format!("{} to {}", day(self.since), day(last.unwrap_or(self.until)))
    }
}

fn monday_of(day: Date) -> Option<Date> {
    let after_monday = day.weekday().since(Weekday::Monday);
    day.checked_sub(i64::from(after_monday).days()).ok()
}

#[cfg(test)]
mod tests {
    use super::MetricsPeriod;

    #[test]
    fn weeks_begin_on_monday() -> Result<(), jiff::Error> {
        // A Sunday, and the midnight that ends the Monday after it.
        let period = MetricsPeriod {
            since: "2026-03-01T12:00:00Z".parse()?,
            until: "2026-03-03T00:00:00Z".parse()?,
        };
        assert_eq!(period.weeks(), ["2026-02-23", "2026-03-02"]);
        assert_eq!(period.in_words(), "2026-03-01 to 2026-03-02");
        assert_eq!(
            MetricsPeriod::days_before(period.until, 2)
                .since
                .to_string(),
            "2026-03-01T00:00:00Z"
        );
        Ok(())
    }
}
