//! When a kind of job is due: five fields as in crontab, a time zone, and a jitter. No I/O.

use std::time::Duration;

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use xxhash_rust::xxh3::xxh3_64;

use super::error::ScheduleError;
use super::kind::JobKind;

/// When jobs of a kind are due.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub kind: JobKind,
    /// As it was written.
    pub cron: String,
    parsed: Cron,
    zone: TimeZone,
    jitter: Duration,
}

/// The time zone with this name.
///
/// # Errors
///
/// [`ScheduleError::TimeZone`] if neither the system nor this program knows it.
pub fn parse_time_zone(name: &str) -> Result<TimeZone, ScheduleError> {
    TimeZone::get(name).map_err(|_| ScheduleError::TimeZone)
}

impl Schedule {
    /// Reads five fields. A job is due up to `jitter` after the time that they name, but no later than
    /// half-way to the next one; always the same for the same time, so that hosts agree.
    ///
    /// # Errors
    ///
    /// If the text is no schedule, or names a time that never comes.
    pub fn parse(
        kind: JobKind,
        cron: &str,
        zone: TimeZone,
        jitter: Duration,
    ) -> Result<Self, ScheduleError> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let parsed = parser
            .parse(cron)
            .map_err(|error| ScheduleError::Cron(error.to_string()))?;
        let schedule = Self {
            kind,
            cron: cron.trim().to_owned(),
            parsed,
            zone,
            jitter,
        };
        if schedule.next_due(Timestamp::UNIX_EPOCH).is_none() {
            return Err(ScheduleError::Never);
        }
        Ok(schedule)
    }

    /// The last time that was due at `now`, jitter included; `None` if there was none.
    #[must_use]
    pub fn last_due(&self, now: Timestamp) -> Option<Timestamp> {
        let mut at = now;
        // The jitter of the last one may not be over; that of the one before it is.
        for is_inclusive in [true, false] {
            let zoned = at.to_zoned(self.zone.clone());
            let found = self.parsed.find_previous_occurrence(&zoned, is_inclusive);
            at = found.ok()?.timestamp();
            if at + self.jitter_of(at) <= now {
                return Some(at);
            }
        }
        None
    }

    /// The first time after `now` that comes due, without its jitter.
    #[must_use]
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        let zoned = now.to_zoned(self.zone.clone());
        let found = self.parsed.find_next_occurrence(&zoned, false);
        Some(found.ok()?.timestamp())
    }

    /// The same on every host: from the name and the time, not from chance.
    fn jitter_of(&self, due: Timestamp) -> Duration {
        let gap = self.next_due(due).map(|next| next.duration_since(due));
        let gap = gap.and_then(|gap| Duration::try_from(gap).ok());
        let most = self.jitter.min(gap.unwrap_or_default() / 2);
        let most = u64::try_from(most.as_millis()).unwrap_or(u64::MAX);
        let text = format!("{} {}", self.kind, due.as_millisecond());
        let chosen = xxh3_64(text.as_bytes()).checked_rem(most);
        Duration::from_millis(chosen.unwrap_or_default())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failing step fails the test")]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::{Schedule, ScheduleError, parse_time_zone};
    use crate::jobs::JobKind;

    fn schedule(cron: &str, zone: &str, jitter: u64) -> Result<Schedule, ScheduleError> {
        let zone = parse_time_zone(zone)?;
        Schedule::parse(JobKind::Health, cron, zone, Duration::from_secs(jitter))
    }

    fn last(schedule: &Schedule, now: &str) -> String {
        let due = schedule.last_due(now.parse().unwrap());
        due.map(|due| due.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_last_time_that_was_due_is_found() {
        let daily = schedule("0 5 * * *", "UTC", 0).unwrap();
        assert_eq!(last(&daily, "2026-11-30T05:00:00Z"), "2026-11-30T05:00:00Z");
        assert_eq!(last(&daily, "2026-11-30T04:59:59Z"), "2026-11-29T05:00:00Z");
        let next = daily.next_due("2026-11-30T05:00:00Z".parse().unwrap());
        assert_eq!(next.unwrap().to_string(), "2026-12-01T05:00:00Z");
        // Weekdays as in crontab: both 0 and 7 are Sunday.
        for sunday in ["0 2 * * 0", "0 2 * * 7"] {
            let weekly = schedule(sunday, "UTC", 0).unwrap();
            assert_eq!(
                last(&weekly, "2026-11-30T05:00:00Z"),
                "2026-11-29T02:00:00Z"
            );
        }
    }

    #[test]
    fn summer_time_skips_and_repeats_nothing() {
        let berlin = schedule("30 2 * * *", "Europe/Berlin", 0).unwrap();
        // 02:30 does not exist on this day; the job is due once all the same.
        let before: Timestamp = "2026-03-28T12:00:00Z".parse().unwrap();
        let first = berlin.next_due(before).unwrap();
        assert_eq!(first.to_string(), "2026-03-29T01:00:00Z");
        let second = berlin.next_due(first).unwrap();
        assert_eq!(second.to_string(), "2026-03-30T00:30:00Z");
        // 02:30 exists twice on this day.
        let before: Timestamp = "2026-10-24T12:00:00Z".parse().unwrap();
        let first = berlin.next_due(before).unwrap();
        let second = berlin.next_due(first).unwrap();
        assert_eq!(second.to_string(), "2026-10-26T01:30:00Z");
        // Looking back, as a worker does, each day is due once too.
        for (from, days) in [("2026-03-28T00:00:00Z", 3), ("2026-10-24T00:00:00Z", 3)] {
            let from: Timestamp = from.parse().unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for minute in 0..days * 24 * 60 {
                let now = from + Duration::from_mins(minute);
                seen.extend(berlin.last_due(now).filter(|due| *due >= from));
            }
            assert_eq!(seen.len() as u64, days, "{seen:?}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for text in [
            "",
            "* * * *",
            "*/5 * * * * *",
            "61 * * * *",
            "0 5 * * * 2027",
            "x",
        ] {
            let error = schedule(text, "UTC", 0).err();
            assert!(matches!(error, Some(ScheduleError::Cron(_))), "{text}");
        }
        let never = schedule("0 0 30 2 *", "UTC", 0).err();
        assert_eq!(never, Some(ScheduleError::Never));
        let nowhere = schedule("* * * * *", "Middle/Earth", 0).err();
        assert_eq!(nowhere, Some(ScheduleError::TimeZone));
    }

    proptest! {
        /// Whatever the jitter, a time is due exactly once, and all hosts agree.
        #[test]
        fn jitter_delays_and_never_skips(minute in 0_i64..200_000, jitter in 0_u64..3_000) {
            let every = schedule("*/10 * * * *", "UTC", jitter).unwrap();
            let other = schedule("*/10 * * * *", "UTC", jitter).unwrap();
            let now = Timestamp::from_second(1_700_000_000 + minute * 7).unwrap();
            let due = every.last_due(now).unwrap();
            prop_assert_eq!(Some(due), other.last_due(now));
            prop_assert_eq!(due.as_second() % 600, 0);
            let age = now.as_second() - due.as_second();
            prop_assert!((0..900).contains(&age));
            // Later it is the same one, or the next.
            let later = every.last_due(now + Duration::from_mins(1)).unwrap();
            prop_assert!(later == due || later.as_second() == due.as_second() + 600);
        }
    }
}
