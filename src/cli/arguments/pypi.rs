//! What can be typed after `pyfa pypi`, and `pyfaggregator`.

use clap::{Args, ValueEnum};

use super::fetch::FetchArguments;

#[derive(Debug, Args)]
pub(in crate::cli) struct PypiArguments {
    /// Fetch everything in the collection again
    #[arg(long, group = "mode")]
    pub(in crate::cli) refresh_from_pypi: bool,
    #[command(flatten)]
    pub(in crate::cli) fetch: FetchArguments,
    /// Select by classifier, including its children (repeatable; also `-ft`)
    #[arg(long, value_name = "CLASSIFIER", conflicts_with = "profile")]
    pub(in crate::cli) filter_troove: Vec<String>,
    /// Without a profile or classifiers, fetch everything instead of `Framework :: Plone`
    #[arg(long)]
    pub(in crate::cli) no_plone_filter: bool,
    /// How a full run finds projects
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) discovery: DiscoveryArgument,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum DiscoveryArgument {
    /// `browse` if its answer is plausible, else `simple`
    #[default]
    Auto,
    /// Read every project that is new or changed since the ledger last saw it
    Simple,
    /// Ask the registry which projects have the classifiers, and verify each one
    Browse,
}
