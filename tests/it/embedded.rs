//! The program without a server: the embedded engine, alone, shared, and taken over.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use pyfa_testkit::pypi::FakePyPi;
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::support::{Outcome, Running, client, finish, kill, outcome, plone, until};

/// A home without any server in its settings.
pub(crate) struct Home {
    folder: TempDir,
    registry: Option<FakePyPi>,
}

impl Home {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            folder: tempfile::tempdir()?,
            registry: None,
        })
    }

    pub(crate) fn with_registry() -> Result<Self> {
        let registry = FakePyPi::start()?;
        for number in 0..12 {
            for version in ["1.0", "2.0"] {
                registry.publish(&format!("plone.part{number:02}"), version, &plone(version));
            }
        }
        Ok(Self {
            registry: Some(registry),
            ..Self::new()?
        })
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_of(env!("CARGO_BIN_EXE_pyfa"), words)
    }

    fn command_of(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PYPI_RETRY_BACKOFF", "0.01")
            // Nobody listens there.
            .env("PYPI_BASE_URL", "http://127.0.0.1:9/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(registry) = &self.registry {
            command.env("PYPI_BASE_URL", registry.base_url());
        }
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Outcome {
        outcome(&mut self.command(words))
    }

    /// `pyfa serve`, once it answers: process, address, search-only key. It ends with the test.
    pub(crate) fn serve(&self) -> Result<(Running, String, String, BufReader<ChildStdout>)> {
        self.serve_at("127.0.0.1:0")
    }

    pub(crate) fn serve_at(
        &self,
        address: &str,
    ) -> Result<(Running, String, String, BufReader<ChildStdout>)> {
        self.serve_with(address, "exec \"$0\" \"$@\"")
    }

    /// The same, started by a line of a shell.
    pub(crate) fn serve_with(
        &self,
        address: &str,
        line: &str,
    ) -> Result<(Running, String, String, BufReader<ChildStdout>)> {
        let mut command = self.command_of("/bin/sh", &["-c", line, env!("CARGO_BIN_EXE_pyfa")]);
        let mut child = Running::start(command.args(["serve", "--listen", address]))?;
        let mut lines = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let (_, address) = line.trim().rsplit_once(' ').context("an address")?;
        let address = address.to_owned();
        line.clear();
        lines.read_line(&mut line)?;
        ensure!(line.trim() == format!("gallery: {address}/"), "{line}");
        line.clear();
        lines.read_line(&mut line)?;
        let (_, key) = line.trim().rsplit_once(' ').context("a key")?;
        let key = key.to_owned();
        line.clear();
        lines.read_line(&mut line)?;
        ensure!(
            line.starts_with("try: curl") || line.contains("no collection"),
            "{line}"
        );
        Ok((child, address, key, lines))
    }

    /// A file or folder in the home.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The registry of [`Self::with_registry`].
    pub(crate) fn registry(&self) -> &FakePyPi {
        self.registry.as_ref().expect("a registry")
    }

    /// The engine's folder.
    pub(crate) fn engine(&self) -> PathBuf {
        self.folder.path().join(".pyfa/engine")
    }

    pub(crate) fn admin_key(&self) -> Result<String> {
        let file = self.engine().join("admin.key");
        Ok(fs_err::read_to_string(file)?.trim().to_owned())
    }
}

/// A test that fails leaves no server behind.
#[test]
fn a_server_ends_with_its_test() -> Result<()> {
    let home = Home::new()?;
    let (serving, address, _, _lines) = home.serve()?;
    drop(serving);
    let socket = address.trim_start_matches("http://");
    assert!(TcpStream::connect(socket).is_err(), "{address}");
    Ok(())
}

#[cfg(unix)]
fn is_private(file: &Path) -> Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs_err::metadata(file)?.permissions().mode() & 0o777 == 0o600)
}

#[test]
fn the_sample_is_searchable_without_network_or_keys() -> Result<()> {
    let home = Home::new()?;
    let up = home.run(&["up", "--sample", "--no-serve"]).exits(0);
    assert!(
        up.stdout.contains("documents of plone, django, flask"),
        "{}",
        up.stdout
    );

    let found = home.run(&["search", "-p", "plone", "form"]).exits(0);
    assert!(
        found.stdout.contains("collective.easyform"),
        "{}",
        found.stdout
    );
    let counted = home
        .run(&[
            "search",
            "-p",
            "django",
            "--facet",
            "classifiers",
            "--limit",
            "0",
            "--format",
            "json",
        ])
        .exits(0);
    assert_eq!(counted.report["found"], counted.report["out_of"]);
    assert_ne!(counted.report["facet_counts"][0]["counts"][0]["count"], 0);
    // Scored, compared and counted, without a word about it.
    assert!(!up.stderr.contains("scored") && up.stdout.contains("written and scored"));
    let shown = home
        .run(&["pypi", "-p", "plone", "--show", "plone.api"])
        .exits(0);
    let shown: Map<String, Value> = serde_json::from_str(&shown.stdout)?;
    let number = |field: &str| shown.get(field).and_then(Value::as_u64);
    assert!(number("dependents") > Some(3), "{:?}", number("dependents"));
    assert!(number("health_score") > Some(0) && number("search_rank") > Some(0));
    assert!(shown["health_band"].is_string());
    // Three collections: which one is meant has to be said.
    let which = home.run(&["search", "form"]).exits(2);
    assert!(
        which.stderr.contains("django, flask, plone"),
        "{}",
        which.stderr
    );

    // Again: nothing is left to do.
    let again = home.run(&["up", "--sample", "--no-serve"]).exits(0);
    assert!(again.stdout.starts_with("0 documents"), "{}", again.stdout);
    let rebuilt = home.run(&["engine", "rebuild"]).exits(0);
    assert_eq!(rebuilt.stdout.lines().count(), 3, "{}", rebuilt.stdout);
    let still = home.run(&["search", "-p", "plone", "form"]).exits(0);
    assert_eq!(
        still.stdout.lines().skip(1).collect::<Vec<_>>(),
        found.stdout.lines().skip(1).collect::<Vec<_>>()
    );
    Ok(())
}

#[test]
fn others_work_while_one_serves_and_take_over_when_it_dies() -> Result<()> {
    let home = Home::with_registry()?;
    let (serving, address, key, _lines) = home.serve()?;
    let fetched = home
        .run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    assert_eq!(fetched.number("documents.written"), 24);

    // What the engine shows to front ends, and what it does not.
    let reader = client(&address, &key);
    let words = [("q", "part07".to_owned()), ("query_by", "name".to_owned())];
    let found = crate::support::wait(reader.search("plone", &words))?;
    assert_eq!(found["found"], 2, "{found}");
    assert!(crate::support::wait(reader.list_collections()).is_err());
    let folder = home.engine();
    assert!(is_private(&folder.join("admin.key"))? && is_private(&folder.join("search.key"))?);

    // A run is under way when the owner dies: it takes the folder, and nothing is lost.
    let registry = home.registry.as_ref().context("a registry")?;
    for number in 0..12 {
        registry.publish(&format!("plone.part{number:02}"), "3.0", &plone("3.0"));
    }
    registry.set_latency(std::time::Duration::from_millis(60));
    registry.reset_counts();
    let run = home
        .command(&["pypi", "-i", "-p", "plone", "--format", "json"])
        .spawn()?;
    until("projects are read", || registry.counts().project > 2);
    kill(serving);
    let run = finish(run).exits(0);
    assert_eq!(run.report["collection"], "plone-1");
    registry.set_latency(std::time::Duration::ZERO);
    let all = home
        .run(&[
            "search",
            "-p",
            "plone",
            "--all-versions",
            "--format",
            "json",
        ])
        .exits(0);
    assert_eq!(all.report["found"], 36, "{}", all.stdout);
    let unchanged = home
        .run(&["pypi", "-i", "-p", "plone", "--format", "json"])
        .exits(0);
    assert_eq!(unchanged.number("documents.written"), 0);

    // The key of the front ends is the same one after a restart.
    let (serving, address, same, _lines) = home.serve()?;
    assert_eq!(same, key);
    let found = crate::support::wait(client(&address, &same).search("plone", &words))?;
    assert_eq!(found["found"], 3);
    kill(serving);
    Ok(())
}

#[test]
fn a_second_server_answers_for_the_first_and_then_by_itself() -> Result<()> {
    let home = Home::with_registry()?;
    home.run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    let (first, one, key, _first_lines) = home.serve()?;
    let (second, other, same, _second_lines) = home.serve()?;
    assert_eq!(key, same);
    assert_ne!(one, other);
    let words = [("q", "*".to_owned())];
    let ask = || crate::support::wait(client(&other, &key).search("plone", &words));
    assert_eq!(ask()?["found"], 24);
    kill(first);
    until("the second one has taken over", || {
        ask().is_ok_and(|found| found["found"] == 24)
    });
    // A writer finds the new owner.
    let admin = client(&other, &home.admin_key()?);
    assert_eq!(crate::support::wait(admin.list_collections())?.len(), 1);
    home.run(&["pypi", "-i", "-p", "plone", "--format", "json"])
        .exits(0);
    kill(second);
    Ok(())
}

/// Connections that say nothing take all places that front ends have, where the system allows few
/// files; the folder's own commands have others.
#[test]
fn commands_do_not_wait_behind_silent_connections() -> Result<()> {
    let home = Home::with_registry()?;
    home.run(&["pypi", "-f", "-p", "plone", "--format", "json"])
        .exits(0);
    let (serving, address, _, _lines) =
        home.serve_with("127.0.0.1:0", "ulimit -n 400; exec \"$0\" \"$@\"")?;
    let socket = address.trim_start_matches("http://");
    let socket = socket.parse()?;
    // Where the system's queue is short, those who are not let in do not even connect.
    let silent: Vec<TcpStream> = (0..450)
        .map_while(|_| TcpStream::connect_timeout(&socket, Duration::from_secs(1)).ok())
        .collect();
    assert!(silent.len() > 100, "{}", silent.len());
    let words = [
        "search",
        "-p",
        "plone",
        "--all-versions",
        "--format",
        "json",
    ];
    let found = home.run(&words).exits(0);
    assert_eq!(found.report["found"], 24, "{}", found.stdout);
    let written = home.run(&["pypi", "-i", "-p", "plone", "--format", "json"]);
    written.exits(0);
    drop(silent);
    kill(serving);
    Ok(())
}

/// As when its terminal is closed, or somebody asks it to end.
#[test]
fn a_server_that_is_hung_up_on_ends_in_order() -> Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let home = Home::new()?;
    for signal in [Signal::HUP, Signal::TERM, Signal::INT] {
        let (serving, _, _, _lines) = home.serve()?;
        kill_process(Pid::from_child(&serving), signal)?;
        let ended = finish(serving).exits(0);
        assert!(ended.stderr.contains("stopping"), "{}", ended.stderr);
    }
    // One that was started to outlive its terminal does.
    let (serving, address, key, _lines) =
        home.serve_with("127.0.0.1:0", "trap '' HUP; exec \"$0\" \"$@\"")?;
    kill_process(Pid::from_child(&serving), Signal::HUP)?;
    assert!(crate::support::wait(client(&address, &key).check_health()).is_ok());
    kill(serving);
    Ok(())
}

#[test]
fn a_server_in_the_settings_is_not_replaced() -> Result<()> {
    let home = Home::new()?;
    let mut command = home.command(&["engine", "rebuild"]);
    command
        .env("TYPESENSE_HOST", "localhost")
        .env("TYPESENSE_API_KEY", "key");
    let refused = outcome(&mut command).exits(2);
    assert!(
        refused.stderr.contains("TYPESENSE_HOST"),
        "{}",
        refused.stderr
    );
    Ok(())
}
