//! Answers, and the headers that all of them have. Pure.

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;

use crate::web::base_path::BasePath;

const PAGE: &str = "text/html; charset=utf-8";

/// An answer.
#[derive(Debug, Default)]
pub(super) struct Answer {
    status: u16,
    content_type: &'static str,
    body: String,
    location: Option<String>,
    cookies: Vec<String>,
    is_public: bool,
}

/// A page.
pub(super) fn page(status: u16, body: String) -> Answer {
    Answer {
        status,
        content_type: PAGE,
        body,
        ..Answer::default()
    }
}

/// The way to another address.
pub(super) fn redirect(location: &str) -> Answer {
    Answer {
        status: 303,
        content_type: "text/plain; charset=utf-8",
        location: Some(location.to_owned()),
        ..Answer::default()
    }
}

pub(super) fn stylesheet() -> Answer {
    Answer {
        status: 200,
        content_type: "text/css; charset=utf-8",
        body: include_str!("templates/archive.css").to_owned(),
        is_public: true,
        ..Answer::default()
    }
}

impl Answer {
    /// Sets or removes a cookie.
    pub(super) fn cookie(mut self, header: String) -> Self {
        self.cookies.push(header);
        self
    }

    /// `path` is where the service is, as others see it.
    pub(super) fn into_response(self, policy: &str, path: &BasePath, is_head: bool) -> Response {
        let body = match self.content_type {
            _ if is_head => String::new(),
            PAGE => path.in_page(&self.body).into_owned(),
            _ => self.body,
        };
        let mut response = Response::new(Body::from(body));
        let status = StatusCode::from_u16(self.status);
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let head = response.headers_mut();
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                head.append(name, value);
            }
        };
        set(CONTENT_TYPE, self.content_type);
        // Pages are for one person, and codes in addresses for nobody else.
        let caching = if self.is_public {
            "public, max-age=300"
        } else {
            "no-store"
        };
        set(CACHE_CONTROL, caching);
        set(CONTENT_SECURITY_POLICY, policy);
        set(X_CONTENT_TYPE_OPTIONS, "nosniff");
        // Without it, browsers would say of our own forms that they are from nowhere.
        set(REFERRER_POLICY, "same-origin");
        set(
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        );
        set(HeaderName::from_static("x-frame-options"), "DENY");
        if let Some(location) = &self.location {
            set(LOCATION, location);
        }
        for cookie in &self.cookies {
            set(SET_COOKIE, cookie);
        }
        response
    }
}
