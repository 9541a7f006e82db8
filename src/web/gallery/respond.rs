//! Pages become HTTP: status, security headers, caching, conditional requests.
//!
//! An answer to HEAD has its body too: the HTTP library leaves it out and keeps the headers.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
    LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use pyfa_readme::Images;
use xxhash_rust::xxh3::xxh3_128;

use super::page::{CachePolicy, Page};
use super::site::Visitor;

/// Asks for the part of a list that changes, instead of the whole page.
pub const PART_HEADER: &str = "x-gallery-part";

/// What a page may load: nothing but what the gallery itself serves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'; manifest-src 'self'";
/// The same, if the operator allows images of READMEs.
const POLICY_WITH_IMAGES: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                                  img-src 'self' data: https:; connect-src 'self'; \
                                  form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                                  manifest-src 'self'";
/// Seconds after which a search server that is away may be asked again.
const RETRY_SECONDS: u16 = 10;

/// The answer to a request for a page that exists.
#[must_use]
pub(super) fn success(page: Page, visitor: &Visitor, images: Images) -> Response {
    let headers = &visitor.headers;
    let tag = format!("\"{:032x}\"", xxh3_128(&page.body));
    let modified = page.last_modified.and_then(http_date);
    let mut response = Response::new(Body::empty());
    let head = response.headers_mut();
    set(head, ETAG, &tag);
    set(head, CACHE_CONTROL, page.cache.header());
    let forwarded = if visitor.is_told_by_proxy {
        ", x-forwarded-host, x-forwarded-proto"
    } else {
        ""
    };
    set(
        head,
        VARY,
        &format!("accept-encoding, {PART_HEADER}{forwarded}"),
    );
    if let Some(modified) = &modified {
        set(head, LAST_MODIFIED, modified);
    }
    if is_unchanged(headers, &tag, page.last_modified) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        secure(response.headers_mut(), images);
        return response;
    }
    set(head, CONTENT_TYPE, page.content_type);
    if let Some(name) = &page.file_name {
        set(
            head,
            CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{name}\""),
        );
    }
    secure(head, images);
    let body = match page.gzip {
        Some(gzip) if accepts_gzip(headers) => {
            head.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            gzip
        }
        _ => page.body,
    };
    *response.body_mut() = Body::from(body);
    response
}

/// Whether an answer may be compressed with gzip.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let is_gzip = parts
                .next()
                .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            let weight = parts.find_map(|part| part.strip_prefix("q="));
            is_gzip
                && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
        })
}

/// A page about something that did not work.
#[must_use]
pub fn problem(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let head = response.headers_mut();
    set(head, CONTENT_TYPE, "text/html; charset=utf-8");
    set(head, CACHE_CONTROL, CachePolicy::Never.header());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        head.insert(RETRY_AFTER, HeaderValue::from(RETRY_SECONDS));
    }
    secure(head, Images::Linked);
    response
}

/// The way to another address, which is a path of ours.
#[must_use]
pub fn redirect(to: &str, is_permanent: bool) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = if is_permanent {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::FOUND
    };
    let head = response.headers_mut();
    set(head, LOCATION, to);
    set(head, CACHE_CONTROL, CachePolicy::List.header());
    set(head, VARY, PART_HEADER);
    secure(head, Images::Linked);
    response
}

/// Pages are read, and nothing else.
#[must_use]
pub fn method_not_allowed() -> Response {
    let mut response = Response::new(Body::from("This address can only be read."));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    let head = response.headers_mut();
    set(head, ALLOW, "GET, HEAD");
    set(head, CONTENT_TYPE, "text/plain; charset=utf-8");
    set(head, CACHE_CONTROL, CachePolicy::Never.header());
    secure(head, Images::Linked);
    response
}

fn is_unchanged(headers: &HeaderMap, tag: &str, last_modified: Option<i64>) -> bool {
    if let Some(known) = headers.get(IF_NONE_MATCH) {
        let known = known.to_str().unwrap_or_default();
        return known.split(',').map(str::trim).any(|one| {
            // A proxy that compresses makes a tag weak.
            one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
        });
    }
    let since = headers.get(IF_MODIFIED_SINCE);
    let since = since.and_then(|since| httpdate::parse_http_date(since.to_str().ok()?).ok());
    match (since, last_modified) {
        (Some(since), Some(modified)) => {
            Timestamp::try_from(since).is_ok_and(|since| since.as_second() >= modified)
        }
        _ => false,
    }
}

fn http_date(seconds: i64) -> Option<String> {
    let timestamp = Timestamp::from_second(seconds)
        .ok()
        .filter(|_| seconds > 0)?;
    Some(httpdate::fmt_http_date(timestamp.into()))
}

/// Headers of every answer.
fn secure(head: &mut HeaderMap, images: Images) {
    let policy = match images {
        Images::Loaded => POLICY_WITH_IMAGES,
        Images::Linked => POLICY,
    };
    set(head, CONTENT_SECURITY_POLICY, policy);
    set(head, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(head, REFERRER_POLICY, "strict-origin-when-cross-origin");
    set(
        head,
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
}

fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        head.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{accepts_gzip, is_unchanged};

    #[test]
    fn who_takes_no_gzip_gets_none() {
        for (accepted, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5", true),
            ("deflate", false),
            ("gzip;q=0", false),
            ("gzip; q=0.000, br", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(accepted),
            )]);
            assert_eq!(accepts_gzip(&headers), takes, "{accepted}");
        }
    }

    #[test]
    fn a_tag_counts_before_a_date() {
        let ask = |pairs: &[(header::HeaderName, &'static str)]| {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
                .collect();
            is_unchanged(&headers, "\"a\"", Some(784_111_777))
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert!(ask(&[(header::IF_NONE_MATCH, "\"b\", W/\"a\"")]));
        assert!(!ask(&[
            (header::IF_NONE_MATCH, "\"b\""),
            (header::IF_MODIFIED_SINCE, date)
        ]));
        assert!(ask(&[(header::IF_MODIFIED_SINCE, date)]));
        assert!(!ask(&[(
            header::IF_MODIFIED_SINCE,
            "Sun, 06 Nov 1994 08:49:36 GMT"
        )]));
        assert!(!ask(&[(header::IF_MODIFIED_SINCE, "yesterday")]));
        assert!(!ask(&[]));
    }
}
