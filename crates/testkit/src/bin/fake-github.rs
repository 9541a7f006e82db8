//! The fake GitHub as a process, for benchmarks and recordings.
//!
//! ```text
//! fake-github [--organisation NAME] [--repositories N] [--issues N] [--events N]
//!             [--days N] [--people N] [--latency-ms N] [--limit N]
//! ```
//!
//! It has an organisation (`org`) with so many repositories, issues in all of them together, and entries
//! of each timeline, over so many days before its clock starts. With `--people` it has so many people
//! and their repositories instead. It accepts the token `bench`, whose quotas have `--limit` points.
//!
//! The first line on stdout is the base URL. Each command on stdin returns a line of JSON: `counts`
//! (responses by status, and requests), `paths FILE` (writes what was asked), `connections FILE` (writes
//! who follows whom, and has starred and owns what), `reset` (the counts), `advance SECONDS`, `latency N`
//! (milliseconds). The process ends with its stdin.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use pyfa_testkit::github::{FakeGitHub, History};
use serde_json::{Value, json};

const TOKEN: &str = "bench";

fn main() -> Result<()> {
    let mut history = History {
        organisation: "org".to_owned(),
        repositories: 50,
        issues: 1_000,
        events: 10,
        days: 365,
    };
    let (mut latency, mut limit, mut people) = (0, 1_000_000_000, 0);
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let value = given
            .next()
            .with_context(|| format!("{name} needs a value"))?;
        if name == "--organisation" {
            history.organisation = value;
            continue;
        }
        let number: u64 = value
            .parse()
            .with_context(|| format!("{name} needs a number, not {value}"))?;
        match name.as_str() {
            "--repositories" => history.repositories = number,
            "--issues" => history.issues = number,
            "--events" => history.events = number,
            "--days" => history.days = number,
            "--people" => people = number,
            "--latency-ms" => latency = number,
            "--limit" => limit = number,
            _ => bail!("unknown option {name}"),
        }
    }
    let github = FakeGitHub::start()?;
    github.allow(TOKEN);
    github.set_limit(limit);
    if people > 0 {
        github.world().add_crowd(people);
    } else {
        github.add_history(&history);
    }
    github
        .controls()
        .set_latency(Duration::from_millis(latency));
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", github.base_url())?;
    stdout.flush()?;
    for line in std::io::stdin().lock().lines() {
        let result = run_command(&github, &line?)
            .unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(stdout, "{result}")?;
        stdout.flush()?;
    }
    Ok(())
}

fn run_command(github: &FakeGitHub, line: &str) -> Result<Value> {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let number = || {
        argument
            .parse::<u64>()
            .context("the command needs a number")
    };
    let controls = github.controls();
    Ok(match command {
        "counts" => json!({ "statuses": github.statuses(), "requests": controls.count("") }),
        "paths" => {
            let mut file = std::io::BufWriter::new(fs_err::File::create(argument)?);
            for request in controls.requests() {
                writeln!(file, "{}", request.trim_start_matches("GET "))?;
            }
            file.flush()?;
            json!({ "written": controls.count("") })
        }
        "connections" => {
            let connections = github.world().connections();
            fs_err::write(argument, connections.to_string())?;
            json!({ "written": true })
        }
        "reset" => {
            github.reset_counts();
            json!({ "reset": true })
        }
        "advance" => {
            controls.advance(Duration::from_secs(number()?));
            json!({ "now": controls.now() })
        }
        "latency" => {
            controls.set_latency(Duration::from_millis(number()?));
            json!({ "latency_ms": number()? })
        }
        _ => bail!("unknown command {command}"),
    })
}
