//! Work of pages that keeps a processor busy: done off the threads that listen, a little at a time.

use std::sync::Arc;

use anyhow::anyhow;
use tokio::sync::Semaphore;

use super::page::PageError;

/// A turn for each processor.
#[derive(Debug, Clone)]
pub(super) struct Workers(Arc<Semaphore>);

impl Workers {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }

    /// Waits for a turn and does the work.
    ///
    /// # Errors
    ///
    /// [`PageError::Broken`] if it panics.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PageError> {
        let broken = |error| PageError::Broken(anyhow!("work for a page has ended: {error}"));
        let turn = Arc::clone(&self.0).acquire_owned().await;
        let turn = turn.map_err(|error| broken(error.to_string()))?;
        let working = tokio::task::spawn_blocking(move || {
            // Kept until the work ends, even if nobody waits for it any more.
            let _turn = turn;
            work()
        });
        working.await.map_err(|error| broken(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::{PageError, Workers};

    #[tokio::test]
    #[expect(clippy::panic, reason = "it is what is tested")]
    async fn a_panic_is_a_page_that_cannot_be_made() {
        let workers = Workers::new();
        for _ in 0..100 {
            let broken = workers.run(|| panic!("as told")).await;
            assert!(matches!(broken, Err::<(), _>(PageError::Broken(_))));
        }
        assert!(matches!(workers.run(|| 1).await, Ok(1)));
    }
}
