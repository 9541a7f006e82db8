//! What can be typed to keep a person's own archive.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::Format;
use crate::archive::Week;

/// Where an archive is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(in crate::cli) struct PlaceArguments {
    /// A folder with a file for each week
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) folder: Option<PathBuf>,
    /// The member of Open Humans whose token is in `OPENHUMANS_ACCESS_TOKEN`
    #[arg(long, value_enum, value_name = "SERVICE")]
    pub(in crate::cli) to: Option<Service>,
}

/// Where archives can be uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Service {
    Openhumans,
}

/// Which shape an exported document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ShapeArgument {
    /// Everything, by week
    Weeks,
    /// Commits by repository, as Open Humans' first GitHub integration has them
    Original,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ArchiveAction {
    /// Gather what somebody has done on GitHub since the last time, by week
    Sync {
        /// Login of the account; by default, that of the token's owner
        login: Option<String>,
        #[command(flatten)]
        place: PlaceArguments,
        /// Read from this week on, also what was read before
        #[arg(long, value_name = "WEEK")]
        since: Option<Week>,
        /// Read private repositories too
        #[arg(long)]
        private: bool,
        /// Read public repositories alone, and remove what was read of private ones
        #[arg(long, conflicts_with = "private")]
        public: bool,
        /// Time zone of the weeks, such as `Europe/Berlin` [default: as before, or UTC]
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show how far an archive goes, and what it holds
    Status {
        #[command(flatten)]
        place: PlaceArguments,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Write an archive as one JSON document
    Export {
        /// Folder of the archive
        #[arg(long, value_name = "DIR")]
        folder: PathBuf,
        /// Shape of the document
        #[arg(long, value_enum, default_value = "weeks")]
        shape: ShapeArgument,
        /// File to write; by default, standard output
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Check every file of an archive against its checksum
    Verify {
        /// Folder of the archive
        #[arg(long, value_name = "DIR")]
        folder: PathBuf,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Delete an archive
    Delete {
        #[command(flatten)]
        place: PlaceArguments,
        /// Do not ask
        #[arg(short, long)]
        force: bool,
    },
}
