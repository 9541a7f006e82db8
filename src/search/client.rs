//! The handle that everybody holds, and how it is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use pyfa_http::Proxies;
use reqwest::Method;
use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::call::Call;
use super::node::Node;
use super::nodes::Nodes;
use super::{Embedded, SearchError};

/// How long a connection may take; a node that is slower counts as down.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer from the server's memory may take, where the settings allow as much.
const QUICK: Duration = Duration::from_mins(1);

/// How long the nodes of a cluster may take to show what another one has acknowledged: they hear
/// of it with the leader's next heartbeat, two of which come in a second.
const SPREAD: Duration = Duration::from_secs(1);

/// Where the server is and how it is spoken to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The nodes of one cluster, preferred first; a single server is one node. A path in an
    /// address is kept: it stands before every route.
    pub nodes: Vec<Url>,
    /// A key that may do what the callers ask for; sent as a header only.
    pub api_key: SecretString,
    /// How long the server may be silent during an import, an export or a schema change.
    pub timeout: Duration,
}

/// A connection to the search server; a clone is the same one.
#[derive(Clone)]
pub struct Client {
    pub(super) nodes: Arc<Nodes>,
    /// All nodes run on this machine, so no network lies in between.
    pub(super) is_here: bool,
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] names the setting that cannot be used.
    pub fn new(settings: &Settings) -> Result<Self, SearchError> {
        let http = http()?;
        let nodes = settings.nodes.iter();
        let list: Vec<Node> = nodes
            .map(|address| node(address, &http))
            .collect::<Result<_, _>>()?;
        if list.is_empty() {
            return Err(SearchError::Setting {
                setting: "TYPESENSE_HOST",
                why: "no search server is named".to_owned(),
            });
        }
        let is_here = settings.nodes.iter().all(pyfa_http::is_local);
        Self::to(list, is_here, &settings.api_key, settings.timeout)
    }

    /// Prepares a client of the engine of a folder, which is opened by the first call.
    ///
    /// # Errors
    ///
    /// [`SearchError::Setting`] as for [`Client::new`].
    pub fn embedded(engine: Arc<Embedded>) -> Result<Self, SearchError> {
        let key = engine.key().clone();
        let timeout = engine.settings().timeout;
        Self::to(vec![Node::embedded(engine)], true, &key, timeout)
    }

    fn to(
        list: Vec<Node>,
        is_here: bool,
        api_key: &SecretString,
        timeout: Duration,
    ) -> Result<Self, SearchError> {
        let names: Vec<String> = list.iter().map(Node::name).collect();
        let address = names.join(", ");
        let mut sorted = names;
        sorted.sort_unstable();
        sorted.dedup();
        let identity = sorted.join(", ");
        let mut key =
            HeaderValue::from_str(api_key.expose_secret()).map_err(|_| SearchError::Setting {
                setting: "TYPESENSE_API_KEY",
                why: "it holds characters that no key has".to_owned(),
            })?;
        key.set_sensitive(true);
        Ok(Self {
            nodes: Arc::new(Nodes {
                key,
                list,
                address,
                identity,
                quick: QUICK.min(timeout),
                timeout,
            }),
            is_here,
        })
    }

    /// The addresses of all nodes, separated by commas, for people to read.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.nodes.address
    }

    /// Waits until every node shows what was written before. One server does at once.
    pub async fn spread(&self) {
        if self.nodes.list.len() > 1 {
            tokio::time::sleep(SPREAD).await;
        }
    }

    /// The same addresses in an order of their own: by it, ledger and locks know the server again,
    /// whichever node the settings prefer.
    #[must_use]
    pub fn identity(&self) -> &str {
        &self.nodes.identity
    }

    /// Asks whether a node is ready, once and without waiting.
    ///
    /// # Errors
    ///
    /// [`SearchError::Unreachable`] or, while the server starts or lags, [`SearchError::Busy`].
    pub async fn health(&self) -> Result<(), SearchError> {
        #[derive(Deserialize)]
        struct Health {
            ok: bool,
        }
        let doing = "ask the search server for its health".to_owned();
        let call = Call::new(Method::GET, "/health".to_owned(), doing.clone()).impatient();
        let health: Health = self.nodes.read(call).await?;
        if health.ok {
            return Ok(());
        }
        Err(SearchError::Busy {
            doing,
            nodes: self.address().to_owned(),
            message: "it says that it is not healthy".to_owned(),
        })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Client({})", self.address())
    }
}

/// How every request to a search server is sent.
fn http() -> Result<reqwest::Client, SearchError> {
    #[expect(clippy::disallowed_methods, reason = "the one search client")]
    let client = reqwest::Client::builder();
    // Never for a server on this machine: the key would leave it.
    Proxies::from_environment()
        .apply(client)
        .user_agent(concat!("pyfa/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry the key to another host.
        .redirect(Policy::none())
        // Without compression the end of an export is known from its framing alone.
        .no_gzip()
        .connect_timeout(CONNECT)
        .build()
        .map_err(|error| SearchError::Setting {
            setting: "the HTTP client",
            why: error.to_string(),
        })
}

fn node(address: &Url, http: &reqwest::Client) -> Result<Node, SearchError> {
    let unusable = |why: &str| {
        // Neither user nor password may reach the message.
        let host = address.host_str().unwrap_or_default();
        Err(SearchError::Setting {
            setting: "TYPESENSE_NODES",
            why: format!("{}://{host}: {why}", address.scheme()),
        })
    };
    if !matches!(address.scheme(), "http" | "https") {
        return unusable("the protocol has to be http or https");
    }
    if !address.has_host() {
        return unusable("the host is missing");
    }
    if !address.username().is_empty() || address.password().is_some() {
        return unusable("user and password are not for this address; TYPESENSE_API_KEY is");
    }
    if address.query().is_some() || address.fragment().is_some() {
        return unusable("an address has neither `?` nor `#`");
    }
    let base = address.as_str().trim_end_matches('/').to_owned();
    Ok(Node::server(base, http.clone()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn client(nodes: &[&str], key: &str) -> Result<Client, SearchError> {
        Client::new(&Settings {
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
    fn servers_on_this_machine_are_told_apart() {
        for (nodes, is_here) in [
            (&["http://localhost:8108"][..], true),
            (&["http://127.0.0.1:1", "http://[::1]:2"], true),
            (&["http://127.0.0.1:1", "http://search.example:1"], false),
            (&["https://localhost.example"], false),
        ] {
            assert_eq!(client(nodes, "k").unwrap().is_here, is_here, "{nodes:?}");
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
