//! `pyfa serve`: the embedded engine answers front ends until it is interrupted.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::interrupt::Interrupts;
use super::services::alias_names;
use crate::cli::arguments::ServeArguments;
use crate::cli::exit::{Exit, UsageError};
use crate::cli::output::{Bars, Printer};
use crate::config::Config;
use crate::manage::Manager;
use crate::search::{Client, EmbeddedEngine, EmbeddedSettings};
use crate::workspace::Workspace;

/// Characters of a key that nobody guesses.
const SHORTEST_KEY: usize = 16;
/// Beside the documents; holds the key's number and value.
const KEY_FILE: &str = "search.key";

pub(super) async fn execute(
    arguments: ServeArguments,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    let engine = Arc::new(EmbeddedEngine::new(settings(&arguments, config))?);
    serve(&engine, arguments.listen, config, printer).await
}

/// How the arguments say that the engine is to be served.
pub(super) fn settings(arguments: &ServeArguments, config: &Config) -> EmbeddedSettings {
    let mut settings = config.engine.clone();
    if let Some(folder) = &arguments.data {
        settings.folder.clone_from(folder);
    }
    settings
}

/// Serves until Ctrl-C.
pub(super) async fn serve(
    engine: &Arc<EmbeddedEngine>,
    listen: SocketAddr,
    config: &Config,
    printer: Printer,
) -> anyhow::Result<Exit> {
    if let Some(settings) = &config.typesense {
        let nodes: Vec<&str> = settings.nodes.iter().map(url::Url::as_str).collect();
        return Err(UsageError(format!(
            "the settings name the server {}, which answers by itself; without TYPESENSE_HOST and \
             TYPESENSE_NODES the embedded engine is used, and `serve` answers for it",
            nodes.join(", ")
        ))
        .into());
    }
    // From before the address is told: whoever reads it may end the server at once.
    let mut interrupts = Interrupts::listen();
    let other_key = engine.settings().api_key.as_ref();
    if other_key.is_some_and(|key| key.expose_secret().chars().count() < SHORTEST_KEY) {
        printer.note(&format!(
            "TYPESENSE_API_KEY has fewer than {SHORTEST_KEY} characters and may do everything: it \
             can be guessed by whoever reaches this server; set a longer one, or none"
        ));
    }
    let address = match engine.public_url().await {
        Some(address) => address,
        None => engine.listen(listen).await?,
    };
    let client = Client::embedded(Arc::clone(engine))?;
    let folder = &engine.settings().folder;
    let manager = Manager {
        workspace: Workspace {
            search: client.clone(),
            home: config.home.clone(),
            progress: Arc::new(Bars::new(printer)),
        },
        since_file: config.home.join("serve.since"),
    };
    let key = manager.folder_search_key(&folder.join(KEY_FILE)).await?;
    greet(&address, key.expose_secret(), folder, &client, printer).await?;
    interrupts.next().await;
    printer.note("stopping: what is being answered is finished");
    engine.close().await;
    Ok(Exit::Done)
}

async fn greet(
    address: &str,
    key: &str,
    folder: &Path,
    client: &Client,
    printer: Printer,
) -> anyhow::Result<()> {
    printer.result(&format!("serving {} at {address}", folder.display()));
    printer.result(&format!("search-only key: {key}"));
    let names = alias_names(client).await?;
    match names.first() {
        Some(name) => printer.result(&format!(
            "try: curl -H 'X-TYPESENSE-API-KEY: {key}' \
             '{address}/collections/{name}/documents/search?q=rest&query_by=name,title,summary&filter_by=is_latest:=true&include_fields=name,version,summary'"
        )),
        None => printer.result(
            "there is no collection yet: `pyfa up --sample` makes some, `pyfa pypi -f -p plone` a \
             real one; both work while this goes on",
        ),
    }
    printer.note("Ctrl-C ends it");
    Ok(())
}
