//! How many requests are served at the same time, and how many may wait for that.
//!
//! Only what asks a server or a database takes a place; nothing else ever waits for one. When too many
//! wait, a further request is refused at once, instead of keeping a connection.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overloaded;

/// The places for one kind of request.
#[derive(Debug)]
pub(super) struct ConcurrencyLimit {
    free: Semaphore,
    waiting: Semaphore,
}

impl ConcurrencyLimit {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        Self {
            free: Semaphore::new(at_once),
            waiting: Semaphore::new(waiting),
        }
    }

    /// Waits for a place, which is free again when it is dropped.
    ///
    /// # Errors
    ///
    /// [`Overloaded`] if too many wait already.
    pub(super) async fn enter(&self) -> Result<SemaphorePermit<'_>, Overloaded> {
        if let Some(place) = self.try_enter() {
            return Ok(place);
        }
        let _waiting = self.waiting.try_acquire().map_err(|_| Overloaded)?;
        self.free.acquire().await.map_err(|_| Overloaded)
    }

    /// A place, if one is free.
    pub(super) fn try_enter(&self) -> Option<SemaphorePermit<'_>> {
        self.free.try_acquire().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{ConcurrencyLimit, Overloaded};

    #[tokio::test]
    async fn so_many_are_served_and_so_many_wait() {
        let places = ConcurrencyLimit::new(1, 1);
        let first = places.enter().await;
        assert!(first.is_ok() && places.try_enter().is_none());
        let second = places.enter();
        let third = async {
            let refused = places.enter().await;
            assert!(matches!(refused, Err(Overloaded)));
            drop(first);
        };
        let (second, ()) = tokio::join!(second, third);
        assert!(second.is_ok());
    }
}
