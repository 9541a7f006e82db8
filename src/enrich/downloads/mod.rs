//! How often each package is downloaded, by a service that counts.
//!
//! For `PyPI`, two services count: [`clickhouse`] answers for many packages in one query,
//! [`pypistats`] for one package per call, thirty times a minute. For [`npm`], its own service does,
//! and its search. Answers are cached at once, and written to all documents of a package. If a service fails, or does not know a package, the stored numbers stay: they are
//! never replaced by nothing. Made by `cli`, run by the driver.

mod clickhouse;
mod counts;
mod enricher;
mod npm;
mod pypistats;
mod report;
mod settings;
mod slow_service;

pub use enricher::DownloadsEnricher;
pub use report::{DownloadsPackageCounts, DownloadsReport};
pub use settings::{
    DownloadsSettings, DownloadsSource, PUBLIC_CLICKHOUSE_URL, PUBLIC_NPM_DOWNLOADS_URL,
    PUBLIC_PYPISTATS_URL,
};
