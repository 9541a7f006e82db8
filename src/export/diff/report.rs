//! What a comparison has found.

use std::io;

use serde::Serialize;

use super::section::Section;

/// What differs between two exports.
#[derive(Debug)]
pub struct DiffReport {
    pub before: ExportSummary,
    pub after: ExportSummary,
    pub packages_added: Section,
    pub packages_gone: Section,
    /// Whose latest release is another one.
    pub packages_updated: Section,
    pub health_up: Section,
    pub health_down: Section,
    pub releases_added: Section,
    pub releases_gone: Section,
    /// Of which the registry says something else.
    pub releases_changed: Section,
}

/// One of the two exports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportSummary {
    pub path: String,
    pub format: &'static str,
    pub packages: u64,
    pub releases: u64,
    /// Whether it holds other releases than the latest of each package.
    pub has_older_releases: bool,
}

/// What upload times tell of the time between two days.
#[derive(Debug)]
pub struct DatesReport {
    pub from: String,
    pub to: String,
    /// Packages whose first release is of that time; `None` if the collection does not say.
    pub packages_added: Option<Section>,
    pub releases_added: Section,
}

impl DiffReport {
    pub(super) fn new(before: ExportSummary, after: ExportSummary) -> io::Result<Self> {
        Ok(Self {
            before,
            after,
            packages_added: Section::new()?,
            packages_gone: Section::new()?,
            packages_updated: Section::new()?,
            health_up: Section::new()?,
            health_down: Section::new()?,
            releases_added: Section::new()?,
            releases_gone: Section::new()?,
            releases_changed: Section::new()?,
        })
    }

    /// Whether the releases of packages could be compared: both exports hold older ones.
    #[must_use]
    pub fn compares_releases(&self) -> bool {
        self.before.has_older_releases && self.after.has_older_releases
    }
}
