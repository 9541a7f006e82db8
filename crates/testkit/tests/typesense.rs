//! Starting, stopping and sharing a real server.

#![expect(
    clippy::disallowed_methods,
    reason = "what is tested is the server, not a client"
)]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use pyfa_testkit::typesense::{ServerError, TypesenseCluster, TypesenseServer, typesense_or_skip};

fn get(server: &TypesenseServer, path: &str) -> reqwest::RequestBuilder {
    let url = format!("{}{path}", server.url());
    reqwest::Client::new()
        .get(url)
        .header("x-typesense-api-key", server.api_key())
}

async fn create_collection(server: &TypesenseServer, name: &str) -> Result<()> {
    let body = serde_json::json!({"name": name, "fields": [{"name": "title", "type": "string"}]});
    let answer = reqwest::Client::new()
        .post(format!("{}/collections", server.url()))
        .header("x-typesense-api-key", server.api_key())
        .body(body.to_string())
        .send()
        .await?;
    ensure!(answer.status() == 201, "{}", answer.text().await?);
    Ok(())
}

#[tokio::test]
async fn the_shared_server_stores_collections_and_requires_its_key() -> Result<()> {
    let Some(server) = typesense_or_skip() else {
        return Ok(());
    };
    let name = server.unique_name("shared");
    create_collection(server, &name).await?;
    assert_eq!(
        get(server, &format!("/collections/{name}"))
            .send()
            .await?
            .status(),
        200
    );
    let without_key = reqwest::get(format!("{}/collections", server.url())).await?;
    assert_eq!(without_key.status(), 401);
    Ok(())
}

#[test]
fn the_shared_server_is_one_process_without_its_key_on_the_command_line() -> Result<()> {
    let Some(server) = typesense_or_skip() else {
        return Ok(());
    };
    let again = typesense_or_skip().context("it was there a moment ago")?;
    assert_eq!(server.process_id(), again.process_id());
    assert_ne!(server.unique_name("a"), server.unique_name("a"));
    let arguments = std::fs::read(format!("/proc/{}/cmdline", server.process_id()))?;
    assert!(!String::from_utf8_lossy(&arguments).contains(server.api_key()));
    Ok(())
}

#[tokio::test]
async fn an_own_server_restarts_with_its_data_and_is_removed() -> Result<()> {
    let mut server = match TypesenseServer::start_own() {
        Err(ServerError::Unavailable { .. }) => {
            assert!(typesense_or_skip().is_none());
            return Ok(());
        }
        server => server?,
    };
    assert!(
        server
            .memory_bytes()
            .is_some_and(|bytes| bytes > 10_000_000)
    );
    let port = server.port();
    create_collection(&server, "kept").await?;
    server.kill()?;
    assert!(!server.is_running());
    assert!(get(&server, "/health").send().await.is_err());
    assert!(server.stop().is_err(), "it is down already");

    server.start_again()?;
    assert_eq!(server.port(), port);
    assert_eq!(
        get(&server, "/collections/kept").send().await?.status(),
        200
    );
    assert!(server.start_again().is_err(), "it is up already");
    server.stop()?;
    server.start_again()?;
    assert_eq!(
        get(&server, "/collections/kept").send().await?.status(),
        200
    );

    let data = server.data_dir();
    let process = format!("/proc/{}", server.process_id());
    assert!(data.is_dir());
    drop(server);
    assert!(!data.exists());
    assert!(!std::path::Path::new(&process).exists());
    Ok(())
}

#[test]
fn a_stopped_server_is_removed_too() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    let mut server = TypesenseServer::start_own()?;
    server.kill()?;
    let data = server.data_dir();
    assert!(data.is_dir());
    drop(server);
    assert!(!data.exists());
    Ok(())
}

/// Polls until `happened` returns true.
async fn until(what: &str, mut happened: impl AsyncFnMut() -> bool) -> Result<()> {
    let limit = Instant::now() + Duration::from_secs(40);
    while !happened().await {
        ensure!(Instant::now() < limit, "it never came to this: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[tokio::test]
async fn a_cluster_replicates_writes_and_survives_its_leader() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    let mut cluster = TypesenseCluster::start()?;
    assert_eq!(cluster.urls().len(), 3);
    let leader = cluster.leader().context("no leader")?;
    let servers = cluster.servers();
    create_collection(&servers[(leader + 1) % 3], "kept").await?;
    for server in servers {
        assert_eq!(server.api_key(), cluster.api_key());
        let arrived = async || {
            let answer = get(server, "/collections/kept").send().await;
            answer.is_ok_and(|answer| answer.status() == 200)
        };
        until("it has the collection", arrived).await?;
    }

    cluster.kill(leader)?;
    assert!(!cluster.servers()[leader].is_running());
    until("another one leads", async || {
        cluster.leader().is_some_and(|new| new != leader)
    })
    .await?;
    let heir = cluster.leader().context("no leader")?;
    create_collection(&cluster.servers()[heir], "late").await?;
    cluster.start_again(leader)?;
    until("the former leader has caught up", async || {
        let answer = get(&cluster.servers()[leader], "/collections/late");
        answer
            .send()
            .await
            .is_ok_and(|answer| answer.status() == 200)
    })
    .await?;

    cluster.kill(leader)?;
    assert!(cluster.kill(leader).is_err(), "it is down already");
    assert!(cluster.kill(3).is_err(), "there are three");
    let traces: Vec<_> = cluster
        .servers()
        .iter()
        .flat_map(|server| [server.data_dir(), process_folder(server.process_id())])
        .collect();
    drop(cluster);
    for trace in traces {
        assert!(!trace.exists(), "{}", trace.display());
    }
    Ok(())
}

fn process_folder(process_id: u32) -> std::path::PathBuf {
    format!("/proc/{process_id}").into()
}

/// Starts servers and exits without stopping them. The next tests run it as a process.
#[test]
#[ignore = "a helper of the next tests"]
fn helper_that_leaves_its_server() -> Result<()> {
    let server = TypesenseServer::start_own()?;
    println_for_parent([&server]);
    std::mem::forget(server);
    std::process::abort()
}

#[test]
#[ignore = "a helper of the next tests"]
fn helper_that_leaves_its_cluster() -> Result<()> {
    let mut cluster = TypesenseCluster::start()?;
    cluster.kill(1)?;
    println_for_parent(cluster.servers());
    std::mem::forget(cluster);
    std::process::abort()
}

#[expect(clippy::print_stdout, reason = "how the helper tells its parent")]
fn println_for_parent<'a>(servers: impl IntoIterator<Item = &'a TypesenseServer>) {
    for server in servers {
        println!(
            "\nSERVER {} {}",
            server.process_id(),
            server.data_dir().display()
        );
    }
}

/// Runs a helper and checks that nothing is left of the `count` servers that it started.
fn ends_with_its_process(helper: &str, count: usize) -> Result<()> {
    let output = std::process::Command::new(std::env::current_exe()?)
        .args(["--ignored", "--exact", "--nocapture", helper])
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let servers: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("SERVER ")?.split_once(' '))
        .collect();
    ensure!(servers.len() == count, "{text}");
    let limit = Instant::now() + Duration::from_secs(20);
    for (process, data) in servers {
        let process = process_folder(process.parse()?);
        while process.exists() || std::path::Path::new(data).exists() {
            ensure!(Instant::now() < limit, "the server outlived its user");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    Ok(())
}

#[test]
fn a_server_ends_when_its_process_is_killed() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    ends_with_its_process("helper_that_leaves_its_server", 1)
}

#[test]
fn a_cluster_ends_when_its_process_is_killed() -> Result<()> {
    if typesense_or_skip().is_none() {
        return Ok(());
    }
    ends_with_its_process("helper_that_leaves_its_cluster", 3)
}
