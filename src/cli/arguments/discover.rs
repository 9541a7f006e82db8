//! What can be typed to grow the map of developers and repositories.

use clap::Subcommand;

use super::shared::Format;
use crate::model::RepositorySlug;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum DiscoverAction {
    /// Put accounts and repositories into the map, from which it grows
    Add {
        /// Accounts, and repositories with their owners and contributors
        #[arg(value_name = "LOGIN|OWNER/NAME")]
        seeds: Vec<String>,
        /// The repositories behind this profile's packages, with their owners and contributors
        #[arg(short, long, value_name = "KEY")]
        profile: Vec<String>,
        /// Alias or collection of the profile; by default, the name of the profile
        #[arg(short, long, value_name = "NAME", requires = "profile")]
        target: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sync developers whose turn it is, and read accounts that are new
    Run {
        /// Developers to sync (setting `DISCOVERY_COUNT`)
        #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        count: Option<u32>,
        /// Grow a made-up map, without a network
        #[arg(long)]
        sample: bool,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sync one developer: account, repositories with stargazers, followers, following, stars
    User {
        /// Login of the account
        login: String,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sync one repository: its owner, stargazers and contributors
    Repository {
        #[arg(value_name = "OWNER/NAME")]
        slug: RepositorySlug,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show how large the map is, and what is owed
    Status {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Name people nowhere any more, at their wish, and remove them from the map for good
    Forget {
        /// Logins on GitHub, users of PyPI (`pypi:NAME`) or npm (`npm:NAME`), names or addresses of
        /// authors (`name:NAME`)
        #[arg(value_name = "NAME", required_unless_present = "list")]
        names: Vec<String>,
        /// List who is forgotten, as far as that is known
        #[arg(long, conflicts_with_all = ["names", "take_back"])]
        list: bool,
        /// Take it back: these people may be named, and stored by later syncs
        #[arg(long)]
        take_back: bool,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}
