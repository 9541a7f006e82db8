//! What can be typed to search, and to use the embedded engine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::jobs::WorkerFiles;
use super::shared::{Format, TargetArguments};

/// Whose packages are searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum RegistryArgument {
    Pypi,
    Npm,
    #[default]
    All,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArguments {
    /// Words and filters, as in the gallery's search box: `form framework:"Plone 6.1" license:MIT`;
    /// without any, everything matches. After `--`, `-word` leaves packages out
    pub(in crate::cli) words: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Show only packages of this registry
    #[arg(long, value_enum, default_value_t, value_name = "REGISTRY")]
    pub(in crate::cli) registry: RegistryArgument,
    /// Filter the results, as in `github_stars:>100`
    #[arg(long, value_name = "FILTER")]
    pub(in crate::cli) filter: Option<String>,
    /// Sort the results: `relevance`, `health`, `downloads`, `stars`, `updated`, `new`, `name`, or a
    /// field, as in `upload_timestamp:desc`
    #[arg(long, value_name = "ORDER")]
    pub(in crate::cli) sort: Option<String>,
    /// Count the values (repeatable) of `framework`, `type`, `python`, `status`, `license`, `health`,
    /// `keyword`, `maintainer`, `requires`, `registry`, `needs`, `provenance`, `publisher`, `twin`, or
    /// of a field
    #[arg(long, value_name = "FACET")]
    pub(in crate::cli) facet: Vec<String>,
    /// Maximum number of packages to print
    #[arg(short, long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(0..=250))]
    pub(in crate::cli) limit: u32,
    /// Include older releases, not only the latest of each package
    #[arg(long)]
    pub(in crate::cli) all_versions: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArguments {
    /// Address to listen on; think twice before using one other than loopback [default:
    /// 127.0.0.1:8108, or port 8109 if the settings name a Typesense server]
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) listen: Option<SocketAddr>,
    /// Folder of the engine (setting `PYFA_DATA`)
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: Option<PathBuf>,
    /// Serve the gallery alone, without the search API
    #[arg(long, conflicts_with = "no_gallery")]
    pub(in crate::cli) no_api: bool,
    /// Serve the search API alone, without the gallery
    #[arg(long)]
    pub(in crate::cli) no_gallery: bool,
    /// Let people keep archives of what they do on GitHub, below `/archive/`
    #[arg(long)]
    pub(in crate::cli) archive: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeCommandArguments {
    #[command(flatten)]
    pub(in crate::cli) serve: ServeArguments,
    /// Run jobs too, as `pyfa worker` does
    #[arg(long)]
    pub(in crate::cli) worker: bool,
    #[command(flatten)]
    pub(in crate::cli) files: WorkerFiles,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct UpArguments {
    /// Profile (setting `DEFAULT_PROFILE`); `pyfa profiles` lists them
    pub(in crate::cli) profile: Option<String>,
    /// Index a recorded sample of real packages, without a network
    #[arg(long)]
    pub(in crate::cli) sample: bool,
    /// Exit when everything is indexed, instead of serving it
    #[arg(long)]
    pub(in crate::cli) no_serve: bool,
    #[command(flatten)]
    pub(in crate::cli) serve: ServeArguments,
    /// Serve only, instead of running jobs that keep the collection current; the sample has none
    #[arg(long)]
    pub(in crate::cli) no_worker: bool,
    #[command(flatten)]
    pub(in crate::cli) files: WorkerFiles,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum EngineAction {
    /// Rebuild the search index from the stored documents
    Rebuild {
        /// Collection or alias; by default, every collection
        collection: Option<String>,
    },
    /// Restore a collection from a folder that the catalogue does not know, or list such folders
    Adopt {
        /// Folder in `collections`, a number
        folder: Option<String>,
        /// New name of the collection; by default, it keeps its name
        #[arg(long = "as", value_name = "NAME", requires = "folder")]
        name: Option<String>,
    },
}
