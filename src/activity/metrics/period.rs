//! The time that metrics are about. No I/O.

use std::time::Duration;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};
use serde::Serialize;

const DAY: Duration = Duration::from_hours(24);

/// Weeks, months or quarters that a chart has room for.
const MOST_SPANS: i64 = 60;

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

    /// The spans that it touches, as the database names them.
    pub(super) fn spans(&self, span: TimeSpan) -> Vec<String> {
        let (first, last) = self.days();
        let mut spans = Vec::new();
        let mut begin = span.begin_of(first);
        while let Some(day) = begin.filter(|day| *day <= last) {
            spans.push(span.name_of(day));
            begin = day.checked_add(span.length()).ok();
        }
        spans
    }

    /// Its first and its last day.
    fn days(&self) -> (Date, Date) {
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        let last = self.until.checked_sub(Duration::from_secs(1));
        (day(self.since), day(last.unwrap_or(self.until)))
    }

    /// Its days for people; the last one is included.
    pub(super) fn in_words(&self) -> String {
        let (first, last) = self.days();
        format!("{first} to {last}")
    }
}

/// What a chart counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeSpan {
    /// From Monday to Sunday.
    Week,
    Month,
    Quarter,
    Year,
}

impl TimeSpan {
    /// The shortest that divides a period into no more parts than a chart can show.
    #[must_use]
    pub fn of_chart(period: &MetricsPeriod) -> Self {
        let (first, last) = period.days();
        let days = i64::from(last.since(first).map_or(i32::MAX, |span| span.get_days()));
        let spans = [(Self::Week, 7), (Self::Month, 30), (Self::Quarter, 91)];
        let fitting = spans.iter().find(|(_, length)| days / length < MOST_SPANS);
        fitting.map_or(Self::Year, |(span, _)| *span)
    }

    /// Its name for people.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    fn length(self) -> Span {
        match self {
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        }
    }

    fn begin_of(self, day: Date) -> Option<Date> {
        match self {
            Self::Week => {
                let after_monday = day.weekday().since(Weekday::Monday);
                day.checked_sub(i64::from(after_monday).days()).ok()
            }
            Self::Month => Some(day.first_of_month()),
            Self::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok(),
            Self::Year => Some(day.first_of_year()),
        }
    }

    /// The name of the span that begins on this day, as in the database.
    fn name_of(self, day: Date) -> String {
        match self {
            Self::Week => day.to_string(),
            Self::Month => day.strftime("%Y-%m").to_string(),
            Self::Quarter => format!("{}-Q{}", day.strftime("%Y"), (day.month() + 2) / 3),
            Self::Year => day.strftime("%Y").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MetricsPeriod, TimeSpan};

    #[test]
    fn weeks_begin_on_monday() -> Result<(), jiff::Error> {
        // A Sunday, and the midnight that ends the Monday after it.
        let period = MetricsPeriod {
            since: "2026-03-01T12:00:00Z".parse()?,
            until: "2026-03-03T00:00:00Z".parse()?,
        };
        assert_eq!(period.spans(TimeSpan::Week), ["2026-02-23", "2026-03-02"]);
        assert_eq!(period.in_words(), "2026-03-01 to 2026-03-02");
        assert_eq!(
            MetricsPeriod::days_before(period.until, 2)
                .since
                .to_string(),
            "2026-03-01T00:00:00Z"
        );
        Ok(())
    }

    #[test]
    fn a_long_time_has_long_spans() -> Result<(), jiff::Error> {
        let names = |since: &str, until: &str| {
            let period = MetricsPeriod {
                since: since.parse()?,
                until: until.parse()?,
            };
            let span = TimeSpan::of_chart(&period);
            Ok::<_, jiff::Error>((span, period.spans(span)))
        };
        let (span, year) = names("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")?;
        assert_eq!((span, year.len()), (TimeSpan::Week, 53));
        let (span, months) = names("2022-02-15T00:00:00Z", "2026-01-01T00:00:00Z")?;
        assert_eq!((span, months.len()), (TimeSpan::Month, 47));
        assert_eq!((&*months[0], &*months[46]), ("2022-02", "2025-12"));
        let (span, quarters) = names("2015-05-15T00:00:00Z", "2026-01-01T00:00:01Z")?;
        assert_eq!((span, quarters.len()), (TimeSpan::Quarter, 44));
        assert_eq!((&*quarters[0], &*quarters[43]), ("2015-Q2", "2026-Q1"));
        let (span, years) = names("1970-05-01T00:00:00Z", "2026-01-01T00:00:00Z")?;
        assert_eq!((span, years.len()), (TimeSpan::Year, 56));
        assert_eq!(years[0], "1970");
        Ok(())
    }
}
