//! `/github/` as programs written for Git-o-matic 9k use it: its shapes, filters, pages and tasks, on
//! both databases.

mod failures;
mod filters;
mod lists;
mod readme;
mod tasks;

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use pyfa::access::{KeyStore, Scopes};
use pyfa::database::{Database, Statement, Value, columns_and_values};
use pyfa::web::door::{Door, DoorSettings};
use pyfa::web::github;
use secrecy::ExposeSecret;
use serde_json::Value as Json;
use tower::ServiceExt;

use crate::api::request;
use crate::database::Place;

const BASE: &str = "http://localhost";

/// The service over a database, and a key that may do everything.
struct Service {
    router: Router,
    database: Database,
    key: String,
}

#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Result<Json> {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).with_context(|| text.into_owned())
    }

    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

impl Service {
    async fn open(place: &Place) -> Result<Self> {
        let database = place.open().await?;
        let settings = DoorSettings {
            requests_per_minute: 0,
            ..DoorSettings::new(place.settings.clone())
        };
        let mut service = Self {
            router: github::routes(Arc::new(Door::new(settings))),
            database,
            key: String::new(),
        };
        service.key = service.key("read,tasks,emails").await?;
        Ok(service)
    }

    async fn key(&self, scopes: &str) -> Result<String> {
        let keys = KeyStore::new(self.database.clone());
        let name = scopes.replace(',', "-");
        let made = keys.create(&name, &Scopes::parse(scopes)?, None).await?;
        Ok(made.value.expose_secret().to_owned())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        (content_type, body): (&str, &str),
    ) -> Result<Answer> {
        let bearer = format!("Bearer {key}");
        let mut headers = Vec::new();
        if !key.is_empty() {
            headers.push(("authorization", bearer.as_str()));
        }
        if !content_type.is_empty() {
            headers.push(("content-type", content_type));
        }
        let request = request(method, path, &headers, Body::from(body.to_owned()))?;
        let response = self.router.clone().oneshot(request).await?;
        let (parts, body) = response.into_parts();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: to_bytes(body, usize::MAX).await?.to_vec(),
        })
    }

    /// Asks with the key that may do everything.
    async fn get(&self, path: &str) -> Result<Answer> {
        self.send("GET", path, &self.key, ("", "")).await
    }

    async fn json(&self, path: &str) -> Result<Json> {
        let answer = self.get(path).await?;
        ensure!(answer.status == 200, "{path}: {answer:?}");
        ensure!(
            answer.header("content-type") == "application/json",
            "{answer:?}"
        );
        answer.json()
    }

    async fn post(&self, content_type: &str, body: &str) -> Result<Answer> {
        let key = &self.key;
        self.send("POST", "/github/tasks/", key, (content_type, body))
            .await
    }

    /// All rows of a list, as a client of the original reads them: `next` until there is none.
    async fn all(&self, path: &str) -> Result<Vec<Json>> {
        let mut rows = Vec::new();
        let mut next = Some(path.to_owned());
        while let Some(path) = next {
            let page = self.json(&path).await?;
            let results = page["results"].as_array().context("results")?;
            ensure!(results.len() <= 10, "{} rows", results.len());
            rows.extend(results.iter().cloned());
            next = page["next"].as_str().map(|next| {
                let path = next.strip_prefix(BASE);
                path.unwrap_or(next).to_owned()
            });
        }
        Ok(rows)
    }
}

async fn insert(database: &Database, table: &str, row: Vec<(&str, Value)>) -> Result<()> {
    let (names, values): (Vec<&str>, Vec<Value>) = row.into_iter().unzip();
    let text = format!("INSERT INTO {table} {}", columns_and_values(names));
    database.write(Statement::new(text, values)).await?;
    Ok(())
}

fn day(number: i64) -> Timestamp {
    Timestamp::from_second(1_400_000_000 + number * 86_400).unwrap_or_default()
}

fn uuid(kind: &str, id: i64) -> String {
    format!("00000000-0000-5000-{kind}-{id:012}")
}

fn text(value: &str) -> Value {
    if value.is_empty() {
        Value::Null
    } else {
        value.into()
    }
}

async fn developer(
    database: &Database,
    id: i64,
    login: &str,
    name: &str,
    location: &str,
) -> Result<()> {
    insert(
        database,
        "developers",
        vec![
            ("id", uuid("8000", id).into()),
            ("github_id", id.into()),
            ("login", login.into()),
            ("name", text(name)),
            ("location", text(location)),
            ("bio", text(if id % 3 == 0 { "Writes tests" } else { "" })),
            ("company", text(if id % 4 == 0 { "JobScore" } else { "" })),
            ("email", text(&format!("{login}@private.example"))),
            ("created_at", day(id).into()),
            ("updated_at", day(id + 100).into()),
            ("followers_count", (id * 10).into()),
            ("following_count", (id % 5).into()),
            ("public_gists", (id % 3).into()),
            ("public_repos", (id * 2).into()),
            ("depth", 0.into()),
            ("first_seen", day(900).into()),
            ("read_at", day(901).into()),
        ],
    )
    .await
}

/// Name, language, home page and description of a repository, and its stars.
type Known = (&'static str, &'static str, bool, &'static str, i64);

/// The sixteen repositories of the original's tests, with what those tests rely on.
const REPOSITORIES: [Known; 16] = [
    ("89netraM/MazeGenerator", "C#", true, "Generates mazes", 3),
    (
        "Droogans/unmaintainable-code",
        "",
        true,
        "How to write it",
        3_100,
    ),
    ("LukasLoeffler/pgtools", "Vue", true, "Tools", 9),
    (
        "MechanicalSoup/MechanicalSoup",
        "Python",
        true,
        "Automates websites",
        3_300,
    ),
    (
        "NVlabs/imaginaire",
        "Python",
        true,
        "Image synthesis",
        1_500,
    ),
    ("andrepiske/wowhttp", "Rust", false, "", 1),
    (
        "czytcn/WindowsNT6QuickSet",
        "Batchfile",
        true,
        "Quick settings",
        50,
    ),
    ("dendronhq/dendron", "TypeScript", true, "Notes", 800),
    (
        "felipefialho/awesome-made-by-brazilians",
        "",
        true,
        "A list",
        3_800,
    ),
    (
        "h3nnn4n/Mandelbrot-Explorer",
        "C",
        true,
        "Explores fractals",
        5,
    ),
    (
        "h3nnn4n/garapa",
        "Rust",
        true,
        "A Game Boy emulator that plays tetris",
        12,
    ),
    ("h3nnn4n/png2gb", "C", true, "Pictures for the Game Boy", 2),
    ("h3nnn4n/smart-panda", "Rust", false, "A robot", 4),
    ("mozilla/FirefoxColor", "JavaScript", true, "Themes", 450),
    ("scrapy/itemadapter", "Python", true, "Items", 33),
    ("sharkdp/bat", "Rust", true, "A cat with wings", 21_000),
];

/// The developers behind them, of whom two have no name and one lives in Brazil.
const OWNERS: [(&str, &str, &str); 13] = [
    ("89netraM", "Mårten Åsberg", "Sweden"),
    ("Droogans", "Andrew Yurisich", ""),
    ("LukasLoeffler", "", "Germany"),
    ("MechanicalSoup", "MechanicalSoup", ""),
    ("NVlabs", "NVIDIA Research", ""),
    ("andrepiske", "Andre Piske", "Berlin"),
    ("czytcn", "", "China"),
    ("dendronhq", "Dendron", ""),
    ("felipefialho", "Felipe Fialho", "São Paulo, Brazil"),
    ("h3nnn4n", "Renan S Silva", "Brazil"),
    ("mozilla", "Mozilla", ""),
    ("scrapy", "Scrapy project", ""),
    ("sharkdp", "David Peter", "Germany"),
];

fn owner_id(login: &str) -> i64 {
    let place = OWNERS.iter().position(|(one, ..)| *one == login);
    place.map_or(0, |place| i64::try_from(place).unwrap_or_default() + 1)
}

/// The world of the original's tests.
async fn populate(database: &Database) -> Result<()> {
    for (login, name, location) in OWNERS {
        developer(database, owner_id(login), login, name, location).await?;
    }
    for (id, (full_name, language, has_home, description, stars)) in (101..).zip(REPOSITORIES) {
        let (owner, name) = full_name.split_once('/').context("an owner")?;
        let home = if has_home { "https://example.org" } else { "" };
        insert(
            database,
            "discovered_repositories",
            vec![
                ("id", uuid("9000", id).into()),
                ("github_id", id.into()),
                ("owner_github_id", owner_id(owner).into()),
                ("name", name.into()),
                ("full_name", full_name.into()),
                ("description", text(description)),
                ("homepage", text(home)),
                ("language", text(language)),
                ("created_at", day(id).into()),
                ("updated_at", day(id + 50).into()),
                ("has_downloads", true.into()),
                ("has_issues", (id % 2 == 0).into()),
                ("has_pages", (id % 3 == 0).into()),
                ("has_projects", true.into()),
                ("has_wiki", (id % 5 == 0).into()),
                ("private", false.into()),
                ("archived", (id % 7 == 0).into()),
                ("disabled", false.into()),
                ("stargazers_count", stars.into()),
                ("subscribers_count", (id % 4).into()),
                ("watchers_count", stars.into()),
                ("open_issues_count", (id % 6).into()),
                ("first_seen", day(900).into()),
                ("read_at", day(901).into()),
            ],
        )
        .await?;
    }
    let renan = owner_id("h3nnn4n");
    for follower in ["sharkdp", "mozilla"] {
        follow(database, owner_id(follower), renan).await?;
    }
    follow(database, renan, owner_id("scrapy")).await?;
    star(database, renan, 116).await?;
    star(database, owner_id("scrapy"), 116).await
}

async fn follow(database: &Database, from: i64, to: i64) -> Result<()> {
    let row = vec![
        ("follower_id", from.into()),
        ("followed_id", to.into()),
        ("first_seen", day(900).into()),
    ];
    insert(database, "follows", row).await
}

async fn star(database: &Database, developer: i64, repository: i64) -> Result<()> {
    let row = vec![
        ("developer_id", developer.into()),
        ("repository_id", repository.into()),
        ("first_seen", day(900).into()),
    ];
    insert(database, "stars", row).await
}
