//! The hourly quotas: how many points are left, and when they are reset.
//!
//! GitHub reports the quota in the headers of each response. The time of the reset is taken
//! relative to the response's `Date`, so that a wrong local clock does no harm. No I/O; reads the
//! clock.

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use pyfa_http::HttpResponse;
use serde::Serialize;
use tokio::time::Instant;

use crate::forge::ForgeError;

/// Points that are always left to other users of the token, whatever the share.
pub const RESERVE: u64 = 5;
/// A quota is reset every hour; a later reset is an error and is capped.
pub(super) const LONGEST_WINDOW: Duration = Duration::from_hours(2);
/// The clocks of GitHub's servers may differ slightly.
const MARGIN: Duration = Duration::from_secs(1);

/// The APIs; each has its own quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Rest,
    GraphQl,
    /// The search of the REST API, with a quota for each minute.
    Search,
}

impl Resource {
    /// GitHub's name for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rest => "core",
            Self::GraphQl => "graphql",
            Self::Search => "search",
        }
    }
}

/// A quota, as GitHub last reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Points per hour.
    pub limit: u64,
    /// Points left.
    pub remaining: u64,
    /// When the quota is reset, in Unix seconds.
    pub reset: i64,
    #[serde(skip)]
    until: Option<Instant>,
}

/// What an answer says of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaReading {
    pub limit: u64,
    pub remaining: u64,
    /// When the window ends by GitHub's clock, in Unix seconds.
    pub reset: i64,
    /// How long that is from now.
    pub after: Duration,
}

/// All quotas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Quotas {
    /// Of the REST API; `None` if it was not used.
    pub rest: Option<Quota>,
    /// Of the GraphQL API; `None` if it was not used.
    pub graphql: Option<Quota>,
    /// Of the search; `None` if it was not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<Quota>,
}

impl Quotas {
    fn of(&mut self, resource: Resource) -> &mut Option<Quota> {
        match resource {
            Resource::Rest => &mut self.rest,
            Resource::GraphQl => &mut self.graphql,
            Resource::Search => &mut self.search,
        }
    }

    /// Updates the quota from the headers of a response, and gives what they say; `None` if that is
    /// nothing, or no longer true.
    pub(super) fn update(
        &mut self,
        resource: Resource,
        answer: &HttpResponse,
    ) -> Option<QuotaReading> {
        let number = |name: &str| answer.header(name)?.trim().parse::<u64>().ok();
        let headers = (
            number("x-ratelimit-limit"),
            number("x-ratelimit-remaining"),
            number("x-ratelimit-reset"),
        );
        let (Some(limit), Some(remaining), Some(reset_header)) = headers else {
            return None;
        };
        let date = answer
            .header("date")
            .and_then(|date| jiff::fmt::rfc2822::parse(date).ok())
            .map_or_else(Timestamp::now, |date| date.timestamp());
        let reset = i64::try_from(reset_header).unwrap_or(i64::MAX);
        let seconds = reset.saturating_sub(date.as_second()).try_into();
        let left = Duration::from_secs(seconds.unwrap_or(0)).min(LONGEST_WINDOW);
        *self.of(resource) = Some(Quota {
            limit,
            remaining,
            reset,
            until: (!left.is_zero()).then(|| Instant::now() + left + MARGIN),
        });
        (!left.is_zero()).then_some(QuotaReading {
            limit,
            remaining,
            reset,
            after: left + MARGIN,
        })
    }

    /// Sets the remaining points to 0, whatever the headers said. Returns the time until the reset,
    /// if known.
    pub(super) fn exhaust(&mut self, resource: Resource) -> Option<Duration> {
        let quota = self.of(resource).as_mut()?;
        quota.remaining = 0;
        Some(quota.until?.saturating_duration_since(Instant::now()))
    }

    /// Fails if `cost` more points would exceed the share, or touch the reserve.
    pub(super) fn check(
        &mut self,
        resource: Resource,
        cost: u64,
        (share, reserve): (f64, u64),
    ) -> Result<(), ForgeError> {
        let slot = self.of(resource);
        let Some(quota) = *slot else {
            return Ok(());
        };
        let after = quota
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        let Some(after) = after.filter(|after| !after.is_zero()) else {
            // The quota was reset; the next response reports the new one.
            *slot = None;
            return Ok(());
        };
        if quota.remaining >= untouched(quota.limit, share, reserve) + cost {
            return Ok(());
        }
        Err(used_up(quota.limit, quota.remaining, after))
    }
}

pub(super) fn used_up(limit: u64, remaining: u64, after: Duration) -> ForgeError {
    ForgeError::Wait {
        why: format!(
            "the configured share of GitHub's quota is used up ({remaining} of {limit} left)"
        ),
        until: later(after),
        after,
    }
}

/// The time at the end of a pause, to the second.
pub(super) fn later(after: Duration) -> Timestamp {
    let end = SystemTime::now().checked_add(after);
    let timestamp = end
        .and_then(|end| Timestamp::try_from(end).ok())
        .unwrap_or(Timestamp::MAX);
    timestamp.round(jiff::Unit::Second).unwrap_or(timestamp)
}

/// How many points of a quota are left to other users of the token.
pub(super) fn untouched(limit: u64, share: f64, reserve: u64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates"
    )]
    let ours = (limit as f64 * share) as u64;
    limit.saturating_sub(ours).max(reserve.min(limit))
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
            ..Quotas::default()
        }
    }

    #[test]
    fn the_rest_of_the_share_and_the_reserve_are_left_alone() {
        for (limit, share, reserve, expected) in [
            (5_000, 0.9, RESERVE, 500),
            (5_000, 1.0, RESERVE, 5),
            (60, 0.9, RESERVE, 6),
            (60, 1.0, RESERVE, 5),
            (3, 0.5, RESERVE, 3),
            (60, 0.0, RESERVE, 60),
            (60, 0.9, 25, 25),
            (5_000, 0.5, 25, 2_500),
        ] {
            assert_eq!(
                untouched(limit, share, reserve),
                expected,
                "{limit} × {share}, {reserve}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_go_beyond_the_share_waits_until_the_reset() {
        let mut quotas = quota(502, 100);
        assert!(quotas.check(Resource::GraphQl, 2, (0.9, RESERVE)).is_ok());
        let error = quotas.check(Resource::GraphQl, 3, (0.9, RESERVE)).err();
        let wait = error.and_then(|error| error.wait());
        assert_eq!(wait, Some(Duration::from_secs(100)));
        assert!(quotas.check(Resource::Rest, 3, (0.9, RESERVE)).is_ok());
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(quotas.check(Resource::GraphQl, 3, (0.9, RESERVE)).is_ok());
        assert_eq!(quotas.graphql, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quota_can_end_before_its_number_does() {
        let mut quotas = quota(4_000, 100);
        assert_eq!(
            quotas.exhaust(Resource::GraphQl),
            Some(Duration::from_secs(100))
        );
        assert!(quotas.check(Resource::GraphQl, 1, (0.9, RESERVE)).is_err());
        assert_eq!(quotas.exhaust(Resource::Rest), None);
    }
}
