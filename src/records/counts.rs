//! How many rows there are, remembered for as long as counting them was expensive.
//!
//! What is counted quickly is counted each time. What takes longer is remembered for a time that grows
//! with its price, at most a minute, so that lists of millions of rows are answered at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use moka::sync::Cache;
use tokio::time::Instant;

/// What takes no longer is not remembered.
const CHEAP: Duration = Duration::from_millis(5);
/// How much longer than its counting a number is remembered.
const SHARE: u32 = 500;
const LONGEST: Duration = Duration::from_mins(1);
/// Different questions whose numbers are remembered.
const MOST: u64 = 2_000;

#[derive(Debug, Clone)]
pub(super) struct Counts {
    known: Cache<String, Arc<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    last: Mutex<Option<Counted>>,
    /// Held while somebody counts.
    counting: tokio::sync::Mutex<()>,
}

#[derive(Debug, Clone, Copy)]
struct Counted {
    count: u64,
    begun: Instant,
    lifetime: Duration,
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            known: Cache::new(MOST),
        }
    }
}

impl Counts {
    /// The number that belongs to `question`, which `count_rows` finds out.
    pub(super) async fn get<E>(
        &self,
        question: String,
        count_rows: impl AsyncFnOnce() -> Result<u64, E>,
    ) -> Result<u64, E> {
        let asked = Instant::now();
        let known = self.known.get_with(question, Arc::default);
        let lock = || known.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *lock();
        let counting = match last {
            Some(last) if last.begun.elapsed() < last.lifetime => return Ok(last.count),
            // One counts again; the others do not wait for that.
            Some(last) if last.begun.elapsed() < last.lifetime * 2 => {
                match known.counting.try_lock() {
                    Ok(counting) => counting,
                    Err(_) => return Ok(last.count),
                }
            }
            _ => known.counting.lock().await,
        };
        // Somebody else may have counted meanwhile.
        if let Some(last) = *lock()
            && (last.begun > asked || last.begun.elapsed() < last.lifetime)
        {
            return Ok(last.count);
        }
        let begun = Instant::now();
        let count = count_rows().await?;
        let price = begun.elapsed();
        let lifetime = if price <= CHEAP {
            Duration::ZERO
        } else {
            (price * SHARE).min(LONGEST)
        };
        *lock() = Some(Counted {
            count,
            begun,
            lifetime,
        });
        drop(counting);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_expensive_is_remembered_and_nothing_else() {
        let counts = Counts::default();
        let times = Cell::new(0);
        let count = async |price: Duration| {
            let counted = async || {
                times.set(times.get() + 1);
                tokio::time::sleep(price).await;
                Ok::<u64, ()>(times.get())
            };
            counts.get(format!("{price:?}"), counted).await
        };
        let expensive = CHEAP * 4;
        assert_eq!(
            (count(expensive).await, count(expensive).await),
            (Ok(1), Ok(1))
        );
        assert_eq!(
            (count(Duration::ZERO).await, count(Duration::ZERO).await),
            (Ok(2), Ok(3))
        );
    }
}
