//! Packages of npm among those of `PyPI`, found with either engine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pyfa::catalog::{Catalog, Facet, FacetFilter, PackageQuery, requiring};
use pyfa::model::{Document, RegistryKind};
use pyfa::search::{Client, EmbeddedEngine, EmbeddedSettings};
use serde_json::json;
use tempfile::TempDir;

use super::{Shelf, query};
use crate::gallery::fill;
use crate::gallery::packages::{former, release, with};
use crate::support::npm::{form_block, npm, sigstore, volto, with_peers};

/// The same packages in both engines.
struct Both {
    shelf: Option<Shelf>,
    embedded: Catalog,
    _folder: TempDir,
}

impl Both {
    async fn with(packages: &[Document]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let engine = Arc::new(EmbeddedEngine::new(EmbeddedSettings {
            folder: folder.path().join("engine"),
            api_key: None,
            timeout: Duration::from_mins(1),
        })?);
        let client = Client::embedded_for_visitors(engine)?;
        let all: Vec<&Document> = packages.iter().collect();
        fill(&client, "plone", &[], &all).await?;
        Ok(Self {
            shelf: Shelf::with(packages).await?,
            embedded: Catalog::new(
                client,
                "plone".to_owned(),
                vec!["Framework :: Plone".to_owned()],
            ),
            _folder: folder,
        })
    }

    fn catalogs(&self) -> impl Iterator<Item = (&'static str, Catalog)> {
        let server = self
            .shelf
            .iter()
            .map(|shelf| ("typesense", shelf.catalog()));
        server.chain([("embedded", self.embedded.clone())])
    }
}

fn packages() -> Vec<Document> {
    let mut python = release("sigstore", "3.0");
    python.requires_names = vec!["react".to_owned()];
    let mut block = form_block();
    block
        .facts
        .insert("twins".to_owned(), json!(["pypi:collective.formblock"]));
    block.facts.insert("has_twins".to_owned(), json!(true));
    let mut needs_react = with_peers(
        npm("volto-slider", "1.0.0"),
        &["@plone/volto ^18 || ^19", "react ^18"],
    );
    needs_react.requires_names = vec!["react".to_owned()];
    vec![
        volto(),
        Document {
            is_latest: false,
            ..npm("@plone/volto", "18.0.0")
        },
        block,
        sigstore(),
        python,
        former("sigstore", "2.0", 90),
        with(release("plone.volto", "5.0"), &json!({"search_rank": 900})),
        npm("react", "18.0.0"),
        release("react", "4.3"),
        npm("JSONStream", "1.3.5"),
        npm("jsonstream", "1.0.3"),
        needs_react,
    ]
}

fn filtered(facet: Facet, value: &str, excluded: bool) -> PackageQuery {
    PackageQuery {
        filters: vec![FacetFilter {
            facet,
            value: value.to_owned(),
            excluded,
        }],
        facets: vec![facet],
        per_page: 50,
        ..PackageQuery::default()
    }
}

fn full_names(results: &pyfa::catalog::SearchResults) -> Vec<String> {
    let hits = results.hits.iter();
    hits.map(|hit| hit.package.full_name().into_owned())
        .collect()
}

#[tokio::test]
async fn a_name_that_was_typed_stands_first() -> Result<()> {
    let both = Both::with(&packages()).await?;
    for (engine, catalog) in both.catalogs() {
        for (words, expected) in [
            ("@plone/volto", "@plone/volto"),
            (" @plone/volto ", "@plone/volto"),
            ("plone.volto", "plone.volto"),
            ("volto-form-block", "npm:volto-form-block"),
            ("JSONStream", "npm:JSONStream"),
            ("jsonstream", "npm:jsonstream"),
        ] {
            let found = full_names(&catalog.search(&query(words)).await?);
            assert_eq!(
                found.first().map(String::as_str),
                Some(expected),
                "{engine}: {words}"
            );
            let suggested = catalog.suggest(words, 5).await?;
            let first = suggested
                .first()
                .map(|package| package.full_name().into_owned());
            assert_eq!(first.as_deref(), Some(expected), "{engine}: {words}");
        }
        // Two packages of one name are two hits.
        let found = full_names(&catalog.search(&query("sigstore")).await?);
        assert_eq!(found, ["npm:sigstore", "sigstore"], "{engine}");
    }
    Ok(())
}

#[tokio::test]
async fn packages_are_filtered_and_counted_by_what_npm_says() -> Result<()> {
    let both = Both::with(&packages()).await?;
    for (engine, catalog) in both.catalogs() {
        for (facet, value, expected) in [
            (
                Facet::Registry,
                "pypi",
                &["plone.volto", "react", "sigstore"][..],
            ),
            (Facet::Needs, "@plone/volto 16", &["npm:volto-form-block"]),
            (Facet::Needs, "@plone/volto 18", &["npm:volto-slider"]),
            (Facet::Provenance, "yes", &["@plone/volto"]),
            (Facet::Publisher, "github", &["@plone/volto"]),
            (Facet::Twin, "yes", &["npm:volto-form-block"]),
            (Facet::Provenance, "maybe", &[]),
        ] {
            let results = catalog.search(&filtered(facet, value, false)).await?;
            let mut found = full_names(&results);
            found.sort();
            assert_eq!(found, expected, "{engine}: {} {value}", facet.name());
            // With words, packages are filtered here and not by the server.
            let words = PackageQuery {
                words: "volto".to_owned(),
                ..filtered(facet, value, false)
            };
            let found = full_names(&catalog.search(&words).await?);
            let is_expected = |name: &String| expected.contains(&name.as_str());
            assert!(found.iter().all(is_expected), "{engine}: {found:?}");
            assert_eq!(
                found.is_empty(),
                !expected.iter().any(|name| name.contains("volto"))
            );
        }
        let results = catalog
            .search(&filtered(Facet::Provenance, "yes", true))
            .await?;
        assert_eq!(results.found, 9, "{engine}");
        let all = PackageQuery {
            facets: vec![
                Facet::Registry,
                Facet::Needs,
                Facet::Provenance,
                Facet::Twin,
            ],
            ..PackageQuery::default()
        };
        let results = catalog.search(&all).await?;
        let counts: Vec<Vec<(&str, u64)>> = results
            .facets
            .iter()
            .map(|facet| {
                let values = facet.values.iter();
                values
                    .map(|value| (value.value.as_str(), value.count))
                    .collect()
            })
            .collect();
        // What is no framework of the profile is no need of its packages.
        let needs = vec![("@plone/volto 16", 1), ("@plone/volto 18", 1)];
        let expected = [
            vec![("npm", 7), ("pypi", 3)],
            needs,
            vec![("yes", 1)],
            vec![("yes", 1)],
        ];
        assert_eq!(counts, expected, "{engine}");
    }
    Ok(())
}

#[tokio::test]
async fn names_of_two_registries_are_told_apart() -> Result<()> {
    let both = Both::with(&packages()).await?;
    for (engine, catalog) in both.catalogs() {
        for (name, expected) in [
            ("sigstore", Some(("pypi", "3.0"))),
            ("Sigstore", Some(("pypi", "3.0"))),
            ("npm:sigstore", Some(("npm", "5.0.1"))),
            ("npm:Sigstore", None),
            ("@plone/volto", Some(("npm", "19.3.0"))),
            ("@Plone/volto", None),
            ("volto-form-block", Some(("npm", "3.19.0"))),
            ("pypi:volto-form-block", None),
            ("npm:JSONStream", Some(("npm", "1.3.5"))),
            ("npm:jsonstream", Some(("npm", "1.0.3"))),
        ] {
            let found = catalog.fetch_package(name).await?;
            let found = found
                .as_ref()
                .map(|one| (one.registry.as_str(), one.version.as_str()));
            assert_eq!(found, expected, "{engine}: {name}");
        }
        for (name, count) in [("sigstore", 2), ("npm:sigstore", 1), ("@plone/volto", 2)] {
            let releases = catalog.list_releases(name, 1).await?;
            assert_eq!(
                (releases.releases.len(), releases.found),
                (count, count as u64),
                "{engine}: {name}"
            );
            assert_eq!(
                catalog.list_support(name).await?.releases.len(),
                count,
                "{engine}: {name}"
            );
        }
        let compared = catalog
            .fetch_many(&["npm:react", "react", "@plone/volto"])
            .await?;
        let names: Vec<_> = compared
            .iter()
            .map(|one| one.full_name().into_owned())
            .collect();
        assert_eq!(names, ["npm:react", "react", "@plone/volto"], "{engine}");
        let mut found = catalog.find_summaries(&["npm:react", "sigstore"]).await?;
        found.sort_by(|one, other| one.version.cmp(&other.version));
        let names: Vec<_> = found
            .iter()
            .map(|one| one.full_name().into_owned())
            .collect();
        assert_eq!(names, ["npm:react", "sigstore", "npm:sigstore"], "{engine}");
        let held = catalog
            .find_names(RegistryKind::Npm, &["react", "@plone/volto", "plone.volto"])
            .await?;
        assert_eq!(held.len(), 2, "{engine}");
        // A package is required by those of its own registry.
        for (name, expected) in [("npm:react", "npm:volto-slider"), ("react", "sigstore")] {
            let package = catalog.fetch_package(name).await?.context("a package")?;
            let dependents = PackageQuery {
                filters: requiring(&package),
                per_page: 10,
                ..PackageQuery::default()
            };
            let found = full_names(&catalog.search(&dependents).await?);
            assert_eq!(found, [expected], "{engine}: {name}");
        }
    }
    Ok(())
}
