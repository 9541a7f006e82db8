//! The clients that people use, unchanged, against Typesense 0.24.1 and against the engine: they
//! have to get the same.

use std::path::Path;
use std::process::Command;

use pyfa_testkit::{javascript, python};
use serde_json::Value;

use crate::Failure;
use crate::subject::Subject;

/// What these steps get is not the same, and why.
const DIFFERENT: &[(&str, &str)] = &[("update by filter", "it came with 0.25")];

/// Times, and what came with 27.
const UNCOMPARED: [&str; 3] = ["created_at", "search_time_ms", "sampled"];

/// Runs a program with host, port and key against both sides, and compares what it says.
async fn compare(program: Vec<String>) -> Result<(), Failure> {
    let Some(server) = Subject::server().await? else {
        return Ok(());
    };
    let expected = said(&program, &server).await?;
    server.end().await?;
    let engine = Subject::engine().await?;
    let got = said(&program, &engine).await?;
    engine.end().await?;
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(&expected) {
        let is_known = DIFFERENT
            .iter()
            .any(|(step, _)| got["what"].as_str() == Some(step));
        assert_eq!(got == expected, !is_known, "{got}\ninstead of\n{expected}");
    }
    Ok(())
}

/// The lines of a program, without what is never the same.
async fn said(program: &[String], side: &Subject) -> Result<Vec<Value>, Failure> {
    let address = side.url("");
    let (host, port) = address
        .trim_start_matches("http://")
        .split_once(':')
        .ok_or("no port")?;
    let (name, given) = program.split_first().ok_or("no program")?;
    let mut command = Command::new(name);
    command.args(given).args([host, port, &side.admin]);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    let text = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}{text}");
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut line = serde_json::from_str(line)?;
        without_times(&mut line);
        lines.push(line);
    }
    assert!(lines.len() > 20, "{text}");
    Ok(lines)
}

fn without_times(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !UNCOMPARED.contains(&name.as_str()));
            members.values_mut().for_each(without_times);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_times),
        _ => {}
    }
}

fn beside(name: &str) -> String {
    format!(
        "{}/tests/conformance/clients/{name}",
        env!("CARGO_MANIFEST_DIR")
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_gets_the_same() -> Result<(), Failure> {
    let python = tokio::task::spawn_blocking(python::client_or_skip).await?;
    let Some(python) = python else { return Ok(()) };
    let python = python.to_string_lossy().into_owned();
    compare(vec![python, beside("program.py")]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_clients_get_the_same() -> Result<(), Failure> {
    let clients = tokio::task::spawn_blocking(javascript::clients_or_skip).await?;
    let Some(clients) = clients else {
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let bundle = bundle(&clients, folder.path())?;
    compare(vec!["node".to_owned(), bundle]).await
}

/// One file of the program and its packages, as front ends are made.
fn bundle(clients: &Path, folder: &Path) -> Result<String, Failure> {
    let modules = clients.join("node_modules");
    std::os::unix::fs::symlink(&modules, folder.join("node_modules"))?;
    let program = folder.join("program.mjs");
    fs_err::copy(beside("program.mjs"), &program)?;
    let bundle = folder.join("bundle.mjs").to_string_lossy().into_owned();
    let made = Command::new(modules.join(".bin/esbuild"))
        .arg(program)
        .args(["--bundle", "--platform=node", "--format=esm"])
        .arg(format!("--outfile={bundle}"))
        .arg(
            "--banner:js=import { createRequire } from 'module'; \
             const require = createRequire(import.meta.url);",
        )
        .output()?;
    let errors = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{errors}");
    Ok(bundle)
}
