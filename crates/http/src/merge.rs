//! Equal requests in flight at the same time become one.
//!
//! There is no leader: whoever waits drives the shared work, so it goes on when the first
//! caller goes away, and stops when the last one does.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    future::Future,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};

type Work<V> = BoxFuture<'static, V>;

/// What is under way, by key.
pub(crate) struct InFlight<K, V: Clone> {
    entries: Arc<Entries<K, V>>,
}

struct Entries<K, V: Clone>(Mutex<Table<K, V>>);

struct Table<K, V: Clone> {
    work: HashMap<K, (u64, WeakShared<Work<V>>)>,
    last_turn: u64,
}

impl<K, V> InFlight<K, V>
where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Joins the work under way for this key, or starts it. The flag tells whether it joined.
    pub(crate) fn join<F>(&self, key: K, start: impl FnOnce(K) -> F) -> (Shared<Work<V>>, bool)
    where
        F: Future<Output = V> + Send + 'static,
    {
        let mut table = self.entries.lock();
        let Table { work, last_turn } = &mut *table;
        let entry = work.entry(key);
        if let Entry::Occupied(occupied) = &entry
            && let Some(shared) = occupied.get().1.upgrade()
        {
            return (shared, true);
        }
        *last_turn += 1;
        let finished = Finished {
            entries: Arc::clone(&self.entries),
            key: entry.key().clone(),
            turn: *last_turn,
        };
        let started = start(entry.key().clone());
        let shared = async move {
            let _finished = finished;
            started.await
        }
        .boxed()
        .shared();
        if let Some(weak) = shared.downgrade() {
            entry.insert_entry((*last_turn, weak));
        }
        (shared, false)
    }
}

impl<K, V: Clone> Entries<K, V> {
    fn lock(&self) -> MutexGuard<'_, Table<K, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the key off the list when the work ends or is given up.
struct Finished<K: Eq + Hash, V: Clone> {
    entries: Arc<Entries<K, V>>,
    key: K,
    /// The key may have been taken again by newer work, which then stays.
    turn: u64,
}

impl<K: Eq + Hash, V: Clone> Drop for Finished<K, V> {
    fn drop(&mut self) {
        let mut table = self.entries.lock();
        if table
            .work
            .get(&self.key)
            .is_some_and(|(turn, _)| *turn == self.turn)
        {
            table.work.remove(&self.key);
        }
    }
}

impl<K, V: Clone> Default for InFlight<K, V> {
    fn default() -> Self {
        Self {
            entries: Arc::new(Entries(Mutex::new(Table {
                work: HashMap::new(),
                last_turn: 0,
            }))),
        }
    }
}

impl<K, V: Clone> fmt::Debug for InFlight<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("InFlight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn a_waiter_outlives_the_one_who_started() {
        let in_flight = InFlight::<u8, u32>::default();
        let (send, receive) = oneshot::channel();
        let (first, joined) = in_flight.join(1, |_| async move { receive.await.unwrap_or(0) });
        assert!(!joined);
        let first = tokio::spawn(first);
        tokio::task::yield_now().await;
        let (second, joined) = in_flight.join(1, |_| async { 9 });
        assert!(joined);
        let second = tokio::spawn(second);
        tokio::task::yield_now().await;
        first.abort();
        assert!(first.await.is_err());
        assert_eq!(send.send(7), Ok(()));
        assert_eq!(second.await.ok(), Some(7));
        assert!(in_flight.entries.lock().work.is_empty());
    }

    #[tokio::test]
    async fn work_that_all_gave_up_is_dropped_and_can_start_again() {
        let in_flight = InFlight::<u8, u32>::default();
        let (send, receive) = oneshot::channel::<u32>();
        let (work, _) = in_flight.join(1, |_| async move { receive.await.unwrap_or(0) });
        drop(work);
        assert_eq!(send.send(7), Err(7), "the work still waits for its value");
        let (work, joined) = in_flight.join(1, |_| async { 8 });
        assert!(!joined);
        assert_eq!(work.await, 8);
        assert!(in_flight.entries.lock().work.is_empty());
    }
}
