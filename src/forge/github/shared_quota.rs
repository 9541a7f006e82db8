//! A quota that several processes share: what they agree on, without saying how.
//!
//! A client reserves what a request may cost before it sends it, and settles it with what the answer
//! says of the quota. So no two processes spend the same point, though each only sees its own
//! answers. Implemented by `hosts`; [`exchange`](super::exchange) is the only caller.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;

use super::quota::{QuotaReading, Resource, untouched};

/// Counts the requests of all processes with one token.
pub trait SharedQuota: fmt::Debug + Send + Sync {
    /// Reserves the points of a request.
    ///
    /// # Errors
    ///
    /// If the others cannot be heard, so that nothing may be sent.
    fn reserve(&self, wish: QuotaWish) -> BoxFuture<'_, Result<Admission, SharedQuotaError>>;

    /// Gives a reservation back after its request, with what the answer said; `None` if there was no
    /// answer, or it said nothing. May note it later, and count it as reserved until then.
    fn settle(&self, reservation: Reservation, seen: Option<QuotaReading>) -> BoxFuture<'_, ()>;

    /// Waits until everything that was settled is noted.
    fn wait_until_settled(&self) -> BoxFuture<'_, ()>;

    /// Notes that a quota is used up, whatever answers said.
    fn exhaust(&self, resource: Resource) -> BoxFuture<'_, ()>;

    /// Has all processes wait before their next request.
    fn pause(&self, pause: Duration) -> BoxFuture<'_, ()>;
}

/// What a request may cost, and how much of the quota is ours.
#[derive(Debug, Clone, Copy)]
pub struct QuotaWish {
    pub resource: Resource,
    pub cost: u64,
    /// From 0 to 1.
    pub share: f64,
    /// Points that are left to others, whatever the share.
    pub reserve: u64,
}

impl QuotaWish {
    /// How many points of a quota have to be left for the request to be sent.
    #[must_use]
    pub fn required(&self, limit: u64) -> u64 {
        untouched(limit, self.share, self.reserve) + self.cost
    }
}

/// Whether a request may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    Granted(Reservation),
    /// It may, without a reservation: the others cannot be heard, and need not be.
    Alone,
    /// Another process is finding out about a new window, which takes a moment.
    Busy,
    /// GitHub wants no requests for so long.
    Paused(Duration),
    /// The share is used up until the window ends.
    UsedUp {
        limit: u64,
        remaining: u64,
        after: Duration,
    },
}

/// Points that no other process can spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    pub resource: Resource,
    pub cost: u64,
    /// The window that they belong to; `None` if the request finds out about a new one.
    pub window: Option<i64>,
}

/// The processes cannot agree.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct SharedQuotaError {
    pub why: String,
    /// Whether they may agree later.
    pub is_temporary: bool,
}
