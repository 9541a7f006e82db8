//! What the client makes of servers that are gone, busy, mute, broken or no search server.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::TryStreamExt;
use pyfa::search::{Client, ImportAction, LineOutcome, NewApiKey, SearchError};
use pyfa_testkit::typesense::typesense_or_skip;

use super::fake::{Answer, Fake};
use super::{KEY, client, client_with, lines};

/// An address where nobody listens.
async fn dead() -> Result<String> {
    let fake = Fake::start(Vec::new()).await?;
    Ok(fake.address().to_owned())
}

fn new_key() -> NewApiKey {
    NewApiKey {
        description: "front end".to_owned(),
        actions: vec!["documents:search".to_owned()],
        collections: vec!["plone".to_owned()],
        value: None,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_dead_first_node_costs_nothing() -> Result<()> {
    let Some(server) = typesense_or_skip() else {
        return Ok(());
    };
    let dead = dead().await?;
    let client = client_with(&[&dead, &server.url()], server.api_key())?;
    client.check_health().await?;
    let name = server.unique_name("dead_node");
    client.set_alias(&name, "nowhere").await?;
    assert_eq!(
        client
            .fetch_alias(&name)
            .await?
            .context("an alias")?
            .collection_name,
        "nowhere"
    );
    // Nothing was sent to the dead node, so even what must not be repeated goes on.
    let key = client.create_key(&new_key()).await?;
    assert!(client.delete_key(key.id).await?);
    assert!(client.delete_alias(&name).await?);
    Ok(())
}

#[tokio::test]
async fn a_node_that_dies_under_way_is_replaced_by_the_next() -> Result<()> {
    let Some(server) = typesense_or_skip() else {
        return Ok(());
    };
    let healthy = Answer::json("200 OK", r#"{"ok":true}"#);
    // The second request is read, half answered, and then nobody listens any more.
    let dies = Answer::Last(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"succ".to_vec());
    let fake = Fake::start(vec![healthy, dies]).await?;
    let client = client_with(&[fake.address(), &server.url()], server.api_key())?;
    let real = client_with(&[&server.url()], server.api_key())?;
    let name = super::small_collection(&real, server, "dying_node").await?;
    client.check_health().await?;

    let document = lines(&[serde_json::json!({"id": "a-1", "name": "a"})]);
    let outcomes = client.import(&name, ImportAction::Upsert, document).await?;
    assert_eq!(outcomes, [LineOutcome::Accepted]);
    assert!(real.fetch_document(&name, "a-1").await?.is_some());
    assert_eq!(fake.requests().len(), 2);
    // It is marked down, and gone: the next call goes to the other one.
    assert!(client.fetch_collection(&name).await?.is_some());
    real.delete_collection(&name).await?;
    Ok(())
}

#[tokio::test]
async fn all_nodes_down_names_them_all_and_no_key() -> Result<()> {
    let (one, other) = (dead().await?, dead().await?);
    let client = client_with(&[&one, &other], KEY)?;
    let error = client.list_collections().await.err().context("an error")?;
    assert!(error.is_unreachable() && error.is_passing(), "{error:?}");
    let message = error.to_string();
    for expected in ["list the collections", &one, &other, "TYPESENSE_HOST"] {
        assert!(message.contains(expected), "{message}");
    }
    assert!(!format!("{message}{error:?}").contains(KEY));
    Ok(())
}

#[tokio::test]
async fn a_busy_server_is_waited_for() -> Result<()> {
    let collection = r#"{"name":"plone-1","num_documents":0,"fields":null}"#;
    let collection = Answer::json("200 OK", collection);
    let fake = Fake::start(vec![Answer::busy(), Answer::busy(), collection]).await?;
    let collection = client(&fake)?.fetch_collection("plone-1").await?;
    assert_eq!(collection.context("a collection")?.name, "plone-1");
    assert_eq!(fake.requests().len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_cluster_between_two_leaders_is_waited_for() -> Result<()> {
    let no_leader = Answer::raw(
        "HTTP/1.1 500 Internal Server Error\r\nretry-after: 0\r\ncontent-length: 39\r\n\
         connection: close\r\n\r\n{\"message\": \"Could not find a leader.\"}",
    );
    let written = Answer::json("200 OK", r#"{"success":true}"#);
    let fake = Fake::start(vec![no_leader, written]).await?;
    let document = lines(&[serde_json::json!({"id": "a"})]);
    let outcomes = client(&fake)?
        .import("c", ImportAction::Upsert, document)
        .await?;
    assert_eq!(outcomes, [LineOutcome::Accepted]);
    assert_eq!(fake.requests().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_node_that_lags_is_passed_over() -> Result<()> {
    let lagging = Fake::start(vec![Answer::busy()]).await?;
    let other = Fake::start(vec![Answer::json("201 Created", r#"{"id":1,"value":"v"}"#)]).await?;
    let client = client_with(&[lagging.address(), other.address()], KEY)?;
    // It has turned the call away, so that even what must not happen twice may go on.
    client.create_key(&new_key()).await?;
    assert_eq!((lagging.requests().len(), other.requests().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn only_what_no_node_knows_is_not_found() -> Result<()> {
    let collection = r#"{"name":"plone-1","num_documents":0,"fields":null}"#;
    let unknown = || Answer::json("404 Not Found", r#"{"message": "Not Found"}"#);
    let behind = Fake::start(vec![unknown()]).await?;
    let ahead = Fake::start(vec![Answer::json("200 OK", collection), unknown()]).await?;
    let client = client_with(&[behind.address(), &dead().await?, ahead.address()], KEY)?;
    let found = client.fetch_collection("plone-1").await?;
    assert_eq!(found.context("a collection")?.name, "plone-1");
    assert!(client.fetch_collection("plone-1").await?.is_none());
    assert_eq!((behind.requests().len(), ahead.requests().len()), (2, 2));
    Ok(())
}

#[tokio::test]
async fn the_patience_with_a_busy_server_ends() -> Result<()> {
    let fake = Fake::start(vec![Answer::busy()]).await?;
    let error = client(&fake)?
        .fetch_collection("plone")
        .await
        .err()
        .context("an error")?;
    assert!(
        matches!(error, SearchError::Busy { .. }) && error.is_passing(),
        "{error:?}"
    );
    assert_eq!(fake.requests().len(), 6);
    // The question after its health is answered at once.
    let error = client(&fake)?
        .check_health()
        .await
        .err()
        .context("an error")?;
    assert!(matches!(error, SearchError::Busy { .. }), "{error:?}");
    assert_eq!(fake.requests().len(), 7);
    Ok(())
}

#[tokio::test]
async fn what_must_not_happen_twice_is_sent_once() -> Result<()> {
    let broken = Fake::start(vec![Answer::raw("")]).await?;
    let other = Fake::start(vec![Answer::json("201 Created", r#"{"id":1,"value":"v"}"#)]).await?;
    let client = client_with(&[broken.address(), other.address()], KEY)?;
    let error = client
        .create_key(&new_key())
        .await
        .err()
        .context("an error")?;
    assert!(
        error.to_string().contains("whether it was done is unknown"),
        "{error}"
    );
    // The broken node is asked last now. The other one's answer is no outcome.
    let document = lines(&[serde_json::json!({"id": "a"})]);
    let outcomes = client.import("c", ImportAction::Create, document).await?;
    assert!(
        matches!(outcomes[..], [LineOutcome::Rejected { code: 0, .. }]),
        "{outcomes:?}"
    );
    assert_eq!((broken.requests().len(), other.requests().len()), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_mute_server_is_given_up() -> Result<()> {
    let fake = Fake::start(vec![Answer::Silence]).await?;
    let client = Client::new(&pyfa::search::TypesenseSettings {
        nodes: vec![fake.address().parse()?],
        api_key: KEY.into(),
        timeout: Duration::from_millis(200),
    })?;
    for error in [
        client.fetch_alias("plone").await.err(),
        client
            .import(
                "c",
                ImportAction::Upsert,
                lines(&[serde_json::json!({"id": "a"})]),
            )
            .await
            .err(),
    ] {
        let error = error.context("an error")?;
        assert!(error.is_unreachable(), "{error:?}");
        assert!(error.to_string().contains("no answer in time"), "{error}");
    }
    // Only a human can tell whether a repeated import would help.
    assert_eq!(fake.requests().len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_not_followed() -> Result<()> {
    let other = Fake::start(vec![Answer::json("200 OK", "[]")]).await?;
    let fake = Fake::start(vec![Answer::raw(&format!(
        "HTTP/1.1 301 Moved\r\nlocation: {}/\r\ncontent-length: 0\r\n\r\n",
        other.address()
    ))])
    .await?;
    let error = client(&fake)?
        .list_collections()
        .await
        .err()
        .context("an error")?;
    assert!(
        error
            .to_string()
            .contains(&format!("redirect to {}", other.address())),
        "{error}"
    );
    assert_eq!(other.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn another_kind_of_server_is_recognised() -> Result<()> {
    let fake = Fake::start(vec![Answer::json("200 OK", "<html>hello</html>")]).await?;
    let error = client(&fake)?
        .list_collections()
        .await
        .err()
        .context("an error")?;
    assert!(
        matches!(error, SearchError::InvalidResponse { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("TYPESENSE_PORT"), "{error}");

    let fake = Fake::start(vec![Answer::json("404 Not Found", "<html>nothing</html>")]).await?;
    let error = client(&fake)?
        .fetch_document("plone", "a-1")
        .await
        .err()
        .context("an error")?;
    assert!(
        error.is_not_found(),
        "a page of somebody else is no proof of absence: {error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn lines_without_an_answer_are_not_taken_for_written() -> Result<()> {
    let documents = || {
        lines(&[
            serde_json::json!({"id": "a"}),
            serde_json::json!({"id": "b"}),
        ])
    };
    let ok = "{\"success\":true}";

    let fake = Fake::start(vec![Answer::json("200 OK", ok)]).await?;
    let outcomes = client(&fake)?
        .import("c", ImportAction::Upsert, documents())
        .await?;
    assert!(
        matches!(
            outcomes[..],
            [LineOutcome::Accepted, LineOutcome::Rejected { code: 0, .. }]
        ),
        "{outcomes:?}"
    );

    let more = format!("{ok}\n{ok}\n{ok}");
    let fake = Fake::start(vec![Answer::json("200 OK", &more)]).await?;
    let error = client(&fake)?
        .import("c", ImportAction::Upsert, documents())
        .await;
    assert!(
        matches!(error, Err(SearchError::InvalidResponse { .. })),
        "{error:?}"
    );
    Ok(())
}

/// Reads an export of the fake's answer, of a collection of so many documents: the lines before the
/// end or the error, and which.
async fn exported(answer: &str, documents: u64) -> Result<(usize, Option<SearchError>)> {
    let count = Answer::json("200 OK", &format!("{{\"num_documents\":{documents}}}"));
    // Only asked where there are said to be none.
    let found = Answer::json("200 OK", r#"{"results":[{"found":0,"hits":[]}]}"#);
    let answers = vec![count.clone(), Answer::raw(answer), count, found];
    let fake = Fake::start(answers).await?;
    let lines = client(&fake)?.export("c", None, &[]);
    let mut lines = std::pin::pin!(lines);
    let mut count = 0;
    loop {
        match lines.try_next().await {
            Ok(Some(_)) => count += 1,
            Ok(None) => return Ok((count, None)),
            Err(error) => return Ok((count, Some(error))),
        }
        if count > 10 {
            bail!("the export does not end");
        }
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\n\
                       transfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn a_whole_export_ends_well() -> Result<()> {
    for body in [
        "b\r\n{\"id\":\"a\"}\n\r\na\r\n{\"id\":\"b\"}\r\n0\r\n\r\n",
        // Cut anywhere between chunks, and with a line end at the end.
        "4\r\n{\"id\r\n7\r\n\":\"a\"}\n\r\nc\r\n{\"id\":\"b\"}\r\n\r\n0\r\n\r\n",
    ] {
        let (count, error) = exported(&format!("{CHUNKED}{body}"), 2).await?;
        assert_eq!((count, error.map(|error| error.to_string())), (2, None));
    }
    let empty = exported(&format!("{CHUNKED}0\r\n\r\n"), 0).await?;
    assert!(matches!(empty, (0, None)), "{empty:?}");
    Ok(())
}

#[tokio::test]
async fn an_export_that_breaks_off_is_an_error() -> Result<()> {
    let plain = "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\n";
    let a = "{\"id\":\"a\"}\n";
    for (what, answer, before) in [
        (
            "the last chunk is missing",
            format!("{CHUNKED}b\r\n{a}\r\n"),
            1,
        ),
        (
            "within a chunk",
            format!("{CHUNKED}b\r\n{a}\r\n20\r\n{{\"id\":\"b"),
            1,
        ),
        (
            "within a line",
            format!("{CHUNKED}b\r\n{a}\r\n8\r\n{{\"id\":\"b\r\n0\r\n\r\n"),
            1,
        ),
        (
            "shorter than announced",
            format!("{plain}content-length: 200\r\n\r\n{a}"),
            1,
        ),
        ("without an announced end", format!("{plain}\r\n{a}"), 0),
        (
            "the server writes its error as a line",
            format!("{plain}content-length: 27\r\n\r\n{a}{{\"error\":\"lost\"}}"),
            1,
        ),
    ] {
        let (count, error) = exported(&answer, 2).await?;
        assert!(
            matches!(error, Some(SearchError::InvalidResponse { .. })),
            "{what}: {error:?}"
        );
        assert_eq!(count, before, "{what}");
    }
    Ok(())
}
