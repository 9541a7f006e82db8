//! The archive's pages, both services behind them, and somebody at a browser.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyfa::archive::SealKey;
use pyfa::database::{Database, DatabaseSettings, SqliteSettings};
use pyfa::forge::github::{AppSettings, GitHubSettings, RESERVE, RequestPacing};
use pyfa::openhumans::OpenHumansSettings;
use pyfa::web::archive::{ArchiveSite, ArchiveWebSettings, routes};
use pyfa::web::below;
use pyfa::web::door::{Door, DoorSettings};
use pyfa_testkit::github::{FakeGitHub, schema_or_skip};
use pyfa_testkit::open_humans::FakeOpenHumans;
use tower::ServiceExt;

use super::{busy, command};
use crate::support::{Outcome, outcome, wait};

pub(super) const MEMBER: &str = "12345678";
pub(super) const HOST: &str = "archive.example.org";
pub(super) const AGENT: &str = "pyfa-tests";
/// How a name shows, which is part of other words too.
pub(super) const NAMES: [&str; 6] = ["\"ada\"", "ada/one", "ada@example", "/ada", ":ada", "=ada"];

pub(super) fn key() -> String {
    STANDARD.encode([7; 32])
}

/// The pages, and both services behind them.
pub(super) struct Scene {
    pub(super) github: FakeGitHub,
    pub(super) open_humans: FakeOpenHumans,
    pub(super) home: tempfile::TempDir,
    pub(super) router: Router,
    pub(super) app: AppSettings,
    pub(super) project: OpenHumansSettings,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) location: String,
    pub(super) cookies: Vec<String>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// Somebody at a browser.
#[derive(Default)]
pub(super) struct Browser {
    pub(super) cookies: BTreeMap<String, String>,
}

impl Scene {
    pub(super) fn new(days: u64) -> Result<Option<Self>> {
        Self::at(days, &format!("https://{HOST}/"))
    }

    /// The same at another public address.
    pub(super) fn at(days: u64, address: &str) -> Result<Option<Self>> {
        if schema_or_skip().is_none() {
            return Ok(None);
        }
        let (github, open_humans) = (busy(days)?, FakeOpenHumans::start()?);
        github.add_client("app", "secret-of-app");
        github.sign_in("ada");
        open_humans.add_client("project", "secret-of-project");
        open_humans.sign_in(MEMBER);
        let home = tempfile::tempdir()?;
        let database = home.path().join(".pyfa/activity.sqlite");
        let database = DatabaseSettings::Sqlite(SqliteSettings::new(database));
        let api_url: url::Url = format!("{}/", github.base_url()).parse()?;
        let app = AppSettings {
            api_url: api_url.clone(),
            web_url: api_url.clone(),
            client_id: Some("app".to_owned()),
            client_secret: Some("secret-of-app".into()),
        };
        let project = OpenHumansSettings {
            base_url: format!("{}/", open_humans.base_url()).parse()?,
            client_id: Some("project".to_owned()),
            client_secret: Some("secret-of-project".into()),
            access_token: None,
        };
        let settings = ArchiveWebSettings {
            key: SealKey::read(Some(&key().into()))?,
            app: app.clone(),
            open_humans: project.clone(),
            github: GitHubSettings {
                api_url,
                token: None,
                cool_off: Duration::ZERO,
                quota_share: 1.0,
                reserve: RESERVE,
                pace: RequestPacing::default(),
            },
            user_agent: AGENT,
            home: home.path().join(".pyfa"),
        };
        let door = Door::new(DoorSettings {
            base_url: Some(address.parse()?),
            ..DoorSettings::new(database)
        });
        let path = door.base_path();
        let pages = routes(ArchiveSite::new(settings, Arc::new(door))?);
        let router = below(path, pages);
        Ok(Some(Self {
            github,
            open_humans,
            home,
            router,
            app,
            project,
        }))
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Result<Answer> {
        let response = self.router.clone().oneshot(request).await?;
        let headers = response.headers();
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let cookies = headers
            .get_all(header::SET_COOKIE)
            .iter()
            .map(text)
            .collect();
        let named = headers
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)));
        Ok(Answer {
            status: response.status().as_u16(),
            location: headers.get(header::LOCATION).map(text).unwrap_or_default(),
            cookies,
            headers: named.collect(),
            body: String::from_utf8(to_bytes(response.into_body(), 1 << 20).await?.to_vec())?,
        })
    }

    /// Runs the jobs that are due.
    pub(super) fn work(&self) -> Outcome {
        outcome(&mut self.worker())
    }

    /// A worker for the jobs that are due.
    pub(super) fn worker(&self) -> Command {
        let mut worker = command(self.home.path(), &self.github, &["-vv", "worker", "--once"]);
        worker
            .env_remove("GITHUB_TOKEN")
            .env("ARCHIVE_KEY", key())
            .env("GITHUB_WEB_URL", self.github.base_url())
            .env("GITHUB_CLIENT_ID", "app")
            .env("GITHUB_CLIENT_SECRET", "secret-of-app")
            .env("OPENHUMANS_BASE_URL", self.open_humans.base_url())
            .env("OPENHUMANS_CLIENT_ID", "project")
            .env("OPENHUMANS_CLIENT_SECRET", "secret-of-project");
        worker
    }

    pub(super) fn pyfa_home(&self) -> PathBuf {
        self.home.path().join(".pyfa")
    }

    /// The database of the pages.
    pub(super) async fn database(&self) -> Result<Database> {
        let file = SqliteSettings::new(self.pyfa_home().join("activity.sqlite"));
        Ok(Database::open(&DatabaseSettings::Sqlite(file)).await?)
    }

    pub(super) fn jobs(&self) -> Outcome {
        outcome(&mut command(
            self.home.path(),
            &self.github,
            &["jobs", "list", "--format", "json"],
        ))
    }
}

impl Browser {
    pub(super) fn cookie_header(&self) -> String {
        let pairs = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn remember(&mut self, answer: &Answer) {
        for cookie in &answer.cookies {
            let pair = cookie.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    pub(super) async fn get(&mut self, scene: &Scene, path: &str) -> Result<Answer> {
        let request = Request::get(path)
            .header("host", HOST)
            .header("cookie", self.cookie_header())
            .body(Body::empty())?;
        let answer = scene.ask(request).await?;
        self.remember(&answer);
        Ok(answer)
    }

    /// Sends a form as our own pages do.
    pub(super) async fn post(&mut self, scene: &Scene, path: &str, form: &str) -> Result<Answer> {
        self.post_from(scene, path, form, &format!("https://{HOST}"), "same-origin")
            .await
    }

    pub(super) async fn post_from(
        &mut self,
        scene: &Scene,
        path: &str,
        form: &str,
        origin: &str,
        site: &str,
    ) -> Result<Answer> {
        let request = Request::post(path)
            .header("host", HOST)
            .header("cookie", self.cookie_header())
            .header("origin", origin)
            .header("sec-fetch-site", site)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))?;
        let answer = scene.ask(request).await?;
        self.remember(&answer);
        Ok(answer)
    }

    /// Sends a form that has the token of the session alone.
    pub(super) async fn press(&mut self, scene: &Scene, path: &str) -> Result<Answer> {
        let form = format!("token={}", self.token(scene).await?);
        self.post(scene, path, &form).await
    }

    /// The token of the forms on a page.
    pub(super) async fn token(&mut self, scene: &Scene) -> Result<String> {
        let page = self.get(scene, "/archive/dashboard").await?;
        let (_, rest) = page
            .body
            .split_once("name=\"token\" value=\"")
            .context("a form")?;
        let (token, _) = rest.split_once('"').context("a token")?;
        Ok(token.to_owned())
    }

    /// Signs in with Open Humans; the page that it ends on.
    pub(super) async fn sign_in(&mut self, scene: &Scene) -> Result<Answer> {
        let away = self.post(scene, "/archive/sign-in", "").await?;
        let back = follow(&away.location).await?;
        self.get(scene, &back).await
    }

    pub(super) async fn connect(&mut self, scene: &Scene, more: &str) -> Result<Answer> {
        let token = self.token(scene).await?;
        let away = self
            .post(scene, "/archive/connect", &format!("token={token}{more}"))
            .await?;
        let back = follow(&away.location).await?;
        self.get(scene, &back).await
    }
}

/// Goes where a service is; the path that it sends the browser back to.
#[expect(clippy::disallowed_methods, reason = "a browser in the test")]
pub(super) async fn follow(location: &str) -> Result<String> {
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let answer = client.get(location).send().await?;
    let back = answer
        .headers()
        .get("location")
        .context("a way back")?
        .to_str()?;
    let back = back
        .strip_prefix(&format!("https://{HOST}"))
        .context("our address")?;
    Ok(back.to_owned())
}

/// The browser of a member who has signed in and connected GitHub.
pub(super) fn connected(scene: &Scene, more: &str) -> Result<Browser> {
    let mut browser = Browser::default();
    wait(async {
        browser.sign_in(scene).await?;
        browser.connect(scene, more).await
    })?;
    Ok(browser)
}
