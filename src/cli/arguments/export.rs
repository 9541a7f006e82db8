//! What can be typed to export a collection, and to compare exports.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{Format, TargetArguments};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// What to write
    #[arg(long, value_enum)]
    pub(in crate::cli) to: ExportFormatArgument,
    /// File or folder to write; by default, the name of the profile with an ending, in the working
    /// directory
    #[arg(short, long, value_name = "PATH")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Only the latest release of each package (`csv` and `markdown` never have others)
    #[arg(long)]
    pub(in crate::cli) latest: bool,
    /// Date of the export, as in `2026-11-30`: ages are counted up to it; by default, the newest
    /// date in any document
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) as_of: Option<String>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ExportFormatArgument {
    /// The gallery as a folder of plain files for any web server, with search in the browser
    Site,
    /// One document on each line, with everything that is known
    Jsonl,
    /// One row for each package, for spreadsheets
    Csv,
    /// One row for each release, in columns with types
    Parquet,
    /// A database of packages and releases
    Sqlite,
    /// A list of packages by type, with what has changed since the last export
    Markdown,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DiffArguments {
    /// An export (`jsonl`, `sqlite`, `csv`, `parquet`), or the first day
    #[arg(value_name = "BEFORE")]
    pub(in crate::cli) before: String,
    /// Another export, or the day after the last
    #[arg(value_name = "AFTER")]
    pub(in crate::cli) after: String,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Print JSON
    #[arg(long)]
    pub(in crate::cli) json: bool,
}
