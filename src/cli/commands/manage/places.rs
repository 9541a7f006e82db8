//! `--from`, `--to`: which place is meant, and the client that speaks to it.

use secrecy::SecretString;
use url::Url;

use super::Desk;
use crate::cli::commands::selection::given;
use crate::cli::commands::services::embedded;
use crate::cli::exit::UsageError;
use crate::config::{self, Config};
use crate::manage::{Manager, ServerPair};
use crate::search::{Client, EmbeddedSettings, TypesenseSettings};

/// Names the folder of `PYFA_DATA`, or with a colon and a folder that one.
const EMBEDDED: &str = "embedded";

impl Desk<'_> {
    /// The places of `--from` and `--to`; the settings' own where one is not named.
    pub(super) async fn between(&self) -> anyhow::Result<ServerPair> {
        let from = self.place("--from", self.arguments.from.as_deref()).await?;
        let to = self.place("--to", self.arguments.to.as_deref()).await?;
        Ok(ServerPair { from, to })
    }

    async fn place(&self, flag: &'static str, text: Option<&str>) -> anyhow::Result<Manager> {
        let Some(text) = given(text) else {
            return Ok(self.manager.clone());
        };
        let search = match folder(&text, self.config) {
            Some(settings) => self.engine(flag, settings)?,
            None => self.server(flag, &text).await?,
        };
        let mut manager = self.manager.clone();
        manager.workspace.search = search;
        Ok(manager)
    }

    fn engine(&self, flag: &'static str, settings: EmbeddedSettings) -> anyhow::Result<Client> {
        if flag == "--from" && !settings.folder.is_dir() {
            return Err(UsageError(format!(
                "`--from`: there is no embedded engine in {}",
                settings.folder.display()
            ))
            .into());
        }
        let client = embedded(settings)?;
        let own = &self.manager.workspace.search;
        // One way to one folder.
        let is_own = client.identity() == own.identity();
        Ok(if is_own { own.clone() } else { client })
    }

    async fn server(&self, flag: &'static str, text: &str) -> anyhow::Result<Client> {
        let shown = config::presentable_addresses(text);
        let unusable = |why: &str| {
            UsageError(format!(
                "`{flag} {shown}` {why}: name a place as `embedded`, `embedded:DIR`, \
                 `host:port:protocol` or a URL, the nodes of a cluster with commas between them"
            ))
        };
        let nodes = config::nodes(text).map_err(|why| unusable(&why))?;
        if let Some(own) = &self.config.typesense
            && sorted(&own.nodes) == sorted(&nodes)
        {
            return Ok(self.manager.workspace.search.clone());
        }
        let client = Client::new(&TypesenseSettings {
            nodes,
            api_key: self.other_key(flag)?,
            timeout: self.config.engine.timeout,
        })
        .map_err(|error| {
            // Its own words name the settings of our server.
            let why = error.to_string();
            unusable(
                why.split_once(": ")
                    .map_or("cannot be used", |(_, why)| why),
            )
        })?;
        // What is wrong with another place is said of that place.
        match client.list_aliases().await {
            Err(error) if error.is_unauthorized() => Err(UsageError(format!(
                "`{flag}`: the server at {} refuses the key that is set as MIGRATE_API_KEY",
                client.address()
            ))
            .into()),
            Err(error) if error.is_unreachable() => Err(anyhow::anyhow!(
                "`{flag}`: no search server answers at {}",
                client.address()
            )),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(client),
        }
    }

    fn other_key(&self, flag: &'static str) -> anyhow::Result<SecretString> {
        let own = self.config.typesense.as_ref().map(|own| sorted(&own.nodes));
        let is_server = |text: &Option<String>| {
            given(text.as_deref()).is_some_and(|text| {
                let nodes = config::nodes(&text).unwrap_or_default();
                folder(&text, self.config).is_none() && Some(sorted(&nodes)) != own
            })
        };
        if is_server(&self.arguments.from) && is_server(&self.arguments.to) {
            return Err(UsageError(
                "`--from` and `--to` name two servers that the settings do not know: set \
                 TYPESENSE_NODES and TYPESENSE_API_KEY for one of them, MIGRATE_API_KEY for the other"
                    .to_owned(),
            )
            .into());
        }
        self.config.migrate_api_key.clone().ok_or_else(|| {
            UsageError(format!(
                "`{flag}` names another server than the settings: give its key as MIGRATE_API_KEY \
                 in the environment or in `.env`"
            ))
            .into()
        })
    }
}

/// The folder that a text names, if it names one.
fn folder(text: &str, config: &Config) -> Option<EmbeddedSettings> {
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

/// The nodes in an order of their own.
fn sorted(nodes: &[Url]) -> Vec<&str> {
    let mut nodes: Vec<&str> = nodes.iter().map(Url::as_str).collect();
    nodes.sort_unstable();
    nodes
}
