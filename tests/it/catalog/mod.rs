//! Finding packages: the catalogue against a search server.

mod answering;
mod command;
mod counts;
mod earlier;
mod newest;
mod npm;
mod overview;
mod packages;
mod quality;
mod relevance;
mod search;

use anyhow::{Result, ensure};
use pyfa::catalog::{Catalog, PackageQuery, SearchResults};
use pyfa::model::Document;
use pyfa::search::{Client, ImportAction, LineOutcome, NewApiKey, NewCollection};
use pyfa_testkit::typesense::{TypesenseServer, typesense_or_skip};
use serde_json::{Value, json};

use crate::support::client;

/// 2026-01-01, the day of all tests.
const NOW: i64 = 1_767_225_600;
const DAY: i64 = 86_400;

/// A collection of the test's own.
struct Shelf {
    server: &'static TypesenseServer,
    client: Client,
    name: String,
}

impl Shelf {
    /// A collection with the schema of today; `None` where there is no server.
    async fn with(packages: &[Document]) -> Result<Option<Self>> {
        Self::without_fields(packages, &[]).await
    }

    /// The same, of a version that lacked some fields.
    async fn without_fields(packages: &[Document], lacking: &[&str]) -> Result<Option<Self>> {
        let Some(server) = typesense_or_skip() else {
            return Ok(None);
        };
        let client = client(&server.url(), server.api_key());
        let name = server.unique_name("shelf");
        let mut collection = NewCollection::named(&name);
        collection
            .fields
            .retain(|field| !lacking.contains(&field.name.as_str()));
        client.create_collection(&collection).await?;
        let mut lines = Vec::new();
        for package in packages {
            lines.push(serde_json::to_string(package)?.into());
        }
        let outcomes = client.import(&name, ImportAction::Upsert, lines).await?;
        for outcome in outcomes {
            ensure!(outcome == LineOutcome::Accepted, "{outcome:?}");
        }
        Ok(Some(Self {
            server,
            client,
            name,
        }))
    }

    fn catalog(&self) -> Catalog {
        self.catalog_of(self.client.clone())
    }

    fn catalog_of(&self, client: Client) -> Catalog {
        let roots = vec!["Framework :: Plone".to_owned()];
        Catalog::new(client, self.name.clone(), roots).with_clock(|| NOW)
    }

    /// With a key that may do nothing but search.
    async fn catalog_of_a_visitor(&self) -> Result<Catalog> {
        let value = self.server.unique_name("visitor");
        let key = NewApiKey {
            description: "visitor".to_owned(),
            actions: vec!["documents:search".to_owned()],
            collections: vec![self.name.clone()],
            value: Some(value.clone().into()),
            expires_at: None,
        };
        self.client.create_key(&key).await?;
        Ok(self.catalog_of(client(&self.server.url(), &value)))
    }
}

/// The latest release of a package.
fn package(name: &str, summary: &str) -> Document {
    let id = format!("{name}-1.0");
    Document {
        identifier: id.clone(),
        id,
        name: name.to_owned(),
        name_sortable: name.to_owned(),
        version: "1.0".to_owned(),
        version_raw: "1.0".to_owned(),
        is_latest: true,
        summary: summary.to_owned(),
        first_chapter: summary.to_owned(),
        upload_timestamp: NOW,
        ..Document::default()
    }
}

/// A package with classifiers and other values.
fn with(mut package: Document, classifiers: &[&str], others: &Value) -> Document {
    package.classifiers = classifiers.iter().map(ToString::to_string).collect();
    package.framework_versions = pyfa::transform::framework_versions(&package.classifiers);
    package.python_versions = pyfa::transform::python_versions(&package.classifiers);
    for (name, value) in others.as_object().into_iter().flatten() {
        package.facts.insert(name.clone(), value.clone());
    }
    package
}

fn query(words: &str) -> PackageQuery {
    PackageQuery {
        words: words.to_owned(),
        per_page: 20,
        ..PackageQuery::default()
    }
}

fn names(results: &SearchResults) -> Vec<&str> {
    let hits = results.hits.iter();
    hits.map(|hit| hit.package.name.as_str()).collect()
}

/// Values and counts of the first facet that was asked for.
fn counts(results: &SearchResults) -> Vec<(&str, u64)> {
    let facet = results.facets.first();
    let values = facet.map_or(&[][..], |facet| facet.values.as_slice());
    values
        .iter()
        .map(|value| (value.value.as_str(), value.count))
        .collect()
}

/// Five packages that differ in everything that can be asked for.
fn five() -> Vec<Document> {
    let mut old = package("collective.Old", "Forms of long ago");
    old.upload_timestamp = NOW - 400 * DAY;
    "GPL-2.0-only".clone_into(&mut old.license_spdx);
    let mut easyform = package("collective.easyform", "Forms for everybody");
    easyform.maintainers = vec!["anna".to_owned(), "ben".to_owned()];
    easyform.upload_timestamp = NOW - 10 * DAY;
    let mut former = package("collective.easyform", "Forms of a former release");
    "collective.easyform-0.9".clone_into(&mut former.id);
    former.identifier.clone_from(&former.id);
    "0.9".clone_into(&mut former.version);
    "0.9".clone_into(&mut former.version_raw);
    former.is_latest = false;
    let mut theme = package("plonetheme.sunset", "A theme in warm colours");
    theme.keywords = vec!["theme".to_owned(), "diazo".to_owned()];
    vec![
        with(
            old,
            &["Framework :: Plone :: 5.2", "Framework :: Plone :: Addon"],
            &json!({"github_archived": true, "github_stars": 900, "health_score": 20}),
        ),
        with(
            easyform,
            &[
                "Framework :: Plone :: 5.2",
                "Framework :: Plone :: 6.1",
                "Framework :: Plone :: Addon",
                "Programming Language :: Python :: 3.12",
            ],
            &json!({
                "github_archived": false, "github_stars": 50, "health_score": 90,
                "has_vulnerabilities": false, "download_last_month": 7,
            }),
        ),
        with(former, &["Framework :: Plone :: 4.3"], &json!({})),
        with(
            theme,
            &["Framework :: Plone :: 6.1", "Framework :: Plone :: Theme"],
            &json!({"health_score": 70, "has_vulnerabilities": true, "download_last_month": 70}),
        ),
        with(
            package("plone.api", "The Plone API"),
            &["Framework :: Plone :: 6.1", "Framework :: Plone :: Core"],
            &json!({"health_score": 90}),
        ),
        package("bare", "Nothing is known of it"),
    ]
}
