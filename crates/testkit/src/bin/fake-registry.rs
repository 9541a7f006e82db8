//! The fake registry as a process, for benchmarks and examples.
//!
//! ```text
//! fake-registry [--preset fixtures|two-thousand|generated|npm] [--projects N] [--matching-every N]
//!               [--latency-ms N] [--fixtures DIR] [--listen 127.0.0.1:PORT]
//! ```
//!
//! `--projects` and `--matching-every` are for the preset `generated`. The preset `npm` is an npm
//! registry on a free port: recorded packages, and as many in the scope `@plone` as `--projects` says.
//!
//! The first line on stdout is the base URL. Each command on stdin returns a line of JSON: `touch N`
//! (publishes a new release of N projects and returns their names), `touch NAME`, `counts`, `reset`
//! (the counts), `latency N` (milliseconds). The process ends with its stdin.

use std::io::{BufRead, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use pyfa_testkit::fixtures;
use pyfa_testkit::npm::FakeNpm;
use pyfa_testkit::pypi::{FakePyPi, GeneratedRegistry};
use serde_json::{Value, json};

struct Arguments {
    preset: String,
    projects: u32,
    matching_every: u32,
    latency: Duration,
    fixtures: PathBuf,
    listen: SocketAddr,
}

fn main() -> Result<()> {
    let arguments = parse_arguments(std::env::args().skip(1))?;
    if arguments.preset == "npm" {
        return serve_npm(&arguments);
    }
    let fake = FakePyPi::start_at(arguments.listen)?;
    add_projects(&fake, &arguments)?;
    fake.set_latency(arguments.latency);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", fake.base_url())?;
    stdout.flush()?;
    for line in std::io::stdin().lock().lines() {
        let result =
            run_command(&fake, &line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(stdout, "{result}")?;
        stdout.flush()?;
    }
    Ok(())
}

/// Serves an npm registry; `touch NAME`, `counts`, `reset` and `latency N` as above.
fn serve_npm(arguments: &Arguments) -> Result<()> {
    let fake = FakeNpm::start()?;
    for document in fixtures::documents_in(&fixtures::folder().join("npm"))? {
        fake.load(&document);
    }
    let manifest = json!({"description": "generated", "keywords": ["volto"], "license": "MIT"});
    for number in 0..arguments.projects {
        fake.publish(&format!("@plone/part{number}"), "1.0.0", &manifest);
    }
    fake.controls().set_latency(arguments.latency);
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", fake.base_url())?;
    stdout.flush()?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let answer = match command {
            "touch" => {
                let version = format!("1.{}.0", fake.controls().requests().len() + 1);
                fake.publish(argument, &version, &manifest);
                json!({"touched": [argument], "version": version})
            }
            "counts" => json!({"total": fake.controls().count("")}),
            "reset" => {
                fake.controls().reset();
                json!({"reset": true})
            }
            "latency" => {
                let milliseconds = argument.parse().context("the command needs a number")?;
                fake.controls()
                    .set_latency(Duration::from_millis(milliseconds));
                json!({"latency_ms": milliseconds})
            }
            _ => json!({"error": format!("unknown command {command}")}),
        };
        writeln!(stdout, "{answer}")?;
        stdout.flush()?;
    }
    Ok(())
}

fn parse_arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut arguments = Arguments {
        preset: "fixtures".to_owned(),
        projects: 50_000,
        matching_every: 50,
        latency: Duration::ZERO,
        fixtures: fixtures::folder().join("pypi"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
    };
    while let Some(name) = given.next() {
        let value = given
            .next()
            .with_context(|| format!("{name} needs a value"))?;
        let number = || {
            value
                .parse()
                .with_context(|| format!("{name} needs a number, not {value}"))
        };
        match name.as_str() {
            "--preset" => arguments.preset = value,
            "--projects" => arguments.projects = number()?,
            "--matching-every" => arguments.matching_every = number()?,
            "--latency-ms" => arguments.latency = Duration::from_millis(number()?.into()),
            "--fixtures" => arguments.fixtures = PathBuf::from(value),
            "--listen" => {
                arguments.listen = value
                    .parse()
                    .with_context(|| format!("{value} is not an address with a port"))?;
                ensure!(
                    arguments.listen.ip().is_loopback(),
                    "the address must be on loopback"
                );
            }
            _ => bail!("unknown option {name}"),
        }
    }
    Ok(arguments)
}

fn add_projects(fake: &FakePyPi, arguments: &Arguments) -> Result<()> {
    match arguments.preset.as_str() {
        "fixtures" => {
            let documents = fixtures::documents_in(&arguments.fixtures)?;
            for document in &documents {
                fake.load_project_json(document);
            }
            fake.store_all();
        }
        "two-thousand" => {
            fake.generate(GeneratedRegistry::two_thousand());
            fake.store_all();
        }
        "generated" => fake.generate(GeneratedRegistry {
            matching_every: arguments.matching_every,
            ..GeneratedRegistry::of(arguments.projects)
        }),
        preset => bail!("unknown preset {preset}: fixtures, two-thousand or generated"),
    }
    Ok(())
}

fn run_command(fake: &FakePyPi, line: &str) -> Result<Value> {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    let number = || {
        argument
            .parse::<u64>()
            .context("the command needs a number")
    };
    Ok(match command {
        "touch" => match argument.parse() {
            Ok(count) => json!({"touched": fake.touch_some(count), "serial": fake.serial()}),
            Err(_) => json!({"touched": [argument], "serial": fake.touch(argument)}),
        },
        "counts" => serde_json::to_value(fake.counts())?,
        "reset" => {
            fake.reset_counts();
            json!({"reset": true})
        }
        "latency" => {
            fake.set_latency(Duration::from_millis(number()?));
            json!({"latency_ms": number()?})
        }
        _ => bail!("unknown command {command}"),
    })
}
