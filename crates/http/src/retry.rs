//! When to retry: what a status means, `Retry-After`, and the backoff.
//!
//! Pure functions, called by the retry loop in `client`, and by the search client.

use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};

/// Longer values of `Retry-After` are cut to this.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(24 * 7);

/// What the status and headers of a response mean for a retry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ResponseClass {
    Success,
    NotModified,
    NotFound,
    Refused,
    /// The host is rate limiting us; with its `Retry-After`, if it sent one.
    RateLimited(Option<Duration>),
    /// A failure of the server that may go away.
    Transient,
}

pub(crate) fn classify(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> ResponseClass {
    match status.as_u16() {
        200..300 => ResponseClass::Success,
        304 => ResponseClass::NotModified,
        404 | 410 => ResponseClass::NotFound,
        429 => ResponseClass::RateLimited(retry_after(headers, now)),
        503 => match retry_after(headers, now) {
            None => ResponseClass::Transient,
            after => ResponseClass::RateLimited(after),
        },
        408 | 500.. => ResponseClass::Transient,
        _ => ResponseClass::Refused,
    }
}

/// `Retry-After` as seconds or as a date; `None` if it is missing, invalid or in the past.
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
    Some(after.min(MAX_RETRY_AFTER))
}

/// The delay before the next attempt: exponential, capped, with jitter of up to a half.
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

    fn classify_with(status: u16, retry_after: &str) -> ResponseClass {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(retry_after) {
            headers.insert(RETRY_AFTER, value);
        }
        let status = StatusCode::from_u16(status).unwrap_or_default();
        classify(status, &headers, now)
    }

    #[test]
    fn both_forms_of_retry_after_are_read() {
        let after = |seconds| ResponseClass::RateLimited(Some(Duration::from_secs(seconds)));
        assert_eq!(classify_with(429, "7"), after(7));
        assert_eq!(classify_with(503, " 7 "), after(7));
        assert_eq!(
            classify_with(429, "Sun, 06 Nov 1994 08:50:37 GMT"),
            after(60)
        );
        assert_eq!(
            classify_with(429, "18446744073709551615"),
            ResponseClass::RateLimited(Some(MAX_RETRY_AFTER))
        );
    }

    #[test]
    fn a_past_date_or_garbage_leaves_the_pause_to_us() {
        for garbage in ["Sun, 06 Nov 1994 08:00:00 GMT", "soon", "-1", "1.5", ""] {
            assert_eq!(
                classify_with(429, garbage),
                ResponseClass::RateLimited(None),
                "{garbage}"
            );
            assert_eq!(
                classify_with(503, garbage),
                ResponseClass::Transient,
                "{garbage}"
            );
        }
    }

    #[test]
    fn statuses_are_told_apart() {
        for (status, expected) in [
            (200, ResponseClass::Success),
            (204, ResponseClass::Success),
            (301, ResponseClass::Refused),
            (304, ResponseClass::NotModified),
            (401, ResponseClass::Refused),
            (403, ResponseClass::Refused),
            (404, ResponseClass::NotFound),
            (408, ResponseClass::Transient),
            (410, ResponseClass::NotFound),
            (451, ResponseClass::Refused),
            (500, ResponseClass::Transient),
            (504, ResponseClass::Transient),
        ] {
            assert_eq!(classify_with(status, ""), expected, "{status}");
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
