//! The gallery at its door: HTTP in, pages out, without a browser.

mod addresses;
mod ages;
mod conformance;
mod crawl;
mod crowds;
mod elements;
mod extremes;
pub(crate) mod feed;
mod feeds;
mod files;
mod followed;
mod headers;
pub(crate) mod hostile;
pub(crate) mod html;
mod leading;
mod lists;
mod many;
mod mistakes;
mod npm;
mod older;
mod outage;
pub(crate) mod packages;
mod people;
mod program;
mod settings;
mod states;
mod texts;
mod understood;
mod words;
pub(crate) mod xml;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use pyfa::model::Document;
use pyfa::profile::{Profile, Profiles};
use pyfa::search::{
    Client, EmbeddedEngine, EmbeddedSettings, ImportAction, LineOutcome, NewCollection,
};
use pyfa::web::gallery::{GallerySettings, routes};
use tempfile::TempDir;
use tower::ServiceExt;

use html::Page;

/// The profiles of a test's gallery.
const PROFILES: [&str; 3] = ["django", "flask", "plone"];

/// A gallery, and the engine that it reads from.
struct Site {
    router: Router,
    client: Client,
    profiles: Vec<Profile>,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Site {
    /// A gallery of these documents, each with the key of its profile.
    async fn of(documents: &[(&str, Document)]) -> Result<Self> {
        Self::with(GallerySettings::default(), documents).await
    }

    async fn with(settings: GallerySettings, documents: &[(&str, Document)]) -> Result<Self> {
        Self::lacking(&[], settings, documents).await
    }

    /// The same over collections that lack some fields.
    async fn lacking(
        fields: &[&str],
        settings: GallerySettings,
        documents: &[(&str, Document)],
    ) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let engine = Arc::new(EmbeddedEngine::new(EmbeddedSettings {
            folder: folder.path().join("engine"),
            api_key: None,
            timeout: Duration::from_mins(1),
        })?);
        let client = Client::embedded_for_visitors(engine)?;
        let shipped = Profiles::load(None)?;
        let profiles: Result<Vec<Profile>, _> = PROFILES
            .iter()
            .map(|key| shipped.get(key).cloned())
            .collect();
        let profiles = profiles?;
        for key in PROFILES {
            let own: Vec<&Document> = documents
                .iter()
                .filter(|(profile, _)| *profile == key)
                .map(|(_, document)| document)
                .collect();
            if !own.is_empty() {
                fill(&client, key, fields, &own).await?;
            }
        }
        Ok(Self {
            router: routes(settings, &profiles, &client)?,
            client,
            profiles,
            _folder: folder,
        })
    }

    /// Another gallery of the same collections.
    fn restarted(&self, settings: GallerySettings) -> Result<Router> {
        Ok(routes(settings, &self.profiles, &self.client)?)
    }

    async fn get(&self, path: &str) -> Result<Answer> {
        get(&self.router, path).await
    }

    async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        let mut request = Request::get(path).header("host", "gallery.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&self.router, request.body(Body::empty())?).await
    }

    /// A page that exists, held to be valid.
    async fn page(&self, path: &str) -> Result<Page> {
        let answer = self.get(path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.status);
        answer.page().with_context(|| path.to_owned())
    }
}

/// Creates a collection with our schema, but for some fields, and writes the documents.
pub(crate) async fn fill(
    client: &Client,
    name: &str,
    lacking: &[&str],
    documents: &[&Document],
) -> Result<()> {
    let mut collection = NewCollection::named(name);
    let fields = &mut collection.fields;
    fields.retain(|field| !lacking.contains(&field.name.as_str()));
    client.create_collection(&collection).await?;
    let lines: Result<Vec<_>, _> = documents
        .iter()
        .map(|document| serde_json::to_string(document).map(Into::into))
        .collect();
    let outcomes = client.import(name, ImportAction::Upsert, lines?).await?;
    for outcome in outcomes {
        ensure!(outcome == LineOutcome::Accepted, "{outcome:?}");
    }
    Ok(())
}

async fn get(router: &Router, path: &str) -> Result<Answer> {
    ask(
        router,
        Request::get(path)
            .header("host", "gallery.test")
            .body(Body::empty())?,
    )
    .await
}

async fn ask(router: &Router, request: Request) -> Result<Answer> {
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let (head, body) = response.into_parts();
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: to_bytes(body, usize::MAX).await?.to_vec(),
    })
}

impl Answer {
    /// A header's value; empty if it is not there.
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn text(&self) -> Result<&str> {
        Ok(std::str::from_utf8(&self.body)?)
    }

    /// The body as a page, held to be valid.
    fn page(&self) -> Result<Page> {
        ensure!(
            self.header("content-type") == "text/html; charset=utf-8",
            "{self:?}"
        );
        Page::read(self.text()?)
    }
}
