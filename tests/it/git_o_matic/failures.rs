//! What cannot be answered, and who may not see it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use axum::body::Body;
use pyfa::web::door::{Door, DoorSettings};
use pyfa::web::github;
use serde_json::Value as Json;
use tower::ServiceExt;

use super::{Service, populate};
use crate::api::request;
use crate::database::{Place, on_both, settings};

on_both!(
    questions_that_cannot_be_meant_are_refused,
    addresses_are_shown_to_those_who_may_see_them,
);

async fn questions_that_cannot_be_meant_are_refused(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    for (path, status, part) in [
        ("/github/developers/?page=99", 404, "Invalid page."),
        ("/github/developers/?page=0", 404, "Invalid page."),
        ("/github/developers/?page=x", 404, "Invalid page."),
        ("/github/developers/?logn=x", 400, "login__lte"),
        ("/github/developers/?login__regex=x", 400, "lte, gte"),
        ("/github/developers/?followers_count=x", 400, "whole number"),
        (
            "/github/repositories/?private=perhaps",
            400,
            "`true` or `false`",
        ),
        (
            "/github/repositories/?created_at__lte=soon",
            400,
            "a time such as",
        ),
        ("/github/repositories/?cursor=x", 400, "cursor"),
        ("/github/repositories/?name=%00", 400, "NUL"),
        ("/github/rate_limit/?limit=1", 400, "rate_limit__lte"),
        (
            "/github/rate_limit/?rate_limit__in=1",
            400,
            "exact, lte, gte",
        ),
        ("/github/rate_limit/1/", 404, "Not found."),
        (
            "/github/developers/00000000-0000-0000-0000-000000000000/",
            404,
            "Not found.",
        ),
        ("/github/developers/x'--/", 404, "Not found."),
        ("/github/tasks/1/", 404, "Not found."),
        ("/github/nothing/", 404, "Not found."),
    ] {
        let answer = service.get(path).await?;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        let detail = answer.json()?["detail"].clone();
        assert!(
            detail.as_str().is_some_and(|text| text.contains(part)),
            "{path}: {detail}"
        );
    }
    // What changes nothing, and what a form sends that nobody has filled in.
    for query in ["?format=json", "?login=&name=", "?page=2&format=json"] {
        service.json(&format!("/github/developers/{query}")).await?;
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = service
            .send(method, "/github/developers/", &service.key, ("", ""))
            .await?;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD");
    }
    let moved = service.get("/github/developers?page=2").await?;
    assert_eq!(moved.status, 301);
    assert_eq!(moved.header("location"), "/github/developers/?page=2");
    for (path, to) in [
        ("/github/swagger/", "/api/v1/docs"),
        ("/github/redoc/", "/api/v1/redoc"),
        ("/github/swagger.json", "/api/v1/openapi.json"),
        ("/github/swagger.yaml", "/api/v1/openapi.json"),
    ] {
        let answer = service.send("GET", path, "", ("", "")).await?;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (301, to),
            "{path}"
        );
    }
    Ok(())
}

async fn addresses_are_shown_to_those_who_may_see_them(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    let reader = service.key("read").await?;
    let ask = async |path: &str, key: &str| service.send("GET", path, key, ("", "")).await;
    let shown = ask("/github/developers/", &service.key).await?.json()?;
    assert_eq!(shown["results"][0]["email"], "sharkdp@private.example");
    let hidden = ask("/github/developers/", &reader).await?;
    assert_eq!(hidden.json()?["results"][0]["email"], Json::Null);
    assert!(!String::from_utf8_lossy(&hidden.body).contains("@private"));
    let one = hidden.json()?["results"][0]["url"].clone();
    let path = one.as_str().and_then(|url| url.strip_prefix(super::BASE));
    let one = ask(path.unwrap_or_default(), &reader).await?;
    assert!(!String::from_utf8_lossy(&one.body).contains("@private"));
    // Nor can they be guessed.
    for filter in [
        "email=sharkdp@private.example",
        "email__gte=a",
        "email__isnull=false",
    ] {
        let answer = ask(&format!("/github/developers/?{filter}"), &reader).await?;
        assert_eq!(answer.status, 403, "{filter}");
    }
    for (key, status) in [("", 401), ("pyfa_x.y", 401)] {
        let answer = ask("/github/developers/", key).await?;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"pyfa\"");
        assert!(answer.json()?["detail"].is_string());
    }
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_away_is_said_to_be_away() -> Result<()> {
    let settings = DoorSettings {
        without_key: true,
        patience: Duration::from_secs(20),
        ..DoorSettings::new(settings("postgres://pyfa@127.0.0.1:9/pyfa")?)
    };
    let router = github::routes(Arc::new(Door::new(settings)));
    for (path, status) in [
        ("/github/developers/", 503),
        ("/github/repositories/", 503),
        ("/github/rate_limit/", 503),
        ("/github/tasks/", 200),
        ("/health/", 200),
    ] {
        let asked = request("GET", path, &[], Body::empty())?;
        let answer = router.clone().oneshot(asked).await?;
        assert_eq!(answer.status(), status, "{path}");
        assert_eq!(
            answer.headers().contains_key("retry-after"),
            status == 503,
            "{path}"
        );
    }
    Ok(())
}
