//! What can be typed after every command that fetches from a registry.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::shared::{Format, TargetArguments};

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub(in crate::cli) struct FetchArguments {
    /// Full run: fetch everything that matches
    #[arg(short = 'f', long = "first", group = "mode")]
    pub(in crate::cli) full: bool,
    /// Incremental run: fetch what changed since the last complete run
    #[arg(short, long, group = "mode")]
    pub(in crate::cli) incremental: bool,
    /// Print the newest document of a project as JSON
    #[arg(long, value_name = "NAME", group = "mode")]
    pub(in crate::cli) show: Option<String>,
    /// With `--show`, print every version
    #[arg(long, requires = "show")]
    pub(in crate::cli) all_versions: bool,

    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Only this project; works alone or with a mode (repeatable)
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) project: Vec<String>,
    /// Stop after N matching projects
    #[arg(short, long, value_name = "N", num_args = 0..=1, default_missing_value = "0")]
    pub(in crate::cli) limit: Option<usize>,
    /// Only projects whose name contains TEXT (also `-fn`)
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "")]
    pub(in crate::cli) filter_name: Option<String>,
    /// File that holds the timestamp of the last complete run
    #[arg(
        short, long, value_name = "FILE", default_value = ".pyaggregator.since",
        num_args = 0..=1, default_missing_value = ".pyaggregator.since"
    )]
    pub(in crate::cli) sincefile: PathBuf,
    /// Which releases to keep; the first run records the choice
    #[arg(long, value_enum)]
    pub(in crate::cli) versions: Option<VersionsArgument>,
    /// Ignore the ledger and the cache
    #[arg(long)]
    pub(in crate::cli) force: bool,
    /// Allow removals and rule changes that were held back
    #[arg(long)]
    pub(in crate::cli) prune: bool,
    /// Print what would be added, changed and deleted, without writing anything
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum VersionsArgument {
    All,
    Latest,
}
