//! A cluster of three servers on loopback, as in production.
//!
//! Each server has its own ports, data and supervisor. One is the leader, to which the others forward
//! writes. Starting takes about ten seconds, because the servers wait that long before they elect a
//! leader.

use std::path::Path;

use super::server::{ServerEndpoint, failed, random_key, retry_start};
use super::{ServerError, TypesenseServer};

/// The smallest cluster that keeps a majority without one server.
const SIZE: usize = 3;

/// Three running servers. Dropping the cluster kills them and removes their data.
#[derive(Debug)]
pub struct TypesenseCluster {
    servers: [TypesenseServer; SIZE],
}

impl TypesenseCluster {
    /// Starts a cluster for the caller alone and waits until it has a leader and all are healthy.
    pub fn start() -> Result<Self, ServerError> {
        let folder = tempfile::Builder::new()
            .prefix("pyfa-typesense-")
            .tempdir()?
            .keep();
        retry_start(|| Self::start_in(&folder))
    }

    fn start_in(folder: &Path) -> Result<Self, ServerError> {
        let folders = ["one", "two", "three"].map(|name| folder.join(name));
        let endpoints = ServerEndpoint::on_free_ports(folders, &random_key()?)?;
        let nodes = endpoints.each_ref().map(ServerEndpoint::as_node).join(",");
        for endpoint in &endpoints {
            endpoint.write_configuration(Some(&nodes))?;
        }
        let [one, two, three] = endpoints;
        let launch = |endpoint| TypesenseServer::launch(endpoint, folder, None);
        let cluster = Self {
            servers: [launch(one)?, launch(two)?, launch(three)?],
        };
        for server in &cluster.servers {
            server.wait_until_ready()?;
        }
        Ok(cluster)
    }

    /// The base URLs, without a slash at their ends, in a fixed order.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(TypesenseServer::url).collect()
    }

    /// The bootstrap key of all servers, which may do everything.
    #[must_use]
    pub fn api_key(&self) -> &str {
        let [first, ..] = &self.servers;
        first.api_key()
    }

    /// The servers, in the order of [`TypesenseCluster::urls`].
    #[must_use]
    pub fn servers(&self) -> &[TypesenseServer] {
        &self.servers
    }

    /// The index of the leader; `None` for about six seconds after the end of the previous one.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        self.servers
            .iter()
            .position(|server| server.is_running() && server.endpoint().is_leader())
    }

    /// Kills a server with SIGKILL, as in a power cut; its data are kept.
    pub fn kill(&mut self, index: usize) -> Result<(), ServerError> {
        self.server(index)?.kill()
    }

    /// Restarts a killed server with its ports and data, and waits until it is ready.
    pub fn start_again(&mut self, index: usize) -> Result<(), ServerError> {
        self.server(index)?.start_again()
    }

    fn server(&mut self, index: usize) -> Result<&mut TypesenseServer, ServerError> {
        self.servers
            .get_mut(index)
            .ok_or_else(|| failed(&format!("the cluster has no server {index}")))
    }
}
