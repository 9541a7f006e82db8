//! What an answer of GitHub amounts to, by status, headers and message. Pure.

use std::time::Duration;

use pyfa_http::HttpResponse;
use serde::Deserialize;

/// A message is shown this far.
const LONGEST_MESSAGE: usize = 200;

/// A limit that was hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// The hourly quota.
    Quota,
    /// One of the limits against haste; how long to be quiet, if that was said.
    Secondary(Option<Duration>),
}

/// What a single answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ResponseClass {
    /// Data, or "not modified", or no content.
    Good,
    Limited(Limit),
    /// 401.
    BadToken(String),
    Missing,
    /// Understood and declined.
    Refused(String),
    /// A fault on the other side that may pass.
    Unwell(String),
}

pub(super) fn classify(answer: &HttpResponse) -> ResponseClass {
    let message = || message(answer).unwrap_or_else(|| format!("status {}", answer.status));
    match answer.status {
        // A page for people, such as a notice of maintenance, says nothing.
        200..=299 if answer.body.trim_ascii_start().starts_with(b"<") => {
            ResponseClass::Unwell("it answers with a page of HTML".to_owned())
        }
        200..=299 | 304 => ResponseClass::Good,
        401 => ResponseClass::BadToken(message()),
        403 | 429 => match limit(answer) {
            Some(limit) => ResponseClass::Limited(limit),
            None => ResponseClass::Refused(message()),
        },
        404 | 410 if self::message(answer).is_some() => ResponseClass::Missing,
        // A page of a proxy proves no absence.
        404 | 410 => ResponseClass::Unwell("its \"not found\" is not GitHub's own".to_owned()),
        408 | 500.. => ResponseClass::Unwell(message()),
        301..=308 => ResponseClass::Refused("it redirects to elsewhere".to_owned()),
        _ => ResponseClass::Refused(message()),
    }
}

/// The limit that a 403 or 429 stands for. The former has other reasons too, which may come with
/// the last point of a quota.
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

/// `Retry-After` in seconds, which is the form that GitHub uses.
pub(super) fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let seconds = answer.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// GitHub's own words, on one line.
fn message(answer: &HttpResponse) -> Option<String> {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let said: Said = serde_json::from_slice(&answer.body).ok()?;
    Some(one_line(&said.message))
}

/// The beginning of a text, on one line, fit to be shown.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|one: char| one.is_whitespace() || one.is_control());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(LONGEST_MESSAGE).collect()
}
