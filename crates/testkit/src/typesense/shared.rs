//! The server shared by a test run.
//!
//! Under nextest every test is a process. The first test that needs the server starts it under a
//! supervisor that watches nextest, and writes the endpoint to the run's folder, where the others
//! read it; a lock serialises them. Without nextest the server belongs to the test process.

use std::fs::File;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::requirement::Requirement;

use super::server::{ServerEndpoint, WatchedProcess, failed, private_file};
use super::{ServerError, TypesenseServer, cache_folder, process};

/// What the first process of a run writes for the others.
#[derive(Serialize, Deserialize)]
struct Announcement {
    process_id: u32,
    endpoint: ServerEndpoint,
}

impl TypesenseServer {
    /// The server shared by this test run, which the first call starts.
    ///
    /// It can be neither stopped nor restarted. All tests see its collections: use a
    /// [`TypesenseServer::unique_name`].
    pub fn shared() -> Result<&'static Self, &'static ServerError> {
        static SERVER: OnceLock<Result<TypesenseServer, ServerError>> = OnceLock::new();
        SERVER
            .get_or_init(|| match find_nextest_run()? {
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
/// If it cannot be fetched, or does not run.
#[must_use]
pub fn typesense_or_skip() -> Option<&'static TypesenseServer> {
    Requirement::Typesense.require(TypesenseServer::shared)
}

/// The nextest run that this process belongs to; nextest is its parent.
fn find_nextest_run() -> Result<Option<WatchedProcess>, ServerError> {
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
    let Some(start_time) = process::read_start_time(process_id).filter(|_| process_id > 1) else {
        return Err(failed("the test runner is gone"));
    };
    let run_folder = cache_folder()
        .join("runs")
        .join(format!("{run}-{process_id}"));
    Ok(Some(WatchedProcess {
        process_id,
        start_time,
        run_folder,
    }))
}

fn join_or_start(watched: &WatchedProcess) -> Result<TypesenseServer, ServerError> {
    let run_folder = &watched.run_folder;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(run_folder)?;
    let lock = File::create(run_folder.join("lock"))?;
    lock.lock()?;
    let announcement = run_folder.join("server.json");
    if let Some(server) = read_announcement(&announcement) {
        return Ok(server);
    }
    let folder = tempfile::Builder::new()
        .prefix("server-")
        .tempdir_in(run_folder)?
        .keep();
    let server = TypesenseServer::start_in(&folder, Some(watched))?;
    write_announcement(&announcement, &server)?;
    Ok(server)
}

fn read_announcement(path: &Path) -> Option<TypesenseServer> {
    let found: Announcement = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    TypesenseServer::join(found.endpoint, found.process_id)
}

fn write_announcement(path: &Path, server: &TypesenseServer) -> Result<(), ServerError> {
    let content = Announcement {
        process_id: server.process_id(),
        endpoint: server.endpoint().clone(),
    };
    serde_json::to_writer(private_file(path)?, &content).map_err(std::io::Error::from)?;
    Ok(())
}
