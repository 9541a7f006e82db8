//! The hourly quotas: what may still be asked, and when again.
//!
//! GitHub tells each answer's quota in its headers; times are taken relative to the `Date` of the
//! same answer, so that a clock of ours that is off does no harm. Pure but for the clock of the
//! runtime.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use pyfa_http::HttpResponse;
use serde::Serialize;
use tokio::time::Instant;

use crate::forge::ForgeError;

/// Points that are left to others whatever the share.
const RESERVE: u64 = 5;
/// A quota lasts an hour; a reset that seems further away is a mistake.
const LONGEST_WINDOW: Duration = Duration::from_hours(2);
/// GitHub's clocks may differ by a little among themselves.
const MARGIN: Duration = Duration::from_secs(1);

/// The kinds of API that have quotas of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resource {
    Rest,
    GraphQl,
}

/// A quota as GitHub last told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Points per hour.
    pub limit: u64,
    /// Points left.
    pub remaining: u64,
    /// Unix time at which all of them are back.
    pub reset: i64,
    #[serde(skip)]
    until: Option<Instant>,
}

/// Both quotas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Quotas {
    /// Of the REST API; `None` where it was not asked.
    pub rest: Option<Quota>,
    /// Of the GraphQL API; `None` where it was not asked.
    pub graphql: Option<Quota>,
}

impl Quotas {
    fn of(&mut self, resource: Resource) -> &mut Option<Quota> {
        match resource {
            Resource::Rest => &mut self.rest,
            Resource::GraphQl => &mut self.graphql,
        }
    }

    /// Takes up what an answer says.
    pub(super) fn learn(&mut self, resource: Resource, answer: &HttpResponse) {
        let number = |name: &str| answer.header(name)?.trim().parse::<u64>().ok();
        let told = (
            number("x-ratelimit-limit"),
            number("x-ratelimit-remaining"),
            number("x-ratelimit-reset"),
        );
        let (Some(limit), Some(remaining), Some(reset)) = told else {
            return;
        };
        let date = answer
            .header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map_or_else(Timestamp::now, |date| date.timestamp());
        let reset = i64::try_from(reset).unwrap_or(i64::MAX);
        let left = reset.saturating_sub(date.as_second());
        let left = Duration::from_secs(left.try_into().unwrap_or(0)).min(LONGEST_WINDOW);
        *self.of(resource) = Some(Quota {
            limit,
            remaining,
            reset,
            until: (!left.is_zero()).then(|| Instant::now() + left + MARGIN),
        });
    }

    /// Notes that nothing is left, whatever the headers said; how long that lasts, if known.
    pub(super) fn spend(&mut self, resource: Resource) -> Option<Duration> {
        let quota = self.of(resource).as_mut()?;
        quota.remaining = 0;
        Some(quota.until?.saturating_duration_since(Instant::now()))
    }

    /// Whether `cost` more points stay within the share.
    pub(super) fn check(
        &mut self,
        resource: Resource,
        cost: u64,
        share: f64,
    ) -> Result<(), ForgeError> {
        let slot = self.of(resource);
        let Some(quota) = *slot else {
            return Ok(());
        };
        let after = quota
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        let Some(after) = after.filter(|after| !after.is_zero()) else {
            // The hour is over; the next answer begins a new one.
            *slot = None;
            return Ok(());
        };
        if quota.remaining >= untouched(quota.limit, share) + cost {
            return Ok(());
        }
        Err(quota.wait(after))
    }
}

impl Quota {
    fn wait(&self, after: Duration) -> ForgeError {
        let Self {
            limit, remaining, ..
        } = self;
        ForgeError::Wait {
            why: format!("our share of GitHub's quota is used up ({remaining} of {limit} left)"),
            until: later(after),
            after,
        }
    }
}

/// The time after a pause, to the second.
pub(super) fn later(after: Duration) -> Timestamp {
    let then = SystemTime::now().checked_add(after);
    let then = then.and_then(|then| Timestamp::try_from(then).ok());
    let then = then.unwrap_or(Timestamp::MAX);
    then.round(jiff::Unit::Second).unwrap_or(then)
}

/// How many points of a quota are never used.
fn untouched(limit: u64, share: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates"
    )]
    let ours = (limit as f64 * share) as u64;
    limit.saturating_sub(ours).max(RESERVE.min(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota(remaining: u64, seconds: u64) -> Quotas {
        let until = Some(Instant::now() + Duration::from_secs(seconds));
        let quota = Quota {
            limit: 5_000,
            remaining,
            reset: 0,
            until,
        };
        Quotas {
            graphql: Some(quota),
            rest: None,
        }
    }

    #[test]
    fn the_rest_of_the_share_and_the_reserve_are_left_alone() {
        for (limit, share, expected) in [
            (5_000, 0.9, 500),
            (5_000, 1.0, 5),
            (60, 0.9, 6),
            (60, 1.0, 5),
            (3, 0.5, 3),
            (60, 0.0, 60),
        ] {
            assert_eq!(untouched(limit, share), expected, "{limit} × {share}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_go_beyond_the_share_waits_until_the_reset() {
        let mut quotas = quota(502, 100);
        assert!(quotas.check(Resource::GraphQl, 2, 0.9).is_ok());
        let error = quotas.check(Resource::GraphQl, 3, 0.9).err();
        let wait = error.and_then(|error| error.wait());
        assert_eq!(wait, Some(Duration::from_secs(100)));
        assert!(quotas.check(Resource::Rest, 3, 0.9).is_ok());
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(quotas.check(Resource::GraphQl, 3, 0.9).is_ok());
        assert_eq!(quotas.graphql, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quota_can_end_before_its_number_does() {
        let mut quotas = quota(4_000, 100);
        assert_eq!(
            quotas.spend(Resource::GraphQl),
            Some(Duration::from_secs(100))
        );
        assert!(quotas.check(Resource::GraphQl, 1, 0.9).is_err());
        assert_eq!(quotas.spend(Resource::Rest), None);
    }
}
