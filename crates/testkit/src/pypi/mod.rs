//! A fake package registry on a loopback port: the real one's answers, and every fault on request.
//!
//! [`FakePyPi`] serves the index and the details of the Simple API as JSON, the JSON API's project
//! and release documents, and the XML-RPC calls `browse` and `changelog_last_serial`. Its events
//! ([`FakePyPi::publish`], [`FakePyPi::yank`], …) move the serials as the real registry does;
//! [`FakePyPi::fail`] spoils answers; [`FakePyPi::counts`] tells what was asked.
//!
//! It runs on threads of its own, so that a test may block, or pause tokio's clock, without
//! stopping it. It never talks to anything.

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

use crate::stage::Loopback;
use registry::Registry;
pub(crate) use registry::normalize;
use server::Shared;

/// A running fake registry; dropping it closes its connections.
#[derive(Debug)]
pub struct FakePyPi {
    shared: Arc<Shared>,
    server: Loopback,
}

impl FakePyPi {
    /// An empty registry on a free port of 127.0.0.1.
    pub fn start() -> std::io::Result<Self> {
        Self::serve(
            Registry::default(),
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        )
    }

    /// An empty registry at a given address.
    pub fn start_at(address: SocketAddr) -> std::io::Result<Self> {
        Self::serve(Registry::default(), address)
    }

    /// A registry with the recorded projects of `tests/fixtures`.
    pub fn with_fixtures() -> std::io::Result<Self> {
        let fake = Self::start()?;
        for document in crate::fixtures::project_documents()? {
            fake.load_project_json(&document);
        }
        Ok(fake)
    }

    /// A registry whose projects come from a formula; documents are made at each request.
    pub fn generated(shape: GeneratedRegistry) -> std::io::Result<Self> {
        let fake = Self::start()?;
        fake.generate(shape);
        Ok(fake)
    }

    /// 2,000 projects whose 249 matching ones have 996 releases, every document made beforehand.
    pub fn two_thousand() -> std::io::Result<Self> {
        let fake = Self::generated(GeneratedRegistry::two_thousand())?;
        fake.hold_all();
        Ok(fake)
    }

    fn serve(registry: Registry, address: SocketAddr) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(registry));
        let server = Loopback::serve(server::router(shared.clone()), address, "fake-registry")?;
        Ok(Self { shared, server })
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.server.base_url()
    }

    /// The registry's serial: that of its last event.
    #[must_use]
    pub fn serial(&self) -> u64 {
        self.shared.registry().serial()
    }

    /// How many projects there are, quarantined ones included.
    #[must_use]
    pub fn project_count(&self) -> usize {
        self.shared.registry().len()
    }

    /// Spoils requests until the faults are cleared. Of several faults the first set wins.
    pub fn fail(&self, on: On, fault: Fault) {
        self.shared.faults.add(on, fault, None);
    }

    /// Spoils the next `times` of these requests.
    pub fn fail_next(&self, times: u32, on: On, fault: Fault) {
        self.shared.faults.add(on, fault, Some(times));
    }

    /// Ends all faults; the latency stays.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Delays every answer from now on.
    pub fn set_latency(&self, latency: Duration) {
        let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
        self.shared
            .latency_milliseconds
            .store(milliseconds, Ordering::Relaxed);
    }

    /// The requests since the start or the last reset.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.shared.counters.counts()
    }

    /// The last paths asked for, oldest first, 10,000 at most.
    #[must_use]
    pub fn recent_paths(&self) -> Vec<String> {
        self.shared.counters.recent_paths()
    }

    /// Sets the counts to zero and forgets the paths.
    pub fn reset_counts(&self) {
        self.shared.counters.reset();
    }
}
