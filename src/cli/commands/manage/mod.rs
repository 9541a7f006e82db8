//! `pyfa manage`, `pyfupdater`: collections, aliases and keys.
//!
//! `resolve` turns the command line, in either spelling, into a [`ManageRequest`]. Each command
//! then makes a plan, shows it, asks before it destroys anything, and carries it out.

mod aliases;
mod api_keys;
mod collections;
mod context;
mod keys;
mod listing;
mod migrate;
mod request;
mod resolve;
mod servers;

use super::package_name::read_package;
use super::{jobs, show};
use crate::cli::arguments::ManageArguments;
use crate::cli::exit::CommandResult;
use crate::cli::output::Printer;
use crate::config::Config;
use api_keys::ApiKeyContext;
use context::ManageContext;
use request::{ManageRequest, ManageVerb, ShowRequest};

pub(super) async fn execute(
    arguments: ManageArguments,
    config: &Config,
    printer: Printer,
) -> CommandResult {
    let ManageRequest { verb, options } = resolve::resolve(arguments, config)?;
    let api_keys = |options| ApiKeyContext::open(options, config, printer);
    let open = |options| ManageContext::open(options, config, printer);
    match verb {
        ManageVerb::ListCollections => open(options)?.list_collections().await,
        ManageVerb::ListNames => open(options)?.list_names().await,
        ManageVerb::ListAliases => open(options)?.list_aliases().await,
        ManageVerb::ListKeys => open(options)?.list_keys().await,
        ManageVerb::Show(ShowRequest {
            package,
            target,
            all_versions,
        }) => {
            let (registry, name) = read_package(&package);
            show::print(registry, name, &target, all_versions, config).await
        }
        ManageVerb::Migrate(request) => open(options)?.migrate(&request).await,
        ManageVerb::Recreate { name } => open(options)?.recreate(&name).await,
        ManageVerb::RollBack { name } => open(options)?.roll_back(&name).await,
        ManageVerb::DeleteCollection { name } => open(options)?.delete_collection(&name).await,
        ManageVerb::AddAlias { alias, target } => open(options)?.add_alias(&alias, &target).await,
        ManageVerb::DeleteAlias { alias } => open(options)?.delete_alias(&alias).await,
        ManageVerb::AddKey(request) => open(options)?.add_key(request).await,
        ManageVerb::DeriveKey(request) => keys::derive(request, options.format, printer),
        ManageVerb::ListApiKeys => api_keys(options).await?.list().await,
        ManageVerb::AddApiKey(request) => api_keys(options).await?.add(request).await,
        ManageVerb::DeleteApiKey { name } => api_keys(options).await?.delete(&name).await,
        ManageVerb::CountJobs => jobs::show_counts(config, options.format).await,
        ManageVerb::CancelJobs => {
            jobs::cancel_waiting(config, options.force, options.format, printer).await
        }
        ManageVerb::DeleteKey { id } => open(options)?.delete_key(id).await,
    }
}
