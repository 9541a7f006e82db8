//! A ledger that somebody else has locked delays those who need it, and nobody else.

use std::future::{Future, poll_fn};
use std::task::Poll;

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::get;
use pyfa::model::{ProjectName, RegistryKind};
use pyfa::store::Ledger;
use pyfa::store::ledger::CollectionIdentity;

/// Whether the future has to wait, after one look at it.
async fn is_pending(future: &mut (impl Future + Unpin)) -> bool {
    poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *future).poll(context).is_pending()))
        .await
}

/// On one thread: a ledger that blocked it would block the server and its client too.
#[tokio::test(flavor = "current_thread")]
async fn a_locked_ledger_does_not_delay_an_unrelated_answer() -> Result<()> {
    let home = tempfile::tempdir()?;
    let (ledger, _) = Ledger::open(home.path()).await?;
    let identity = CollectionIdentity {
        server: "s".to_owned(),
        name: "plone-1".to_owned(),
        registry: RegistryKind::PyPi,
        created_at: 1,
    };
    let (collection, _) = ledger.find_or_add_collection(&identity).await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/", get(async || "answered"));
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let other = rusqlite::Connection::open(home.path().join("ledger.sqlite"))?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    let settled = ledger.settle(collection, vec![ProjectName::new("plone.api")]);
    let mut settled = Box::pin(settled);
    assert!(is_pending(&mut settled).await, "the ledger is not locked");

    #[expect(clippy::disallowed_methods, reason = "a request of the test's own")]
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(format!("http://{address}/")).send().await?;
    assert_eq!(answer.text().await?, "answered");
    // A command that only reads does not wait either.
    assert_eq!(ledger.read_collection_names("s").await?, ["plone-1"]);
    assert!(is_pending(&mut settled).await, "the lock did not hold");

    other.execute_batch("COMMIT")?;
    settled.await.context("the write that had waited")?;
    ledger.close().await;
    server.abort();
    Ok(())
}
