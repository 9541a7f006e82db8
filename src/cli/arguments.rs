//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What every verb understands.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Say more; twice says everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    /// Say nothing but errors and results
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// The folder of ledger and cache (setting `PYFA_HOME`)
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) home: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Fetch packages from PyPI into a collection
    Pypi(Box<PypiArguments>),
    /// Say why a project is, or is not, in a collection
    Explain(ExplainArguments),
    /// List and check profiles
    Profiles {
        #[command(subcommand)]
        action: Option<ProfilesAction>,
        /// How to print
        #[arg(long, value_enum, default_value_t, global = true)]
        format: Format,
    },
    /// Print every setting and where it came from
    Config {
        /// How to print
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Look after the disk cache
    Cache {
        #[command(subcommand)]
        action: CacheAction,
    },
    /// Add what GitHub knows to a collection
    Github(GithubArguments),
    /// List, migrate, alias and version collections, and make keys
    Manage(Box<ManageArguments>),
    /// Print completions for a shell
    Completions { shell: clap_complete::Shell },
}

/// Which collection is meant.
#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// Profile (setting `DEFAULT_PROFILE`); `pyfa profiles` lists them
    #[arg(short, long, value_name = "KEY", num_args = 0..=1, default_missing_value = "")]
    pub(super) profile: Option<String>,
    /// Alias or collection; a profile without it targets its own name
    #[arg(short, long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub(super) target: Option<String>,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(super) struct PypiArguments {
    /// Full: everything that matches
    #[arg(short = 'f', long = "first", group = "mode")]
    pub(super) full: bool,
    /// Incremental: what has changed since the last complete run
    #[arg(short, long, group = "mode")]
    pub(super) incremental: bool,
    /// Everything that is indexed, again
    #[arg(long, group = "mode")]
    pub(super) refresh_from_pypi: bool,
    /// Print the newest document of a project as JSON
    #[arg(long, value_name = "NAME", group = "mode")]
    pub(super) show: Option<String>,
    /// With `--show`: every version
    #[arg(long, requires = "show")]
    pub(super) all_versions: bool,

    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Only this project, alone or beside a mode (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(super) project: Vec<String>,
    /// Exactly so many matching projects
    #[arg(short, long, value_name = "N", num_args = 0..=1, default_missing_value = "0")]
    pub(super) limit: Option<usize>,
    /// Only projects whose name contains TEXT (also `-fn`)
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "")]
    pub(super) filter_name: Option<String>,
    /// Select by classifier and its children (repeatable; also `-ft`)
    #[arg(long, value_name = "CLASSIFIER", conflicts_with = "profile")]
    pub(super) filter_troove: Vec<String>,
    /// Without profile and classifiers: everything, not only `Framework :: Plone`
    #[arg(long)]
    pub(super) no_plone_filter: bool,
    /// Where the mark of the last run is kept
    #[arg(
        short, long, value_name = "FILE", default_value = ".pyaggregator.since",
        num_args = 0..=1, default_missing_value = ".pyaggregator.since"
    )]
    pub(super) sincefile: PathBuf,
    /// How a full run finds projects
    #[arg(long, value_enum, default_value_t)]
    pub(super) discovery: DiscoveryArgument,
    /// Which releases the collection holds, recorded at its first run
    #[arg(long, value_enum)]
    pub(super) versions: Option<VersionsArgument>,
    /// Ignore ledger and cache for what is examined
    #[arg(long)]
    pub(super) force: bool,
    /// Allow removals and changes of rules that were held back
    #[arg(long)]
    pub(super) prune: bool,
    /// Print what would be added, changed and deleted, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// The project
    pub(super) name: String,
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Subcommand)]
pub(super) enum ProfilesAction {
    /// Validate every profile
    Check,
}

#[derive(Debug, Subcommand)]
pub(super) enum CacheAction {
    /// Say how large the disk cache is
    Size,
    /// Shrink the disk cache to its limit, or empty it with `--all`
    Prune {
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct GithubArguments {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Only this package
    #[arg(short, long)]
    pub(super) name: Option<String>,
}

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a verb of the guide's flat command line"
)]
pub(super) struct ManageArguments {
    /// List collections (also `-ls`)
    #[arg(long)]
    pub(super) list_collections: bool,
    /// List the names of collections (also `-lsn`)
    #[arg(long)]
    pub(super) list_collection_names: bool,
    /// List aliases (also `-lsa`)
    #[arg(long)]
    pub(super) list_aliases: bool,
    /// List search-only keys (also `-lssoa`)
    #[arg(long)]
    pub(super) list_search_only_apikeys: bool,
    /// Copy a collection
    #[arg(long)]
    pub(super) migrate: bool,
    /// Point the alias `-s` at the collection `-t`
    #[arg(long)]
    pub(super) add_alias: bool,
    /// Make a key that can only search
    #[arg(long)]
    pub(super) add_search_only_apikey: bool,
    /// The value of the key (also `-key`)
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "")]
    pub(super) key: Option<String>,
    /// Source collection, or alias
    #[arg(short, long, value_name = "NAME")]
    pub(super) source: Option<String>,
    #[command(flatten)]
    pub(super) target: TargetArguments,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum DiscoveryArgument {
    /// `browse` where its answer is plausible, else `simple`
    #[default]
    Auto,
    /// Read every project that the ledger does not know at its serial
    Simple,
    /// Ask the registry for the classifiers, and verify each answer
    Browse,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VersionsArgument {
    All,
    Latest,
}
