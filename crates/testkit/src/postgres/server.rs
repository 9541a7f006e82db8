//! A running server: its supervisor, folder and port.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::binaries::{Binaries, USER, create_data_folder, server_user_words};
use super::error::PostgresError;
use crate::pip::run;
use crate::supervisor::Supervisor;
use crate::typesense::process::read_start_time;

/// How long a server may take to start. Half a second is usual on an idle machine.
const START_LIMIT: Duration = Duration::from_mins(1);
/// How long a server may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A running server. Dropping it ends it and removes its data.
pub struct PostgresServer {
    binaries: Binaries,
    folder: PathBuf,
    port: u16,
    /// `None` while stopped.
    supervisor: Option<Supervisor>,
    databases: AtomicU32,
}

impl PostgresServer {
    /// Starts a server in a temporary folder, and waits until it is ready.
    pub fn start() -> Result<Self, PostgresError> {
        let binaries = Binaries::get()?;
        let folder = tempfile::Builder::new()
            .prefix("pyfa-postgres-")
            .tempdir()?
            .keep();
        let mut server = Self {
            binaries,
            port: 0,
            supervisor: None,
            databases: AtomicU32::new(0),
            folder,
        };
        let data = server.data();
        create_data_folder(&data)?;
        run(Command::new("cp")
            .arg("-a")
            .arg(server.binaries.template.join("."))
            .arg(&data))
        .map_err(|error| PostgresError::Failed(error.to_string()))?;
        // Another process may take the port first.
        let mut attempts_left = 3;
        loop {
            attempts_left -= 1;
            server.port = free_port()?;
            match server.launch() {
                Err(PostgresError::Failed(_)) if attempts_left > 0 => server.stop_with("QUIT")?,
                result => return result.map(|()| server),
            }
        }
    }

    /// The address of a new, empty database, with user and password.
    pub fn create_database(&self) -> Result<String, PostgresError> {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        run(Command::new(self.binaries.program("createdb"))
            .args(["--host", "127.0.0.1", "--username", USER])
            .args(["--port", &self.port.to_string()])
            .arg(&name)
            .env("PGPASSWORD", &self.binaries.password))
        .map_err(|error| PostgresError::Failed(error.to_string()))?;
        Ok(self.address_of(&name))
    }

    /// The address of a database.
    #[must_use]
    pub fn address_of(&self, database: &str) -> String {
        let (password, port) = (&self.binaries.password, self.port);
        format!("postgres://{USER}:{password}@127.0.0.1:{port}/{database}")
    }

    /// The password, as it stands in addresses.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.binaries.password
    }

    /// Stops the server as an administrator would, without waiting for its clients; the data stay.
    pub fn stop(&mut self) -> Result<(), PostgresError> {
        self.stop_with("INT")
    }

    /// Ends the server at once, as in a crash; what was committed stays.
    pub fn kill(&mut self) -> Result<(), PostgresError> {
        self.stop_with("QUIT")
    }

    /// Starts a stopped or killed server again, with the same port and data.
    pub fn start_again(&mut self) -> Result<(), PostgresError> {
        if self.supervisor.is_some() {
            return Err(failed("it is still running; stop it first"));
        }
        self.launch()
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn launch(&mut self) -> Result<(), PostgresError> {
        let (first, words) = server_user_words();
        let mut command = Command::new("sh");
        command
            .args(["-c", include_str!("supervise.sh"), "sh"])
            .arg(&self.folder)
            .args(first)
            .args(words)
            .arg(self.binaries.program("postgres"))
            .arg("-D")
            .arg(self.data());
        let port = format!("port={}", self.port);
        for setting in [
            port.as_str(),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=40",
            "shared_buffers=16MB",
            "dynamic_shared_memory_type=mmap",
            "fsync=off",
            "log_min_messages=warning",
        ] {
            command.args(["-c", setting]);
        }
        for (name, _) in std::env::vars_os() {
            // The server prefers such variables to its arguments.
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        let (supervisor, process_id) = Supervisor::start(&mut command, &self.folder)?;
        self.supervisor = Some(supervisor);
        self.wait_until_ready(process_id)
    }

    fn wait_until_ready(&mut self, process_id: u32) -> Result<(), PostgresError> {
        let limit = Instant::now() + START_LIMIT;
        let state = self.data().join("postmaster.pid");
        while !fs_err::read_to_string(&state).is_ok_and(|state| is_ready(&state, process_id)) {
            if read_start_time(process_id).is_none() || Instant::now() > limit {
                let reason = self.read_log_end();
                return Err(failed(&format!("it did not start: {reason}")));
            }
            sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    fn stop_with(&mut self, signal: &str) -> Result<(), PostgresError> {
        let Some(supervisor) = self.supervisor.take() else {
            return Err(failed("it is already stopped"));
        };
        let stopped = supervisor.stop(signal, STOP_LIMIT);
        stopped.map_err(|error| failed(&error.to_string()))?;
        // What it said while it stopped is no reason for not starting again.
        fs_err::write(self.folder.join("server.log"), "")?;
        Ok(())
    }

    fn read_log_end(&self) -> String {
        let log = fs_err::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join(" | ")
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(supervisor) = self.supervisor.take() {
            supervisor.end();
        }
        // A stopped server has no supervisor.
        let _ = fs_err::remove_dir_all(&self.folder);
    }
}

/// Whether the server has written that it is ready: its process id in the first line, what it is doing
/// in the eighth.
fn is_ready(state: &str, process_id: u32) -> bool {
    let lines: Vec<&str> = state.lines().map(str::trim).collect();
    lines
        .first()
        .is_some_and(|line| *line == process_id.to_string())
        && lines.get(7).is_some_and(|line| *line == "ready")
}

fn free_port() -> std::io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

fn failed(reason: &str) -> PostgresError {
    PostgresError::Failed(reason.to_owned())
}
