//! What can be typed after `pyfa manage`, and `pyfupdater`: a command, or the guide's flags, which
//! are aliases of the commands.
//!
//! Nothing here runs. `commands/manage/resolve.rs` turns both spellings into the same request.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{Format, TargetArguments};

const SINCE_FILE: &str = ".pyaggregator.since";
const FLAGS: &str = "Flags of pyfupdater (aliases of the commands)";

#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub(in crate::cli) struct ManageArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<ManageCommand>,
    #[command(flatten)]
    pub(in crate::cli) flags: GuideFlags,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ManageCommand {
    /// List collections with their aliases, documents and last complete run (`-ls`)
    List {
        #[command(flatten)]
        list: ListArguments,
        /// File that holds the timestamps of complete runs
        #[arg(long, value_name = "FILE", default_value = SINCE_FILE)]
        sincefile: PathBuf,
    },
    /// List the names to search under, one per line: aliases, and collections without one (`-lsn`)
    Names(ListArguments),
    /// Print the newest document of a package as JSON (`--show`)
    Show(ShowArguments),
    /// Copy a collection, or copy everything to another search server (`--migrate`)
    Migrate(MigrateArguments),
    /// Rebuild a collection as a new version, then move its aliases there (`--recreate-collection`)
    Recreate(NamedCollection),
    /// Move the aliases back to the version before the last rebuild (`--rollback`)
    Rollback(NamedCollection),
    /// Delete a collection with all its documents (`--delete-collection`)
    Delete(NamedCollection),
    /// List, set and delete aliases
    Alias {
        #[command(subcommand)]
        command: AliasCommand,
    },
    /// List, create and delete keys of the API under `/api/v1/`
    ApiKey {
        #[command(subcommand)]
        command: ApiKeyCommand,
    },
    /// List, create and delete search-only keys
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AliasCommand {
    /// List aliases (`-lsa`)
    List(ListArguments),
    /// Point an alias at a collection; creates the alias if it is missing (`--add-alias`)
    Add {
        /// Name of the alias
        alias: String,
        /// Collection, or another alias of it
        collection: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Delete an alias; the collection stays (`--delete-alias`)
    Delete {
        /// Name of the alias
        alias: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeyCommand {
    /// List search-only keys, without their values (`-lssoa`)
    List(ListArguments),
    /// Create a key that can only search a collection and its versions (`--add-search-only-apikey`)
    Add {
        /// Alias or collection (default: setting `DEFAULT_PROFILE`)
        collection: Option<String>,
        #[command(flatten)]
        key: KeyOptions,
        /// Also derive a key that only sees documents matching FILTER
        #[arg(long, value_name = "FILTER")]
        scope: Option<String>,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Derive a key that only sees documents matching a filter; asks no server (`--scope`)
    Derive {
        /// Filter, as in `filter_by`
        filter: String,
        #[command(flatten)]
        key: KeyOptions,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Delete a key (`--delete-apikey`)
    Delete {
        /// Number of the key, as in `pyfa manage key list`
        id: u64,
        #[command(flatten)]
        change: ChangeArguments,
    },
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ApiKeyCommand {
    /// List keys, masked (`--list-api-keys`)
    List(ListArguments),
    /// Create a key, which is printed once (`--add-api-key`)
    Add {
        /// What to call the key
        name: String,
        /// What it may do, separated by commas: `read`, `tasks`, `admin`, `emails`
        #[arg(long, value_name = "SCOPES", default_value = "read")]
        scopes: String,
        /// When the key expires: `2027-12-31`, a time, or `90d` from now
        #[arg(long, value_name = "WHEN")]
        expires: Option<String>,
        #[command(flatten)]
        change: ChangeArguments,
    },
    /// Delete a key (`--delete-api-key`)
    Delete {
        /// Name of the key
        name: String,
        #[command(flatten)]
        change: ChangeArguments,
    },
}

/// Options of the commands that list.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListArguments {
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

/// Options of the commands that change something.
#[derive(Debug, Default, PartialEq, Eq, Args)]
pub(in crate::cli) struct ChangeArguments {
    /// Do not ask for confirmation
    #[arg(short, long)]
    pub(in crate::cli) force: bool,
    /// Print what would be done, without doing it
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArguments {
    /// Name of the package
    pub(in crate::cli) package: String,
    /// Print every version
    #[arg(long)]
    pub(in crate::cli) all_versions: bool,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MigrateArguments {
    /// Collection or alias to copy; with `--from` or `--to`, by default everything
    pub(in crate::cli) source: Option<String>,
    /// Name of the copy, a plain collection
    pub(in crate::cli) target: Option<String>,
    /// Search server to copy from: `embedded`, `embedded:DIR`, or nodes as in `TYPESENSE_NODES`
    /// (their key is the setting `MIGRATE_API_KEY`); by default, the one in the settings
    #[arg(long, value_name = "SERVER")]
    pub(in crate::cli) from: Option<String>,
    /// Search server to copy to, named as for `--from`
    #[arg(long, value_name = "SERVER")]
    pub(in crate::cli) to: Option<String>,
    /// File that holds the timestamps of complete runs
    #[arg(long, value_name = "FILE", default_value = SINCE_FILE)]
    pub(in crate::cli) sincefile: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) change: ChangeArguments,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NamedCollection {
    /// Alias or collection
    pub(in crate::cli) name: String,
    /// File that holds the timestamps of complete runs
    #[arg(long, value_name = "FILE", default_value = SINCE_FILE)]
    pub(in crate::cli) sincefile: PathBuf,
    #[command(flatten)]
    pub(in crate::cli) change: ChangeArguments,
}

/// What a search-only key is made from.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyOptions {
    /// Value of the key; `-` reads it from standard input (also `-key`)
    #[arg(
        long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "",
        allow_hyphen_values = true
    )]
    pub(in crate::cli) key: Option<String>,
    /// When the key expires: `2027-12-31`, a time, or `90d` from now
    #[arg(long, value_name = "WHEN")]
    pub(in crate::cli) expires: Option<String>,
    /// What the key is for
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) description: Option<String>,
}

/// The flat command line of the guide: one flag per command, and options for all of them.
#[derive(Debug, Default, PartialEq, Eq, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a command of the guide's flat command line"
)]
#[command(next_help_heading = FLAGS)]
pub(in crate::cli) struct GuideFlags {
    /// `list` (also `-ls`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) list_collections: bool,
    /// `names` (also `-lsn`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) list_collection_names: bool,
    /// `alias list` (also `-lsa`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) list_aliases: bool,
    /// `key list` (also `-lssoa`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) list_search_only_apikeys: bool,
    /// `show`, from the collection `-t` or `-p`
    #[arg(long, value_name = "PACKAGE", group = "verb", hide_short_help = true)]
    pub(in crate::cli) show: Option<String>,
    /// With `--show`, print every version
    #[arg(long, requires = "show", hide_short_help = true)]
    pub(in crate::cli) all_versions: bool,

    /// `migrate`, from the collection `-s` (or `-p`) to the plain collection `-t`
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) migrate: bool,
    /// With `--migrate`, the search server to copy from
    #[arg(
        long,
        value_name = "SERVER",
        requires = "migrate",
        hide_short_help = true
    )]
    pub(in crate::cli) from: Option<String>,
    /// With `--migrate`, the search server to copy to
    #[arg(
        long,
        value_name = "SERVER",
        requires = "migrate",
        hide_short_help = true
    )]
    pub(in crate::cli) to: Option<String>,
    /// `recreate`
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", hide_short_help = true
    )]
    pub(in crate::cli) recreate_collection: Option<String>,
    /// `rollback`
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", hide_short_help = true
    )]
    pub(in crate::cli) rollback: Option<String>,
    /// `delete`
    #[arg(long, value_name = "NAME", group = "verb", hide_short_help = true)]
    pub(in crate::cli) delete_collection: Option<String>,

    /// `alias add`, from the alias `-s` to the collection `-t` (or `-p`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) add_alias: bool,
    /// `alias delete` (or name the alias with `-s`)
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", hide_short_help = true
    )]
    pub(in crate::cli) delete_alias: Option<String>,

    /// `key add`, for the collection `-t` (or `-p`)
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) add_search_only_apikey: bool,
    /// Value of the key; `-` reads it from standard input (also `-key`)
    #[arg(
        long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "",
        allow_hyphen_values = true, hide_short_help = true
    )]
    pub(in crate::cli) key: Option<String>,
    /// When the key expires: `2027-12-31`, a time, or `90d` from now
    #[arg(long, value_name = "WHEN", hide_short_help = true)]
    pub(in crate::cli) expires: Option<String>,
    /// What the key is for
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub(in crate::cli) description: Option<String>,
    /// Derive a key that only sees documents matching FILTER, from the new key or from `-key`
    #[arg(long, value_name = "FILTER", hide_short_help = true)]
    pub(in crate::cli) scope: Option<String>,
    /// `key delete`
    #[arg(long, value_name = "ID", group = "verb", hide_short_help = true)]
    pub(in crate::cli) delete_apikey: Option<u64>,
    /// `api-key list`
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) list_api_keys: bool,
    /// `api-key add`
    #[arg(long, value_name = "NAME", group = "verb", hide_short_help = true)]
    pub(in crate::cli) add_api_key: Option<String>,
    /// With `--add-api-key`, what the key may do (default: `read`)
    #[arg(
        long,
        value_name = "SCOPES",
        requires = "add_api_key",
        hide_short_help = true
    )]
    pub(in crate::cli) scopes: Option<String>,
    /// `api-key delete`
    #[arg(long, value_name = "NAME", group = "verb", hide_short_help = true)]
    pub(in crate::cli) delete_api_key: Option<String>,
    /// Count the jobs of `pyfa worker`
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) queue_stats: bool,
    /// Cancel the jobs that wait for `pyfa worker`
    #[arg(long, group = "verb", hide_short_help = true)]
    pub(in crate::cli) purge_queue: bool,

    /// Source collection, or the alias to set or delete
    #[arg(
        short, long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        hide_short_help = true
    )]
    pub(in crate::cli) source: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    #[command(flatten)]
    pub(in crate::cli) change: ChangeArguments,
    /// File that holds the timestamps of complete runs
    #[arg(long, value_name = "FILE", default_value = SINCE_FILE, hide_short_help = true)]
    pub(in crate::cli) sincefile: PathBuf,
}

impl GuideFlags {
    /// Whether nothing was typed that makes a difference.
    pub(in crate::cli) fn are_defaults(&self) -> bool {
        let defaults = Self {
            sincefile: SINCE_FILE.into(),
            ..Self::default()
        };
        *self == defaults
    }
}
