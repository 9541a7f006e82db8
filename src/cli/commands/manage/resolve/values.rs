//! What both spellings share: targets, servers, keys and options.

use std::path::PathBuf;

use super::super::request::{
    AddApiKeyRequest, AddKeyRequest, DeriveKeyRequest, KeyText, ManageOptions, ManageRequest,
    ManageVerb, MigrateContent, MigrateServers,
};
use super::expiry::parse_expiry;
use crate::access::Scopes;
use crate::cli::arguments::{ChangeArguments, KeyOptions, ListArguments, TargetArguments};
use crate::cli::commands::selection::given;
use crate::cli::exit::{CommandResult, UsageError};
use crate::config::Config;
use crate::profile::Profiles;

const EMPTY_SCOPE: &str = "the filter of `--scope` is empty; give one, as in `filter_by`";

impl ManageVerb {
    pub(super) fn with(self, options: impl Into<ManageOptions>) -> ManageRequest {
        ManageRequest {
            verb: self,
            options: options.into(),
        }
    }
}

impl From<ListArguments> for ManageOptions {
    fn from(list: ListArguments) -> Self {
        Self {
            force: false,
            dry_run: false,
            format: list.format,
            since_file: PathBuf::new(),
        }
    }
}

impl From<ChangeArguments> for ManageOptions {
    fn from(change: ChangeArguments) -> Self {
        Self {
            force: change.force,
            dry_run: change.dry_run,
            format: change.format,
            since_file: PathBuf::new(),
        }
    }
}

/// A new key of the API.
pub(super) fn new_api_key(
    name: String,
    scopes: &str,
    expires: Option<&str>,
) -> CommandResult<ManageVerb> {
    Ok(ManageVerb::AddApiKey(AddApiKeyRequest {
        name,
        scopes: Scopes::parse(scopes)?,
        expires_at: parse_expiry(expires)?,
    }))
}

/// Between two servers everything is copied unless a source is named, and a copy may keep its name.
pub(super) fn migrate_content(
    servers: &MigrateServers,
    source: Option<String>,
    target: Option<String>,
    no_source: &str,
    no_target: &str,
) -> CommandResult<MigrateContent> {
    let names_server = servers.from.is_some() || servers.to.is_some();
    match (source, target) {
        (None, None) if names_server => Ok(MigrateContent::Everything),
        (Some(source), None) if names_server => Ok(MigrateContent::Collection {
            source,
            target: None,
        }),
        (source, target) => Ok(MigrateContent::Collection {
            source: required(source, no_source)?,
            target: Some(required(target, no_target)?),
        }),
    }
}

pub(super) fn resolve_key(
    target: String,
    options: &KeyOptions,
    scope: Option<&str>,
) -> CommandResult<ManageVerb> {
    let filter = match scope {
        Some(text) => Some(required(given(Some(text)), EMPTY_SCOPE)?),
        None => None,
    };
    Ok(ManageVerb::AddKey(AddKeyRequest {
        target,
        expires_at: parse_expiry(options.expires.as_deref())?,
        value: key_text(options.key.as_deref()),
        description: given(options.description.as_deref()),
        scope: filter,
    }))
}

pub(super) fn resolve_derived_key(filter: &str, options: &KeyOptions) -> CommandResult<ManageVerb> {
    let Some(parent) = key_text(options.key.as_deref()) else {
        return Err(UsageError::new(
            "a scoped key is derived from a search-only key: pass its value with `-key` (`-` reads \
             it from standard input), or create one with `pyfa manage key add`",
        )
        .into());
    };
    Ok(ManageVerb::DeriveKey(DeriveKeyRequest {
        parent,
        filter: required(given(Some(filter)), EMPTY_SCOPE)?,
        expires_at: parse_expiry(options.expires.as_deref())?,
    }))
}

/// The target as it was typed: `-t`, else `-p`.
pub(super) fn target_of(
    target: &TargetArguments,
    config: &Config,
) -> CommandResult<Option<String>> {
    if let Some(name) = given(target.target.as_deref()) {
        return Ok(Some(name));
    }
    let Some(key) = given(target.profile.as_deref()) else {
        return Ok(None);
    };
    Profiles::load(config.profiles_dir.as_deref())?.get(&key)?;
    Ok(Some(key))
}

/// The same, else the profile of the settings: for commands that destroy nothing.
pub(super) fn target_or_default(
    target: &TargetArguments,
    config: &Config,
) -> CommandResult<String> {
    let name = target_of(target, config)?.or_else(|| config.default_profile.clone());
    required(
        name,
        "no collection given; name it with `-t`, or a profile with `-p`",
    )
}

pub(super) fn required(name: Option<String>, message: &str) -> CommandResult<String> {
    name.ok_or_else(|| UsageError::new(message).into())
}

fn key_text(value: Option<&str>) -> Option<KeyText> {
    let text = given(value)?;
    Some(if text == "-" {
        KeyText::StandardInput
    } else {
        KeyText::Given(text.into())
    })
}
