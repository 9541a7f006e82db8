//! Compares the throughput of the client with that of a bare reqwest loop.
//!
//! `cargo run --release -p pyfa-http --example scan -- [in flight] [requests] [rounds]`
//!
//! Both loops request the same documents of 2 to 5 kB from a server on this machine. They take turns
//! in short rounds, so that other load affects both; the ratio is the median over the rounds.

use std::{error::Error, future::Future, time::Instant};

use axum::{Router, extract::Path, routing::get};
use futures::{StreamExt, stream};
use pyfa_http::{HttpClient, HttpRequest, HttpSettings, Url};

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
    assert!(bytes > requests * 2000, "some requests failed");
    requests as f64 / started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut numbers = std::env::args()
        .skip(1)
        .map(|argument| argument.parse::<usize>());
    let in_flight = numbers.next().transpose()?.unwrap_or(32);
    let requests = numbers.next().transpose()?.unwrap_or(2_000);
    let rounds = numbers.next().transpose()?.unwrap_or(51);

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}/", listener.local_addr()?);
    let server = Router::new().route("/{number}", get(document));
    tokio::spawn(async move { axum::serve(listener, server).await });

    let settings = HttpSettings {
        workers: in_flight,
        ..HttpSettings::default()
    };
    // The same connections and the same bytes on the wire.
    #[expect(clippy::disallowed_methods, reason = "the baseline is a bare client")]
    let bare = reqwest::Client::builder()
        .no_proxy()
        .user_agent(settings.user_agent.as_str())
        .http1_only()
        .pool_max_idle_per_host(settings.workers)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout)
        .build()?;
    let polite = HttpClient::new(settings)?;
    let (mut bare_rates, mut polite_rates, mut ratios) = (vec![], vec![], vec![]);
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
        let bare_rate = bare_rate.await;
        let polite_rate = rate(requests, in_flight, |number| {
            let url = Url::parse(&format!("{address}{number}"));
            let polite = polite.clone();
            async move {
                match url {
                    Ok(url) => {
                        let answer = polite.get(HttpRequest::new(url, "document")).await;
                        answer.map_or(0, |answer| answer.body.len())
                    }
                    Err(_) => 0,
                }
            }
        });
        let polite_rate = polite_rate.await;
        bare_rates.push(bare_rate);
        polite_rates.push(polite_rate);
        ratios.push(polite_rate / bare_rate);
    }
    #[expect(
        clippy::print_stdout,
        reason = "printing the figure is the purpose of this program"
    )]
    {
        println!(
            "{in_flight} in flight: bare {:.0}/s, polite {:.0}/s, ratio {:.3}",
            median(bare_rates),
            median(polite_rates),
            median(ratios)
        );
    }
    Ok(())
}
