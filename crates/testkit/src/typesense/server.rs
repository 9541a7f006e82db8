//! One running server: its supervisor, its folder, its address, its key.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{ServerError, process, server_binary};

/// How long a server may take to answer; three seconds are usual on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long a server may take to stop when asked politely.
const STOP_LIMIT: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(25);

/// A running Typesense server on loopback; dropping it kills the server and removes its data.
#[derive(Debug)]
pub struct TypesenseServer {
    address: Address,
    process_id: u32,
    /// The supervisor and the pipe that keeps it; `None` for the server shared by a test run,
    /// and while stopped.
    supervisor: Option<(Child, ChildStdin)>,
    /// What goes with the server: its folder, or that of its cluster; `None` for the server
    /// shared by a test run.
    removed: Option<PathBuf>,
}

/// Where a server is and how to talk to it; what test processes of one run tell each other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Address {
    pub(super) port: u16,
    peering_port: u16,
    api_key: String,
    /// Configuration, log and the server's data.
    folder: PathBuf,
}

/// The process whose end is the end of a shared server.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) process_id: u32,
    pub(super) start_time: u64,
    /// Removed at the end.
    pub(super) run_folder: PathBuf,
}

impl TypesenseServer {
    /// Starts a server for the caller alone, in a temporary folder, and waits until it answers.
    pub fn start_own() -> Result<Self, ServerError> {
        let folder = tempfile::Builder::new()
            .prefix("pyfa-typesense-")
            .tempdir()?
            .keep();
        Self::start_in(&folder, None)
    }

    /// Starts a server in an existing empty folder of its own, on ports that are free now; tries
    /// again if another process takes them first.
    pub(super) fn start_in(folder: &Path, watched: Option<&Watched>) -> Result<Self, ServerError> {
        trying_again(|| {
            let key = random_key()?;
            let [address] = Address::on_free_ports([folder.to_owned()], &key)?;
            Self::start_at(address, watched)
        })
    }

    fn start_at(address: Address, watched: Option<&Watched>) -> Result<Self, ServerError> {
        address.write_configuration(None)?;
        let folder = address.folder.clone();
        let mut server = Self::launch(address, &folder, watched)?;
        server.wait_until_answering()?;
        if watched.is_some()
            && let Some((_, mut stdin)) = server.supervisor.take()
        {
            writeln!(stdin, "WATCH")?;
        }
        Ok(server)
    }

    /// Starts the process of a server whose configuration is written; dropping the server ends
    /// it and removes `removed`.
    pub(super) fn launch(
        address: Address,
        removed: &Path,
        watched: Option<&Watched>,
    ) -> Result<Self, ServerError> {
        let (child, stdin, process_id) = spawn_supervisor(&address.folder, removed, watched)?;
        Ok(Self {
            address,
            process_id,
            supervisor: Some((child, stdin)),
            removed: watched.is_none().then(|| removed.to_owned()),
        })
    }

    /// A server that another process of this test run started, if it still answers.
    pub(super) fn join(address: Address, process_id: u32) -> Option<Self> {
        let server = Self {
            address,
            process_id,
            supervisor: None,
            removed: None,
        };
        (server.is_running() && server.address.accepts_key()).then_some(server)
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.address.port)
    }

    /// The port of the HTTP API on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port
    }

    /// The bootstrap key, which may do everything.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.address.api_key
    }

    /// The folder that holds the server's data.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.address.folder.join("data")
    }

    /// The id of the server's process (the last one, while stopped).
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process_id
    }

    /// Resident memory of the server in bytes, `None` while it does not run.
    #[must_use]
    pub fn memory_bytes(&self) -> Option<u64> {
        process::resident_bytes(self.process_id)
    }

    /// Whether the server's process is alive.
    #[must_use]
    pub fn is_running(&self) -> bool {
        process::start_time(self.process_id).is_some()
    }

    /// `prefix` with an ending that no other test of this run gets: a name for a collection.
    #[must_use]
    pub fn unique_name(&self, prefix: &str) -> String {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}_{}_{number}", std::process::id())
    }

    /// Stops the server as an administrator would (SIGTERM) and waits for its end; the data stay.
    pub fn stop(&mut self) -> Result<(), ServerError> {
        self.end("TERM")
    }

    /// Kills the server as a power cut would (SIGKILL); the data stay.
    pub fn kill(&mut self) -> Result<(), ServerError> {
        self.end("KILL")
    }

    /// Starts a stopped or killed server again: same port, same key, same data.
    pub fn start_again(&mut self) -> Result<(), ServerError> {
        if self.supervisor.is_some() {
            return Err(broken("it is still running; stop it first"));
        }
        let Some(removed) = &self.removed else {
            return Err(broken("it belongs to the whole test run"));
        };
        let (child, stdin, process_id) = spawn_supervisor(&self.address.folder, removed, None)?;
        self.supervisor = Some((child, stdin));
        self.process_id = process_id;
        self.wait_until_answering()
    }

    fn end(&mut self, signal: &str) -> Result<(), ServerError> {
        let Some((mut child, mut stdin)) = self.supervisor.take() else {
            return Err(broken("it is stopped already"));
        };
        writeln!(stdin, "{signal}")?;
        let limit = Instant::now() + STOP_LIMIT;
        while child.try_wait()?.is_none() {
            if Instant::now() > limit {
                child.kill()?;
                child.wait()?;
                return Err(broken("it did not stop in time"));
            }
            sleep(PAUSE);
        }
        Ok(())
    }

    pub(super) fn wait_until_answering(&self) -> Result<(), ServerError> {
        let limit = Instant::now() + START_LIMIT;
        while !self.address.accepts_key() {
            if !self.is_running() {
                return Err(broken(&format!(
                    "it ended at once: {}",
                    self.address.log_end()
                )));
            }
            if Instant::now() > limit {
                return Err(broken(&format!(
                    "no answer after {} seconds: {}",
                    START_LIMIT.as_secs(),
                    self.address.log_end()
                )));
            }
            sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for TypesenseServer {
    fn drop(&mut self) {
        if let Some((mut child, stdin)) = self.supervisor.take() {
            // The end of its stdin makes the supervisor kill the server and remove the folder.
            drop(stdin);
            let _ = child.wait();
        }
        // One that was stopped has no supervisor any more.
        if let Some(folder) = &self.removed {
            let _ = fs_err::remove_dir_all(folder);
        }
    }
}

impl Address {
    /// One address per folder, all with the same key, on ports that are free now.
    pub(super) fn on_free_ports<const COUNT: usize>(
        folders: [PathBuf; COUNT],
        api_key: &str,
    ) -> Result<[Self; COUNT], ServerError> {
        // All are held until all are known, so that they differ.
        let mut held = Vec::new();
        let mut free_port = || {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok::<u16, std::io::Error>(port)
        };
        let ports: Vec<(u16, u16)> = folders
            .iter()
            .map(|_| Ok((free_port()?, free_port()?)))
            .collect::<Result<_, std::io::Error>>()?;
        let mut ports = ports.into_iter();
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

    /// How the nodes of a cluster name this one among themselves.
    pub(super) fn as_node(&self) -> String {
        format!("127.0.0.1:{}:{}", self.peering_port, self.port)
    }

    /// Writes what the server reads when it starts; `nodes` are all those of its cluster.
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

    /// Whether a server answers here, is healthy, and is ours: another one refuses the key.
    fn accepts_key(&self) -> bool {
        self.get("/health")
            .is_ok_and(|answer| answer.contains("true"))
            && self.get("/collections").is_ok()
    }

    /// Whether the server is the leader of its cluster.
    pub(super) fn leads(&self) -> bool {
        self.get("/debug")
            .is_ok_and(|answer| answer.contains(r#""state":1,"#))
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
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.strip_prefix("HTTP/1.1 200 ") {
            Some(rest) => Ok(rest.to_owned()),
            None => Err(std::io::Error::other("not an answer with status 200")),
        }
    }

    fn log_end(&self) -> String {
        let log = fs_err::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

/// Lets `start` choose ports, and once more where another process was quicker to take them.
pub(super) fn trying_again<T>(
    mut start: impl FnMut() -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let mut tries = 3;
    loop {
        tries -= 1;
        match start() {
            Err(ServerError::Broken { .. }) if tries > 0 => {}
            answer => return answer,
        }
    }
}

/// Starts the supervisor in a process group of its own, so that a signal for the tests does not
/// reach it, and reads the server's process id from it.
fn spawn_supervisor(
    folder: &Path,
    removed: &Path,
    watched: Option<&Watched>,
) -> Result<(Child, ChildStdin, u32), ServerError> {
    let mut command = Command::new("sh");
    command
        .args(["-c", include_str!("supervise.sh"), "sh"])
        .arg(folder)
        .arg(server_binary()?)
        .arg(removed);
    if let Some(watched) = watched {
        command
            .arg(watched.process_id.to_string())
            .arg(watched.start_time.to_string());
        command.arg(&watched.run_folder);
    }
    for (name, _) in std::env::vars_os() {
        // The server reads settings from variables of this name, and they win over its file.
        if name.to_string_lossy().starts_with("TYPESENSE_") {
            command.env_remove(name);
        }
    }
    let mut child = command
        .process_group(0)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let pipes = child.stdin.take().zip(child.stdout.take());
    let (stdin, stdout) = pipes.ok_or_else(|| broken("its supervisor has no pipes"))?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line)?;
    let process_id = line
        .trim()
        .parse()
        .map_err(|_| broken("its supervisor named no process"))?;
    Ok((child, stdin, process_id))
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

pub(super) fn broken(reason: &str) -> ServerError {
    ServerError::Broken {
        reason: reason.to_owned(),
    }
}
