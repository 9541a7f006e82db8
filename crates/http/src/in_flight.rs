//! Merges equal requests that are in flight at the same time.
//!
//! The first caller does the work, the others wait for its result. If the first caller is cancelled,
//! another one starts the work again.

use std::{
    collections::{HashMap, hash_map::Entry},
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

type Cells<K, V> = Mutex<HashMap<K, Arc<OnceCell<V>>>>;

/// The work in flight, by key. Keys and values should be cheap to clone.
#[derive(Debug)]
pub(crate) struct InFlight<K, V>(Cells<K, V>);

impl<K, V> Default for InFlight<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> InFlight<K, V> {
    /// The result of `work`, or of the work already in flight under the same key. The flag tells
    /// whether the result is shared.
    pub(crate) async fn run<F>(&self, key: K, work: impl FnOnce() -> F) -> (V, bool)
    where
        F: Future<Output = V>,
    {
        let cell = {
            let mut cells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(cells.entry(key.clone()).or_default())
        };
        let participant = Participant {
            cells: &self.0,
            key,
            cell,
        };
        let mut merged = true;
        let started = || {
            merged = false;
            work()
        };
        let value = participant.cell.get_or_init(started).await.clone();
        (value, merged)
    }
}

/// A caller that does the work under a key or waits for it.
struct Participant<'a, K: Clone + Eq + Hash, V> {
    cells: &'a Cells<K, V>,
    key: K,
    cell: Arc<OnceCell<V>>,
}

impl<K: Clone + Eq + Hash, V> Drop for Participant<'_, K, V> {
    /// Removes the key when the first participant leaves with a result, since later requests want a
    /// newer one, or when the last one is cancelled.
    fn drop(&mut self) {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        let Entry::Occupied(listed) = cells.entry(self.key.clone()) else {
            return;
        };
        let last = Arc::strong_count(&self.cell) == 2;
        if Arc::ptr_eq(listed.get(), &self.cell) && (last || self.cell.initialized()) {
            listed.remove();
        }
        // Drop our reference before the lock is released, so that the next participant counts right.
        self.cell = Arc::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    type Numbers = Arc<InFlight<u8, u32>>;

    fn spawn(
        numbers: &Numbers,
        work: impl Future<Output = u32> + Send + 'static,
    ) -> tokio::task::JoinHandle<(u32, bool)> {
        let numbers = Arc::clone(numbers);
        tokio::spawn(async move { numbers.run(1, || work).await })
    }

    #[tokio::test]
    async fn callers_share_the_work_in_flight() {
        let numbers = Numbers::default();
        let (send, receive) = tokio::sync::oneshot::channel();
        let first = spawn(&numbers, async { receive.await.unwrap_or(0) });
        tokio::task::yield_now().await;
        let second = spawn(&numbers, ready(9));
        tokio::task::yield_now().await;
        assert_eq!(send.send(7), Ok(()));
        assert_eq!(first.await.ok(), Some((7, false)));
        assert_eq!(second.await.ok(), Some((7, true)));
        assert_eq!(spawn(&numbers, ready(8)).await.ok(), Some((8, false)));
        assert!(numbers.0.lock().is_ok_and(|cells| cells.is_empty()));
    }

    #[tokio::test]
    async fn a_waiter_takes_over_from_a_cancelled_caller() {
        let numbers = Numbers::default();
        let first = spawn(&numbers, pending());
        tokio::task::yield_now().await;
        let second = spawn(&numbers, ready(9));
        tokio::task::yield_now().await;
        assert!(!second.is_finished());
        first.abort();
        assert_eq!(second.await.ok(), Some((9, false)));
        assert!(numbers.0.lock().is_ok_and(|cells| cells.is_empty()));
    }

    #[tokio::test]
    async fn cancelled_work_leaves_nothing() {
        let numbers = Numbers::default();
        let tasks = [spawn(&numbers, pending()), spawn(&numbers, pending())];
        tokio::task::yield_now().await;
        for task in tasks {
            task.abort();
            assert!(task.await.is_err());
        }
        assert!(numbers.0.lock().is_ok_and(|cells| cells.is_empty()));
    }
}
