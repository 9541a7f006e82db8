//! The search client against a real server: collections, aliases and keys here, documents and
//! schemas in files of their own, and what happens with servers that fail in `faults`.

mod documents;
pub(crate) mod fake;
mod faults;
mod schemas;
mod whole;

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use pyfa::search::{
    Client, Collection, Field, ImportAction, LineOutcome, NewApiKey, NewCollection, SearchError,
    TypesenseSettings,
};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use serde_json::{Value, json};

/// A key that must not appear in any message.
const KEY: &str = "never-to-be-shown";

fn client_with(nodes: &[&str], key: &str) -> Result<Client> {
    Ok(Client::new(&TypesenseSettings {
        nodes: nodes
            .iter()
            .map(|node| node.parse())
            .collect::<Result<_, _>>()?,
        api_key: key.into(),
        timeout: Duration::from_mins(5),
    })?)
}

fn client(fake: &fake::Fake) -> Result<Client> {
    client_with(&[fake.address()], KEY)
}

/// The shared server and a client for it; none where there is no server for tests.
fn real() -> Result<Option<(&'static TypesenseServer, Client)>> {
    let Some(server) = typesense_or_skip() else {
        return Ok(None);
    };
    Ok(Some((
        server,
        client_with(&[&server.url()], server.api_key())?,
    )))
}

fn field(name: &str, kind: &str, optional: bool) -> Result<Field> {
    Ok(serde_json::from_value(
        json!({"name": name, "type": kind, "optional": optional}),
    )?)
}

/// A collection with the field `name` only, and its name.
async fn small_collection(
    client: &Client,
    server: &TypesenseServer,
    prefix: &str,
) -> Result<String> {
    let mut collection = NewCollection::named(&server.unique_name(prefix));
    collection.fields = vec![
        field("name", "string", false)?,
        field("stars", "int64", true)?,
        field("tags", "string[]", true)?,
    ];
    collection.default_sorting_field.clear();
    Ok(client.create_collection(&collection).await?.name)
}

fn lines(documents: &[Value]) -> Vec<Bytes> {
    documents
        .iter()
        .map(|document| document.to_string().into())
        .collect()
}

async fn accept(client: &Client, collection: &str, documents: &[Value]) -> Result<()> {
    let outcomes = client
        .import(collection, ImportAction::Upsert, lines(documents))
        .await?;
    for (document, outcome) in documents.iter().zip(&outcomes) {
        assert_eq!(*outcome, LineOutcome::Accepted, "{}", document["id"]);
    }
    assert_eq!(outcomes.len(), documents.len());
    Ok(())
}

async fn stored(client: &Client, collection: &str) -> Result<Vec<Value>> {
    let lines: Vec<Bytes> = client.export(collection, None, &[]).try_collect().await?;
    Ok(lines
        .iter()
        .map(|line| serde_json::from_slice(line))
        .collect::<Result<_, _>>()?)
}

async fn existing(client: &Client, name: &str) -> Result<Collection> {
    client
        .fetch_collection(name)
        .await?
        .with_context(|| format!("no collection {name}"))
}

#[tokio::test]
async fn collections_and_aliases() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = server.unique_name("plone");
    let alias = server.unique_name("alias");
    assert!(client.fetch_collection(&name).await?.is_none());

    let created = client
        .create_collection(&NewCollection::named(&name))
        .await?;
    assert!(created.created_at > 1_500_000_000);
    assert_eq!(created.default_sorting_field, "name_sortable");
    assert!(created.enable_nested_fields);
    assert_eq!(created.token_separators, [".", "-", "_", "@", "/"]);
    let again = client.create_collection(&NewCollection::named(&name)).await;
    assert!(
        matches!(
            again,
            Err(SearchError::Refused {
                status: Some(409),
                ..
            })
        ),
        "{again:?}"
    );

    client.set_alias(&alias, &name).await?;
    assert_eq!(
        existing(&client, &alias).await?,
        existing(&client, &name).await?
    );
    assert!(
        client
            .list_aliases()
            .await?
            .iter()
            .any(|one| one.name == alias)
    );
    // What the server would do to the alias or to the collection behind it, we do not send.
    let shadow = client
        .create_collection(&NewCollection::named(&alias))
        .await;
    assert!(
        matches!(shadow, Err(SearchError::Refused { status: None, .. })),
        "{shadow:?}"
    );
    let through = client.delete_collection(&alias).await;
    assert!(
        matches!(through, Err(SearchError::Refused { status: None, .. })),
        "{through:?}"
    );
    let conflict = client
        .set_alias(&name, &alias)
        .await
        .err()
        .context("an error")?;
    assert!(
        conflict.to_string().contains("conflicts with an existing"),
        "{conflict}"
    );

    assert!(client.delete_alias(&alias).await?);
    assert!(!client.delete_alias(&alias).await?);
    assert!(client.fetch_alias(&alias).await?.is_none());
    assert!(client.delete_collection(&name).await?);
    assert!(!client.delete_collection(&name).await?);
    Ok(())
}

#[tokio::test]
async fn names_that_no_address_can_hold_are_refused() -> Result<()> {
    let Some((_, client)) = real()? else {
        return Ok(());
    };
    for name in ["", ".", ".."] {
        let error = client.delete_collection(name).await;
        assert!(
            matches!(error, Err(SearchError::Refused { status: None, .. })),
            "{error:?}"
        );
        assert!(client.delete_document("x", name).await.is_err());
        assert!(client.delete_alias(name).await.is_err());
    }
    Ok(())
}

#[tokio::test]
async fn a_collection_without_fields_does_not_spoil_the_list() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let mut bare = NewCollection::named(&server.unique_name("bare"));
    bare.fields = vec![field("id", "string", false)?];
    bare.default_sorting_field.clear();
    let bare = client.create_collection(&bare).await?;
    assert!(bare.fields.is_empty());
    assert!(client.list_collections().await?.contains(&bare));
    client.delete_collection(&bare.name).await?;
    Ok(())
}

#[tokio::test]
async fn keys() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let value = server.unique_name("SearchOnly");
    let key = NewApiKey {
        description: "search only".to_owned(),
        actions: vec!["documents:search".to_owned()],
        collections: vec![server.unique_name("nowhere")],
        value: Some(value.clone().into()),
        expires_at: Some(1_895_277_400),
    };
    let created = client.create_key(&key).await?;
    assert!(!format!("{key:?}{created:?}").contains(&value));
    let listed = client
        .list_keys()
        .await?
        .into_iter()
        .find(|one| one.id == created.id);
    let listed = listed.context("the new key")?;
    assert_eq!(
        (&listed.collections, listed.expires_at),
        (&key.collections, 1_895_277_400)
    );
    assert!(value.starts_with(&listed.value_prefix) && listed.value_prefix.len() < value.len());

    // The new key may search one collection and nothing else.
    let limited = client_with(&[&server.url()], &value)?;
    let error = limited.list_collections().await.err().context("an error")?;
    assert!(error.is_unauthorized() && !error.is_passing(), "{error:?}");
    assert!(error.to_string().contains("TYPESENSE_API_KEY"), "{error}");
    assert!(!format!("{error}{error:?}").contains(&value));

    assert!(client.delete_key(created.id).await?);
    assert!(!client.delete_key(created.id).await?);
    Ok(())
}
