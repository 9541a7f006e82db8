//! What can be typed to search, and to use the embedded engine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, TargetArguments};

#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArguments {
    /// What to look for; everything if nothing is said
    pub(in crate::cli) words: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Only what this lets through, as in `github_stars:>100`
    #[arg(long, value_name = "FILTER")]
    pub(in crate::cli) filter: Option<String>,
    /// In which order, as in `upload_timestamp:desc`
    #[arg(long, value_name = "FIELD:ORDER")]
    pub(in crate::cli) sort: Option<String>,
    /// Count the values of a field (repeatable)
    #[arg(long, value_name = "FIELD")]
    pub(in crate::cli) facet: Vec<String>,
    /// How many packages to print
    #[arg(short, long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=250))]
    pub(in crate::cli) limit: u32,
    /// Older releases too, not only the latest of each package
    #[arg(long)]
    pub(in crate::cli) all_versions: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArguments {
    /// Where to listen; other than loopback only if you mean it
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8108")]
    pub(in crate::cli) listen: SocketAddr,
    /// The folder of the engine (setting `PYFA_DATA`)
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UpArguments {
    /// Profile (setting `DEFAULT_PROFILE`); `pyfa profiles` lists them
    pub(in crate::cli) profile: Option<String>,
    /// A recorded sample of real packages instead of the registry; ends when it can be searched
    #[arg(long)]
    pub(in crate::cli) sample: bool,
    #[command(flatten)]
    pub(in crate::cli) serve: ServeArguments,
    /// Where the mark of the last run is kept
    #[arg(long, value_name = "FILE", default_value = ".pyaggregator.since")]
    pub(in crate::cli) sincefile: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EngineAction {
    /// Make the search index anew from the stored documents
    Rebuild {
        /// Only this collection, or the one behind this alias
        collection: Option<String>,
    },
    /// Take a collection's folder back that the catalogue does not know; without a folder, list
    /// them
    Adopt {
        /// Its name below `collections`, a number
        folder: Option<String>,
        /// The collection's new name; without it, its own
        #[arg(long = "as", value_name = "NAME", requires = "folder")]
        name: Option<String>,
    },
}
