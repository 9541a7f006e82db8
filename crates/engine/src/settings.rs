//! The limits that keep a request from taking more than its share, with their defaults.
//!
//! Whoever opens the engine may change them; no request can.

use std::time::Duration;

/// What one request may ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Bytes of a request's body; imports have no limit but that of their lines.
    pub body_bytes: usize,
    /// Bytes of one line of an import.
    pub line_bytes: usize,
    /// Bytes of a query string.
    pub query_bytes: usize,
    /// Hits on one page.
    pub page_size: usize,
    /// Hits that can be reached by turning pages.
    pub result_window: usize,
    /// Values of one facet.
    pub facet_values: usize,
    /// Parentheses within parentheses in a filter.
    pub filter_depth: usize,
    /// After which a search answers with what it has.
    pub search_cutoff: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_bytes: 64 << 20,
            line_bytes: 64 << 20,
            query_bytes: 4_000,
            page_size: 250,
            result_window: 1_000_000,
            facet_values: 10_000,
            filter_depth: 64,
            search_cutoff: Duration::from_secs(30),
        }
    }
}
