//! The commands: `pyfa manage recreate plone`.

use super::super::request::{
    ManageOptions, ManageRequest, ManageVerb, MigrateRequest, MigrateServers, ShowRequest,
};
use super::values::{
    migrate_content, new_api_key, required, resolve_derived_key, resolve_key, target_or_default,
};
use crate::cli::arguments::{
    AliasCommand, ApiKeyCommand, Format, KeyCommand, ListArguments, ManageCommand,
    MigrateArguments, NamedCollection, ShowArguments,
};
use crate::cli::commands::selection::given;
use crate::cli::exit::CommandResult;
use crate::config::Config;

const NO_ALIAS: &str = "the name of the alias is empty";
const NO_COLLECTION: &str = "the name of the collection is empty";

pub(super) fn resolve_command(
    command: ManageCommand,
    config: &Config,
) -> CommandResult<ManageRequest> {
    Ok(match command {
        ManageCommand::List { list, sincefile } => ManageRequest {
            verb: ManageVerb::ListCollections,
            options: ManageOptions {
                since_file: sincefile,
                ..list.into()
            },
        },
        ManageCommand::Names(list) => ManageVerb::ListNames.with(list),
        ManageCommand::Show(show) => resolve_show(show, config)?,
        ManageCommand::Migrate(migrate) => resolve_migrate(migrate)?,
        ManageCommand::Recreate(named) => {
            of_collection(named, |name| ManageVerb::Recreate { name })?
        }
        ManageCommand::Rollback(named) => {
            of_collection(named, |name| ManageVerb::RollBack { name })?
        }
        ManageCommand::Delete(named) => {
            of_collection(named, |name| ManageVerb::DeleteCollection { name })?
        }
        ManageCommand::Alias { command } => match command {
            AliasCommand::List(list) => ManageVerb::ListAliases.with(list),
            AliasCommand::Add {
                alias,
                collection,
                change,
            } => {
                let verb = ManageVerb::AddAlias {
                    alias: required(given(Some(&alias)), NO_ALIAS)?,
                    target: required(given(Some(&collection)), NO_COLLECTION)?,
                };
                verb.with(change)
            }
            AliasCommand::Delete { alias, change } => {
                let alias_name = required(given(Some(&alias)), NO_ALIAS)?;
                ManageVerb::DeleteAlias { alias: alias_name }.with(change)
            }
        },
        ManageCommand::ApiKey { command } => resolve_api_key(command)?,
        ManageCommand::Key { command } => match command {
            KeyCommand::List(list) => ManageVerb::ListKeys.with(list),
            KeyCommand::Add {
                collection,
                key,
                scope,
                change,
            } => {
                let target = required(
                    given(collection.as_deref()).or_else(|| config.default_profile.clone()),
                    "no collection given; name the alias or collection that the key opens",
                )?;
                resolve_key(target, &key, scope.as_deref())?.with(change)
            }
            KeyCommand::Derive {
                filter,
                key,
                format,
            } => resolve_derived_key(&filter, &key)?.with(ListArguments { format }),
            KeyCommand::Delete { id, change } => ManageVerb::DeleteKey { id }.with(change),
        },
    })
}

fn resolve_api_key(command: ApiKeyCommand) -> CommandResult<ManageRequest> {
    Ok(match command {
        ApiKeyCommand::List(list) => ManageVerb::ListApiKeys.with(list),
        ApiKeyCommand::Add {
            name,
            scopes,
            expires,
            change,
        } => new_api_key(name, &scopes, expires.as_deref())?.with(change),
        ApiKeyCommand::Delete { name, change } => ManageVerb::DeleteApiKey { name }.with(change),
    })
}

fn resolve_show(show: ShowArguments, config: &Config) -> CommandResult<ManageRequest> {
    let target = target_or_default(&show.target, config)?;
    let verb = ManageVerb::Show(ShowRequest {
        package: show.package,
        target,
        all_versions: show.all_versions,
    });
    Ok(verb.with(ListArguments {
        format: Format::Json,
    }))
}

fn resolve_migrate(migrate: MigrateArguments) -> CommandResult<ManageRequest> {
    let servers = MigrateServers {
        from: migrate.from,
        to: migrate.to,
    };
    let (source, target) = (
        given(migrate.source.as_deref()),
        given(migrate.target.as_deref()),
    );
    let verb = ManageVerb::Migrate(MigrateRequest {
        content: migrate_content(
            &servers,
            source,
            target,
            "nothing to copy: name a source and a target, or a server with `--from` or `--to`",
            "no target given: name the copy after the source",
        )?,
        servers,
    });
    let mut request = verb.with(migrate.change);
    request.options.since_file = migrate.sincefile;
    Ok(request)
}

fn of_collection(
    named: NamedCollection,
    verb: impl FnOnce(String) -> ManageVerb,
) -> CommandResult<ManageRequest> {
    let name = required(given(Some(&named.name)), NO_COLLECTION)?;
    let mut request = verb(name).with(named.change);
    request.options.since_file = named.sincefile;
    Ok(request)
}
