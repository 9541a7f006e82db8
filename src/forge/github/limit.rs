//! Classifies responses by status, headers and message. Pure.

use std::time::Duration;

use pyfa_http::HttpResponse;
use serde::Deserialize;

use super::quota::LONGEST_WINDOW;

/// Characters of a message that are shown.
const LONGEST_MESSAGE: usize = 200;

/// A rate limit that was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// The hourly quota.
    Quota,
    /// A secondary rate limit, and how long to wait, if GitHub says so.
    Secondary(Option<Duration>),
}

/// The class of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ResponseClass {
    /// Data, "not modified" or "no content".
    Good,
    Limited(Limit),
    /// 401.
    BadToken(String),
    Missing,
    /// Refused for good.
    Refused(String),
    /// A fault of the server that may be temporary.
    Unavailable(String),
}

pub(super) fn classify(answer: &HttpResponse) -> ResponseClass {
    let reason = || message(answer).unwrap_or_else(|| format!("status {}", answer.status));
    match answer.status {
        // An HTML page, such as a maintenance notice.
        200..=299 if answer.body.trim_ascii_start().starts_with(b"<") => {
            ResponseClass::Unavailable("it responds with an HTML page".to_owned())
        }
        200..=299 | 304 => ResponseClass::Good,
        401 => ResponseClass::BadToken(reason()),
        403 | 429 => match limit(answer) {
            Some(limit) => ResponseClass::Limited(limit),
            None => ResponseClass::Refused(reason()),
        },
        404 | 410 if message(answer).is_some() => ResponseClass::Missing,
        // The error page of a proxy does not prove that the repository is missing.
        404 | 410 => ResponseClass::Unavailable("its \"not found\" is not GitHub's own".to_owned()),
        408 | 500.. => ResponseClass::Unavailable(reason()),
        301..=308 => ResponseClass::Refused("it redirects to another host".to_owned()),
        _ => ResponseClass::Refused(reason()),
    }
}

/// The rate limit that a 403 or 429 reports. A 403 may have other reasons, even if it used up the
/// last point of a quota.
fn limit(answer: &HttpResponse) -> Option<Limit> {
    let text = message(answer).map(|text| text.to_ascii_lowercase());
    let says = |words: &str| text.as_ref().is_some_and(|text| text.contains(words));
    let after = retry_after(answer);
    if after.is_some() || says("secondary rate") || says("abuse detection") {
        return Some(Limit::Secondary(after));
    }
    let is_spent = answer.header("x-ratelimit-remaining").map(str::trim) == Some("0");
    if is_spent && (text.is_none() || says("rate limit")) {
        return Some(Limit::Quota);
    }
    (answer.status == 429).then_some(Limit::Secondary(None))
}

/// The `Retry-After` header; GitHub gives seconds. A longer time than that of a quota is an error.
pub(super) fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WINDOW))
}

/// GitHub's message, on one line.
fn message(answer: &HttpResponse) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        message: String,
    }
    let body: Body = serde_json::from_slice(&answer.body).ok()?;
    Some(one_line(&body.message))
}

/// The beginning of a text, on one line, without control characters.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<&str> = text
        .split(|one: char| one.is_whitespace() || one.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}
