//! A fake package registry on a loopback port, with faults that tests set.
//!
//! [`FakePyPi`] serves the index and project pages of the Simple API as JSON, the JSON API's project
//! and release documents, and the XML-RPC calls `browse` and `changelog_last_serial`. Events such as
//! [`FakePyPi::publish`] and [`FakePyPi::yank`] change the serials as in the real registry;
//! [`FakePyPi::fail`] sets faults; [`FakePyPi::counts`] returns the number of requests.
//!
//! It runs on its own threads, so a test may block, or pause tokio's clock, without stopping it. It
//! opens no connections.

mod counters;
mod events;
mod fault;
mod generated;
mod page;
mod project;
mod registry;
mod release_spec;
mod server;
mod xml_rpc;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use counters::{Counts, RequestKind};
pub use fault::{Fault, On};
pub use generated::GeneratedRegistry;
pub use release_spec::ReleaseSpec;

use crate::service::LoopbackServer;
use registry::Registry;
pub(crate) use registry::normalize;
use server::ServerState;

/// A running fake registry. Dropping it closes its connections.
#[derive(Debug)]
pub struct FakePyPi {
    shared: Arc<ServerState>,
    server: LoopbackServer,
}

impl FakePyPi {
    /// Starts an empty registry on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        Self::serve(
            Registry::default(),
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        )
    }

    /// Starts an empty registry at an address.
    pub fn start_at(address: SocketAddr) -> std::io::Result<Self> {
        Self::serve(Registry::default(), address)
    }

    /// Starts a registry with the recorded projects of `tests/fixtures`.
    pub fn with_fixtures() -> std::io::Result<Self> {
        let fake = Self::start()?;
        for document in crate::fixtures::project_documents()? {
            fake.load_project_json(&document);
        }
        Ok(fake)
    }

    /// Starts a registry of generated projects, whose documents are generated at each request.
    pub fn generated(shape: GeneratedRegistry) -> std::io::Result<Self> {
        let fake = Self::start()?;
        fake.generate(shape);
        Ok(fake)
    }

    /// Starts a registry of 2,000 generated projects, of which 249 match and have 996 releases. All
    /// documents are generated beforehand.
    pub fn two_thousand() -> std::io::Result<Self> {
        let fake = Self::generated(GeneratedRegistry::two_thousand())?;
        fake.store_all();
        Ok(fake)
    }

    fn serve(registry: Registry, address: SocketAddr) -> std::io::Result<Self> {
        let shared = Arc::new(ServerState::new(registry));
        let server =
            LoopbackServer::serve(server::router(shared.clone()), address, "fake-registry")?;
        Ok(Self { shared, server })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The serial of the registry, which is that of its last event.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.shared.registry().serial()
    }

    /// The number of projects, including quarantined ones.
    #[must_use]
    pub fn project_count(&self) -> usize {
        self.shared.registry().len()
    }

    /// Applies a fault to requests until the faults are cleared. If several match, the first one set
    /// is used.
    pub fn fail(&self, on: On, fault: Fault) {
        self.shared.faults.add(on, fault, None);
    }

    /// Applies a fault to the next `times` of these requests.
    pub fn fail_next(&self, times: u32, on: On, fault: Fault) {
        self.shared.faults.add(on, fault, Some(times));
    }

    /// Removes all faults; the latency stays.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Delays every response from now on.
    pub fn set_latency(&self, latency: Duration) {
        let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.shared
            .latency_milliseconds
            .store(milliseconds, Ordering::Relaxed);
    }

    /// The number of requests since the start or the last reset.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counters.counts()
    }

    /// The paths of the last 10,000 requests, oldest first.
    #[must_use]
    pub fn recent_paths(&self) -> Vec<String> {
        self.shared.counters.recent_paths()
    }

    /// Resets the counts and the paths.
    pub fn reset_counts(&self) {
        self.shared.counters.reset();
    }
}
