//! The guide's flags: `pyfupdater --recreate-collection plone`.

use super::super::request::{
    ManageRequest, ManageVerb, MigrateRequest, MigrateServers, ShowRequest,
};
use super::values::{
    migrate_content, new_api_key, required, resolve_derived_key, resolve_key, target_of,
    target_or_default,
};
use crate::cli::arguments::{GuideFlags, KeyOptions, TargetArguments};
use crate::cli::commands::selection::given;
use crate::cli::exit::{CommandResult, UsageError};
use crate::config::Config;

/// The guide's flags, which clap lets be combined except for the commands themselves.
pub(super) fn resolve_flags(flags: GuideFlags, config: &Config) -> CommandResult<ManageRequest> {
    let verb = verb_of_flags(&flags, config)?;
    let mut request = verb.with(flags.change);
    request.options.since_file = flags.sincefile;
    Ok(request)
}

fn verb_of_flags(flags: &GuideFlags, config: &Config) -> CommandResult<ManageVerb> {
    if let Some(filter) = &flags.scope
        && !flags.add_search_only_apikey
    {
        if has_verb(flags) {
            return Err(UsageError::new(
                "`--scope` goes with `--add-search-only-apikey`, or with `-key` alone",
            )
            .into());
        }
        return resolve_derived_key(filter, &key_options(flags));
    }
    if (flags.from.is_some() || flags.to.is_some()) && !flags.migrate {
        return Err(UsageError::new("`--from` and `--to` go with `--migrate`").into());
    }
    if flags.list_collections {
        Ok(ManageVerb::ListCollections)
    } else if flags.list_collection_names {
        Ok(ManageVerb::ListNames)
    } else if flags.list_aliases {
        Ok(ManageVerb::ListAliases)
    } else if flags.list_search_only_apikeys {
        Ok(ManageVerb::ListKeys)
    } else if let Some(package) = &flags.show {
        Ok(ManageVerb::Show(ShowRequest {
            package: package.clone(),
            target: target_or_default(&flags.target, config)?,
            all_versions: flags.all_versions,
        }))
    } else if flags.migrate {
        migrate_of_flags(flags)
    } else if let Some(name) = &flags.recreate_collection {
        Ok(ManageVerb::Recreate {
            name: name_or_target(name, &flags.target, config)?,
        })
    } else if let Some(name) = &flags.rollback {
        Ok(ManageVerb::RollBack {
            name: name_or_target(name, &flags.target, config)?,
        })
    } else if let Some(name) = &flags.delete_collection {
        Ok(ManageVerb::DeleteCollection { name: name.clone() })
    } else if flags.add_alias {
        let alias = given(flags.source.as_deref());
        Ok(ManageVerb::AddAlias {
            alias: required(alias, "no alias given; name it with `-s`")?,
            target: required(
                target_of(&flags.target, config)?,
                "no collection given; name the one to point the alias at with `-t`, or a profile \
                 with `-p`",
            )?,
        })
    } else if let Some(name) = &flags.delete_alias {
        let named = given(Some(name)).or_else(|| given(flags.source.as_deref()));
        let alias = required(named, "no alias given; name the one to delete")?;
        Ok(ManageVerb::DeleteAlias { alias })
    } else if flags.add_search_only_apikey {
        let target = target_or_default(&flags.target, config)?;
        resolve_key(target, &key_options(flags), flags.scope.as_deref())
    } else if let Some(id) = flags.delete_apikey {
        Ok(ManageVerb::DeleteKey { id })
    } else if flags.list_api_keys {
        Ok(ManageVerb::ListApiKeys)
    } else if let Some(name) = &flags.add_api_key {
        let scopes = flags.scopes.as_deref().unwrap_or("read");
        new_api_key(name.clone(), scopes, flags.expires.as_deref())
    } else if let Some(name) = &flags.delete_api_key {
        Ok(ManageVerb::DeleteApiKey { name: name.clone() })
    } else if flags.queue_stats {
        Ok(ManageVerb::CountJobs)
    } else if flags.purge_queue {
        Ok(ManageVerb::CancelJobs)
    } else {
        Err(UsageError::new("nothing to do: try `-ls`, or `--help` for every verb").into())
    }
}

fn migrate_of_flags(flags: &GuideFlags) -> CommandResult<ManageVerb> {
    let servers = MigrateServers {
        from: flags.from.clone(),
        to: flags.to.clone(),
    };
    let source = given(flags.source.as_deref()).or_else(|| given(flags.target.profile.as_deref()));
    Ok(ManageVerb::Migrate(MigrateRequest {
        content: migrate_content(
            &servers,
            source,
            given(flags.target.target.as_deref()),
            "nothing to copy: name the source with `-s`",
            "no target given: name the copy with `-t`",
        )?,
        servers,
    }))
}

fn has_verb(flags: &GuideFlags) -> bool {
    flags.list_collections
        || flags.list_collection_names
        || flags.list_aliases
        || flags.list_search_only_apikeys
        || flags.migrate
        || flags.add_alias
        || flags.add_search_only_apikey
        || flags.show.is_some()
        || flags.recreate_collection.is_some()
        || flags.rollback.is_some()
        || flags.delete_collection.is_some()
        || flags.delete_alias.is_some()
        || flags.delete_apikey.is_some()
        || flags.list_api_keys
        || flags.add_api_key.is_some()
        || flags.delete_api_key.is_some()
        || flags.queue_stats
        || flags.purge_queue
}

fn key_options(flags: &GuideFlags) -> KeyOptions {
    KeyOptions {
        key: flags.key.clone(),
        expires: flags.expires.clone(),
        description: flags.description.clone(),
    }
}

/// The value of a flag, else the target.
fn name_or_target(value: &str, target: &TargetArguments, config: &Config) -> CommandResult<String> {
    let name = match given(Some(value)) {
        Some(name) => Some(name),
        None => target_of(target, config)?,
    };
    required(
        name,
        "no collection given; name it after the flag, or with `-t` or `-p`",
    )
}
