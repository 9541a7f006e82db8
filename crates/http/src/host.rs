//! Limits per host: requests in flight, rate, and `Retry-After`.
//!
//! Every request needs a permit from [`Host::acquire`], which waits for a free slot, for the end of
//! a pause and for the rate limit, in this order. It fails if the pause is too long to wait for.

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

use crate::settings::{HttpSettings, HttpSettingsError};

/// The hosts seen so far, by name and port.
#[derive(Debug)]
pub(crate) struct Hosts {
    workers: usize,
    quota: Option<Quota>,
    longest_wait: Duration,
    known: RwLock<HashMap<String, Arc<Host>>>,
}

impl Hosts {
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, HttpSettingsError> {
        if settings.workers == 0 {
            return Err(HttpSettingsError::NoWorkers);
        }
        Ok(Self {
            workers: settings.workers.min(Semaphore::MAX_PERMITS),
            quota: settings.requests_per_second.map(rate_quota).transpose()?,
            longest_wait: settings.longest_wait,
            known: RwLock::default(),
        })
    }

    pub(crate) fn get(&self, url: &Url) -> Arc<Host> {
        let name = &url[Position::BeforeHost..Position::AfterPort];
        let read = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = read.get(name) {
            return Arc::clone(host);
        }
        drop(read);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let host = known.entry(name.to_owned()).or_insert_with(|| {
            Arc::new(Host {
                permits: Semaphore::new(self.workers),
                rate_limiter: self
                    .quota
                    .map(|quota| RateLimiter::direct_with_clock(quota, TokioClock::default())),
                paused_until: Mutex::new(None),
                longest_wait: self.longest_wait,
            })
        });
        Arc::clone(host)
    }
}

/// Bursts of a tenth of a second are allowed, because timers are only accurate to about a
/// millisecond and high rates would not be reached otherwise.
fn rate_quota(rate: f64) -> Result<Quota, HttpSettingsError> {
    let invalid = HttpSettingsError::Rate(rate);
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

type HostRateLimiter = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Duration>>;

/// A host and its limits.
#[derive(Debug)]
pub(crate) struct Host {
    permits: Semaphore,
    rate_limiter: Option<HostRateLimiter>,
    paused_until: Mutex<Option<Instant>>,
    longest_wait: Duration,
}

/// Permission to send one request, until dropped.
#[derive(Debug)]
pub(crate) struct RequestPermit<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    /// The time spent waiting for the pause and the rate limit.
    pub(crate) waited: Duration,
}

impl Host {
    /// Waits until a request may be sent. Fails with the remaining time of a pause that is longer
    /// than `longest_wait`.
    pub(crate) async fn acquire(&self) -> Result<RequestPermit<'_>, Duration> {
        // Acquiring fails only if the semaphore is closed, which never happens.
        let permit = self.permits.acquire().await.ok();
        let mut started = None;
        loop {
            if let Some(until) = self.current_pause()? {
                started.get_or_insert_with(Instant::now);
                sleep_until(until).await;
                continue;
            }
            let Some(wait) = self.rate_limiter.as_ref().and_then(time_until_allowed) else {
                break;
            };
            started.get_or_insert_with(Instant::now);
            sleep(wait).await;
        }
        Ok(RequestPermit {
            _permit: permit,
            waited: started.map_or(Duration::ZERO, |started| started.elapsed()),
        })
    }

    /// Pauses all requests to the host, unless a longer pause is already in effect.
    pub(crate) fn pause_for(&self, pause: Duration) {
        let until = Instant::now() + pause;
        let mut paused_until = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused_until = (*paused_until).max(Some(until));
    }

    fn current_pause(&self) -> Result<Option<Instant>, Duration> {
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

fn time_until_allowed(rate_limiter: &HostRateLimiter) -> Option<Duration> {
    let not_until = rate_limiter.check().err()?;
    // Never zero: a timer that fires early must not cause a busy loop.
    Some(
        not_until
            .wait_time_from(rate_limiter.clock().now())
            .max(Duration::from_millis(1)),
    )
}

/// Tokio's clock, which tests can pause and advance.
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

    fn new_host(
        workers: usize,
        requests_per_second: Option<f64>,
    ) -> Result<Arc<Host>, Box<dyn Error>> {
        let settings = HttpSettings {
            workers,
            requests_per_second,
            longest_wait: Duration::from_mins(1),
            ..HttpSettings::default()
        };
        Ok(Hosts::new(&settings)?.get(&Url::parse("https://example.org/")?))
    }

    /// Starts requests as soon as allowed; returns after how many milliseconds each one started.
    async fn start_requests(
        host: &Arc<Host>,
        requests: usize,
    ) -> Result<Vec<u128>, Box<dyn Error>> {
        let begin = Instant::now();
        let tasks: Vec<_> = (0..requests)
            .map(|_| {
                let host = Arc::clone(host);
                tokio::spawn(async move {
                    let permit = host
                        .acquire()
                        .await
                        .map(|_permit| begin.elapsed().as_millis());
                    permit.unwrap_or(u128::MAX)
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
    async fn the_rate_limit_holds() -> Outcome {
        let starts = start_requests(&new_host(64, Some(5.0))?, 50).await?;
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
    async fn a_high_rate_is_reached_and_not_exceeded() -> Outcome {
        let starts = start_requests(&new_host(64, Some(1000.0))?, 5000).await?;
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
    async fn a_pause_holds_for_all_requests() -> Outcome {
        let host = new_host(8, None)?;
        host.pause_for(Duration::from_secs(10));
        host.pause_for(Duration::from_secs(3));
        let starts = start_requests(&host, 20).await?;
        assert!(
            starts.iter().all(|start| (10_000..10_010).contains(start)),
            "{starts:?}"
        );
        let permit = host.acquire().await.map_err(|_| "closed")?;
        assert_eq!(permit.waited, Duration::ZERO, "the pause is over");
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_pause_holds_for_waiting_requests() -> Outcome {
        let host = new_host(8, Some(1.0))?;
        let begin = Instant::now();
        let waiting = {
            let host = Arc::clone(&host);
            tokio::spawn(async move {
                let _first = host.acquire().await;
                let _second = host.acquire().await;
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
    async fn a_pause_longer_than_the_limit_fails_at_once() -> Outcome {
        let host = new_host(8, None)?;
        let begin = Instant::now();
        host.pause_for(Duration::from_secs(61));
        assert_eq!(host.acquire().await.err(), Some(Duration::from_secs(61)));
        assert_eq!(begin.elapsed(), Duration::ZERO);
        sleep(Duration::from_secs(1)).await;
        assert!(host.acquire().await.is_ok());
        assert_eq!(begin.elapsed().as_secs(), 61);
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn a_cancelled_request_releases_its_permit() -> Outcome {
        let host = new_host(1, None)?;
        host.pause_for(Duration::from_secs(30));
        let waiting = tokio::time::timeout(Duration::from_secs(1), host.acquire());
        assert!(waiting.await.is_err());
        assert!(host.acquire().await.is_ok());
        Ok(())
    }
}
