//! The fake registry as a process, for benchmarks and examples.
//!
//! ```text
//! fake-registry [--preset fixtures|two-thousand|generated|npm] [--projects N] [--matching-every N]
//!               [--latency-ms N] [--fixtures DIR] [--listen 127.0.0.1:PORT]
//! ```
//!
//! `--projects` and `--matching-every` are for the preset `generated`. The preset `npm` is an npm
//! registry on a free port: recorded packages, and as many in the scope `@plone` as `--projects` says.
//! `--large N` adds N packages whose documents have `--large-mb` million bytes.
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
    large: u32,
    large_mb: u32,
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
        let name = document["name"].as_str().unwrap_or_default();
        // An organisation lists what is in its scope.
        if let Some((scope, _)) = name.trim_start_matches('@').split_once('/') {
            fake.add_to_organisation(scope, name);
        }
    }
    let manifest = json!({"description": "generated", "keywords": ["volto"], "license": "MIT"});
    for number in 0..arguments.projects {
        fake.publish(&format!("@plone/part{number}"), "1.0.0", &manifest);
    }
    add_large_packages(&fake, arguments);
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

/// Packages with many releases, each with the dependencies of a large project.
fn add_large_packages(fake: &FakeNpm, arguments: &Arguments) {
    const RELEASE: u32 = 20_000;
    let dependencies: serde_json::Map<String, Value> = (0..RELEASE / 40)
        .map(|number| {
            (
                format!("@scope/dependency-number-{number}"),
                json!("^10.20.30"),
            )
        })
        .collect();
    for number in 0..arguments.large {
        let name = format!("@plone/large{number}");
        fake.publish(&name, "1.0.0", &json!({"keywords": ["volto"]}));
        fake.edit(&name, |document| {
            for patch in 1..arguments.large_mb * 1_000_000 / RELEASE {
                let version = format!("1.0.{patch}");
                let mut release = document["versions"]["1.0.0"].clone();
                release["version"] = version.as_str().into();
                release["dependencies"] = dependencies.clone().into();
                document["time"][&version] = document["time"]["1.0.0"].clone();
                document["dist-tags"]["latest"] = version.as_str().into();
                document["versions"][&version] = release;
            }
        });
    }
}

fn parse_arguments(mut given: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut arguments = Arguments {
        preset: "fixtures".to_owned(),
        projects: 50_000,
        matching_every: 50,
        latency: Duration::ZERO,
        fixtures: fixtures::folder().join("pypi"),
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        large: 0,
        large_mb: 40,
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
            "--large" => arguments.large = number()?,
            "--large-mb" => arguments.large_mb = number()?,
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
