//! The search client against a real server; its faults are in `faults`.

mod fake;
mod faults;

use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures::TryStreamExt;
use pyfa::search::{
    Action, Client, Collection, Field, LineOutcome, NewCollection, NewKey, SearchError, Settings,
    schema,
};
use pyfa_testkit::fixtures;
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use serde_json::{Value, json};

/// A key that must not appear in any message.
const KEY: &str = "never-to-be-shown";

fn client_with(nodes: &[&str], key: &str) -> Result<Client> {
    Ok(Client::new(&Settings {
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
        .import(collection, Action::Upsert, lines(documents))
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
        .collection(name)
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
    assert!(client.collection(&name).await?.is_none());

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
    assert!(client.aliases().await?.iter().any(|one| one.name == alias));
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
    assert!(client.alias(&alias).await?.is_none());
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
    assert!(client.collections().await?.contains(&bare));
    client.delete_collection(&bare.name).await?;
    Ok(())
}

#[tokio::test]
async fn keys() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let value = server.unique_name("SearchOnly");
    let key = NewKey {
        description: "search only".to_owned(),
        actions: vec!["documents:search".to_owned()],
        collections: vec![server.unique_name("nowhere")],
        value: Some(value.clone().into()),
        expires_at: Some(1_895_277_400),
    };
    let created = client.create_key(&key).await?;
    assert!(!format!("{key:?}{created:?}").contains(&value));
    let listed = client
        .keys()
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
    let error = limited.collections().await.err().context("an error")?;
    assert!(error.is_unauthorized() && !error.is_passing(), "{error:?}");
    assert!(error.to_string().contains("TYPESENSE_API_KEY"), "{error}");
    assert!(!format!("{error}{error:?}").contains(&value));

    assert!(client.delete_key(created.id).await?);
    assert!(!client.delete_key(created.id).await?);
    Ok(())
}

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
            .import(&name, Action::Create, lines(&documents))
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
            .import(&name, Action::Update, lines(&changes))
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
            .import(&name, Action::Upsert, two_lines)
            .await
            .is_err()
    );
    assert!(
        client
            .import(&name, Action::Upsert, Vec::new())
            .await?
            .is_empty()
    );
    let missing = server.unique_name("missing");
    let error = client
        .import(&missing, Action::Upsert, lines(&documents))
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
        let document = client.document(&name, id).await?.context("a document")?;
        assert_eq!(document.get("id"), Some(&json!(id)));
        assert!(client.delete_document(&name, id).await?, "{id}");
        assert!(client.document(&name, id).await?.is_none(), "{id}");
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
            .document("no_such", "a-1")
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
    assert!(client.document(&name, kept[0]).await?.is_some());
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

#[tokio::test]
async fn our_own_schema_holds_real_documents() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = server.unique_name("ours");
    let collection = client
        .create_collection(&NewCollection::named(&name))
        .await?;
    assert_eq!(schema::compare(&collection), schema::Comparison::default());
    assert_eq!(collection.fields, schema::fields());

    let documents: Vec<Value> = fixtures::expected_documents()?
        .into_iter()
        .map(|(_, document)| document)
        .collect();
    assert!(!documents.is_empty());
    accept(&client, &name, &documents).await?;
    // An update leaves nested values as they were written, and nothing beside them.
    let id = documents[0]["id"].clone();
    let contributors = json!([{"username": "jane", "contributions": 5}]);
    let changes = [
        json!({"id": id, "github_stars": 5, "github_updated": 1_700_000_000.5}),
        json!({"id": id, "contributors": contributors, "health_score": 80}),
        json!({"id": id, "is_latest": true, "version_order": "00abc", "serial": 40_000_000_000_u64}),
    ];
    let outcomes = client
        .import(&name, Action::Update, lines(&changes))
        .await?;
    assert_eq!(
        outcomes,
        [
            LineOutcome::Accepted,
            LineOutcome::Accepted,
            LineOutcome::Accepted
        ]
    );
    let document = client
        .document(&name, id.as_str().unwrap_or_default())
        .await?
        .context("a document")?;
    assert_eq!(document.get("contributors"), Some(&contributors));
    assert_eq!(
        document.get("project_urls"),
        documents[0].get("project_urls")
    );
    assert_eq!(document.get("urls"), documents[0].get("urls"));
    assert!(
        !document.keys().any(|key| key.contains('.')),
        "{:?}",
        document.keys()
    );
    let sorted = [
        ("q", "*".to_owned()),
        ("filter_by", "is_latest:true".to_owned()),
        (
            "sort_by",
            "version_order:desc,health_score:desc,github_updated:desc".to_owned(),
        ),
        (
            "facet_by",
            "license_spdx,maintainers,has_vulnerabilities".to_owned(),
        ),
    ];
    assert_eq!(client.search(&name, &sorted).await?["found"], 1);
    client.delete_collection(&name).await?;
    Ok(())
}

/// The collection that another writer of the same documents makes: types that the server guesses,
/// declared nested values, none of our additions.
fn peers_collection(name: &str) -> Result<NewCollection> {
    let additions = [
        "is_latest",
        "has_vulnerabilities",
        "version_order",
        "serial",
        "license_spdx",
        "maintainers",
        "health_score",
        "release_count",
        "requires_python",
        "github_url",
    ];
    let guessed = |field: &Field| {
        field.name.starts_with("github_")
            || field.name.starts_with("download_") && field.kind == "int64"
    };
    let mut collection = NewCollection::named(name);
    collection
        .fields
        .retain(|field| !additions.contains(&field.name.as_str()));
    for field in collection.fields.iter_mut().filter(|field| guessed(field)) {
        "auto".clone_into(&mut field.kind);
        field.sort = false;
    }
    for (name, kind) in [
        ("project_urls", "auto"),
        ("urls", "auto"),
        ("contributors", "object[]"),
    ] {
        collection.fields.push(Field {
            index: false,
            ..field(name, kind, true)?
        });
    }
    Ok(collection)
}

#[tokio::test]
async fn a_peers_collection_is_taken_over() -> Result<()> {
    let Some((server, client)) = real()? else {
        return Ok(());
    };
    let name = server.unique_name("peer");
    client.create_collection(&peers_collection(&name)?).await?;
    let mut documents: Vec<Value> = fixtures::expected_documents()?
        .into_iter()
        .map(|(_, document)| document)
        .collect();
    let first = documents.first_mut().context("a document")?;
    first["github_stars"] = json!(12);
    first["github_updated"] = json!(1_700_000_000.25);
    first["download_last_day"] = json!(3);
    first["health_score"] = json!(75);
    first["contributors"] = json!([{"username": "jane", "contributions": 5}]);
    accept(&client, &name, &documents).await?;

    let comparison = schema::compare(&existing(&client, &name).await?);
    assert_eq!(comparison.conflicts, []);
    assert_eq!(comparison.missing.len(), 10);
    client.add_fields(&name, &comparison.missing).await?;
    let now = existing(&client, &name).await?;
    assert_eq!(schema::compare(&now), schema::Comparison::default());
    assert_eq!(now.num_documents, documents.len() as u64);

    // Stored values of the new fields are found, and ours fit beside them.
    let scored = [
        ("q", "*".to_owned()),
        ("filter_by", "health_score:75".to_owned()),
    ];
    assert_eq!(client.search(&name, &scored).await?["found"], 1);
    let mut ours = documents[0].clone();
    ours["github_updated"] = json!(1_700_000_001);
    ours["is_latest"] = json!(true);
    ours["maintainers"] = json!(["jane"]);
    accept(&client, &name, &[ours]).await?;
    let again = client.add_fields(&name, &comparison.missing).await;
    assert!(
        matches!(
            again,
            Err(SearchError::Refused {
                status: Some(400),
                ..
            })
        ),
        "{again:?}"
    );
    client.delete_collection(&name).await?;
    Ok(())
}
