//! What scoring knows besides the document. Plain data; made by the enricher.

use super::percentiles::Percentiles;

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// What is known besides the document.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScoringContext<'s> {
    /// Unix seconds.
    pub now: i64,
    /// Monthly downloads of all packages in the collection; `None` where they are not known.
    pub downloads: Option<&'s Percentiles>,
    /// When the releases of this package were uploaded, in Unix seconds and any order; empty where
    /// that is not known.
    pub releases: &'s [i64],
}
