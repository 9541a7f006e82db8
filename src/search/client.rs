//! The client of a search server, and how it is made from settings.
//!
//! Its calls are in the files that are named after what they are about: collections, documents,
//! aliases, keys and so on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::SearchError;
use super::embedded::{EmbeddedEngine, ForVisitors};
use super::failover::Failover;
use super::node::Node;
use super::permit::{RequiredPermit, WritePermit};
use super::remote::{self, RemoteNode};

/// How long the nodes of a cluster may take to show what another one has acknowledged: they hear
/// of it with the leader's next heartbeat, two of which come in a second.
const REPLICATION_DELAY: Duration = Duration::from_secs(1);

/// Where the server is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct TypesenseSettings {
    /// The nodes of one cluster, preferred first; a single server is one node. A path in an
    /// address is kept: it stands before every route.
    pub nodes: Vec<Url>,
    /// A key that may do what the callers ask for; sent as a header only.
    pub api_key: SecretString,
    /// How long the server may be silent during an import, an export or a schema change.
    pub timeout: Duration,
}

/// A client of a search server; clones share their state.
#[derive(Clone)]
pub struct Client {
    pub(super) api: Arc<Failover>,
    /// All nodes run on this machine, so no network lies in between.
    pub(super) is_local: bool,
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] names the setting that cannot be used.
    pub fn new(settings: &TypesenseSettings) -> Result<Self, SearchError> {
        let http = remote::http_client()?;
        let nodes: Vec<Node> = settings
            .nodes
            .iter()
            .map(|address| Ok(Node::new(RemoteNode::new(address, http.clone())?)))
            .collect::<Result<_, SearchError>>()?;
        if nodes.is_empty() {
            return Err(SearchError::Setting {
                setting: "TYPESENSE_HOST",
                why: "no search server is named".to_owned(),
            });
        }
        let is_local = settings.nodes.iter().all(pyfa_http::is_local);
        Self::with_nodes(nodes, is_local, &settings.api_key, settings.timeout)
    }

    /// Prepares a client of the engine of a folder, which the first call opens.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] as for [`Client::new`].
    pub fn embedded(engine: Arc<EmbeddedEngine>) -> Result<Self, SearchError> {
        let key = engine.key().clone();
        let timeout = engine.settings().timeout;
        Self::with_nodes(vec![Node::new(engine)], true, &key, timeout)
    }

    /// The same for the visitors of web pages, whose requests wait for each other instead of keeping
    /// the folder's commands waiting.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] as for [`Client::new`].
    pub fn embedded_for_visitors(engine: Arc<EmbeddedEngine>) -> Result<Self, SearchError> {
        let key = engine.key().clone();
        let timeout = engine.settings().timeout;
        let node = Node::new(ForVisitors(engine));
        Self::with_nodes(vec![node], true, &key, timeout)
    }

    fn with_nodes(
        nodes: Vec<Node>,
        is_local: bool,
        api_key: &SecretString,
        timeout: Duration,
    ) -> Result<Self, SearchError> {
        let key =
            HeaderValue::from_str(api_key.expose_secret()).map_err(|_| SearchError::Setting {
                setting: "TYPESENSE_API_KEY",
                why: "it contains characters that are not allowed in a key".to_owned(),
            })?;
        Ok(Self {
            api: Arc::new(Failover::new(nodes, key, timeout)),
            is_local,
        })
    }

    /// The addresses of all nodes, separated by commas, for people to read.
    #[must_use]
    pub fn address(&self) -> &str {
        self.api.address()
    }

    /// The same addresses, sorted: the ledger and the locks know the server by it, whichever node
    /// the settings prefer.
    #[must_use]
    pub fn identity(&self) -> &str {
        self.api.identity()
    }

    /// Whether it is the client of an embedded engine, which is on this host.
    #[must_use]
    pub fn is_embedded(&self) -> bool {
        self.api.is_embedded()
    }

    /// Refuses to write, here and in all clones, while `permit` is not held; until the value that
    /// is returned is dropped. Of several permits, all have to be held.
    #[must_use]
    pub fn require_permit(&self, permit: Arc<dyn WritePermit>) -> RequiredPermit {
        self.api.permits().require(permit)
    }

    /// Waits until every node shows what was written before. One server does at once.
    pub async fn wait_for_replication(&self) {
        if self.api.is_cluster() {
            tokio::time::sleep(REPLICATION_DELAY).await;
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Client({})", self.address())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn client(nodes: &[&str], key: &str) -> Result<Client, SearchError> {
        Client::new(&TypesenseSettings {
            nodes: nodes.iter().map(|node| node.parse().unwrap()).collect(),
            api_key: key.into(),
            timeout: Duration::from_secs(1),
        })
    }

    #[test]
    fn the_address_names_all_nodes_and_no_secret() {
        let one = client(&["http://a:8108", "https://b/typesense/"], "hidden").unwrap();
        assert_eq!(one.address(), "http://a:8108, https://b/typesense");
        assert!(!format!("{one:?}").contains("hidden"));
        let turned = client(&["https://b/typesense", "http://a:8108/"], "hidden").unwrap();
        assert_eq!(one.identity(), turned.identity());
    }

    #[test]
    fn servers_on_this_machine_are_recognised() {
        for (nodes, is_local) in [
            (&["http://localhost:8108"][..], true),
            (&["http://127.0.0.1:1", "http://[::1]:2"], true),
            (&["http://127.0.0.1:1", "http://search.example:1"], false),
            (&["https://localhost.example"], false),
        ] {
            assert_eq!(client(nodes, "k").unwrap().is_local, is_local, "{nodes:?}");
        }
    }

    #[test]
    fn unusable_settings_are_named_without_their_secrets() {
        for (nodes, key, setting) in [
            (&[][..], "k", "TYPESENSE_HOST"),
            (&["ftp://a"], "k", "TYPESENSE_NODES"),
            (&["http://user:hidden@a"], "k", "TYPESENSE_NODES"),
            (&["http://a?x=hidden"], "k", "TYPESENSE_NODES"),
            (&["http://a"], "hidden\n", "TYPESENSE_API_KEY"),
        ] {
            let message = client(nodes, key).unwrap_err().to_string();
            assert!(message.starts_with(setting), "{message}");
            assert!(!message.contains("hidden"), "{message}");
        }
    }
}
