//! `/metrics` of `pyfa serve`, and the log as JSON, as programs read them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use regex::Regex;
use serde_json::Value;

use crate::embedded::Home;
use crate::support::wait;

/// Samples by name and labels, read as strictly as Prometheus does.
fn read(text: &str) -> Result<BTreeMap<String, f64>> {
    let sample = Regex::new(
        r#"^([a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? ([0-9.e+-]+)$"#,
    )?;
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').context("a kind")?;
            ensure!(
                kinds.insert(name.to_owned(), kind.to_owned()).is_none(),
                "{name} twice"
            );
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let found = sample.captures(line).with_context(|| line.to_owned())?;
        let family = kinds.keys().any(|name| {
            let rest = found[1].strip_prefix(name.as_str());
            rest.is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
        });
        ensure!(family, "no family of {line}");
        let labels = found.get(2).map_or("", |labels| labels.as_str());
        let value: f64 = found[3].parse()?;
        let name = format!("{}{labels}", &found[1]);
        ensure!(samples.insert(name, value).is_none(), "{line} twice");
    }
    Ok(samples)
}

fn get(url: &str, headers: &[(&str, &str)]) -> Result<(u16, String)> {
    #[expect(clippy::disallowed_methods, reason = "a monitor")]
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut request = client.get(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    wait(async {
        let response = request.send().await?;
        Ok((response.status().as_u16(), response.text().await?))
    })
}

#[test]
fn metrics_tell_what_a_monitor_needs() -> Result<()> {
    let home = Home::new()?;
    home.run(&["up", "--sample", "--no-serve"]).exits(0);
    home.run(&["jobs", "run", "health", "--target", "plone"])
        .exits(0);
    home.run(&["worker", "--once"]).exits(0);
    home.run(&["jobs", "run", "downloads", "--target", "plone"])
        .exits(0);
    let (_serving, address, _, _lines) = home.serve()?;
    for path in [
        "/",
        "/plone",
        "/plone",
        "/-/help",
        "/no/such/place",
        "/x\"}y",
    ] {
        get(&format!("{address}{path}"), &[])?;
    }
    let (status, text) = get(&format!("{address}/metrics"), &[])?;
    assert_eq!(status, 200, "{text}");
    let samples = read(&text)?;
    let value = |name: &str| samples.get(name).copied().with_context(|| name.to_owned());
    let is = |name: &str, expected: f64| {
        let found = value(name)?;
        ensure!((found - expected).abs() < 1e-9, "{name}: {found}");
        Ok(())
    };
    is("pyfa_database_up", 1.0)?;
    is("pyfa_search_up{collection=\"plone\"}", 1.0)?;
    is("pyfa_jobs{kind=\"downloads\",state=\"due\"}", 1.0)?;
    is("pyfa_jobs{kind=\"health\",state=\"due\"}", 0.0)?;
    is("pyfa_workers", 0.0)?;
    let age = value("pyfa_job_last_success_seconds{kind=\"health\",collection=\"plone\"}")?;
    assert!((0.0..600.0).contains(&age), "{age}");
    let age = value(
        "pyfa_data_age_seconds{source=\"releases\",collection=\"plone\",package=\"newest\"}",
    )?;
    assert!(age > 0.0, "{age}");
    let count = "pyfa_http_request_duration_seconds_count{area=\"gallery\",status=\"2xx\"}";
    let bucket =
        "pyfa_http_request_duration_seconds_bucket{area=\"gallery\",status=\"2xx\",le=\"+Inf\"}";
    is(count, 3.0)?;
    is(bucket, 3.0)?;
    // What visitors ask for adds no labels.
    let names: BTreeSet<&String> = samples.keys().collect();
    for path in ["/a", "/b/c", "/plone/d"] {
        get(&format!("{address}{path}"), &[])?;
    }
    let (_, text) = get(&format!("{address}/metrics"), &[])?;
    let later = read(&text)?;
    let new: Vec<&String> = later.keys().filter(|name| !names.contains(name)).collect();
    assert!(
        new.iter().all(|name| name.contains("area=\"metrics\"")),
        "{new:?}"
    );
    // A proxy asks for strangers.
    for headers in [
        [("x-forwarded-for", "192.0.2.1")],
        [("host", "packages.example.org")],
    ] {
        let (status, text) = get(&format!("{address}/metrics"), &headers)?;
        assert_eq!(status, 401, "{headers:?}");
        assert!(!text.contains("pyfa_"), "{text}");
    }
    // With a key, from anywhere.
    let words = [
        "-q",
        "manage",
        "--add-api-key",
        "monitor",
        "--scopes",
        "read",
    ];
    let made = home.run(&words).exits(0);
    let key = format!("Bearer {}", made.stdout.trim());
    for (key, expected) in [(key.as_str(), 200), ("Bearer pyfa_no.key", 401)] {
        let headers = [("x-forwarded-for", "192.0.2.1"), ("authorization", key)];
        let (status, _) = get(&format!("{address}/metrics"), &headers)?;
        assert_eq!(status, expected, "{key}");
    }
    Ok(())
}

/// The lines of standard error, each an object.
fn objects(text: &str) -> Result<Vec<Value>> {
    ensure!(!text.is_empty(), "nothing was said");
    text.lines()
        .map(|line| {
            let object: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
            for name in ["timestamp", "level", "target", "message"] {
                ensure!(object[name].is_string(), "{line}");
            }
            Ok(object)
        })
        .collect()
}

#[test]
fn a_log_of_json_has_one_object_on_each_line() -> Result<()> {
    let home = Home::new()?;
    let said = home
        .run(&["up", "--sample", "--no-serve", "--log-format", "json"])
        .exits(0);
    let notes = objects(&said.stderr)?;
    assert!(
        notes.iter().any(|note| note["level"] == "INFO"),
        "{notes:?}"
    );
    // The setting does the same, and an error is the last line.
    let mut command = home.command(&["search", "x", "-t", "a\nb", "-vvv"]);
    command
        .env("LOG_FORMAT", "json")
        .env("TYPESENSE_NODES", "http://127.0.0.1:9")
        .env("TYPESENSE_API_KEY", "never-to-be-seen")
        .env("GITHUB_TOKEN", "nor-this-one");
    let failed = crate::support::outcome(&mut command);
    assert_ne!(failed.code, 0);
    let lines = objects(&failed.stderr)?;
    assert_eq!(lines.last().context("a line")?["level"], "ERROR");
    for secret in ["never-to-be-seen", "nor-this-one"] {
        assert!(!failed.stderr.contains(secret), "{}", failed.stderr);
    }
    let wrong = home.run(&["profiles", "--log-format", "yaml"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    let mut command = home.command(&["profiles"]);
    command.env("LOG_FORMAT", "yaml");
    let wrong = crate::support::outcome(&mut command);
    assert!(
        wrong.stderr.contains("is neither `text` nor `json`"),
        "{wrong:?}"
    );
    Ok(())
}
