//! Sends searches over a number of connections and prints how long the answers took: the load
//! of `scripts/bench-engine`, the same for every server.
//!
//! `search_load URL KEY_FILE QUERIES CONNECTIONS SECONDS`: `QUERIES` is a file with the query string
//! of one search a line; all connections walk through it, each from a place of its own. The result is one
//! line of JSON with times in milliseconds.

#![allow(clippy::print_stdout, reason = "the result goes to a script")]

use std::error::Error;
use std::time::{Duration, Instant};

use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [url, key_file, queries, connections, seconds] = words.as_slice() else {
        return Err("search_load URL KEY_FILE QUERIES CONNECTIONS SECONDS".into());
    };
    let key = fs_err::read_to_string(key_file)?.trim().to_owned();
    let queries: Vec<String> = fs_err::read_to_string(queries)?
        .lines()
        .map(|query| format!("{url}?{query}"))
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
        let client = reqwest::Client::builder().no_proxy().no_gzip().build()?;
        let (queries, key) = (queries.clone(), key.clone());
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            let mut failures = 0_usize;
            let mut next = number * queries.len() / connections;
            while Instant::now() < end {
                let Some(query) = queries.get(next % queries.len()) else {
                    break;
                };
                next += 1;
                let begun = Instant::now();
                let request = client.get(query).header("x-typesense-api-key", &key);
                let answered = async { request.send().await?.error_for_status()?.bytes().await };
                match answered.await {
                    Ok(_) => times.push(begun.elapsed()),
                    Err(_) => failures += 1,
                }
            }
            (times, failures)
        }));
    }
    let mut times = Vec::new();
    let mut failures = 0;
    for task in tasks {
        let (some, failed) = task.await?;
        times.extend(some);
        failures += failed;
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
            "failures": failures,
            "p50": at(0.5),
            "p99": at(0.99),
            "most": at(1.0),
        })
    );
    Ok(())
}
