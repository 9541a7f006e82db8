//! What programs rely on: the document that describes the API, methods, other origins, pages, crowds,
//! a database that is away or too slow.

use std::time::Duration;

use anyhow::Result;
use axum::body::Body;
use pyfa::database::DatabaseSettings;
use pyfa::web::api;

use super::{Service, add_issues, request};
use crate::database::{Place, on_both, settings};

on_both!(
    methods_and_other_origins_get_what_they_may,
    a_question_that_takes_too_long_is_ended,
    a_thousand_at_once_are_answered_or_sent_away,
);

#[test]
fn the_document_is_as_it_was() {
    insta::assert_json_snapshot!("openapi", api::document());
}

async fn methods_and_other_origins_get_what_they_may(place: &Place) -> Result<()> {
    let page = "https://www.example.org";
    let service = Service::with(place, |settings| {
        settings.without_key = true;
        settings.origins = vec![page.to_owned()];
    })
    .await?;
    add_issues(&service.database, 3).await?;
    let ask = async |method: &str, path: &str, origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "GET")];
        service
            .ask(request(method, path, &headers, Body::empty())?)
            .await
    };
    let preflight = ask("OPTIONS", "/api/v1/issues", page).await?;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), page);
    assert!(
        preflight
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    let stranger = ask("GET", "/api/v1/issues", "https://evil.example").await?;
    assert_eq!(stranger.header("access-control-allow-origin"), "");
    let head = ask("HEAD", "/api/v1/issues", page).await?;
    assert_eq!(head.status, 200);
    let jobs = ask("OPTIONS", "/api/v1/jobs", page).await?;
    assert_eq!(jobs.header("allow"), "GET, HEAD, POST, OPTIONS");
    let wrong = ask("PUT", "/api/v1/issues", page).await?;
    assert_eq!(
        (wrong.status.as_u16(), wrong.header("allow")),
        (405, "GET, HEAD, OPTIONS")
    );
    assert_eq!(wrong.header("content-type"), "application/problem+json");
    for path in [
        "docs",
        "redoc",
        "assets/redoc.js",
        "assets/swagger-ui.js",
        "openapi.json",
    ] {
        let answer = ask("GET", &format!("/api/v1/{path}"), page).await?;
        assert_eq!(answer.status, 200, "{path}");
        assert!(
            !answer
                .header("content-security-policy")
                .contains("unsafe-eval")
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    Ok(())
}

async fn a_question_that_takes_too_long_is_ended(place: &Place) -> Result<()> {
    let service = Service::with(place, |settings| {
        settings.without_key = true;
        settings.patience = Duration::from_millis(300);
    })
    .await?;
    // The first question opens the database, which may take its time.
    while service.get("/api/v1/members").await?.status != 200 {}
    let slow = match service.database.dialect() {
        pyfa::database::Dialect::Sqlite => {
            "CREATE VIEW slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
             SELECT i AS id, 'a' AS org, 'a' AS login, FALSE AS inactive, NULL AS inserted_dt,
                 NULL AS inactive_dt, NULL AS type, NULL AS html_url, NULL AS avatar_url
             FROM n WHERE i < 0"
        }
        pyfa::database::Dialect::Postgres => {
            "CREATE VIEW slow AS SELECT CAST(1 AS BIGINT) AS id, 'a' AS org, 'a' AS login,
                 pg_sleep(30) IS NULL AS inactive, CAST(NULL AS TIMESTAMP) AS inserted_dt,
                 CAST(NULL AS TIMESTAMP) AS inactive_dt, NULL AS type, NULL AS html_url,
                 NULL AS avatar_url"
        }
    };
    for text in [
        "ALTER TABLE members RENAME TO others",
        slow,
        "ALTER VIEW slow RENAME TO members",
    ] {
        let is_sqlite = service.database.dialect() == pyfa::database::Dialect::Sqlite;
        let text = if is_sqlite && text.starts_with("ALTER VIEW") {
            continue;
        } else if is_sqlite {
            text.replace("VIEW slow", "VIEW members")
        } else {
            text.to_owned()
        };
        let statement = pyfa::database::Statement::new(text, Vec::new());
        service.database.write(statement).await?;
    }
    let answer = service.get("/api/v1/members?inactive=true").await?;
    assert_eq!(answer.status, 503, "{}", answer.text());
    assert_eq!(answer.json()?["type"], "urn:pyfa:problem:slow");
    assert!(!answer.header("retry-after").is_empty());
    // Nobody else waits for it.
    assert_eq!(service.get("/api/v1/issues").await?.status, 200);
    Ok(())
}

async fn a_thousand_at_once_are_answered_or_sent_away(place: &Place) -> Result<()> {
    let service = Service::with(place, |settings| {
        settings.without_key = true;
        settings.requests_per_minute = 0;
    })
    .await?;
    add_issues(&service.database, 300).await?;
    let asked = (0..1_000).map(|number| {
        let path = format!("/api/v1/issues?page_size=1&page={}", number % 300 + 1);
        let service = &service;
        async move { service.get(&path).await }
    });
    let answers = futures::future::try_join_all(asked).await?;
    let mut answered = 0;
    for answer in answers {
        match answer.status.as_u16() {
            200 => answered += 1,
            503 => assert_eq!(answer.json()?["type"], "urn:pyfa:problem:crowded"),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert!(answered >= 64, "{answered}");
    assert_eq!(service.get("/api/v1/issues").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be() -> Result<()> {
    let place = Place::sqlite()?;
    let service = Service::with(&place, |door| {
        door.without_key = true;
        // Nobody listens there.
        door.database = away();
    })
    .await?;
    let answer = service.get("/api/v1/issues").await?;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(answer.json()?["type"], "urn:pyfa:problem:away");
    assert!(!answer.text().contains("127.0.0.1"), "{}", answer.text());
    // Packages are elsewhere.
    assert_eq!(service.get("/api/v1/packages").await?.status, 200);
    Ok(())
}

fn away() -> DatabaseSettings {
    settings("postgres://pyfa:secret@127.0.0.1:1/pyfa").expect("an address")
}
