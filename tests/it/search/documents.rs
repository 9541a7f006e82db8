//! Documents: every line of an import, whole exports, any id, long searches.

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use pyfa::search::{ImportAction, LineOutcome, SearchError};
use serde_json::{Value, json};

use super::{accept, existing, lines, real, small_collection, stored};

#[tokio::test]
async fn every_line_of_an_import_has_its_outcome() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = small_collection(&client, server, "import").await?;
    let rejected = |code, error: &str| LineOutcome::Rejected {
        code,
        error: error.to_owned(),
    };

    let documents = [
        json!({"id": "a-1", "name": "a", "stars": 1}),
        json!({"id": "a-2"}),
        json!({"id": "a-3", "name": "c", "stars": "7"}),
        json!({"id": "a-4", "name": "d", "tags": "one"}),
        json!({"id": "a-1", "name": "twice"}),
    ];
    assert_eq!(
        client
            .import(&name, ImportAction::Create, lines(&documents))
            .await?,
        [
            LineOutcome::Accepted,
            rejected(
                400,
                "Field `name` has been declared in the schema, but is not found in the document."
            ),
            LineOutcome::Accepted,
            rejected(400, "Field `tags` must be an array."),
            rejected(409, "A document with id a-1 already exists."),
        ]
    );
    let changes = [
        json!({"id": "a-1", "stars": null}),
        json!({"id": "a-9", "stars": 2}),
    ];
    assert_eq!(
        client
            .import(&name, ImportAction::Update, lines(&changes))
            .await?,
        [
            LineOutcome::Accepted,
            rejected(404, "Could not find a document with id: a-9")
        ]
    );
    assert_eq!(
        stored(&client, &name).await?,
        [
            json!({"id": "a-1", "name": "a"}),
            json!({"id": "a-3", "name": "c", "stars": 7})
        ]
    );

    let two_lines = vec![Bytes::from("{\"id\":\"a-5\",\n\"name\":\"e\"}")];
    assert!(
        client
            .import(&name, ImportAction::Upsert, two_lines)
            .await
            .is_err()
    );
    assert!(
        client
            .import(&name, ImportAction::Upsert, Vec::new())
            .await?
            .is_empty()
    );
    let missing = server.unique_name("missing");
    let error = client
        .import(&missing, ImportAction::Upsert, lines(&documents))
        .await;
    assert!(
        error.as_ref().is_err_and(SearchError::is_not_found),
        "{error:?}"
    );
    client.delete_collection(&name).await?;
    Ok(())
}

#[tokio::test]
async fn exports_are_filtered_narrowed_and_whole() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = small_collection(&client, server, "export").await?;
    assert!(stored(&client, &name).await?.is_empty());
    let documents: Vec<Value> = (0..2000)
        .map(
            |number| json!({"id": format!("p-{number}"), "name": "ü".repeat(500), "stars": number}),
        )
        .collect();
    accept(&client, &name, &documents).await?;
    // The server reads an import in pieces; a character on the edge of two must not vanish.
    let exported = stored(&client, &name).await?;
    assert_eq!(exported.len(), documents.len());
    let differing = documents
        .iter()
        .zip(&exported)
        .find(|(sent, read)| sent != read);
    assert!(differing.is_none(), "{differing:?}");
    let few: Vec<Bytes> = client
        .export(&name, Some("stars:<2"), &["stars"])
        .try_collect()
        .await?;
    assert_eq!(
        few,
        [
            "{\"id\":\"p-0\",\"stars\":0}",
            "{\"id\":\"p-1\",\"stars\":1}"
        ]
    );

    // A server on this machine sends whole documents, one behind a network cuts them.
    #[cfg(target_os = "linux")]
    {
        let address = server.url().replace("127.0.0.1", "0.0.0.0");
        let far = crate::support::client(&address, server.api_key());
        for filter in [None, Some("stars:<2")] {
            let fields = ["stars", "absent"];
            let near = client.export_fields(&name, filter, &fields);
            let near: Vec<_> = near.try_collect().await?;
            let far: Vec<_> = far
                .export_fields(&name, filter, &fields)
                .try_collect()
                .await?;
            assert_eq!(far, near);
            assert_eq!(near.len(), filter.map_or(2000, |_| 2));
            assert_eq!(
                Value::from(near[1].clone()),
                json!({"id": "p-1", "stars": 1})
            );
        }
    }

    let missing: Result<Vec<Bytes>, _> = client.export("no_such", None, &[]).try_collect().await;
    assert!(
        missing.as_ref().is_err_and(SearchError::is_not_found),
        "{missing:?}"
    );
    client.delete_collection(&name).await?;
    Ok(())
}

#[tokio::test]
async fn any_id_can_be_read_and_deleted() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = small_collection(&client, server, "ids").await?;
    let long = "x".repeat(200);
    let longer = "y".repeat(5000);
    let ids = [
        "a/b-1",
        "a b-1",
        "a+b-1",
        "a%2Bb-1",
        "a%b-1",
        "a`b-1",
        "`",
        "a,b-1",
        "a]b-1",
        "a && b",
        " lead-1",
        "trail-1 ",
        "a\\b-1",
        "(x)",
        "a:=b",
        "ü-1",
        "plone.api-1",
        "plone-api-1",
        "Plone.API-1",
        "..%2f",
        "a\"b",
        "*",
        &long,
        &longer,
    ];
    let neighbours = ["a b-2", "plone_api-1", "a", "b-1"];
    let documents: Vec<Value> = ids
        .iter()
        .chain(&neighbours)
        .map(|id| json!({"id": id, "name": "same"}))
        .collect();

    accept(&client, &name, &documents).await?;
    for id in ids {
        let document = client
            .fetch_document(&name, id)
            .await?
            .context("a document")?;
        assert_eq!(document.get("id"), Some(&json!(id)));
        assert!(client.delete_document(&name, id).await?, "{id}");
        assert!(client.fetch_document(&name, id).await?.is_none(), "{id}");
        assert!(!client.delete_document(&name, id).await?, "{id}");
    }
    accept(&client, &name, &documents).await?;
    let absent = ["never-1", "never`-1"];
    let unwanted: Vec<&str> = ids.iter().chain(&absent).copied().collect();
    assert_eq!(client.delete_documents(&name, &unwanted).await?, ids.len());
    assert_eq!(client.delete_documents(&name, &unwanted).await?, 0);
    let mut left: Vec<Value> = stored(&client, &name)
        .await?
        .into_iter()
        .map(|document| document["id"].clone())
        .collect();
    left.sort_by_key(|id| neighbours.iter().position(|one| id == one));
    assert_eq!(left, neighbours);

    // Only a missing document is nothing; a missing collection is an error.
    let error = client.delete_documents("no_such", &["a-1"]).await;
    assert!(
        error.as_ref().is_err_and(SearchError::is_not_found),
        "{error:?}"
    );
    assert!(
        client
            .fetch_document("no_such", "a-1")
            .await
            .is_err_and(|error| error.is_not_found())
    );
    client.delete_collection(&name).await?;
    Ok(())
}

#[tokio::test]
async fn many_ids_are_deleted_in_batches() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = small_collection(&client, server, "many").await?;
    let documents: Vec<Value> = (0..1500)
        .map(|number| json!({"id": format!("some.package-{number}"), "name": "x"}))
        .collect();
    accept(&client, &name, &documents).await?;
    let ids: Vec<&str> = documents
        .iter()
        .filter_map(|document| document["id"].as_str())
        .collect();
    let (gone, kept) = ids.split_at(1499);
    assert_eq!(client.delete_documents(&name, gone).await?, gone.len());
    assert_eq!(existing(&client, &name).await?.num_documents, 1);
    assert!(client.fetch_document(&name, kept[0]).await?.is_some());
    client.delete_collection(&name).await?;
    Ok(())
}

#[tokio::test]
async fn searches_may_be_long() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = small_collection(&client, server, "search").await?;
    accept(&client, &name, &[json!({"id": "a-1", "name": "plone.api"})]).await?;
    let search = async |filter: String| {
        let parameters = [("q", "*".to_owned()), ("filter_by", filter)];
        client.search(&name, &parameters).await
    };
    let long = |field: &str| format!("{field}:=[{}`plone.api`]", "`nothing`,".repeat(800));
    assert_eq!(search("name:=plone-api".to_owned()).await?["found"], 1);
    assert_eq!(search(long("name")).await?["found"], 1);
    for filter in ["nofield:=1".to_owned(), long("nofield")] {
        let error = search(filter).await.err().context("an error")?;
        assert!(error.is_not_found(), "{error:?}");
    }
    for filter in ["stars:=x".to_owned(), long("stars")] {
        let error = search(filter).await.err().context("an error")?;
        assert!(
            matches!(
                error,
                SearchError::Refused {
                    status: Some(400),
                    ..
                }
            ),
            "{error:?}"
        );
    }
    client.delete_collection(&name).await?;
    Ok(())
}
