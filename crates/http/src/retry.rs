//! When to try again: what an answer's status means, `Retry-After`, and the backoff.
//!
//! Pure functions; the loop that uses them is in `client`. The search client shares `Retry-After`
//! and the backoff.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

/// A host's wish is honoured up to here; beyond it the number is not worth keeping.
const LONGEST_PAUSE: Duration = Duration::from_hours(24 * 7);

/// What a status asks of us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Success,
    NotModified,
    NotFound,
    Refused,
    /// The whole host wants a pause, of this length if it said so.
    Busy(Option<Duration>),
    /// A fault on the other side that may pass.
    Passing,
}

pub(crate) fn verdict(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Verdict {
    match status.as_u16() {
        200..300 => Verdict::Success,
        304 => Verdict::NotModified,
        404 | 410 => Verdict::NotFound,
        429 => Verdict::Busy(retry_after(headers, now)),
        503 => match retry_after(headers, now) {
            None => Verdict::Passing,
            after => Verdict::Busy(after),
        },
        408 | 500.. => Verdict::Passing,
        _ => Verdict::Refused,
    }
}

/// `Retry-After` in either form; `None` if absent, unreadable or in the past.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let after = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(text)
            .ok()?
            .duration_since(now)
            .ok()?,
    };
    Some(after.min(LONGEST_PAUSE))
}

/// The pause before the next attempt: doubling, capped, and between half and all of that,
/// so that those who failed together do not come back together.
#[must_use]
pub fn backoff(base: Duration, longest: Duration, attempts: u32) -> Duration {
    let doubled = base.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    let random = RandomState::new().hash_one(attempts) % 1024;
    doubled.min(longest).mul_f64(0.5 + random as f64 / 2048.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn busy(status: u16, retry_after: &str) -> Verdict {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(retry_after) {
            headers.insert(RETRY_AFTER, value);
        }
        let status = StatusCode::from_u16(status).unwrap_or_default();
        verdict(status, &headers, now)
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let after = |seconds| Verdict::Busy(Some(Duration::from_secs(seconds)));
        assert_eq!(busy(429, "7"), after(7));
        assert_eq!(busy(503, " 7 "), after(7));
        assert_eq!(busy(429, "Sun, 06 Nov 1994 08:50:37 GMT"), after(60));
        assert_eq!(
            busy(429, "18446744073709551615"),
            Verdict::Busy(Some(LONGEST_PAUSE))
        );
    }

    #[test]
    fn a_past_date_or_garbage_leaves_the_pause_to_us() {
        for garbage in ["Sun, 06 Nov 1994 08:00:00 GMT", "soon", "-1", "1.5", ""] {
            assert_eq!(busy(429, garbage), Verdict::Busy(None), "{garbage}");
            assert_eq!(busy(503, garbage), Verdict::Passing, "{garbage}");
        }
    }

    #[test]
    fn statuses_are_told_apart() {
        for (status, expected) in [
            (200, Verdict::Success),
            (204, Verdict::Success),
            (301, Verdict::Refused),
            (304, Verdict::NotModified),
            (401, Verdict::Refused),
            (403, Verdict::Refused),
            (404, Verdict::NotFound),
            (408, Verdict::Passing),
            (410, Verdict::NotFound),
            (451, Verdict::Refused),
            (500, Verdict::Passing),
            (504, Verdict::Passing),
        ] {
            assert_eq!(busy(status, ""), expected, "{status}");
        }
    }

    #[test]
    fn the_backoff_doubles_up_to_its_cap() {
        let (base, longest) = (Duration::from_secs(1), Duration::from_secs(10));
        for (attempts, most) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (u32::MAX, 10)] {
            let most = Duration::from_secs(most);
            let pause = backoff(base, longest, attempts);
            assert!(pause <= most && pause >= most / 2, "{attempts}: {pause:?}");
        }
    }
}
