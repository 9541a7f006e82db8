//! ISO weeks, and where they begin and end. Pure.
//!
//! A week begins with the first moment of its Monday in a time zone, and ends where the next one begins.
//! So each moment is in exactly one week, whatever the zone does with its clocks.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One week, such as `2026-W05`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    monday: Date,
}

/// A text that is no week.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no week; write one as `2026-W05`")]
pub struct NotAWeek(pub String);

impl Week {
    /// The week of a day.
    #[must_use]
    pub fn of_day(day: Date) -> Self {
        let since_monday = day.weekday().to_monday_zero_offset();
        Self {
            monday: day.saturating_sub(i64::from(since_monday).days()),
        }
    }

    /// The week that a moment is in.
    #[must_use]
    pub fn at(moment: Timestamp, zone: &TimeZone) -> Self {
        let mut week = Self::of_day(zone.to_datetime(moment).date());
        // Where clocks go back over midnight, a day is entered twice.
        if moment < week.start(zone) {
            week = week.previous();
        } else if moment >= week.end(zone) {
            week = week.next();
        }
        week
    }

    /// Its first moment.
    #[must_use]
    pub fn start(self, zone: &TimeZone) -> Timestamp {
        let start = self.monday.to_zoned(zone.clone());
        start.map_or(Timestamp::MIN, |start| start.timestamp())
    }

    /// The first moment after it.
    #[must_use]
    pub fn end(self, zone: &TimeZone) -> Timestamp {
        self.next().start(zone)
    }

    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }

    #[must_use]
    pub fn previous(self) -> Self {
        self.plus(-1)
    }

    /// The week that number of weeks later.
    #[must_use]
    pub fn plus(self, weeks: i64) -> Self {
        Self {
            monday: self.monday.saturating_add(weeks.weeks()),
        }
    }

    /// The year that the week is counted in, which has most of its days.
    #[must_use]
    pub fn year(self) -> i16 {
        self.monday.iso_week_date().year()
    }

    fn number(self) -> i8 {
        self.monday.iso_week_date().week()
    }
}

impl fmt::Display for Week {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-W{:02}", self.year(), self.number())
    }
}

impl FromStr for Week {
    type Err = NotAWeek;

    fn from_str(text: &str) -> Result<Self, NotAWeek> {
        let not_a_week = || NotAWeek(text.chars().take(20).collect());
        let (year, number) = text.split_once("-W").ok_or_else(not_a_week)?;
        let has_digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !has_digits(year, 4) || !has_digits(number, 2) {
            return Err(not_a_week());
        }
        let (year, number) = (year.parse(), number.parse());
        let (Ok(year), Ok(number)) = (year, number) else {
            return Err(not_a_week());
        };
        let date = ISOWeekDate::new(year, number, Weekday::Monday).map_err(|_| not_a_week())?;
        Ok(Self {
            monday: date.date(),
        })
    }
}

impl Serialize for Week {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Week {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    /// Zones that change their clocks at midnight, skip days, or are far from UTC.
    const ZONES: [&str; 10] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "America/Sao_Paulo",
        "America/Havana",
        "America/St_Johns",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Pacific/Kiritimati",
    ];

    #[test]
    fn years_end_within_weeks() {
        for (day, week) in [
            ("2020-12-31", "2020-W53"),
            ("2021-01-03", "2020-W53"),
            ("2021-01-04", "2021-W01"),
            ("2018-12-31", "2019-W01"),
            ("2026-12-31", "2026-W53"),
            ("2027-01-03", "2026-W53"),
            ("2024-12-30", "2025-W01"),
        ] {
            assert_eq!(
                Week::of_day(day.parse().unwrap()).to_string(),
                week,
                "{day}"
            );
        }
        let last: Week = "2020-W53".parse().unwrap();
        assert_eq!(last.next().to_string(), "2021-W01");
        assert!("2021-W53".parse::<Week>().is_err());
        for wrong in [
            "",
            "2026",
            "2026-W5",
            "2026-W00",
            "26-W05",
            "2026-W-1",
            "../../-W01",
        ] {
            assert!(wrong.parse::<Week>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_in_one_week(seconds in 1_190_000_000_i64..2_500_000_000, zone in 0_usize..10) {
            let zone = TimeZone::get(ZONES[zone]).unwrap();
            let moment = Timestamp::from_second(seconds).unwrap();
            let week = Week::at(moment, &zone);
            prop_assert!(week.start(&zone) <= moment && moment < week.end(&zone));
            prop_assert_eq!(week.to_string().parse::<Week>().unwrap(), week);
            prop_assert_eq!(week.next().previous(), week);
            // The name sorts as the time does.
            prop_assert!(week.to_string() < week.next().to_string());
        }

        #[test]
        fn weeks_touch_and_a_year_has_52_or_53(year in 2008_i16..2100, zone in 0_usize..10) {
            let zone = TimeZone::get(ZONES[zone]).unwrap();
            let mut week: Week = format!("{year}-W01").parse().unwrap();
            let mut count = 0;
            while week.year() == year {
                let (start, end) = (week.start(&zone), week.end(&zone));
                prop_assert_eq!(Week::at(start, &zone), week);
                let second = SignedDuration::from_secs(1);
                prop_assert_eq!(Week::at(end - second, &zone), week);
                prop_assert_eq!(Week::at(end, &zone), week.next());
                let hours = end.duration_since(start).as_hours();
                prop_assert!((7 * 24 - 26..=7 * 24 + 26).contains(&hours), "{} hours", hours);
                week = week.next();
                count += 1;
            }
            let has_53 = format!("{year}-W53").parse::<Week>().is_ok();
            prop_assert_eq!(count, if has_53 { 53 } else { 52 });
        }
    }
}
