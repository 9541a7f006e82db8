//! Blocking work, off the threads that listen, and never too much of it at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{EngineError, EngineResult};

/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bounds.
pub(super) struct WorkerPool {
    searches: Arc<Semaphore>,
    others: Arc<Semaphore>,
}

impl WorkerPool {
    /// A pool that runs this many searches, and this many other requests, at once.
    pub(super) fn new(searches: usize, others: usize) -> Self {
        Self {
            searches: Arc::new(Semaphore::new(searches)),
            others: Arc::new(Semaphore::new(others)),
        }
    }

    /// Runs a search.
    pub(super) async fn run_search<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> EngineResult<T> + Send + 'static,
    ) -> EngineResult<T> {
        bounded(&self.searches, work).await
    }

    /// Runs anything else.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> EngineResult<T> + Send + 'static,
    ) -> EngineResult<T> {
        bounded(&self.others, work).await
    }

    /// A permit among the others, for work that comes in pieces.
    pub(super) async fn acquire(&self) -> EngineResult<OwnedSemaphorePermit> {
        acquire(&self.others).await
    }
}

async fn acquire(bound: &Arc<Semaphore>) -> EngineResult<OwnedSemaphorePermit> {
    let permit = tokio::time::timeout(PATIENCE, Arc::clone(bound).acquire_owned()).await;
    permit
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| EngineError::unavailable("Not Ready or Lagging"))
}

async fn bounded<T: Send + 'static>(
    bound: &Arc<Semaphore>,
    work: impl FnOnce() -> EngineResult<T> + Send + 'static,
) -> EngineResult<T> {
    let permit = acquire(bound).await?;
    run_blocking(move || {
        // Kept until the work ends, even if nobody waits for it any more.
        let _permit = permit;
        work()
    })
    .await
}

/// Runs without a bound, on a thread that may block; a panic is a problem like others.
pub(super) async fn run_blocking<T: Send + 'static>(
    work: impl FnOnce() -> EngineResult<T> + Send + 'static,
) -> EngineResult<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(_) => Err(panic_error()),
    }
}

/// What is answered for a panic.
pub(super) fn panic_error() -> EngineError {
    EngineError::internal("An internal error of the engine prevented an answer to this request.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[tokio::test]
    #[expect(clippy::panic, reason = "it is what is tested")]
    async fn a_panic_is_a_problem_and_gives_its_turn_back() {
        let workers = WorkerPool::new(16, 32);
        for _ in 0..200 {
            let broken: EngineResult<()> = workers.run_search(|| panic!("as told")).await;
            assert_eq!(
                broken.map_err(|problem| problem.code),
                Err(ErrorCode::Internal)
            );
        }
        assert_eq!(workers.run(|| Ok(1)).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_told_so() {
        let bound = Arc::new(Semaphore::new(1));
        let held = acquire(&bound).await;
        assert!(held.is_ok());
        let late = bounded(&bound, || Ok(())).await;
        assert_eq!(
            late.map_err(|problem| problem.code),
            Err(ErrorCode::Unavailable)
        );
        drop(held);
        assert!(acquire(&bound).await.is_ok());
    }
}
