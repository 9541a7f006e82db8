//! What to export and where to, and what came of it: plain data.

use std::path::PathBuf;

use serde::Serialize;

use crate::profile::Profile;
use crate::web::gallery::GallerySettings;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// The gallery as plain files.
    Site,
    /// One document on each line.
    Jsonl,
    /// One row for each package.
    Csv,
    /// One row for each release, in columns with types.
    Parquet,
    /// A database of packages and releases.
    Sqlite,
    /// A list of packages by type.
    Markdown,
}

/// Which releases of a package an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    All,
    Latest,
}

/// What to export, and where to.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    pub format: ExportFormat,
    /// Name or alias of the collection.
    pub collection: String,
    /// The profile that the collection belongs to, if one does.
    pub profile: Option<Profile>,
    pub scope: Scope,
    /// How the gallery looks, and where it is.
    pub gallery: GallerySettings,
    /// File or folder.
    pub output: PathBuf,
    /// The moment that the export speaks of, in Unix seconds; by default, the newest that a document
    /// tells of.
    pub as_of: Option<i64>,
}

/// What was exported.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportReport {
    pub output: PathBuf,
    pub packages: u64,
    /// Documents in the export: one for each package, or for each release.
    pub documents: u64,
    /// The moment that the export speaks of.
    pub as_of: String,
    pub seconds: f64,
}

impl ExportFormat {
    /// Whether it holds one document for each package, whatever is asked for.
    pub(super) fn has_packages_only(self) -> bool {
        matches!(self, Self::Csv | Self::Markdown)
    }

    /// What an export in it is called.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Site => "a site",
            Self::Jsonl => "a file of documents",
            Self::Csv => "a table",
            Self::Parquet => "a file of columns",
            Self::Sqlite => "a database",
            Self::Markdown => "a list",
        }
    }
}
