//! Blocking work, off the threads that listen, and never too much of it at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Answer, Problem};

use super::call::Call;
use super::reply::Reply;

/// Searches at once for each processor: more than one, so that a quick one need not wait for the
/// slow ones before it.
const SEARCHES: usize = 8;
/// How long a request waits for its turn.
const PATIENCE: Duration = Duration::from_secs(30);
/// Requests besides searches that are worked on at once; most of them wait for a lock or a disk.
const MOST_OTHERS: usize = 32;

/// The bounds.
pub(super) struct Workers {
    searches: Arc<Semaphore>,
    others: Arc<Semaphore>,
}

impl Workers {
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            searches: Arc::new(Semaphore::new(processors.max(2) * SEARCHES)),
            others: Arc::new(Semaphore::new(MOST_OTHERS)),
        }
    }

    /// Runs a function of the table of routes.
    pub(super) async fn plain(
        &self,
        call: Call,
        work: fn(&Call) -> Answer<Reply>,
    ) -> Answer<Reply> {
        self.other(move || work(&call)).await
    }

    /// Runs a search.
    pub(super) async fn search<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        bounded(&self.searches, work).await
    }

    /// Runs anything else.
    pub(super) async fn other<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        bounded(&self.others, work).await
    }

    /// A turn among the others, for work that comes in pieces.
    pub(super) async fn turn(&self) -> Answer<OwnedSemaphorePermit> {
        turn(&self.others).await
    }
}

async fn turn(bound: &Arc<Semaphore>) -> Answer<OwnedSemaphorePermit> {
    let turn = tokio::time::timeout(PATIENCE, Arc::clone(bound).acquire_owned()).await;
    turn.ok()
        .and_then(Result::ok)
        .ok_or_else(|| Problem::new(503, "Not Ready or Lagging"))
}

async fn bounded<T: Send + 'static>(
    bound: &Arc<Semaphore>,
    work: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    let turn = turn(bound).await?;
    detached(move || {
        // Kept until the work ends, also when nobody waits for it any more.
        let _turn = turn;
        work()
    })
    .await
}

/// Runs without a bound, on a thread that may block; a panic is a problem like others.
pub(super) async fn detached<T: Send + 'static>(
    work: impl FnOnce() -> Answer<T> + Send + 'static,
) -> Answer<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(_) => Err(broke()),
    }
}

/// What is answered for a panic.
pub(super) fn broke() -> Problem {
    Problem::fault("A fault inside the engine kept this request from being answered.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    #[expect(clippy::panic, reason = "it is what is tested")]
    async fn a_panic_is_a_problem_and_gives_its_turn_back() {
        let workers = Workers::new();
        for _ in 0..200 {
            let broken: Answer<()> = workers.search(|| panic!("as told")).await;
            assert_eq!(broken.map_err(|problem| problem.status), Err(500));
        }
        assert_eq!(workers.other(|| Ok(1)).await, Ok(1));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_told_so() {
        let bound = Arc::new(Semaphore::new(1));
        let held = turn(&bound).await;
        assert!(held.is_ok());
        let late = bounded(&bound, || Ok(())).await;
        assert_eq!(late.map_err(|problem| problem.status), Err(503));
        drop(held);
        assert!(turn(&bound).await.is_ok());
    }
}
