//! A polite HTTP client and a disk cache.
//!
//! [`HttpClient`] sends every request. Per host it limits the requests in flight and, if asked, their
//! rate; it merges identical requests, retries transient failures, honours `Retry-After` for the
//! whole host, limits the size of bodies, and reports what went wrong as an [`HttpError`]: not found,
//! refused, rate limited, too large, or unavailable.
//!
//! [`DiskCache`] keeps bodies in named, versioned buckets. Deleting it costs requests, never data,
//! and its failures never stop the work.
//!
//! The crate never parses bodies, never prints, and never shows the credentials or query string of a
//! URL.

mod body;
mod cache;
mod client;
mod error;
mod exchange;
mod host;
mod in_flight;
mod proxies;
mod retry;
mod secrets;
mod settings;
mod statistics;
mod text;

pub use body::BodySink;
pub use bytes::Bytes;
pub use cache::{
    Bucket, CacheError, CacheLimits, CacheSize, CacheStatistics, DiskCache, PrunedSize,
};
pub use client::HttpClient;
pub use error::{HttpError, SafeUrl};
pub use exchange::{HttpRequest, HttpResponse};
pub use proxies::{Proxies, is_local};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use retry::{backoff, retry_after};
pub use secrets::Secrets;
pub use settings::{HttpSettings, HttpSettingsError};
pub use statistics::HttpStatistics;
pub use text::{one_line, root_cause};
pub use url::Url;
