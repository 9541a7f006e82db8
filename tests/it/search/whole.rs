//! An export counts only once it holds as many documents as the server says there are.

use anyhow::{Context, Result};
use futures::TryStreamExt;
use pyfa::search::{Client, SearchError};

use super::fake::{Answer, Fake};
use super::{KEY, client, client_with};

fn count(documents: u64) -> Answer {
    Answer::json("200 OK", &format!("{{\"num_documents\":{documents}}}"))
}

fn found(documents: u64) -> Answer {
    let result = format!("{{\"results\":[{{\"found\":{documents},\"hits\":[]}}]}}");
    Answer::json("200 OK", &result)
}

/// An export of these ids that ends as it should.
fn export(ids: &[&str]) -> Answer {
    let lines: Vec<String> = ids
        .iter()
        .map(|id| format!("{{\"id\":\"{id}\"}}"))
        .collect();
    Answer::json("200 OK", &lines.join("\n"))
}

async fn exported(client: &Client, filter: Option<&str>) -> Result<Vec<String>, SearchError> {
    let lines = client.export("c", filter, &[]);
    lines
        .map_ok(|line| String::from_utf8_lossy(&line[7..line.len() - 2]).into_owned())
        .try_collect()
        .await
}

#[tokio::test]
async fn a_short_export_is_repeated_and_each_document_comes_once() -> Result<()> {
    let fake = Fake::start(vec![
        count(3),
        export(&["a", "b"]),
        count(3),
        export(&["b", "c", "a"]),
        count(3),
    ])
    .await?;
    assert_eq!(exported(&client(&fake)?, None).await?, ["a", "b", "c"]);
    assert_eq!(fake.requests().len(), 5);
    Ok(())
}

#[tokio::test]
async fn an_export_that_stays_short_is_refused_with_the_node() -> Result<()> {
    // One document twice is one document.
    let short = || [export(&["a", "b", "b"]), count(3)];
    let answers = [count(3)].into_iter();
    let answers = answers.chain((0..4).flat_map(|_| short()));
    let fake = Fake::start(answers.collect()).await?;
    let error = exported(&client(&fake)?, None).await;
    let error = error.err().context("an error")?;
    assert!(
        matches!(
            error,
            SearchError::IncompleteExport {
                read: 2,
                expected: 3,
                ..
            }
        ) && error.is_passing(),
        "{error:?}"
    );
    let message = error.to_string();
    for part in [fake.address(), "after 2 of 3 documents"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(fake.requests().len(), 9);
    Ok(())
}

#[tokio::test]
async fn a_collection_that_is_written_to_all_the_while_is_read_all_the_same() -> Result<()> {
    let fake = Fake::start(vec![
        count(1),
        export(&["a"]),
        count(2),
        export(&["a", "b"]),
        count(3),
        export(&["a", "b", "c"]),
        count(4),
        export(&["a", "b", "c", "d"]),
        count(5),
    ])
    .await?;
    let ids = exported(&client(&fake)?, None).await?;
    assert_eq!(ids, ["a", "b", "c", "d"]);

    // Documents that go meanwhile are no reason to believe an export that lacks more.
    let answers = [count(9)].into_iter();
    let answers = answers.chain((0..4).flat_map(|gone| [export(&["a"]), count(8 - gone)]));
    let fake = Fake::start(answers.collect()).await?;
    let error = exported(&client(&fake)?, None).await;
    assert!(
        matches!(error, Err(SearchError::IncompleteExport { .. })),
        "{error:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_filtered_export_is_held_against_a_search() -> Result<()> {
    let answers = vec![export(&["a"]), found(2), export(&["a", "b"]), found(2)];
    let fake = Fake::start(answers).await?;
    let ids = exported(&client(&fake)?, Some("n:=1")).await?;
    assert_eq!(ids, ["a", "b"]);
    assert!(fake.requests()[1].starts_with("POST /multi_search"));

    // A server that does not say how many there are has said nothing.
    for answer in [
        r#"{"results":[]}"#,
        r#"{"results":[{}]}"#,
        r#"{"results":[{"found":0,"search_cutoff":true}]}"#,
        "[]",
    ] {
        let answers = vec![export(&[]), Answer::json("200 OK", answer)];
        let fake = Fake::start(answers).await?;
        let error = exported(&client(&fake)?, Some("n:=1")).await;
        assert!(
            matches!(error, Err(SearchError::InvalidResponse { .. })),
            "{answer}: {error:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_node_that_lags_gives_way_to_one_that_has_it_all() -> Result<()> {
    let behind = Fake::start(vec![count(1), export(&["a"]), count(1)]).await?;
    let ahead = Fake::start(vec![count(2), count(2), export(&["a", "b"]), count(2)]).await?;
    let client = client_with(&[behind.address(), ahead.address()], KEY)?;
    assert_eq!(exported(&client, None).await?, ["a", "b"]);
    Ok(())
}

#[tokio::test]
async fn answers_about_another_thing_are_refused() -> Result<()> {
    let alias = r#"{"name":"other","collection_name":"plone-1"}"#;
    let fake = Fake::start(vec![Answer::json("200 OK", alias)]).await?;
    let error = client(&fake)?.fetch_alias("plone").await;
    assert!(
        matches!(error, Err(SearchError::InvalidResponse { .. })),
        "{error:?}"
    );

    for document in [r#"{"id":"b"}"#, "{}"] {
        let fake = Fake::start(vec![Answer::json("200 OK", document)]).await?;
        let error = client(&fake)?.fetch_document("c", "a").await;
        assert!(
            matches!(error, Err(SearchError::InvalidResponse { .. })),
            "{error:?}"
        );
    }
    // Silence is not "no documents".
    let fake = Fake::start(vec![Answer::json("200 OK", r#"{"name":"plone-1"}"#)]).await?;
    let error = client(&fake)?.fetch_collection("plone-1").await;
    assert!(
        matches!(error, Err(SearchError::InvalidResponse { .. })),
        "{error:?}"
    );
    Ok(())
}
