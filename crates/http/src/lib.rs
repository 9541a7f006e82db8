//! One polite road to the network, and a disk cache beside it.
//!
//! [`Client`] sends every request. Per host it keeps to a number of requests in flight and,
//! if asked, to a rate; it merges identical requests, retries what may pass, honours
//! `Retry-After` for the whole host, limits the size of what it reads, and tells apart
//! "not found", "refused", "wait", "too large" and "broken" ([`Error`]).
//!
//! [`DiskCache`] keeps bodies under named, versioned buckets. It is an optimisation:
//! deleting it costs requests, never data, and none of its failures stops the work.
//!
//! The crate knows nothing of what it carries: it neither parses bodies nor prints, and it
//! never shows credentials or query strings of a URL.

mod cache;
mod client;
mod error;
mod host;
mod merge;
mod proxies;
mod request;
mod response;
mod retry;
mod secrets;
mod settings;
mod statistics;
mod text;

pub use bytes::Bytes;
pub use cache::{Bucket, CacheError, CacheSize, CacheStatistics, DiskCache, Limits, Pruned};

pub use client::Client;
pub use error::{Error, SafeUrl};
pub use proxies::{Proxies, is_local};
pub use request::{Answer, Request};
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub use retry::{backoff, retry_after};
pub use secrets::Secrets;
pub use settings::{Settings, SettingsError};
pub use statistics::Statistics;
pub use text::{one_line, root_cause};
pub use url::Url;
