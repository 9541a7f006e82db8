//! A response body with its content type, entity tag and serial.

use std::hash::{DefaultHasher, Hasher};

use axum::http::HeaderValue;
use bytes::Bytes;
use serde_json::Value;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const SIMPLE_JSON: HeaderValue = HeaderValue::from_static("application/vnd.pypi.simple.v1+json");

/// A response body. Clones share the bytes.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) body: Bytes,
    pub(super) content_type: HeaderValue,
    pub(super) etag: HeaderValue,
    pub(super) serial: u64,
}

impl Page {
    pub(super) fn json(document: &Value, serial: u64) -> Self {
        Self::new(document.to_string(), JSON, serial)
    }

    pub(super) fn json_text(document: String, serial: u64) -> Self {
        Self::new(document, JSON, serial)
    }

    pub(super) fn simple_json(document: &Value, serial: u64) -> Self {
        Self::new(format!("{document}\n"), SIMPLE_JSON, serial)
    }

    pub(super) fn simple_json_text(document: String, serial: u64) -> Self {
        Self::new(document, SIMPLE_JSON, serial)
    }

    pub(super) fn xml(body: String) -> Self {
        Self::new(body, HeaderValue::from_static("text/xml"), 0)
    }

    fn new(body: String, content_type: HeaderValue, serial: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(body.as_bytes());
        let etag = HeaderValue::from_str(&format!("\"{:016x}\"", hasher.finish()))
            .unwrap_or(HeaderValue::from_static("\"none\""));
        Self {
            body: Bytes::from(body),
            content_type,
            etag,
            serial,
        }
    }
}
