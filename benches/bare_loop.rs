//! What scanning costs without us: the HTTP client in a bare loop.
//!
//! ```text
//! bare_loop BASE-URL CONNECTIONS [PATHS [TOKEN]]
//! ```
//!
//! Reads the index and every project in it, each body parsed as far as a scan parses those that
//! do not match; or, with `PATHS`, the paths of that file, one a line, without parsing, and with a
//! token if one is given. Prints requests and seconds. No retries, no limits, no counters: what `scripts/bench` compares with.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use pyfa::model::ProjectName;
use pyfa::registry::pypi::parse_head;
use serde::Deserialize;

#[derive(Deserialize)]
struct Index {
    projects: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
}

struct Loop {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Loop {
    async fn get(&self, path: &str) -> Result<Bytes> {
        let request = self.http.get(format!("{}{path}", self.base));
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request.header("Accept", "application/vnd.pypi.simple.v1+json"),
        };
        Ok(request.send().await?.error_for_status()?.bytes().await?)
    }

    async fn path(self: Arc<Self>, path: String) -> Result<()> {
        self.get(&path).await?;
        Ok(())
    }

    async fn project(self: Arc<Self>, entry: Entry) -> Result<()> {
        let name = ProjectName::new(&entry.name);
        let body = self.get(&format!("/pypi/{name}/json")).await?;
        parse_head(&name, body)?;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let base = arguments.next().context("the base URL is missing")?;
    let connections: usize = arguments
        .next()
        .context("the number of connections is missing")?
        .parse()?;
    let started = Instant::now();
    #[expect(
        clippy::disallowed_methods,
        reason = "what the polite client is measured against"
    )]
    let http = reqwest::Client::builder()
        .http1_only()
        .user_agent("bare-loop")
        .pool_max_idle_per_host(connections)
        .build()?;
    let base = base.trim_end_matches('/').to_owned();
    let (paths, token) = (arguments.next(), arguments.next());
    let looped = Arc::new(Loop { http, base, token });
    let requests = if let Some(file) = paths {
        let paths = fs_err::read_to_string(file)?;
        let tasks = paths
            .lines()
            .map(|path| tokio::spawn(looped.clone().path(path.to_owned())));
        stream::iter(tasks)
            .buffer_unordered(connections)
            .map(|ended| ended?)
            .try_fold(0, |sum, ()| async move { Ok(sum + 1) })
            .await?
    } else {
        let index: Index = serde_json::from_slice(&looped.get("/simple/").await?)?;
        let tasks = index
            .projects
            .into_iter()
            .map(|entry| tokio::spawn(looped.clone().project(entry)));
        stream::iter(tasks)
            .buffer_unordered(connections)
            .map(|ended| ended?)
            .try_fold(1, |sum, ()| async move { Ok(sum + 1) })
            .await?
    };
    ensure!(requests > 0, "nothing was asked");
    #[expect(clippy::print_stdout, reason = "the figure is what the program is for")]
    {
        println!("{requests} {:.6}", started.elapsed().as_secs_f64());
    }
    Ok(())
}
