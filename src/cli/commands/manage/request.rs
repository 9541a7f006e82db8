//! What `pyfa manage` can be asked to do, as plain values.
//!
//! Made by `resolve` from either spelling of the command line; carried out by the other files here.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::access::Scopes;
use crate::cli::arguments::Format;

/// One command of `pyfa manage`, with its options.
#[derive(Debug)]
pub(super) struct ManageRequest {
    pub(super) verb: ManageVerb,
    pub(super) options: ManageOptions,
}

/// What every command may be told.
#[derive(Debug)]
pub(super) struct ManageOptions {
    /// Do not ask for confirmation.
    pub(super) force: bool,
    /// Describe the change, without making it.
    pub(super) dry_run: bool,
    pub(super) format: Format,
    /// The file with the timestamps of complete runs.
    pub(super) since_file: PathBuf,
}

#[derive(Debug)]
pub(super) enum ManageVerb {
    ListCollections,
    ListNames,
    ListAliases,
    ListKeys,
    Show(ShowRequest),
    Migrate(MigrateRequest),
    Recreate {
        name: String,
    },
    RollBack {
        name: String,
    },
    DeleteCollection {
        name: String,
    },
    AddAlias {
        alias: String,
        target: String,
    },
    DeleteAlias {
        alias: String,
    },
    AddKey(AddKeyRequest),
    DeriveKey(DeriveKeyRequest),
    DeleteKey {
        id: u64,
    },
    ListApiKeys,
    AddApiKey(AddApiKeyRequest),
    DeleteApiKey {
        name: String,
    },
    /// Count jobs.
    CountJobs,
    /// Cancel the jobs that wait.
    CancelJobs,
}

/// Print documents of one package.
#[derive(Debug)]
pub(super) struct ShowRequest {
    pub(super) package: String,
    /// Alias or collection.
    pub(super) target: String,
    pub(super) all_versions: bool,
}

/// Copy collections.
#[derive(Debug)]
pub(super) struct MigrateRequest {
    pub(super) servers: MigrateServers,
    pub(super) content: MigrateContent,
}

/// The search servers of a migration; `None` is the one in the settings.
#[derive(Debug)]
pub(super) struct MigrateServers {
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Debug)]
pub(super) enum MigrateContent {
    /// Every collection, alias and search-only key.
    Everything,
    /// One collection; without a target, under its own name.
    Collection {
        source: String,
        target: Option<String>,
    },
}

/// Create a search-only key.
#[derive(Debug)]
pub(super) struct AddKeyRequest {
    /// Alias or collection.
    pub(super) target: String,
    pub(super) value: Option<KeyText>,
    /// Seconds since 1970.
    pub(super) expires_at: Option<u64>,
    pub(super) description: Option<String>,
    /// The filter of a key to derive from the new one.
    pub(super) scope: Option<String>,
}

/// Create a key of the API.
#[derive(Debug)]
pub(super) struct AddApiKeyRequest {
    pub(super) name: String,
    pub(super) scopes: Scopes,
    /// Seconds since 1970.
    pub(super) expires_at: Option<u64>,
}

/// Derive a key that only sees what a filter lets through.
#[derive(Debug)]
pub(super) struct DeriveKeyRequest {
    pub(super) parent: KeyText,
    pub(super) filter: String,
    /// Seconds since 1970.
    pub(super) expires_at: Option<u64>,
}

/// The value of a key, or where it is read.
#[derive(Debug)]
pub(super) enum KeyText {
    Given(SecretString),
    StandardInput,
}
