//! The API at its door: HTTP in, answers out, on both databases.

mod command;
mod indexes;
mod keys;
mod lists;
mod orders;
mod others;
mod programs;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use pyfa::access::{KeyStore, Scopes};
use pyfa::database::{Database, Statement, Value};
use pyfa::model::Document;
use pyfa::profile::Profiles;
use pyfa::search::{Client, EmbeddedEngine, EmbeddedSettings};
use pyfa::web::api;
use pyfa::web::door::{Door, DoorSettings};
use secrecy::ExposeSecret;
use serde_json::Value as Json;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::database::Place;
use crate::gallery::fill;
use crate::gallery::packages::{former, release};

/// The API over a database.
pub(crate) struct Service {
    pub(crate) router: Router,
    pub(crate) database: Database,
    settings: DoorSettings,
    client: Client,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Result<Json> {
        serde_json::from_slice(&self.body)
            .with_context(|| format!("no JSON: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Service {
    /// One that answers this machine without a key.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        Self::with(place, |settings| {
            settings.without_key = true;
            settings.requests_per_minute = 0;
        })
        .await
    }

    pub(crate) async fn with(
        place: &Place,
        change: impl FnOnce(&mut DoorSettings),
    ) -> Result<Self> {
        let mut settings = DoorSettings::new(place.settings.clone());
        change(&mut settings);
        let folder = tempfile::tempdir()?;
        let client = packages(folder.path()).await?;
        Ok(Self {
            database: place.open().await?,
            router: routes(&settings, &client)?,
            settings,
            client,
            _folder: folder,
        })
    }

    /// The same in a new process, which remembers nothing.
    pub(crate) fn restarted(self) -> Result<Self> {
        Ok(Self {
            router: routes(&self.settings, &self.client)?,
            ..self
        })
    }

    pub(crate) async fn key(&self, scopes: &str) -> Result<String> {
        let keys = KeyStore::new(self.database.clone());
        let name = scopes.replace(',', "-");
        let made = keys.create(&name, &Scopes::parse(scopes)?, None).await?;
        Ok(made.value.expose_secret().to_owned())
    }

    pub(crate) async fn ask(&self, request: Request) -> Result<Answer> {
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await?.to_vec(),
        })
    }

    /// Asks from this machine.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.ask(request("GET", path, headers, Body::empty())?)
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.get_with(path, &[]).await
    }

    /// An answer that has to be there.
    pub(crate) async fn json(&self, path: &str) -> Result<Json> {
        let answer = self.get(path).await?;
        ensure!(answer.status == 200, "{path}: {}", answer.text());
        answer.json()
    }
}

fn routes(settings: &DoorSettings, client: &Client) -> Result<Router> {
    let profiles = [Profiles::load(None)?.get("plone")?.clone()];
    let door = Arc::new(Door::new(settings.clone()));
    Ok(api::routes(door, &profiles, client))
}

/// An engine with the packages of a profile.
async fn packages(folder: &Path) -> Result<Client> {
    let engine = Arc::new(EmbeddedEngine::new(EmbeddedSettings {
        folder: folder.join("engine"),
        api_key: None,
        timeout: Duration::from_mins(1),
    })?);
    let client = Client::embedded_for_visitors(engine)?;
    let samples = samples();
    let samples: Vec<&Document> = samples.iter().collect();
    fill(&client, "plone", &[], &samples).await?;
    Ok(client)
}

/// Releases of three packages, of which one requires another.
fn samples() -> Vec<Document> {
    let release = |name: &str, version: &str| Document {
        summary: format!("=1+1 {name}"),
        author_email: "somebody@example.org".to_owned(),
        maintainers: vec!["Mona".to_owned(), "otto".to_owned()],
        ..release(name, version)
    };
    vec![
        former("plone.api", "1.0", 100),
        release("plone.api", "2.0"),
        release("plone.restapi", "9.0"),
        Document {
            requires_names: vec!["plone-api".to_owned()],
            ..release("collective.easyform", "4.0")
        },
    ]
}

/// A request from this machine.
pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Body,
) -> Result<Request> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", "localhost")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 5000))));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(request.body(body)?)
}

/// Adds issues with the numbers 1 to `count`, a day apart; each tenth has no time.
pub(crate) async fn add_issues(database: &Database, count: i64) -> Result<()> {
    let rows: Vec<Vec<Value>> = (1..=count)
        .map(|number| {
            let created = Timestamp::from_second(1_700_000_000 + number * 86_400);
            let created = created.ok().filter(|_| number % 10 != 0);
            vec![
                number.into(),
                format!("Issue {number}").into(),
                if number % 3 == 0 { "closed" } else { "open" }.into(),
                format!("person{}", number % 7).into(),
                created.into(),
                "a long text".into(),
            ]
        })
        .collect();
    let text = "INSERT INTO issues (id, number, org, repo, repository_id, title, state, username,
                                    created_at, updated_at, body)
                VALUES ($1, $1, 'plone', 'a', 7, $2, $3, $4, $5, $5, $6)";
    database.write(Statement::for_each(text, rows)).await?;
    Ok(())
}
