//! The two programs of the testkit, run like benchmarks and examples run them.

#![allow(
    clippy::disallowed_methods,
    reason = "the tests are clients of their own"
)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};
use pyfa_testkit::typesense::typesense_or_skip;
use serde_json::Value;

/// A running program with its stdin and the lines of its stdout.
struct Program {
    child: Child,
    stdin: ChildStdin,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Program {
    fn start(path: &str, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(path);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdin = child.stdin.take().context("no stdin")?;
        let lines = BufReader::new(child.stdout.take().context("no stdout")?).lines();
        Ok(Self {
            child,
            stdin,
            lines,
        })
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.lines.next().context("it said nothing more")??)
    }

    fn ask(&mut self, command: &str) -> Result<Value> {
        writeln!(self.stdin, "{command}")?;
        Ok(serde_json::from_str(&self.line()?)?)
    }

    /// Closes its stdin and waits until it ends.
    fn end(mut self) -> Result<bool> {
        drop(self.stdin);
        Ok(self.child.wait()?.success())
    }
}

#[tokio::test]
async fn the_fake_registry_serves_and_runs_commands() -> Result<()> {
    let arguments = ["--preset", "generated", "--projects", "500"];
    let mut fake = Program::start(env!("CARGO_BIN_EXE_fake-registry"), &arguments)?;
    let url = fake.line()?;
    let answer = reqwest::get(format!("{url}/pypi/gen-package000007/json")).await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(fake.ask("counts")?["project"], 1);
    assert_eq!(
        fake.ask("touch 5")?["touched"].as_array().map(Vec::len),
        Some(5)
    );
    assert_eq!(
        fake.ask("touch gen-package000007")?["touched"][0],
        "gen-package000007"
    );
    let answer = reqwest::get(format!("{url}/pypi/gen-package000007/2.0/json")).await?;
    assert_eq!(answer.status(), 200);
    assert_eq!(fake.ask("reset")?["reset"], true);
    assert_eq!(fake.ask("counts")?["total"], 0);
    assert!(fake.ask("nonsense")?["error"].is_string());
    assert!(fake.end()?);
    Ok(())
}

#[test]
fn the_server_program_ends_with_its_stdin() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    let mut program = Program::start(env!("CARGO_BIN_EXE_typesense-server"), &[])?;
    let line = program.line()?;
    let process = line.rsplit(' ').next().context("an empty line")?;
    let process = std::path::PathBuf::from(format!("/proc/{process}"));
    assert!(process.exists());
    assert!(program.end()?);
    assert!(!process.exists());
    Ok(())
}
