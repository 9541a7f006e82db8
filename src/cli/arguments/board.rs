//! What can be typed about boards.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::Format;
use crate::model::is_login;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BoardAction {
    /// Show what would change on the project, and change nothing
    Plan {
        #[command(flatten)]
        file: BoardFileArgument,
        /// Plan a made-up project, without a network
        #[arg(long, conflicts_with = "file")]
        sample: bool,
        /// Write a log of what is read to this file
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Bring the project in step
    Apply {
        /// Board file, or the name of a board in `BOARDS_DIR` or a built-in one
        #[arg(value_name = "FILE|NAME")]
        file: String,
        /// Go on for this many minutes with whatever changes meanwhile
        #[arg(long, value_name = "MINUTES", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_080))]
        update_loop: u32,
        /// Write a log of what is read and changed to this file
        #[arg(long, value_name = "FILE")]
        log: Option<PathBuf>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// List the fields and options of the project, and what the file misses
    Fields {
        #[command(flatten)]
        file: BoardFileArgument,
        /// Show the fields of a made-up project, without a network
        #[arg(long, conflicts_with = "file")]
        sample: bool,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Write a commented board file
    Init {
        /// The file to write; with `--create-fields`, it may be there already
        file: PathBuf,
        /// Organisation or person whose project it is
        #[arg(long, value_name = "LOGIN", value_parser = parse_owner, requires = "number")]
        owner: Option<String>,
        /// Number of the project, as in its address
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(i32).range(1..), requires = "owner")]
        number: Option<i32>,
        /// Create the fields on the project that the file names and the project lacks
        #[arg(long)]
        create_fields: bool,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct BoardFileArgument {
    /// Board file, or the name of a board in `BOARDS_DIR` or a built-in one
    #[arg(value_name = "FILE|NAME", required_unless_present = "sample")]
    pub(in crate::cli) file: Option<String>,
}

/// A text that names no account.
#[derive(Debug, thiserror::Error)]
#[error("use a login, such as `plone`")]
struct NotALogin;

fn parse_owner(text: &str) -> Result<String, NotALogin> {
    if is_login(text) {
        Ok(text.to_owned())
    } else {
        Err(NotALogin)
    }
}
