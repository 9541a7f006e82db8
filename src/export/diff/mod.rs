//! What two exports tell apart, and what a collection tells of the time between two days.
//!
//! Exports are read side by side in their order, so memory does not grow with them; what differs goes
//! to temporary files until it is shown. Reads only, and writes nothing that stays.

mod compare;
mod dates;
mod error;
mod read;
mod record;
mod report;
mod section;

use std::path::PathBuf;

pub use dates::Days;
pub use error::DiffError;
pub use report::{DatesReport, DiffReport, ExportSummary};
pub use section::{Entry, Section};

use crate::workspace::Workspace;

/// Compares two exports, in whatever formats.
///
/// # Errors
///
/// [`DiffError`] if one is not an export, or cannot be read to its end.
pub async fn compare_exports(before: PathBuf, after: PathBuf) -> Result<DiffReport, DiffError> {
    tokio::task::spawn_blocking(move || compare::compare(&before, &after)).await?
}

/// Lists what was uploaded to the projects of a collection between two days.
///
/// # Errors
///
/// [`DiffError`] if the collection cannot be read completely.
pub async fn list_uploads(
    workspace: &Workspace,
    collection: &str,
    days: Days,
) -> Result<DatesReport, DiffError> {
    dates::list_uploads(workspace, collection, days).await
}
