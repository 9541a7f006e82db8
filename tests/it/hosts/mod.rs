//! Several hosts that work as one: each has a home of its own, and they share a database.

mod locks;
mod quota;
mod wandering;

use std::process::{Child, Command, Stdio};

use pyfa_testkit::postgres::{PostgresServer, postgres_or_skip};

use crate::support::gate::Gate;
use crate::support::scene::populate;
use crate::support::{Outcome, World, outcome};

/// How long a lock is held after the last sign of life, in seconds; long enough for a slow machine.
const LEASE: &str = "3";

/// Two hosts with one registry, one search server and one collection.
struct Hosts {
    one: World,
    two: World,
    /// Before the search server, for both.
    gate: Gate,
    /// The database that they share.
    database: String,
    server: PostgresServer,
}

impl Hosts {
    /// Two hosts and twelve projects; `None` where there is no server for tests.
    fn new() -> Option<Self> {
        let one = World::empty()?;
        let server = postgres_or_skip()?;
        populate(&one);
        Some(Self {
            two: one.on_another_host(),
            gate: Gate::before(one.typesense.port()),
            one,
            database: server.create_database().expect("a database"),
            server,
        })
    }

    /// The program on one of the hosts.
    fn command(&self, host: &World, arguments: &[&str]) -> Command {
        let mut command = host.command(arguments);
        command
            .env("PYFA_DATABASE", &self.database)
            .env("PYFA_JOB_LEASE", LEASE)
            .env("TYPESENSE_PORT", self.gate.port().to_string());
        command
    }

    /// `pyfa pypi … -t TARGET --format json`
    fn fetch(&self, host: &World, arguments: &[&str]) -> Command {
        let fixed = [
            "pypi",
            "-t",
            &host.target,
            "--format",
            "json",
            "-p",
            "plone",
        ];
        self.command(host, &[&fixed, arguments].concat())
    }

    fn run_fetch(&self, host: &World, arguments: &[&str]) -> Outcome {
        outcome(&mut self.fetch(host, arguments))
    }
}

/// Starts a command, with its output to be read.
fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts")
}

/// Sends a signal such as `STOP`.
#[track_caller]
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status()
        .expect("a signal");
    assert!(sent.success());
}
