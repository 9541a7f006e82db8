//! What can be typed to look after the database.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::shared::Format;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DatabaseAction {
    /// Show where the database is and what it holds
    Status {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Bring the tables up to date, which every command that needs them does too
    Migrate {
        /// Then copy everything into this database, a file or `postgres://user@host/database`, which
        /// has to be empty; the password is
        /// `PYFA_DATABASE_PASSWORD`
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Write each table to a file that is named after it
    Export {
        /// Format of the files
        #[arg(long, value_enum, default_value_t)]
        format: FileFormat,
        /// Folder of the files; created if missing
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FileFormat {
    /// A JSON object a line
    #[default]
    Jsonl,
    /// A table with a line of names
    Csv,
}
