//! Our schema and that of others, with documents as they really are.

use anyhow::{Context, Result};
use pyfa::search::{Field, ImportAction, LineOutcome, NewCollection, SearchError, schema};
use pyfa_testkit::fixtures;
use serde_json::{Value, json};

use super::{accept, existing, field, lines, real};

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
    let fields = collection.fields.iter().cloned().map(|mut field| {
        // What the server adds of its own.
        field.other.clear();
        field
    });
    assert_eq!(fields.collect::<Vec<_>>(), schema::fields());

    let documents: Vec<Value> = fixtures::expected_documents()?
        .into_iter()
        .map(|(_, document)| document)
        .collect();
    assert!(!documents.is_empty());
    accept(&client, &name, &documents).await?;
    // An update leaves nested values as they were written, and nothing else.
    let id = documents[0]["id"].clone();
    let contributors = json!([{"username": "jane", "contributions": 5}]);
    let changes = [
        json!({"id": id, "github_stars": 5, "github_updated": 1_700_000_000.5}),
        json!({"id": id, "contributors": contributors, "health_score": 80}),
        json!({"id": id, "is_latest": true, "version_order": "00abc", "serial": 40_000_000_000_u64}),
    ];
    let outcomes = client
        .import(&name, ImportAction::Update, lines(&changes))
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
        .fetch_document(&name, id.as_str().unwrap_or_default())
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
        "download_source",
        "fixed_in",
        "requires_names",
        "name_joined",
        "first_upload",
        "status",
        "health_band",
        "dependents",
        "search_rank",
        "trusted_publisher",
        "is_malicious",
        "provenance",
        "has_twins",
        "twins",
        "peer_dependencies",
        "peer_versions",
        "npm_dist_tags",
        "repository_directory",
        "unpacked_size",
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
    assert_eq!(comparison.missing.len(), 29);
    client.add_fields(&name, &comparison.missing).await?;
    let now = existing(&client, &name).await?;
    assert_eq!(schema::compare(&now), schema::Comparison::default());
    assert_eq!(now.num_documents, documents.len() as u64);

    // Stored values of the new fields are found, and ours fit next to them.
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
