//! `--from` and `--to`: which search server is named, and the client that connects to it.

use secrecy::SecretString;
use url::Url;

use super::context::ManageContext;
use super::request::MigrateServers;
use crate::cli::commands::selection::given;
use crate::cli::commands::services::open_embedded;
use crate::cli::exit::{CommandFailure, CommandResult, UsageError};
use crate::config::{self, Config};
use crate::manage::{Manager, ServerPair};
use crate::search::{Client, EmbeddedSettings, TypesenseSettings};

/// Names the engine in `PYFA_DATA`, or, followed by a colon and a folder, the one in that folder.
const EMBEDDED: &str = "embedded";

impl ManageContext<'_> {
    /// Connects to the servers of `--from` and `--to`; to the one in the settings where one is
    /// not named.
    pub(super) async fn connect(&self, servers: &MigrateServers) -> CommandResult<ServerPair> {
        let from = self
            .connect_to("--from", servers.from.as_deref(), servers)
            .await?;
        let to = self
            .connect_to("--to", servers.to.as_deref(), servers)
            .await?;
        Ok(ServerPair { from, to })
    }

    async fn connect_to(
        &self,
        flag: &'static str,
        name: Option<&str>,
        servers: &MigrateServers,
    ) -> CommandResult<Manager> {
        let Some(text) = given(name) else {
            return Ok(self.manager.clone());
        };
        let search = match engine_settings(&text, self.config) {
            Some(settings) => self.open_engine(flag, settings)?,
            None => self.connect_to_server(flag, &text, servers).await?,
        };
        let mut manager = self.manager.clone();
        manager.workspace.search = search;
        Ok(manager)
    }

    fn open_engine(&self, flag: &'static str, settings: EmbeddedSettings) -> CommandResult<Client> {
        if flag == "--from" && !settings.folder.is_dir() {
            return Err(UsageError(format!(
                "`--from`: no embedded engine in {}",
                settings.folder.display()
            ))
            .into());
        }
        let client = open_embedded(settings)?;
        let own = &self.manager.workspace.search;
        // A folder is opened once.
        let is_own = client.identity() == own.identity();
        Ok(if is_own { own.clone() } else { client })
    }

    async fn connect_to_server(
        &self,
        flag: &'static str,
        text: &str,
        servers: &MigrateServers,
    ) -> CommandResult<Client> {
        let shown = config::redact_addresses(text);
        let unusable = |why: &str| {
            UsageError(format!(
                "`{flag} {shown}` {why}: use `embedded`, `embedded:DIR`, `host:port:protocol` or a \
                 URL; separate the nodes of a cluster with commas"
            ))
        };
        let nodes = config::parse_nodes(text).map_err(|why| unusable(&why.to_string()))?;
        if let Some(own) = &self.config.typesense
            && sorted(&own.nodes) == sorted(&nodes)
        {
            return Ok(self.manager.workspace.search.clone());
        }
        let client = Client::new(&TypesenseSettings {
            nodes,
            api_key: self.other_key(flag, servers)?,
            timeout: self.config.engine.timeout,
        })
        .map_err(|error| {
            // The error's own text names the settings of our server.
            let why = error.to_string();
            unusable(
                why.split_once(": ")
                    .map_or("cannot be used", |(_, why)| why),
            )
        })?;
        // Errors name the server they are about.
        match client.list_aliases().await {
            Err(error) if error.is_unauthorized() => Err(UsageError(format!(
                "`{flag}`: the server at {} refuses the key in MIGRATE_API_KEY",
                client.address()
            ))
            .into()),
            Err(error) if error.is_unreachable() => Err(CommandFailure(format!(
                "`{flag}`: no search server answers at {}",
                client.address()
            ))
            .into()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(client),
        }
    }

    /// The key of a server that is not the one in the settings.
    fn other_key(
        &self,
        flag: &'static str,
        servers: &MigrateServers,
    ) -> CommandResult<SecretString> {
        let own = self.config.typesense.as_ref().map(|own| sorted(&own.nodes));
        let is_server = |text: &Option<String>| {
            given(text.as_deref()).is_some_and(|text| {
                let nodes = config::parse_nodes(&text).unwrap_or_default();
                engine_settings(&text, self.config).is_none() && Some(sorted(&nodes)) != own
            })
        };
        if is_server(&servers.from) && is_server(&servers.to) {
            return Err(UsageError::new(
                "neither `--from` nor `--to` names the server in the settings: set TYPESENSE_NODES \
                 and TYPESENSE_API_KEY for one of them, MIGRATE_API_KEY for the other",
            )
            .into());
        }
        self.config.migrate_api_key.clone().ok_or_else(|| {
            UsageError(format!(
                "`{flag}` names a server other than the one in the settings: set its key as \
                 MIGRATE_API_KEY in the environment or in `.env`"
            ))
            .into()
        })
    }
}

/// The settings of the embedded engine that a text names, if it names one.
fn engine_settings(text: &str, config: &Config) -> Option<EmbeddedSettings> {
    let mut settings = config.engine.clone();
    match text.split_once(':') {
        None if text == EMBEDDED => Some(settings),
        Some((EMBEDDED, folder)) if !folder.is_empty() => {
            settings.folder = folder.into();
            Some(settings)
        }
        _ => None,
    }
}

/// The nodes, sorted, so that their order does not matter.
fn sorted(nodes: &[Url]) -> Vec<&str> {
    let mut addresses: Vec<&str> = nodes.iter().map(Url::as_str).collect();
    addresses.sort_unstable();
    addresses
}
