//! Points that a process has reserved before it needs them, so that not every request asks the
//! database.
//!
//! Only while plenty is left, and for a moment: a pause that another process asks for is noticed
//! then, and what was not used is given back. No I/O. Called by [`quota`](super::quota).

use std::time::Duration;

use tokio::time::Instant;

use crate::forge::github::{QuotaWish, Reservation};

/// The part of a quota that is reserved at once: one point in 200.
const PORTION: u64 = 200;
/// The part that has to be left beyond the share for that: one point in 10.
const PLENTY: u64 = 10;
/// How long points may wait to be used.
const LIFETIME: Duration = Duration::from_millis(200);

/// How many points to reserve at once with a request, and how many more have to be left for that.
pub(super) fn portion(limit: u64) -> (u64, u64) {
    (limit / PORTION, limit / PLENTY)
}

/// Points of one window that are reserved and not used yet.
#[derive(Debug)]
pub(super) struct Advance {
    window: i64,
    points: u64,
    /// What was left alone when they were reserved.
    left_alone: u64,
    limit: u64,
    until: Instant,
}

impl Advance {
    pub(super) fn new(wish: QuotaWish, window: i64, limit: u64, points: u64) -> Self {
        Self {
            window,
            points,
            left_alone: left_alone(wish, limit),
            limit,
            until: Instant::now() + LIFETIME,
        }
    }

    /// Takes the points of a request; `None` if they are too few, too old, or reserved for requests
    /// that may use more of the quota.
    pub(super) fn take(&mut self, wish: QuotaWish) -> Option<Reservation> {
        let is_ours = left_alone(wish, self.limit) <= self.left_alone;
        if !is_ours || self.points < wish.cost || Instant::now() >= self.until {
            return None;
        }
        self.points -= wish.cost;
        Some(Reservation {
            resource: wish.resource,
            cost: wish.cost,
            window: Some(self.window),
        })
    }

    /// The window, and the points to give back to it.
    pub(super) fn unused(&self) -> (i64, u64) {
        (self.window, self.points)
    }
}

/// What a wish leaves to others.
pub(super) fn left_alone(wish: QuotaWish, limit: u64) -> u64 {
    wish.required(limit) - wish.cost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forge::github::Resource;

    fn wish(share: f64) -> QuotaWish {
        QuotaWish {
            resource: Resource::Rest,
            cost: 1,
            share,
            reserve: 5,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn points_are_taken_once_and_for_a_moment() {
        let mut advance = Advance::new(wish(0.5), 10, 5_000, 3);
        assert!(advance.take(wish(0.5)).is_some());
        // It has to leave more to others than these points do.
        assert!(advance.take(wish(0.4)).is_none());
        assert!(advance.take(wish(0.6)).is_some());
        tokio::time::advance(LIFETIME).await;
        assert!(advance.take(wish(0.5)).is_none());
        assert_eq!(advance.unused(), (10, 1));
        assert_eq!(portion(60), (0, 6));
    }
}
