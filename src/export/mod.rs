//! Exports: what a collection holds, as files for other programs and people, and what two exports
//! tell apart.
//!
//! The documents are read once, completely, into a file next to the export (`documents`). Each format
//! is written from there by a file of its own, and moved to its place when it is whole (`target`). So
//! every format works with either engine, and nothing incomplete is ever at the place of an export.
//!
//! Never writes to a collection, prints nothing, and reads no settings. Called by `cli`.

mod csv;
pub mod diff;
mod documents;
mod error;
mod jsonl;
mod markdown;
mod package;
#[cfg(feature = "parquet")]
mod parquet;
mod request;
mod site;
mod sqlite;
mod target;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use error::ExportError;
pub use request::{ExportFormat, ExportReport, ExportRequest, Scope};

use crate::model::Forgotten;
use crate::web::people::People;
use crate::workspace::Workspace;
use documents::{Documents, read_collection};
use target::Target;

/// The documents of latest releases, in the server's words.
const LATEST: &str = "is_latest:=true";
/// How long the list of who asked to be forgotten is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Exports a collection.
///
/// # Errors
///
/// [`ExportError`]; what was at the place before is there unchanged then.
pub async fn export(
    workspace: &Workspace,
    request: ExportRequest,
) -> Result<ExportReport, ExportError> {
    let begun = Instant::now();
    check(&request)?;
    let format = request.format;
    let target = Target::take(&request.output, format.describe(), |place| {
        is_at(format, place)
    })?;
    let collection = workspace.find_collection(&request.collection).await?;
    let forgotten = fetch_forgotten(&request).await?;
    let scope = if format.has_packages_only() {
        Scope::Latest
    } else {
        request.scope
    };
    let documents = read_collection(
        &workspace.search,
        &collection.name,
        // The tables of a site tell of all releases, whichever have pages.
        (scope == Scope::Latest && format != ExportFormat::Site).then_some(LATEST),
        forgotten,
        &target.documents(),
        &workspace.progress,
    )
    .await?;
    let as_of = request.as_of.unwrap_or_else(|| documents.newest());
    let mut report = ExportReport {
        output: request.output.clone(),
        packages: documents.packages,
        documents: match scope {
            Scope::All => documents.count,
            Scope::Latest => documents.packages,
        },
        as_of: package::moment(as_of),
        seconds: 0.0,
    };
    if let (ExportFormat::Site, Some(profile)) = (format, &request.profile) {
        let about = site::About {
            profile,
            gallery: &request.gallery,
            scope,
            as_of,
            progress: &workspace.progress,
        };
        let (engine, result) = (target.engine(), target.result());
        Box::pin(site::write(&documents, &about, &engine, &result)).await?;
        drop(documents);
        tokio::task::spawn_blocking(move || target.publish()).await??;
    } else {
        tokio::task::spawn_blocking(move || {
            write_file(&request, scope, as_of, &documents, &target)?;
            target.publish()
        })
        .await??;
    }
    report.seconds = begun.elapsed().as_secs_f64();
    Ok(report)
}

/// Fetches who asked to be forgotten; an export says nothing of them.
async fn fetch_forgotten(request: &ExportRequest) -> Result<Arc<Forgotten>, ExportError> {
    let people = People::new(request.gallery.database.as_ref(), PATIENCE);
    people.fetch_forgotten().await.ok_or(ExportError::NoList)
}

/// What cannot be, whatever the collection holds.
fn check(request: &ExportRequest) -> Result<(), ExportError> {
    match request.format {
        ExportFormat::Site if request.profile.is_none() => Err(ExportError::NoProfile("a site")),
        ExportFormat::Markdown if request.profile.is_none() => {
            Err(ExportError::NoProfile("a list by type"))
        }
        ExportFormat::Parquet if !cfg!(feature = "parquet") => Err(ExportError::NoParquet),
        _ => Ok(()),
    }
}

/// Writes a format that is one file.
fn write_file(
    request: &ExportRequest,
    scope: Scope,
    as_of: i64,
    documents: &Documents,
    target: &Target,
) -> Result<(), ExportError> {
    let result = target.result();
    match request.format {
        ExportFormat::Site => Err(ExportError::NoProfile("a site")),
        ExportFormat::Jsonl => jsonl::write(documents, scope, &result),
        ExportFormat::Csv => csv::write(documents, &result),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => parquet::write(documents, scope, as_of, &result),
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Parquet => Err(ExportError::NoParquet),
        ExportFormat::Sqlite => {
            let about = sqlite::About {
                collection: &request.collection,
                profile: request.profile.as_ref(),
                scope,
                as_of,
            };
            sqlite::write(documents, &about, &result)
        }
        ExportFormat::Markdown => write_list(request, as_of, documents, target, &result),
    }
}

fn write_list(
    request: &ExportRequest,
    as_of: i64,
    documents: &Documents,
    target: &Target,
    result: &Path,
) -> Result<(), ExportError> {
    let Some(profile) = &request.profile else {
        return Err(ExportError::NoProfile("a list by type"));
    };
    let appearance = request.gallery.profiles.get(&profile.key);
    let title = appearance.and_then(|appearance| appearance.title.as_deref());
    let description = appearance.and_then(|appearance| appearance.description.as_deref());
    let roots: Vec<String> = profile.rules.classifiers().map(str::to_owned).collect();
    let about = markdown::About {
        title: title.unwrap_or(&profile.name),
        description: description.unwrap_or(&profile.description),
        roots: &roots,
        as_of,
    };
    markdown::write(documents, &about, target.previous(), result)
}

/// Whether what is at a place is an export in a format.
fn is_at(format: ExportFormat, place: &Path) -> io::Result<bool> {
    match format {
        ExportFormat::Site => site::is_ours(place),
        ExportFormat::Jsonl => jsonl::is_ours(place),
        ExportFormat::Csv => csv::is_ours(place),
        #[cfg(feature = "parquet")]
        ExportFormat::Parquet => parquet::is_ours(place),
        #[cfg(not(feature = "parquet"))]
        ExportFormat::Parquet => Ok(false),
        ExportFormat::Sqlite => sqlite::is_ours(place),
        ExportFormat::Markdown => markdown::is_ours(place),
    }
}
