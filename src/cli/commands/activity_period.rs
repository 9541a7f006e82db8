//! The time from `--since` to the day before `--until`, in UTC. Nothing is known of the future.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::activity::Period;
use crate::activity::metrics::{FACT_DAYS, MetricsPeriod};
use crate::cli::exit::{CommandResult, UsageError};

const DAY: Duration = Duration::from_hours(24);

/// What is measured: until now, and for [`FACT_DAYS`], if nothing else is said.
pub(super) fn metrics_period(
    since: Option<Date>,
    until: Option<Date>,
) -> CommandResult<MetricsPeriod> {
    let now = Timestamp::now();
    let until = match until {
        Some(until) => {
            // What happens today is known until now.
            refuse_after(until, day_of(now + DAY), "")?;
            begin_of(until)?.min(now)
        }
        None => now,
    };
    let Some(since) = since else {
        return Ok(MetricsPeriod::days_before(until, FACT_DAYS));
    };
    let since = begin_of(since)?;
    check_order(since, until)?;
    Ok(MetricsPeriod { since, until })
}

/// The period of a back-fill, by default until the last midnight, so that a back-fill that goes on
/// later has the same end.
pub(super) fn backfill_period(
    since: Date,
    until: Option<Date>,
    chunk: u32,
) -> CommandResult<Period> {
    let today = day_of(Timestamp::now());
    if let Some(until) = until {
        refuse_after(until, today, "; a sync reads what is newer")?;
    }
    let (since, until) = (begin_of(since)?, begin_of(until.unwrap_or(today))?);
    check_order(since, until)?;
    Ok(Period {
        since,
        until,
        chunk: DAY.saturating_mul(chunk),
    })
}

fn day_of(time: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(time).date()
}

fn begin_of(day: Date) -> CommandResult<Timestamp> {
    match day.to_zoned(TimeZone::UTC) {
        Ok(midnight) => Ok(midnight.timestamp()),
        Err(_) => Err(UsageError::new(format!("{day} is not a day that is known")).into()),
    }
}

fn refuse_after(until: Date, latest: Date, remark: &str) -> CommandResult<()> {
    if until <= latest {
        return Ok(());
    }
    Err(UsageError::new(format!(
        "`--until` ({until}) is in the future; leave it out, or use {latest} at most{remark}"
    ))
    .into())
}

fn check_order(since: Timestamp, until: Timestamp) -> CommandResult<()> {
    if since < until {
        return Ok(());
    }
    Err(UsageError::new(format!(
        "`--since` ({}) has to be before `--until` ({}), which is the day after the last one",
        since.strftime("%Y-%m-%d"),
        until.strftime("%Y-%m-%d")
    ))
    .into())
}
