//! What can be typed.

mod manage;
mod serving;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

pub(super) use manage::ManageArguments;
pub(super) use serving::{EngineAction, SearchArguments, ServeArguments, UpArguments};

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
    /// Add how often packages are downloaded
    Downloads(DownloadsArguments),
    /// Add what a vulnerability database knows against each release
    Advisories(PackagesArguments),
    /// Score how healthy packages are
    Health(HealthArguments),
    /// Add all that is due: GitHub, downloads, advisories, health
    Enrich(EnrichArguments),
    /// List, migrate, alias and version collections, and make keys
    Manage(Box<ManageArguments>),
    /// Search a collection
    Search(SearchArguments),
    /// Answer front ends from the embedded engine
    Serve(ServeArguments),
    /// Fetch what is due, enrich it if a token is there, and serve; with `--sample` without a network
    Up(UpArguments),
    /// Look after the embedded engine
    Engine {
        #[command(subcommand)]
        action: EngineAction,
    },
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
    Check {
        /// Also ask the registry for classifiers that the program's list lacks
        #[arg(long)]
        online: bool,
    },
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
    #[arg(short, long, value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Only so many packages
    #[arg(short, long, value_name = "N")]
    pub(super) limit: Option<usize>,
    /// Where `github_problems.json` and `github_problems.md` go; made if it is missing
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(super) report_dir: PathBuf,
    #[command(flatten)]
    pub(super) age: AgeArguments,
    /// Ask and write nothing; print how much would be
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

/// When GitHub is asked again.
#[derive(Debug, Args)]
pub(super) struct AgeArguments {
    /// Ask GitHub again for what was learned longer ago, as in `0s`, `36h`, `7d`
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "24h")]
    pub(super) max_age: Duration,
    /// The same for contributors, which cost a call for each repository
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "7d")]
    pub(super) max_age_of_contributors: Duration,
    /// Sleep until GitHub's quota is back, instead of ending with 3
    #[arg(long)]
    pub(super) wait: bool,
}

fn duration(text: &str) -> Result<Duration, String> {
    crate::config::read_duration(text).map_err(|wrong| format!("it {wrong}"))
}

/// Which packages an enricher looks at, and how it tells.
#[derive(Debug, Args)]
pub(super) struct PackagesArguments {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Only this package
    #[arg(short, long, value_name = "PACKAGE")]
    pub(super) name: Option<String>,
    /// Only so many packages, in the order of their names
    #[arg(short, long, value_name = "N", num_args = 0..=1, default_missing_value = "0")]
    pub(super) limit: Option<usize>,
    /// Ask nothing and write nothing; say what would be written of what is known
    #[arg(long)]
    pub(super) dry_run: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct DownloadsArguments {
    #[command(flatten)]
    pub(super) packages: PackagesArguments,
    /// Who counts
    #[arg(long, value_enum, default_value_t)]
    pub(super) source: SourceArgument,
}

#[derive(Debug, Args)]
pub(super) struct HealthArguments {
    #[command(flatten)]
    pub(super) packages: PackagesArguments,
    /// `default`, `pyf`, or a file with weights (setting `HEALTH_RULES`)
    #[arg(long, value_name = "RULES")]
    pub(super) rules: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct EnrichArguments {
    #[command(flatten)]
    pub(super) packages: PackagesArguments,
    /// Who counts downloads
    #[arg(long, value_enum, default_value_t)]
    pub(super) source: SourceArgument,
    /// `default`, `pyf`, or a file with weights (setting `HEALTH_RULES`)
    #[arg(long, value_name = "RULES")]
    pub(super) rules: Option<PathBuf>,
    /// Where `github_problems.json` and `github_problems.md` go; none are written without it
    #[arg(long, value_name = "DIR")]
    pub(super) report_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(super) age: AgeArguments,
}

impl EnrichArguments {
    /// What `pyfa enrich -p PROFILE` means.
    pub(super) fn of(profile: &str) -> Result<Self, clap::Error> {
        let command = Self::augment_args(clap::Command::new("enrich"));
        Self::from_arg_matches(&command.try_get_matches_from(["enrich", "-p", profile])?)
    }
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum SourceArgument {
    /// `clickhouse`, and `pypistats` where it fails
    #[default]
    Auto,
    /// Many packages in one query, mirrors included
    Clickhouse,
    /// One package per call, thirty a minute, without mirrors
    Pypistats,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum VersionsArgument {
    All,
    Latest,
}
