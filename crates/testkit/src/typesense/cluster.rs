//! Three servers on loopback that hold the same collections: a cluster as production runs it.
//!
//! Each has its own ports and data, under the same supervisor as a single server; one is the
//! leader, through which the others pass on what they are told to write. Starting takes about ten
//! seconds: that long they wait for a leader before they vote.

use std::path::Path;

use super::server::{Address, broken, random_key, trying_again};
use super::{ServerError, TypesenseServer};

/// The fewest that still have a majority when one is gone.
const SIZE: usize = 3;

/// Three running servers; dropping the value kills those that live and removes their data.
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
        trying_again(|| Self::start_in(&folder))
    }

    fn start_in(folder: &Path) -> Result<Self, ServerError> {
        let folders = ["one", "two", "three"].map(|name| folder.join(name));
        let addresses = Address::on_free_ports(folders, &random_key()?)?;
        let nodes = addresses.each_ref().map(Address::as_node).join(",");
        for address in &addresses {
            address.write_configuration(Some(&nodes))?;
        }
        let [one, two, three] = addresses;
        let launch = |address| TypesenseServer::launch(address, folder, None);
        let cluster = Self {
            servers: [launch(one)?, launch(two)?, launch(three)?],
        };
        for server in &cluster.servers {
            server.wait_until_answering()?;
        }
        Ok(cluster)
    }

    /// The base URLs, without a slash at their ends, in an order that stays.
    #[must_use]
    pub fn urls(&self) -> Vec<String> {
        self.servers.iter().map(TypesenseServer::url).collect()
    }

    /// The bootstrap key of all of them, which may do everything.
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

    /// Which server leads, `None` while there is none: for about six seconds after the end of
    /// the former.
    #[must_use]
    pub fn leader(&self) -> Option<usize> {
        self.servers
            .iter()
            .position(|server| server.is_running() && server.address().leads())
    }

    /// Kills a server as a power cut would (SIGKILL); its data stay.
    pub fn kill(&mut self, index: usize) -> Result<(), ServerError> {
        self.server(index)?.kill()
    }

    /// Starts a killed server again, with its ports and data, and waits until it has caught up
    /// far enough to answer.
    pub fn start_again(&mut self, index: usize) -> Result<(), ServerError> {
        self.server(index)?.start_again()
    }

    fn server(&mut self, index: usize) -> Result<&mut TypesenseServer, ServerError> {
        self.servers
            .get_mut(index)
            .ok_or_else(|| broken(&format!("there is no server {index} in the cluster")))
    }
}
