//! What can be typed: the command line as clap parses it.
//!
//! Plain data in clap's types. Each command turns its arguments into a request before anything
//! else happens; no command fills in the arguments of another one. Called by `cli` and by the
//! commands.

mod activity;
mod archive;
mod board;
mod database;
mod discover;
mod enrich;
mod error;
mod export;
mod fetch;
mod jobs;
mod manage;
mod npm;
mod pypi;
mod serving;
mod shared;

use clap::{Args, Parser, Subcommand};

pub(super) use activity::{
    ActivityAction, ByArgument, FollowedArguments, MetricsArguments, MetricsFormat,
    ScheduleArgument,
};
pub(super) use archive::{ArchiveAction, PlaceArguments, ShapeArgument};
pub(super) use board::BoardAction;
pub(super) use database::{DatabaseAction, FileFormat};
pub(super) use discover::DiscoverAction;
pub(super) use enrich::{
    AgeArguments, EnrichCommand, EnrichOptions, GithubArguments, PackagesArguments, SourceArgument,
};
pub(super) use export::{DiffArguments, ExportArguments, ExportFormatArgument};
pub(super) use fetch::{FetchArguments, VersionsArgument};
pub(super) use jobs::{JobsAction, WorkerArguments, WorkerFiles};
pub(super) use manage::{
    AliasCommand, ApiKeyCommand, ChangeArguments, GuideFlags, KeyCommand, KeyOptions,
    ListArguments, ManageArguments, ManageCommand, MigrateArguments, NamedCollection,
    ShowArguments,
};
pub(super) use npm::NpmArguments;
pub(super) use pypi::{DiscoveryArgument, PypiArguments};
pub(super) use serving::{
    EngineAction, RegistryArgument, SearchArguments, ServeArguments, ServeCommandArguments,
    UpArguments,
};
pub(super) use shared::{Format, GlobalArguments, LogFormat, TargetArguments};

/// Keeps the search index of a software ecosystem complete, current and rich.
#[derive(Debug, Parser)]
#[command(
    name = "pyfa",
    version,
    propagate_version = true,
    disable_help_subcommand = true,
    arg_required_else_help = true
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) global: GlobalArguments,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch packages from PyPI into a collection
    Pypi(Box<PypiArguments>),
    /// Fetch packages from npm into a collection
    Npm(Box<NpmArguments>),
    /// Explain why a project is, or is not, in a collection
    Explain(ExplainArguments),
    /// List and check profiles
    Profiles {
        #[command(subcommand)]
        action: Option<ProfilesAction>,
        /// Output format
        #[arg(long, value_enum, default_value_t, global = true)]
        format: Format,
    },
    /// Show every setting and where it was set
    Config {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Manage the disk cache
    Cache {
        #[command(subcommand)]
        action: CacheAction,
    },
    #[command(flatten)]
    Enrich(EnrichCommand),
    /// Manage collections, aliases and search-only keys
    Manage(Box<ManageArguments>),
    /// Search a collection
    Search(SearchArguments),
    /// Write what a collection holds to files: the gallery, tables, a database, a list
    Export(ExportArguments),
    /// Compare two exports, or list what was uploaded between two days
    Diff(DiffArguments),
    /// Serve the gallery to browsers, and the embedded engine to front ends
    Serve(ServeCommandArguments),
    /// Fetch and enrich a profile, then serve it; `--sample` works offline
    Up(UpArguments),
    /// Maintain the embedded engine
    Engine {
        #[command(subcommand)]
        action: EngineAction,
    },
    /// Follow issues, pull requests and their timelines
    Activity {
        #[command(subcommand)]
        action: ActivityAction,
    },
    /// Grow a map of developers and repositories along their connections
    Discover {
        #[command(subcommand)]
        action: DiscoverAction,
    },
    /// Keep a project on GitHub in step with issues and discussions of many repositories
    Board {
        #[command(subcommand)]
        action: BoardAction,
    },
    /// Keep a person's own archive of what they do on GitHub
    Archive {
        #[command(subcommand)]
        action: ArchiveAction,
    },
    /// Run jobs: those that are queued, and those that run by the clock
    Worker(WorkerArguments),
    /// List, queue and cancel jobs
    Jobs {
        #[command(subcommand)]
        action: JobsAction,
    },
    /// Maintain the database of activity, discovery and jobs
    Database {
        #[command(subcommand)]
        action: DatabaseAction,
    },
    /// Print shell completions
    Completions { shell: clap_complete::Shell },
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// Project name
    pub(super) name: String,
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProfilesAction {
    /// Validate every profile
    Check {
        /// Also ask the registry for classifiers that pyfa does not know yet
        #[arg(long)]
        online: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheAction {
    /// Show the size of the disk cache
    Size,
    /// Shrink the disk cache to its limit
    Prune {
        /// Remove every entry
        #[arg(long)]
        all: bool,
    },
}
