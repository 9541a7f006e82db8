//! What can be typed after `pyfa npm`.

use clap::Args;

use super::fetch::FetchArguments;

#[derive(Debug, Args)]
pub(in crate::cli) struct NpmArguments {
    /// Fetch everything in the collection again
    #[arg(long, group = "mode")]
    pub(in crate::cli) refresh_from_npm: bool,
    #[command(flatten)]
    pub(in crate::cli) fetch: FetchArguments,
}
