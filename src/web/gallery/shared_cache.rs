//! Keeps what is costly to make, up to a size and for a while. Who asks for something while it is being
//! made waits for that instead of having it made again.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::OnceCell;

/// Bytes of an entry besides its value.
const ENTRY: u32 = 512;

/// Values by their keys.
pub(super) struct SharedCache<K, V> {
    cells: Cache<K, Arc<OnceCell<V>>>,
}

impl<K, V> SharedCache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache of at most `bytes`, which keeps each value for at most `age`; `size` says how many bytes one
    /// has.
    pub(super) fn new(bytes: u64, age: Duration, size: fn(&V) -> usize) -> Self {
        let weigh = move |_: &K, cell: &Arc<OnceCell<V>>| {
            let bytes = cell.get().map_or(0, size);
            u32::try_from(bytes)
                .unwrap_or(u32::MAX)
                .saturating_add(ENTRY)
        };
        Self {
            cells: Cache::builder()
                .max_capacity(bytes)
                .time_to_live(age)
                .weigher(weigh)
                .build(),
        }
    }

    /// The value that is kept, or the one that `make` makes.
    ///
    /// # Errors
    ///
    /// That of `make`, which is not kept.
    pub(super) async fn get_or_make<E>(
        &self,
        key: K,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        let cell = self.cells.get_with_by_ref(&key, Arc::default);
        let mut is_new = false;
        let value = cell
            .get_or_try_init(async || {
                is_new = true;
                make.await
            })
            .await?
            .clone();
        if is_new {
            // Now its size is known.
            self.cells.insert(key, cell);
        }
        Ok(value)
    }
}

impl<K, V> std::fmt::Debug for SharedCache<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SharedCache(…)")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::SharedCache;

    fn cache(bytes: u64) -> SharedCache<u32, Vec<u8>> {
        SharedCache::new(bytes, Duration::from_mins(1), Vec::len)
    }

    #[tokio::test]
    async fn many_who_ask_at_once_cost_one() {
        let cache = cache(1 << 20);
        let count = Cell::new(0);
        let ask = async || {
            let make = async {
                count.set(count.get() + 1);
                tokio::task::yield_now().await;
                Ok::<_, ()>(vec![1])
            };
            cache.get_or_make(7, make).await
        };
        let answers = futures::future::join_all((0..50).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| *answer == Ok(vec![1])));
        assert_eq!(count.get(), 1);
    }

    #[tokio::test]
    async fn what_fails_is_made_again() {
        let cache = cache(1 << 20);
        let failed = cache.get_or_make(7, async { Err::<Vec<u8>, _>("no") });
        assert_eq!(failed.await, Err("no"));
        let given_up = cache.get_or_make(7, std::future::pending::<Result<Vec<u8>, ()>>());
        let given_up = tokio::time::timeout(Duration::ZERO, given_up);
        assert!(given_up.await.is_err());
        let made = cache.get_or_make(7, async { Ok::<_, ()>(vec![2]) });
        assert_eq!(made.await, Ok(vec![2]));
    }

    #[tokio::test]
    async fn there_is_an_end_to_its_size() {
        let cache = cache(10_000);
        for key in 0..100 {
            let made = cache.get_or_make(key, async { Ok::<_, ()>(vec![0; 3_000]) });
            assert_eq!(made.await.map(|value| value.len()), Ok(3_000));
        }
        cache.cells.run_pending_tasks();
        assert!(cache.cells.weighted_size() <= 10_000);
        assert!(cache.cells.entry_count() <= 3);
    }
}
