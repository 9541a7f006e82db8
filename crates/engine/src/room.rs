//! Memory that requests share: bytes are taken from a [`Room`] before they are used, and are given
//! back when what was [`Held`] is dropped.
//!
//! Who finds no room waits a moment at most and is refused then, for now: those who fill the room may
//! be waiting themselves. Used for bodies and what is parsed of them, and for answers from the first
//! document until the last byte is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Answer, Problem};

/// How long room is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number of bytes for all who share it.
#[derive(Debug, Clone)]
pub struct Room(Arc<Semaphore>);

/// Bytes that were taken; dropping it gives them back.
#[derive(Debug, Default)]
pub struct Held(Option<OwnedSemaphorePermit>);

impl Room {
    /// A room of so many bytes.
    #[must_use]
    pub fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Takes bytes, if there are so many.
    pub fn try_take(&self, bytes: usize) -> Answer<Held> {
        let taken = Arc::clone(&self.0).try_acquire_many_owned(permits(bytes));
        taken.map(|permit| Held(Some(permit))).map_err(|_| full())
    }

    /// Takes bytes, or waits a moment for them.
    pub async fn take(&self, bytes: usize) -> Answer<Held> {
        self.take_within(bytes, PATIENCE).await
    }

    /// Takes bytes, or waits so long for them.
    pub async fn take_within(&self, bytes: usize, patience: Duration) -> Answer<Held> {
        let taking = Arc::clone(&self.0).acquire_many_owned(permits(bytes));
        match tokio::time::timeout(patience, taking).await {
            Ok(Ok(permit)) => Ok(Held(Some(permit))),
            _ => Err(full()),
        }
    }

    /// As [`Self::take`], on a thread that may block.
    pub fn take_blocking(&self, bytes: usize) -> Answer<Held> {
        self.try_take(bytes).or_else(|problem| {
            // Without a runtime nobody else is there to give anything back.
            let runtime = Handle::try_current().map_err(|_| problem)?;
            runtime.block_on(self.take(bytes))
        })
    }
}

impl Held {
    /// How many bytes it is.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Adds more bytes of the same room.
    pub fn add(&mut self, more: Self) {
        match (&mut self.0, more.0) {
            (Some(held), Some(more)) => held.merge(more),
            (held @ None, more) => *held = more,
            (Some(_), None) => {}
        }
    }

    /// Gives back what is more than so many bytes.
    pub fn shrink(&mut self, bytes: usize) {
        let more = self.bytes().saturating_sub(bytes);
        if let Some(held) = &mut self.0 {
            drop(held.split(more));
        }
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn full() -> Problem {
    Problem::new(
        503,
        "Other requests take the memory that this one would need. Try again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_is_given_back_and_waited_for_a_moment() {
        let room = Room::of(10);
        let refused = |taken: Answer<Held>| taken.map(drop).map_err(|problem| problem.status);
        let mut held = room.try_take(4).unwrap_or_default();
        held.add(room.try_take(6).unwrap_or_default());
        assert_eq!(held.bytes(), 10);
        assert_eq!(refused(room.try_take(1)), Err(503));
        assert_eq!(refused(room.take(1).await), Err(503));
        held.shrink(7);
        assert_eq!((held.bytes(), refused(room.take(4).await)), (7, Err(503)));
        let waiting = room.take(4);
        let giving = async {
            tokio::task::yield_now().await;
            held.shrink(6);
        };
        let (taken, ()) = tokio::join!(waiting, giving);
        assert_eq!(taken.map(|held| held.bytes()), Ok(4));
    }
}
