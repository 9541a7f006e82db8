//! `pyfa export` and `pyfa diff`: what a collection holds, as files, and what two of them tell apart.

mod diff;
mod formats;
mod hostile;
mod interrupted;
mod list;
mod npm;
#[cfg(feature = "parquet")]
mod parquet;
mod site;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use pyfa::export::{ExportError, ExportFormat, ExportReport, ExportRequest, Scope, export};
use pyfa::model::Document;
use pyfa::profile::Profiles;
use pyfa::progress::Silent;
use pyfa::search::{
    Client, EmbeddedEngine, EmbeddedSettings, ImportAction, LineOutcome, NewCollection,
};
use pyfa::web::gallery::GallerySettings;
use pyfa::workspace::Workspace;
use pyfa_testkit::typesense::typesense_or_skip;
use tempfile::TempDir;

use crate::gallery::packages::{DAY, NOW, former, release, rich};
use crate::support::client;

/// A collection of the profile `plone`, and a folder for exports of it.
struct Collection {
    client: Client,
    name: String,
    folder: TempDir,
}

impl Collection {
    /// In the embedded engine.
    async fn embedded(documents: &[Document]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let client = Client::embedded(Arc::new(EmbeddedEngine::new(EmbeddedSettings {
            folder: folder.path().join("engine"),
            api_key: None,
            timeout: Duration::from_mins(1),
        })?))?;
        Self::filled(client, "plone".to_owned(), folder, documents).await
    }

    /// On a Typesense server; `None` where there is none.
    async fn on_typesense(documents: &[Document]) -> Result<Option<Self>> {
        let Some(server) = typesense_or_skip() else {
            return Ok(None);
        };
        let client = client(&server.url(), server.api_key());
        let name = server.unique_name("export");
        let folder = tempfile::tempdir()?;
        Ok(Some(Self::filled(client, name, folder, documents).await?))
    }

    async fn filled(
        client: Client,
        name: String,
        folder: TempDir,
        documents: &[Document],
    ) -> Result<Self> {
        client
            .create_collection(&NewCollection::named(&name))
            .await?;
        let collection = Self {
            client,
            name,
            folder,
        };
        collection.put(documents).await?;
        Ok(collection)
    }

    async fn put(&self, documents: &[Document]) -> Result<()> {
        let mut lines = Vec::new();
        for document in documents {
            lines.push(serde_json::to_string(document)?.into());
        }
        let outcomes = self
            .client
            .import(&self.name, ImportAction::Upsert, lines)
            .await?;
        for outcome in outcomes {
            ensure!(outcome == LineOutcome::Accepted, "{outcome:?}");
        }
        Ok(())
    }

    async fn delete(&self, ids: &[&str]) -> Result<()> {
        for id in ids {
            self.client.delete_documents(&self.name, &[id]).await?;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn export(&self, format: ExportFormat, name: &str) -> Result<ExportReport, ExportError> {
        self.export_with(format, name, |_| {}).await
    }

    /// Exports what `change` makes of the request for all releases.
    async fn export_with(
        &self,
        format: ExportFormat,
        name: &str,
        change: impl FnOnce(&mut ExportRequest),
    ) -> Result<ExportReport, ExportError> {
        let profiles = Profiles::load(None).expect("the shipped profiles");
        let mut request = ExportRequest {
            format,
            collection: self.name.clone(),
            profile: profiles.get("plone").ok().cloned(),
            scope: Scope::All,
            gallery: GallerySettings::default(),
            output: self.path(name),
            as_of: None,
        };
        change(&mut request);
        let workspace = Workspace::new(self.client.clone(), self.path("home"), Arc::new(Silent));
        Box::pin(export(&workspace, request)).await
    }
}

/// Four packages, one of which has three releases.
fn four() -> Vec<Document> {
    let older = |version, days| Document {
        is_latest: false,
        release_count: None,
        upload_timestamp: *NOW - days * DAY,
        ..rich("plone.rich", version)
    };
    vec![
        rich("plone.rich", "2.0"),
        older("1.10", 400),
        older("1.9", 800),
        release("plone.api", "1.0"),
        former("plone.api", "0.9", 90),
        release("Zope.last", "3.0"),
        Document {
            requires_names: vec!["plone-rich".to_owned()],
            requires_dist: vec!["plone.rich>=1".to_owned(), "x; extra == 'y'".to_owned()],
            ..release("collective.form", "1.0")
        },
    ]
}

/// All files of a folder with their contents, by their paths.
fn tree(folder: &Path) -> Result<std::collections::BTreeMap<String, Vec<u8>>> {
    let mut files = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs_err::read_dir(&next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder)?.display().to_string();
                files.insert(name, fs_err::read(&path)?);
            }
        }
    }
    Ok(files)
}
