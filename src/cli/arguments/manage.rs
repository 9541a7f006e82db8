//! What can be typed after `pyfa manage`, and `pyfupdater`.

use std::path::PathBuf;

use clap::Args;

use super::{Format, TargetArguments};

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a verb of the guide's flat command line"
)]
pub(in crate::cli) struct ManageArguments {
    /// List collections with all that is known of them (also `-ls`)
    #[arg(long, group = "verb", help_heading = "Looking")]
    pub(in crate::cli) list_collections: bool,
    /// List names that can be used, one a line: aliases, and collections without one (also `-lsn`)
    #[arg(long, group = "verb", help_heading = "Looking")]
    pub(in crate::cli) list_collection_names: bool,
    /// List aliases (also `-lsa`)
    #[arg(long, group = "verb", help_heading = "Looking")]
    pub(in crate::cli) list_aliases: bool,
    /// List search-only keys, without their values (also `-lssoa`)
    #[arg(long, group = "verb", help_heading = "Looking")]
    pub(in crate::cli) list_search_only_apikeys: bool,
    /// Print the newest document of a package in `-t` or `-p` as JSON
    #[arg(long, value_name = "PACKAGE", group = "verb", help_heading = "Looking")]
    pub(in crate::cli) show: Option<String>,
    /// With `--show`: every version
    #[arg(long, requires = "show", help_heading = "Looking")]
    pub(in crate::cli) all_versions: bool,

    /// Copy the collection `-s` (or `-p`) to the plain collection `-t`; with `--from` or `--to`, to
    /// another place, everything unless `-s` names one collection
    #[arg(long, group = "verb", help_heading = "Collections")]
    pub(in crate::cli) migrate: bool,
    /// With `--migrate`: the place to read, `embedded`, `embedded:DIR`, or nodes as in
    /// `TYPESENSE_NODES` (their key is the setting `MIGRATE_API_KEY`); else that of the settings
    #[arg(
        long,
        value_name = "PLACE",
        requires = "migrate",
        help_heading = "Collections"
    )]
    pub(in crate::cli) from: Option<String>,
    /// With `--migrate`: the place to fill, named like that of `--from`
    #[arg(
        long,
        value_name = "PLACE",
        requires = "migrate",
        help_heading = "Collections"
    )]
    pub(in crate::cli) to: Option<String>,
    /// Rebuild a collection beside the old one, then move its aliases
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", help_heading = "Collections"
    )]
    pub(in crate::cli) recreate_collection: Option<String>,
    /// Let the aliases lead to the version before the last rebuild
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", help_heading = "Collections"
    )]
    pub(in crate::cli) rollback: Option<String>,
    /// Delete a collection with all its documents
    #[arg(
        long,
        value_name = "NAME",
        group = "verb",
        help_heading = "Collections"
    )]
    pub(in crate::cli) delete_collection: Option<String>,

    /// Point the alias `-s` at the collection `-t` (or `-p`)
    #[arg(long, group = "verb", help_heading = "Aliases")]
    pub(in crate::cli) add_alias: bool,
    /// Delete an alias (or the one that `-s` names)
    #[arg(
        long, value_name = "NAME", num_args = 0..=1, default_missing_value = "",
        group = "verb", help_heading = "Aliases"
    )]
    pub(in crate::cli) delete_alias: Option<String>,

    /// Make a key that can only search `-t` (or `-p`) and its versions
    #[arg(long, group = "verb", help_heading = "Keys")]
    pub(in crate::cli) add_search_only_apikey: bool,
    /// A value of your own for the key; `-` reads it from standard input (also `-key`)
    #[arg(
        long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "",
        allow_hyphen_values = true, help_heading = "Keys"
    )]
    pub(in crate::cli) key: Option<String>,
    /// When the key ends: `2027-12-31`, a time, or `90d` from now
    #[arg(long, value_name = "WHEN", help_heading = "Keys")]
    pub(in crate::cli) expires: Option<String>,
    /// What the key is for
    #[arg(long, value_name = "TEXT", help_heading = "Keys")]
    pub(in crate::cli) description: Option<String>,
    /// Derive a key that sees only what the filter lets through, from the new key or from `-key`
    #[arg(long, value_name = "FILTER", help_heading = "Keys")]
    pub(in crate::cli) scope: Option<String>,
    /// Delete a key by its number
    #[arg(long, value_name = "ID", group = "verb", help_heading = "Keys")]
    pub(in crate::cli) delete_apikey: Option<u64>,

    /// Source: a collection or an alias
    #[arg(short, long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    pub(in crate::cli) source: Option<String>,
    #[command(flatten)]
    pub(in crate::cli) target: TargetArguments,
    /// Ask nothing: whatever would be asked is meant, the end of the old version after a rebuild too
    #[arg(short, long)]
    pub(in crate::cli) force: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// Where the marks of complete runs are kept
    #[arg(long, value_name = "FILE", default_value = ".pyaggregator.since")]
    pub(in crate::cli) sincefile: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub(in crate::cli) format: Format,
}

impl ManageArguments {
    /// Whether anything is to be done.
    pub(in crate::cli) fn has_verb(&self) -> bool {
        self.list_collections
            || self.list_collection_names
            || self.list_aliases
            || self.list_search_only_apikeys
            || self.migrate
            || self.add_alias
            || self.add_search_only_apikey
            || self.show.is_some()
            || self.recreate_collection.is_some()
            || self.rollback.is_some()
            || self.delete_collection.is_some()
            || self.delete_alias.is_some()
            || self.delete_apikey.is_some()
    }
}
