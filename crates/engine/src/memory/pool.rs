//! Memory that requests share: bytes are reserved from a [`MemoryPool`] before they are used, and given
//! back when the [`Reservation`] is dropped.
//!
//! A request that finds none waits a moment at most and is refused then: those that hold the memory may
//! be waiting themselves. Used for bodies and what is parsed of them, and for answers from the first
//! document until the last byte is sent.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::memory_error::MemoryError;

/// How long a request waits for memory.
const PATIENCE: Duration = Duration::from_secs(1);

/// A number of bytes for all who share it.
#[derive(Debug, Clone)]
pub(crate) struct MemoryPool(Arc<Semaphore>);

/// Bytes that were taken; dropping it gives them back.
#[derive(Debug, Default)]
pub(crate) struct Reservation(Option<OwnedSemaphorePermit>);

impl MemoryPool {
    /// A pool of this many bytes.
    #[must_use]
    pub(crate) fn of(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Takes bytes, if there are enough.
    pub(crate) fn try_take(&self, bytes: usize) -> Result<Reservation, MemoryError> {
        let taken = Arc::clone(&self.0).try_acquire_many_owned(permits(bytes));
        taken
            .map(|permit| Reservation(Some(permit)))
            .map_err(|_| MemoryError::PoolExhausted)
    }

    /// Takes bytes, or waits a moment for them.
    pub(crate) async fn take(&self, bytes: usize) -> Result<Reservation, MemoryError> {
        self.take_within(bytes, PATIENCE).await
    }

    /// Takes bytes, or waits up to `patience` for them.
    pub(crate) async fn take_within(
        &self,
        bytes: usize,
        patience: Duration,
    ) -> Result<Reservation, MemoryError> {
        let taking = Arc::clone(&self.0).acquire_many_owned(permits(bytes));
        match tokio::time::timeout(patience, taking).await {
            Ok(Ok(permit)) => Ok(Reservation(Some(permit))),
            _ => Err(MemoryError::PoolExhausted),
        }
    }

    /// As [`Self::take`], on a thread that may block.
    pub(crate) fn take_blocking(&self, bytes: usize) -> Result<Reservation, MemoryError> {
        self.try_take(bytes).or_else(|problem| {
            // Without a runtime nobody else is there to give anything back.
            let runtime = Handle::try_current().map_err(|_| problem)?;
            runtime.block_on(self.take(bytes))
        })
    }
}

impl Reservation {
    /// How many bytes it is.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Adds more bytes of the same pool.
    pub(crate) fn add(&mut self, more: Self) {
        match (&mut self.0, more.0) {
            (Some(held), Some(added)) => held.merge(added),
            (held @ None, added) => *held = added,
            (Some(_), None) => {}
        }
    }

    /// Gives back all but this many bytes.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let more = self.bytes().saturating_sub(bytes);
        if let Some(held) = &mut self.0 {
            drop(held.split(more));
        }
    }
}

fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_taken_is_given_back_and_waited_for_a_moment() {
        let pool = MemoryPool::of(10);
        let refused = |taken: Result<Reservation, MemoryError>| taken.map(drop);
        let mut held = pool.try_take(4).unwrap_or_default();
        held.add(pool.try_take(6).unwrap_or_default());
        assert_eq!(held.bytes(), 10);
        assert_eq!(refused(pool.try_take(1)), Err(MemoryError::PoolExhausted));
        assert_eq!(refused(pool.take(1).await), Err(MemoryError::PoolExhausted));
        held.shrink(7);
        assert_eq!(
            (held.bytes(), refused(pool.take(4).await)),
            (7, Err(MemoryError::PoolExhausted))
        );
        let waiting = pool.take(4);
        let giving = async {
            tokio::task::yield_now().await;
            held.shrink(6);
        };
        let (taken, ()) = tokio::join!(waiting, giving);
        assert_eq!(taken.map(|held| held.bytes()), Ok(4));
    }
}
