//! The one server of a test run, and the sentence that a test prints when it cannot have it.
//!
//! Under nextest every test is a process. The first that needs the server starts it under a
//! supervisor that watches nextest, and leaves the address in the run's folder; the others read it
//! there. A lock on that folder puts them in order. Without nextest the server belongs to the test
//! process.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::server::{Address, Watched, broken, private_file};
use crate::service::Service;

use super::{ServerError, TypesenseServer, cache_folder, process};

/// What the processes of a run tell each other.
#[derive(Serialize, Deserialize)]
struct Announcement {
    process_id: u32,
    address: Address,
}

impl TypesenseServer {
    /// The server shared by this test run, started by whoever asks first.
    ///
    /// It can neither be stopped nor restarted, and its collections are everybody's: take a
    /// [`TypesenseServer::unique_name`].
    pub fn shared() -> Result<&'static Self, &'static ServerError> {
        static SERVER: OnceLock<Result<TypesenseServer, ServerError>> = OnceLock::new();
        SERVER
            .get_or_init(|| match nextest_run()? {
                Some(watched) => join_or_start(&watched),
                None => Self::start_own(),
            })
            .as_ref()
    }
}

/// The shared server, or `None` where tests that need a search server are left out.
///
/// # Panics
///
/// If there is none, or it does not run.
#[must_use]
pub fn typesense_or_skip() -> Option<&'static TypesenseServer> {
    Service::Typesense.require(TypesenseServer::shared)
}

/// The nextest run that this process is a test of: nextest is its parent.
fn nextest_run() -> Result<Option<Watched>, ServerError> {
    let Ok(run) = std::env::var("NEXTEST_RUN_ID") else {
        return Ok(None);
    };
    if !run
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || character == '-')
    {
        return Ok(None);
    }
    let process_id = std::os::unix::process::parent_id();
    let Some(start_time) = process::start_time(process_id).filter(|_| process_id > 1) else {
        return Err(broken("the test runner is gone"));
    };
    let run_folder = cache_folder()
        .join("runs")
        .join(format!("{run}-{process_id}"));
    Ok(Some(Watched {
        process_id,
        start_time,
        run_folder,
    }))
}

fn join_or_start(watched: &Watched) -> Result<TypesenseServer, ServerError> {
    let run_folder = &watched.run_folder;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(run_folder)?;
    let lock = File::create(run_folder.join("lock"))?;
    lock.lock()?;
    let announcement = run_folder.join("server.json");
    if let Some(server) = announced(&announcement) {
        return Ok(server);
    }
    let folder = tempfile::Builder::new()
        .prefix("server-")
        .tempdir_in(run_folder)?
        .keep();
    let server = TypesenseServer::start_in(&folder, Some(watched))?;
    announce(&announcement, &server)?;
    Ok(server)
}

fn announced(path: &Path) -> Option<TypesenseServer> {
    let found: Announcement = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    TypesenseServer::join(found.address, found.process_id)
}

fn announce(path: &Path, server: &TypesenseServer) -> Result<(), ServerError> {
    let content = Announcement {
        process_id: server.process_id(),
        address: server.address().clone(),
    };
    serde_json::to_writer(private_file(path)?, &content).map_err(std::io::Error::from)?;
    Ok(())
}
