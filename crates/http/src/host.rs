//! What is kept per host: slots, rate and pause.
//!
//! [`Host::enter`] is the only way to a host: it waits for a slot, for the end of a pause
//! and for the rate, in this order. It never waits out a pause longer than agreed.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use governor::{
    Quota, RateLimiter,
    clock::Clock,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, sleep, sleep_until},
};
use url::{Position, Url};

use crate::settings::{Settings, SettingsError};

/// All hosts met so far, by name and port.
#[derive(Debug)]
pub(crate) struct Hosts {
    workers: usize,
    quota: Option<Quota>,
    longest_wait: Duration,
    known: RwLock<HashMap<String, Arc<Host>>>,
}

impl Hosts {
    pub(crate) fn new(settings: &Settings) -> Result<Self, SettingsError> {
        if settings.workers == 0 {
            return Err(SettingsError::NoWorkers);
        }
        Ok(Self {
            workers: settings.workers.min(Semaphore::MAX_PERMITS),
            quota: settings.requests_per_second.map(quota).transpose()?,
            longest_wait: settings.longest_wait,
            known: RwLock::default(),
        })
    }

    pub(crate) fn of(&self, url: &Url) -> Arc<Host> {
        let name = &url[Position::BeforeHost..Position::AfterPort];
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = known.get(name) {
            return Arc::clone(host);
        }
        drop(known);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let host = known.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Host {
                slots: Semaphore::new(self.workers),
                rate: self
                    .quota
                    .map(|quota| RateLimiter::direct_with_clock(quota, TokioClock::default())),
                paused_until: Mutex::new(None),
                longest_wait: self.longest_wait,
            })
        });
        Arc::clone(host)
    }
}

/// A tenth of a second's worth may start at once, so that timers, which are exact to about
/// a millisecond, do not keep high rates from being reached.
fn quota(rate: f64) -> Result<Quota, SettingsError> {
    let invalid = SettingsError::Rate(rate);
    if !rate.is_finite() || rate <= 0.0 {
        return Err(invalid);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`as` saturates"
    )]
    let burst = NonZeroU32::new((rate / 10.0).ceil() as u32).unwrap_or(NonZeroU32::MIN);
    Duration::try_from_secs_f64(1.0 / rate)
        .ok()
        .and_then(Quota::with_period)
        .map(|quota| quota.allow_burst(burst))
        .ok_or(invalid)
}

type Rate = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// One host.
#[derive(Debug)]
pub(crate) struct Host {
    slots: Semaphore,
    rate: Option<Rate>,
    paused_until: Mutex<Option<Instant>>,
    longest_wait: Duration,
}

/// The right to send one request, until dropped.
#[derive(Debug)]
pub(crate) struct Slot<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    /// Time that the pause and the rate took.
    pub(crate) waited: Duration,
}

impl Host {
    /// Waits for the right to send a request; fails with the time left of a pause that is
    /// longer than agreed.
    pub(crate) async fn enter(&self) -> Result<Slot<'_>, Duration> {
        // Acquiring fails only for a closed semaphore, and nothing closes it.
        let permit = self.slots.acquire().await.ok();
        let mut started = None;
        loop {
            if let Some(until) = self.pause()? {
                started.get_or_insert_with(Instant::now);
                sleep_until(until).await;
                continue;
            }
            let Some(wait) = self.rate.as_ref().and_then(not_yet) else {
                break;
            };
            started.get_or_insert_with(Instant::now);
            sleep(wait).await;
        }
        Ok(Slot {
            _permit: permit,
            waited: started.map_or(Duration::ZERO, |started| started.elapsed()),
        })
    }

    /// Makes everybody wait, unless a longer pause is agreed already.
    pub(crate) fn pause_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut paused_until = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused_until = (*paused_until).max(Some(until));
    }

    fn pause(&self) -> Result<Option<Instant>, Duration> {
        let mut paused_until = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(until) = *paused_until else {
            return Ok(None);
        };
        let left = until.saturating_duration_since(Instant::now());
        if left > self.longest_wait {
            return Err(left);
        }
        if left.is_zero() {
            *paused_until = None;
        }
        Ok(*paused_until)
    }
}

fn not_yet(rate: &Rate) -> Option<Duration> {
    let not_until = rate.check().err()?;
    // Never zero: a timer that fires a little early must not spin.
    Some(
        not_until
            .wait_time_from(rate.clock().now())
            .max(Duration::from_millis(1)),
    )
}

/// The runtime's clock, so that tests can stop and move it.
#[derive(Debug, Clone)]
struct TokioClock {
    start: Instant,
}

impl Default for TokioClock {
    fn default() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for TokioClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    type Outcome = Result<(), Box<dyn Error>>;

    fn host(workers: usize, requests_per_second: Option<f64>) -> Result<Arc<Host>, Box<dyn Error>> {
        let settings = Settings {
            workers,
            requests_per_second,
            longest_wait: Duration::from_mins(1),
            ..Settings::default()
        };
        Ok(Hosts::new(&settings)?.of(&Url::parse("https://example.org/")?))
    }

    /// Sends at once what it can, and says after how many milliseconds each one started.
    async fn starts(host: &Arc<Host>, requests: usize) -> Result<Vec<u128>, Box<dyn Error>> {
        let begin = Instant::now();
        let tasks: Vec<_> = (0..requests)
            .map(|_| {
                let host = Arc::clone(host);
                tokio::spawn(async move {
                    let slot = host.enter().await.map(|_slot| begin.elapsed().as_millis());
                    slot.unwrap_or(u128::MAX)
                })
            })
            .collect();
        let mut starts = Vec::new();
        for task in tasks {
            starts.push(task.await?);
        }
        starts.sort_unstable();
        Ok(starts)
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_is_held() -> Outcome {
        let starts = starts(&host(64, Some(5.0))?, 50).await?;
        for (number, start) in starts.iter().enumerate() {
            let due = number as u128 * 200;
            assert!(
                (due..due + 20).contains(start),
                "request {number} at {start} ms"
            );
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_high_rate_is_reached_and_not_passed() -> Outcome {
        let starts = starts(&host(64, Some(1000.0))?, 5000).await?;
        let last = *starts.last().ok_or("no request")?;
        assert!((4800..5200).contains(&last), "{last} ms for 5,000 requests");
        for (number, start) in starts.iter().enumerate().skip(100) {
            assert!(
                *start + 1 >= number as u128 - 100,
                "request {number} at {start} ms"
            );
        }
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_for_everybody() -> Outcome {
        let host = host(8, None)?;
        host.pause_for(Duration::from_secs(10));
        host.pause_for(Duration::from_secs(3));
        let starts = starts(&host, 20).await?;
        assert!(
            starts.iter().all(|start| (10_000..10_010).contains(start)),
            "{starts:?}"
        );
        let slot = host.enter().await.map_err(|_| "closed")?;
        assert_eq!(slot.waited, Duration::ZERO, "the pause is over");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_begun_meanwhile_holds_for_those_who_wait() -> Outcome {
        let host = host(8, Some(1.0))?;
        let begin = Instant::now();
        let waiting = {
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                let _first = host.enter().await;
                let _second = host.enter().await;
                begin.elapsed()
            })
        };
        sleep(Duration::from_millis(500)).await;
        host.pause_for(Duration::from_secs(5));
        let entered = waiting.await?;
        assert!(entered >= Duration::from_millis(5500), "{entered:?}");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_longer_than_agreed_is_not_waited_for() -> Outcome {
        let host = host(8, None)?;
        let begin = Instant::now();
        host.pause_for(Duration::from_secs(61));
        assert_eq!(host.enter().await.err(), Some(Duration::from_secs(61)));
        assert_eq!(begin.elapsed(), Duration::ZERO);
        sleep(Duration::from_secs(1)).await;
        assert!(host.enter().await.is_ok());
        assert_eq!(begin.elapsed().as_secs(), 61);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_slot_is_free_again_after_whoever_gave_up() -> Outcome {
        let host = host(1, None)?;
        host.pause_for(Duration::from_secs(30));
        let waiting = tokio::time::timeout(Duration::from_secs(1), host.enter());
        assert!(waiting.await.is_err());
        assert!(host.enter().await.is_ok());
        Ok(())
    }
}
