//! A running server: its supervisor, folder, endpoint and key.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{ServerError, process, server_binary};
use crate::supervisor::Supervisor;

/// How long a server may take to start. Three seconds are usual on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long a server may take to stop after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(15);
const POLL_INTERVAL: Duration = Duration::from_millis(25);

/// A running Typesense server on loopback. Dropping it kills the server and removes its data.
#[derive(Debug)]
pub struct TypesenseServer {
    endpoint: ServerEndpoint,
    process_id: u32,
    /// `None` for the server shared by a test run, and while stopped.
    supervisor: Option<Supervisor>,
    /// The folder to remove with the server: its own, or that of its cluster; `None` for the server
    /// shared by a test run.
    removed_folder: Option<PathBuf>,
}

/// Where a server is and how to connect to it, as shared by the test processes of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ServerEndpoint {
    pub(super) port: u16,
    peering_port: u16,
    api_key: String,
    /// The folder with configuration, log and data.
    folder: PathBuf,
}

/// The process that a shared server ends with.
#[derive(Debug)]
pub(super) struct WatchedProcess {
    pub(super) process_id: u32,
    pub(super) start_time: u64,
    /// The folder to remove at the end.
    pub(super) run_folder: PathBuf,
}

impl TypesenseServer {
    /// Starts a server for the caller alone, in a temporary folder, and waits until it is ready.
    pub fn start_own() -> Result<Self, ServerError> {
        let folder = tempfile::Builder::new()
            .prefix("pyfa-typesense-")
            .tempdir()?
            .keep();
        Self::start_in(&folder, None)
    }

    /// Starts a server in an existing empty folder, on free ports; retries if another process takes
    /// them first.
    pub(super) fn start_in(
        folder: &Path,
        watched: Option<&WatchedProcess>,
    ) -> Result<Self, ServerError> {
        retry_start(|| {
            let key = random_key()?;
            let [endpoint] = ServerEndpoint::on_free_ports([folder.to_owned()], &key)?;
            Self::start_at(endpoint, watched)
        })
    }

    fn start_at(
        endpoint: ServerEndpoint,
        watched: Option<&WatchedProcess>,
    ) -> Result<Self, ServerError> {
        endpoint.write_configuration(None)?;
        let folder = endpoint.folder.clone();
        let mut server = Self::launch(endpoint, &folder, watched)?;
        server.wait_until_ready()?;
        if watched.is_some()
            && let Some(supervisor) = server.supervisor.take()
        {
            supervisor.release("WATCH")?;
        }
        Ok(server)
    }

    /// Starts the process of a server whose configuration is written. Dropping the server ends it and
    /// removes `removed_folder`.
    pub(super) fn launch(
        endpoint: ServerEndpoint,
        removed_folder: &Path,
        watched: Option<&WatchedProcess>,
    ) -> Result<Self, ServerError> {
        let (supervisor, process_id) = spawn_supervisor(&endpoint.folder, removed_folder, watched)?;
        Ok(Self {
            endpoint,
            process_id,
            supervisor: Some(supervisor),
            removed_folder: watched.is_none().then(|| removed_folder.to_owned()),
        })
    }

    /// A server started by another process of this test run, if it still responds.
    pub(super) fn join(endpoint: ServerEndpoint, process_id: u32) -> Option<Self> {
        let server = Self {
            endpoint,
            process_id,
            supervisor: None,
            removed_folder: None,
        };
        (server.is_running() && server.endpoint.is_ready()).then_some(server)
    }

    pub(super) fn endpoint(&self) -> &ServerEndpoint {
        &self.endpoint
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.endpoint.port)
    }

    /// The port of the HTTP API on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.endpoint.port
    }

    /// The bootstrap key, which may do everything.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.endpoint.api_key
    }

    /// The folder that holds the server's data.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.endpoint.folder.join("data")
    }

    /// The id of the server's process; while stopped, of the last one.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// The resident memory of the server in bytes; `None` while it does not run.
    #[must_use]
    pub fn memory_bytes(&self) -> Option<u64> {
        process::read_resident_bytes(self.process_id)
    }

    /// Whether the server's process is alive.
    #[must_use]
    pub fn is_running(&self) -> bool {
        process::read_start_time(self.process_id).is_some()
    }

    /// A collection name that no other test of this run gets, beginning with `prefix`.
    #[must_use]
    pub fn unique_name(&self, prefix: &str) -> String {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}_{}_{number}", std::process::id())
    }

    /// Stops the server as an administrator would (SIGTERM) and waits for its end; the data stay.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        self.stop_with("TERM")
    }

    /// Kills the server with SIGKILL, as in a power cut; the data are kept.
    pub fn kill(&mut self) -> Result<(), ServerError> {
        self.stop_with("KILL")
    }

    /// Restarts a stopped or killed server with the same port, key and data.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        if self.supervisor.is_some() {
            return Err(failed("it is still running; stop it first"));
        }
        let Some(removed_folder) = &self.removed_folder else {
            return Err(failed("it is shared by the test run"));
        };
        let (supervisor, process_id) =
            spawn_supervisor(&self.endpoint.folder, removed_folder, None)?;
        self.supervisor = Some(supervisor);
        self.process_id = process_id;
        self.wait_until_ready()
    }

    fn stop_with(&mut self, signal: &str) -> Result<(), ServerError> {
        let Some(supervisor) = self.supervisor.take() else {
            return Err(failed("it is already stopped"));
        };
        let stopped = supervisor.stop(signal, STOP_LIMIT);
        stopped.map_err(|error| failed(&error.to_string()))
    }

    pub(super) fn wait_until_ready(&self) -> Result<(), ServerError> {
        let limit = Instant::now() + START_LIMIT;
        while !self.endpoint.is_ready() {
            if !self.is_running() {
                return Err(failed(&format!(
                    "it exited during startup: {}",
                    self.endpoint.read_log_end()
                )));
            }
            if Instant::now() > limit {
                return Err(failed(&format!(
                    "no response after {} seconds: {}",
                    START_LIMIT.as_secs(),
                    self.endpoint.read_log_end()
                )));
            }
            sleep(POLL_INTERVAL);
        }
        Ok(())
    }
}

impl Drop for TypesenseServer {
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end();
        }
        // A stopped server has no supervisor.
        if let Some(folder) = &self.removed_folder {
            let _ = fs_err::remove_dir_all(folder);
        }
    }
}

impl ServerEndpoint {
    /// An endpoint for each folder, all with the same key, on free ports.
    pub(super) fn on_free_ports<const COUNT: usize>(
        folders: [PathBuf; COUNT],
        api_key: &str,
    ) -> Result<[Self; COUNT], ServerError> {
        // All ports are kept open until all are known, so that they differ.
        let mut listeners = Vec::new();
        let mut free_port = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            listeners.push(listener);
            Ok::<u16, std::io::Error>(port)
        };
        let pairs: Vec<(u16, u16)> = folders
            .iter()
            .map(|_| Ok((free_port()?, free_port()?)))
            .collect::<Result<_, std::io::Error>>()?;
        let mut ports = pairs.into_iter();
        Ok(folders.map(|folder| {
            let (port, peering_port) = ports.next().unwrap_or_default();
            Self {
                port,
                peering_port,
                api_key: api_key.to_owned(),
                folder,
            }
        }))
    }

    /// The name of this node in its cluster.
    pub(super) fn as_node(&self) -> String {
        format!("127.0.0.1:{}:{}", self.peering_port, self.port)
    }

    /// Writes the server's configuration; `nodes` are all nodes of its cluster.
    pub(super) fn write_configuration(&self, nodes: Option<&str>) -> Result<(), ServerError> {
        let data = self.folder.join("data");
        fs_err::create_dir_all(&data)?;
        let mut file = private_file(&self.folder.join("server.ini"))?;
        writeln!(file, "[server]\napi-key = {}", self.api_key)?;
        writeln!(file, "data-dir = {}", data.display())?;
        writeln!(file, "api-address = 127.0.0.1\napi-port = {}", self.port)?;
        writeln!(
            file,
            "peering-address = 127.0.0.1\npeering-port = {}",
            self.peering_port
        )?;
        if let Some(nodes) = nodes {
            let list = self.folder.join("nodes");
            fs_err::write(&list, nodes)?;
            writeln!(file, "nodes = {}", list.display())?;
        }
        Ok(())
    }

    /// Whether a healthy server responds and accepts our key, which another server would not.
    fn is_ready(&self) -> bool {
        self.get("/health")
            .is_ok_and(|response| response.contains("true"))
            && self.get("/collections").is_ok()
    }

    /// Whether the server is the leader of its cluster.
    pub(super) fn is_leader(&self) -> bool {
        self.get("/debug")
            .is_ok_and(|response| response.contains(r#""state":1,"#))
    }

    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
             X-Typesense-Api-Key: {}\r\n\r\n",
            self.api_key
        )?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        match response.strip_prefix("HTTP/1.1 200 ") {
            Some(rest) => Ok(rest.to_owned()),
            None => Err(std::io::Error::other("the status is not 200")),
        }
    }

    fn read_log_end(&self) -> String {
        let log = fs_err::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

/// Runs `start`, and retries if another process took its ports.
pub(super) fn retry_start<T>(
    mut start: impl FnMut() -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let mut attempts_left = 3;
    loop {
        attempts_left -= 1;
        match start() {
            Err(ServerError::Failed { .. }) if attempts_left > 0 => {}
            result => return result,
        }
    }
}

/// Starts the supervisor in its own process group, so that signals for the tests do not reach it, and
/// reads the server's process id from it.
fn spawn_supervisor(
    folder: &Path,
    removed_folder: &Path,
    watched: Option<&WatchedProcess>,
) -> Result<(Supervisor, u32), ServerError> {
    let mut command = Command::new("sh");
    command
        .args(["-c", include_str!("supervise.sh"), "sh"])
        .arg(folder)
        .arg(server_binary()?)
        .arg(removed_folder);
    if let Some(watched) = watched {
        command
            .arg(watched.process_id.to_string())
            .arg(watched.start_time.to_string());
        command.arg(&watched.run_folder);
    }
    for (name, _) in std::env::vars_os() {
        // The server prefers such variables to its configuration file.
        if name.to_string_lossy().starts_with("TYPESENSE_") {
            command.env_remove(name);
        }
    }
    Ok(Supervisor::start(&mut command, folder)?)
}

/// Creates a file that only the user may read.
pub(super) fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

pub(super) fn random_key() -> std::io::Result<String> {
    let mut bytes = [0_u8; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

pub(super) fn failed(reason: &str) -> ServerError {
    ServerError::Failed {
        reason: reason.to_owned(),
    }
}
