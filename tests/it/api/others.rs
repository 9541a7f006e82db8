//! Packages, look-ups, metrics, jobs, keys: what is no list of rows.

use anyhow::{Context, Result};
use axum::body::Body;
use pyfa::database::Statement;
use pyfa::discovery::forget;
use serde_json::{Value as Json, json};

use super::{Answer, Service, add_issues, request};
use crate::database::{Place, on_both};

on_both!(
    packages_are_found_shown_and_sent_as_tables,
    many_are_looked_up_at_once,
    jobs_are_added_and_cancelled_by_keys_that_may,
    metrics_are_those_of_the_command,
    personal_addresses_are_for_keys_that_may_see_them,
    hostile_values_are_answered,
    who_asked_to_be_forgotten_is_named_nowhere,
);

async fn who_asked_to_be_forgotten_is_named_nowhere(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let paths = [
        "/api/v1/packages/plone.api",
        "/api/v1/packages/plone.api/releases/2.0",
    ];
    let listed = "/api/v1/packages?maintainer=Mona";
    assert_eq!(service.json(listed).await?["count"], 3);
    for path in paths {
        assert_eq!(
            service.json(path).await?["maintainers"],
            json!(["Mona", "otto"])
        );
    }
    forget(&service.database, &["pypi:mona".to_owned()]).await?;
    // The list is read again some seconds later, and by another server at once.
    let service = service.restarted()?;
    for path in paths {
        assert_eq!(service.json(path).await?["maintainers"], json!(["otto"]));
    }
    assert_eq!(service.json(listed).await?["count"], 0);
    Ok(())
}

fn names(page: &Json) -> Vec<&str> {
    let results = page["results"].as_array().into_iter().flatten();
    results.filter_map(|one| one["name"].as_str()).collect()
}

async fn packages_are_found_shown_and_sent_as_tables(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let page = service
        .json("/api/v1/packages?ordering=name&page_size=2")
        .await?;
    assert_eq!(page["count"], 3);
    assert_eq!(names(&page), ["collective.easyform", "plone.api"]);
    let next = page["next"].as_str().context("no next page")?;
    assert_eq!(names(&service.json(next).await?), ["plone.restapi"]);
    assert_eq!(
        page["results"][1]["url"],
        "http://localhost/api/v1/packages/plone.api"
    );
    let found = service.json("/api/v1/packages?q=restapi").await?;
    assert_eq!(names(&found), ["plone.restapi"]);
    let literal = json!({"guessed": [], "missing": [], "partial": 0});
    assert_eq!(found["interpretation"], literal);
    let guessed = service.json("/api/v1/packages?q=restpai+zzzz").await?;
    assert_eq!(names(&guessed), ["plone.restapi"]);
    let expected = json!({
        "guessed": [{"typed": "restpai", "found": "restapi", "instead": true}],
        "missing": ["zzzz"],
        "partial": 1,
    });
    assert_eq!(guessed["interpretation"], expected);
    let package = service
        .json("/api/v1/packages/Plone_Api?profile=plone")
        .await?;
    assert_eq!(package["version"], "2.0");
    let releases = service.json("/api/v1/packages/plone.api/releases").await?;
    assert_eq!(releases["count"], 2);
    let release = service
        .json("/api/v1/packages/plone.api/releases/1.0")
        .await?;
    assert_eq!(release["is_latest"], false);
    let dependents = service
        .json("/api/v1/packages/plone.api/dependents")
        .await?;
    assert_eq!(names(&dependents), ["collective.easyform"]);
    let csv = service
        .get_with("/api/v1/packages?ordering=name", &[("accept", "text/csv")])
        .await?
        .text();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[2].starts_with("plone.api,2.0,'=1+1 plone.api,"),
        "{csv}"
    );
    for (path, status) in [
        ("packages/none", 404),
        ("packages/none/releases", 404),
        ("packages/plone.api/releases/7", 404),
        ("packages?page=9", 404),
        ("packages?profile=none", 400),
        ("packages?color=red", 400),
        ("packages?ordering=size", 400),
    ] {
        let answer = service.get(&format!("/api/v1/{path}")).await?;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    Ok(())
}

async fn send(
    service: &Service,
    method: &str,
    path: &str,
    key: &str,
    body: &Json,
) -> Result<Answer> {
    let key = format!("Bearer {key}");
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", "application/json"),
    ];
    let body = Body::from(body.to_string());
    service.ask(request(method, path, &headers, body)?).await
}

async fn add_developer(service: &Service, login: &str) -> Result<()> {
    let text = "INSERT INTO developers (id, github_id, login, email, depth, first_seen, read_at)
                VALUES ($1, $2, $1, 'somebody@example.org', 0, $3, $3)";
    let time = jiff::Timestamp::UNIX_EPOCH;
    let values = vec![login.into(), 7_i64.into(), time.into()];
    service.database.write(Statement::new(text, values)).await?;
    Ok(())
}

async fn many_are_looked_up_at_once(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_developer(&service, "octocat").await?;
    let key = service.key("read").await?;
    let wanted = json!({
        "packages": ["Plone.Api", "none"],
        "purls": ["pkg:pypi/plone.restapi@9.0", "pkg:npm/react"],
        "developers": ["octocat", "nobody"],
        "repositories": [],
    });
    let answer = send(&service, "POST", "/api/v1/lookup", &key, &wanted).await?;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = answer.json()?;
    assert_eq!(found["packages"][0]["found"]["name"], "plone.api");
    assert_eq!(found["packages"][1], json!({"name": "none", "found": null}));
    assert_eq!(found["purls"][0]["found"]["version"], "9.0");
    assert_eq!(found["purls"][1]["found"], Json::Null);
    assert_eq!(found["developers"][0]["found"]["login"], "octocat");
    assert_eq!(found["developers"][1]["found"], Json::Null);
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    for (body, status) in [
        (json!({"packages": many}), 400),
        (json!({"colours": []}), 400),
        (json!({"packages": "plone.api"}), 400),
        (json!({"packages": ["x".repeat(301)]}), 400),
        (json!({"packages": ["a"], "profile": "none"}), 400),
        (json!({"packages": ["x".repeat(70_000)]}), 413),
    ] {
        let answer = send(&service, "POST", "/api/v1/lookup", &key, &body).await?;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    Ok(())
}

async fn jobs_are_added_and_cancelled_by_keys_that_may(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let key = service.key("read,tasks").await?;
    let reader = service.key("read").await?;
    let wanted = json!({"kind": "health", "target": "plone"});
    let refused = send(&service, "POST", "/api/v1/jobs", &reader, &wanted).await?;
    assert_eq!(refused.status, 403);
    let added = send(&service, "POST", "/api/v1/jobs", &key, &wanted).await?;
    assert_eq!(added.status, 201, "{}", added.text());
    let id = added.json()?["id"].clone();
    assert_eq!(added.header("location"), format!("/api/v1/jobs/{id}"));
    let again = send(&service, "POST", "/api/v1/jobs", &key, &wanted).await?;
    assert_eq!(
        (again.status.as_u16(), again.json()?["id"].clone()),
        (200, id.clone())
    );
    let list = service
        .json("/api/v1/jobs?state=waiting&kind=health")
        .await?;
    assert_eq!(list["results"][0]["id"], id);
    let path = format!("/api/v1/jobs/{id}");
    let cancelled = send(&service, "DELETE", &path, &key, &Json::Null).await?;
    assert_eq!(cancelled.json()?["cancelled"], "at_once");
    assert_eq!(service.json(&path).await?["state"], "cancelled");
    let ended = send(&service, "DELETE", &path, &key, &Json::Null).await?;
    assert_eq!(ended.status, 409);
    for (body, status) in [
        (json!({"kind": "nonsense"}), 400),
        (json!({"kind": "health", "target": "x".repeat(400)}), 400),
        (json!({"target": "plone"}), 400),
        (json!([]), 400),
    ] {
        let answer = send(&service, "POST", "/api/v1/jobs", &key, &body).await?;
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    Ok(())
}

async fn metrics_are_those_of_the_command(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 10).await?;
    for text in [
        "INSERT INTO repositories (id, org, repo) VALUES (7, 'plone', 'a')",
        "INSERT INTO sync_marks (scope, kind, done_until, updated_at)
         VALUES ('repository:7', 'walk', '2026-01-01 00:00:00', '2026-01-01 00:00:00')",
    ] {
        service
            .database
            .write(Statement::new(text, Vec::new()))
            .await?;
    }
    let path = "/api/v1/metrics?since=2023-11-01&until=2024-01-01";
    let metrics = service.json(path).await?;
    assert_eq!(metrics["results"][0]["name"], "plone/a");
    assert_eq!(metrics["results"][0]["issues_opened"], 9);
    let weeks = service
        .json(&format!("{path}&by=week&repository=plone/a"))
        .await?;
    assert!(weeks["count"].as_i64() > Some(3));
    let csv = service.get_with(path, &[("accept", "text/csv")]).await?;
    assert!(csv.text().contains("plone/a"), "{}", csv.text());
    for wrong in [
        "by=year",
        "since=2024-01-01&until=2023-01-01",
        "repository=plone/none",
        "repository=nonsense",
        "since=soon",
    ] {
        let answer = service.get(&format!("/api/v1/metrics?{wrong}")).await?;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    Ok(())
}

async fn personal_addresses_are_for_keys_that_may_see_them(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_developer(&service, "octocat").await?;
    let reader = service.key("admin").await?;
    let seer = service.key("read,emails").await?;
    let ask = async |key: &str, path: &str| {
        send(
            &service,
            "GET",
            &format!("/api/v1/{path}"),
            key,
            &Json::Null,
        )
        .await
    };
    for path in [
        "developers",
        "packages/plone.api",
        "packages/plone.api/releases/2.0",
    ] {
        let hidden = ask(&reader, path).await?.text();
        assert!(!hidden.contains("example.org"), "{hidden}");
        let shown = ask(&seer, path).await?.text();
        assert!(shown.contains("somebody@example.org"), "{shown}");
    }
    for path in [
        "developers?email=a",
        "developers?fields=email",
        "developers?email__isnull=true",
    ] {
        assert_eq!(ask(&reader, path).await?.status, 403, "{path}");
        assert_eq!(ask(&seer, path).await?.status, 200, "{path}");
    }
    let keys = ask(&reader, "keys").await?.json()?;
    assert_eq!(keys["count"], 2);
    assert!(
        keys["results"][0]["key"]
            .as_str()
            .is_some_and(|key| key.ends_with('…'))
    );
    assert_eq!(ask(&seer, "keys").await?.status, 403);
    Ok(())
}

/// Whatever stands in a parameter, there is an answer that says what it is.
async fn hostile_values_are_answered(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    add_issues(&service.database, 3).await?;
    let long = "x".repeat(600);
    let hostile = [
        "%00",
        "%27%3B%20DROP%20TABLE%20issues%3B%20--",
        "%22%20OR%20%22%22%3D%22",
        "%FF%FE",
        "%F4%8F%BF%BF",
        "-1",
        "99999999999999999999999",
        "1e400",
        "-9223372036854775808",
        "9999-12-31T23:59:59Z",
        "%E2%80%AE",
        "a,b,,c",
        "__",
        "",
        long.as_str(),
    ];
    let document = pyfa::web::api::document();
    let paths = document["paths"].as_object().context("no paths")?;
    for (path, item) in paths {
        let Some(get) = item.get("get") else { continue };
        let parameters = get["parameters"].as_array().into_iter().flatten();
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap_or_default();
            for value in hostile {
                let address = if parameter["in"] == "path" {
                    path.replace(&format!("{{{name}}}"), value)
                } else {
                    format!("{path}?{name}={value}")
                };
                let answer = service.get(&address).await?;
                let status = answer.status.as_u16();
                assert!(
                    matches!(status, 200 | 400 | 403 | 404),
                    "{address}: {status} {}",
                    answer.text()
                );
            }
        }
    }
    let count = service.json("/api/v1/issues").await?;
    assert_eq!(count["count"], 3);
    Ok(())
}
