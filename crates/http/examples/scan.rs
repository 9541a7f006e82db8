//! How much of a bare reqwest loop's throughput remains behind the polite client.
//!
//! `cargo run --release -p pyfa-http --example scan -- [requests] [in flight] [rounds]`
//!
//! Both loops ask the same small server on this machine for the same documents of 2 to 5 kB
//! and look at every byte. They take turns; the ratio is of their best rounds.

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

use axum::{Router, extract::Path, routing::get};
use futures::{StreamExt, stream};
use pyfa_http::{Client, Request, Settings, Url};

type Fallible<T> = Result<T, Box<dyn Error>>;

async fn document(Path(number): Path<usize>) -> String {
    format!(
        "{{\"number\": {number}, \"text\": \"{}\"}}",
        "x".repeat(2000 + number % 3000)
    )
}

async fn rate<F: Future<Output = usize>>(
    requests: usize,
    in_flight: usize,
    ask: impl Fn(usize) -> F,
) -> f64 {
    let started = Instant::now();
    let bytes: usize = stream::iter(0..requests)
        .map(ask)
        .buffer_unordered(in_flight)
        .fold(0, |sum, length| async move { sum + length })
        .await;
    assert!(bytes > requests * 2000, "not every request was answered");
    requests as f64 / started.elapsed().as_secs_f64()
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let requests = numbers.next().transpose()?.unwrap_or(20_000);
    let in_flight = numbers.next().transpose()?.unwrap_or(32);
    let rounds = numbers.next().transpose()?.unwrap_or(5);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/", listener.local_addr()?);
    let server = Router::new().route("/{number}", get(document));
    tokio::spawn(async move { axum::serve(listener, server).await });

    #[expect(
        clippy::disallowed_methods,
        reason = "what the polite client is measured against"
    )]
    let bare = reqwest::Client::builder()
        .http1_only()
        .pool_max_idle_per_host(in_flight)
        .read_timeout(Duration::from_secs(30))
        .build()?;
    let polite = Client::new(Settings {
        workers: in_flight,
        ..Settings::default()
    })?;
    let (mut best_bare, mut best_polite) = (0.0_f64, 0.0_f64);
    for _ in 0..rounds {
        let bare_rate = rate(requests, in_flight, |number| {
            let request = bare.get(format!("{address}{number}")).send();
            async move {
                match request.await {
                    Ok(response) => response.bytes().await.map_or(0, |body| body.len()),
                    Err(_) => 0,
                }
            }
        });
        best_bare = best_bare.max(bare_rate.await);
        let polite_rate = rate(requests, in_flight, |number| {
            let url = Url::parse(&format!("{address}{number}"));
            let polite = polite.clone();
            async move {
                match url {
                    Ok(url) => {
                        let answer = polite.get(Request::new(url, "document")).await;
                        answer.map_or(0, |answer| answer.body.len())
                    }
                    Err(_) => 0,
                }
            }
        });
        best_polite = best_polite.max(polite_rate.await);
    }
    #[expect(
        clippy::print_stdout,
        reason = "the figure is what this program is for"
    )]
    {
        println!(
            "bare {best_bare:.0}/s, polite {best_polite:.0}/s, ratio {:.3}",
            best_polite / best_bare
        );
    }
    Ok(())
}
