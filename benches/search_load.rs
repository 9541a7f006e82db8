//! Sends searches over a number of connections and prints how long the answers took: the load
//! of `scripts/bench-engine` and `scripts/load`, the same for every server.
//!
//! `search_load URL KEY_FILE QUERIES CONNECTIONS SECONDS`: `QUERIES` is a file with one search a
//! line, either the path and query string of a `GET` or the body of a `multi_search`; all
//! connections walk through it, each from a place of its own. The result is one line of JSON with
//! times in milliseconds. The first failure is told on stderr.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the result goes to a script"
)]

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::json;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, key_file, queries, connections, seconds] = words.as_slice() else {
        return Err("search_load URL KEY_FILE QUERIES CONNECTIONS SECONDS".into());
    };
    let key = fs_err::read_to_string(key_file)?.trim().to_owned();
    let queries: Vec<String> = fs_err::read_to_string(queries)?
        .lines()
        .map(str::to_owned)
        .collect();
    let connections: usize = connections.parse()?;
    let end = Instant::now() + Duration::from_secs_f64(seconds.parse()?);
    let mut tasks = Vec::new();
    for number in 0..connections {
        // A client of its own is a connection of its own.
        #[expect(
            clippy::disallowed_methods,
            reason = "it measures, and has to ask by itself"
        )]
        let client = Client::builder()
            .no_gzip()
            .no_proxy()
            .timeout(Duration::from_mins(1))
            .build()?;
        let (queries, key, url) = (queries.clone(), key.clone(), url.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            let mut failures = Vec::new();
            let mut next = number * queries.len() / connections;
            while Instant::now() < end {
                let Some(query) = queries.get(next % queries.len()) else {
                    break;
                };
                next += 1;
                let begun = Instant::now();
                match ask(&client, &url, &key, query).await {
                    Ok(()) => times.push(begun.elapsed()),
                    Err(failure) => failures.push(format!("{query}: {failure}")),
                }
            }
            (times, failures)
        }));
    }
    let mut times = Vec::new();
    let mut failures = Vec::new();
    for task in tasks {
        let (some, failed) = task.await?;
        times.extend(some);
        failures.extend(failed);
    }
    if let Some(first) = failures.first() {
        eprintln!("search_load: {first}");
    }
    times.sort_unstable();
    let at = |share: f64| -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a list"
        )]
        let place = (times.len().saturating_sub(1) as f64 * share) as usize;
        times
            .get(place)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
    };
    println!(
        "{}",
        json!({
            "answers": times.len(),
            "failures": failures.len(),
            "p50": at(0.5),
            "p99": at(0.99),
            "most": at(1.0),
        })
    );
    Ok(())
}

/// One search; any answer but a whole one with status 200 is a failure.
async fn ask(client: &Client, url: &str, key: &str, query: &str) -> Result<(), Failure> {
    let is_multi_search = query.starts_with('{');
    let request = if is_multi_search {
        client
            .post(format!("{url}/multi_search"))
            .body(query.to_owned())
    } else {
        client.get(format!("{url}{query}"))
    };
    let answer = request.header("x-typesense-api-key", key).send().await?;
    let status = answer.status();
    let body = answer.bytes().await?;
    // Each search of a `multi_search` may fail by itself; within texts quotes are escaped.
    let has_failed = is_multi_search && body.windows(8).any(|part| part == b"\"error\":");
    if !status.is_success() || has_failed {
        let shown = String::from_utf8_lossy(body.get(..300).unwrap_or(&body)).into_owned();
        return Err(format!("{status} {shown}").into());
    }
    Ok(())
}
