//! Tasks: listed, and asked for with forms and JSON.

use anyhow::Result;
use pyfa::database::Statement;
use serde_json::json;

use super::Service;
use crate::database::{Place, on_both};

on_both!(
    tasks_are_listed_and_become_jobs,
    what_is_missing_is_refused_in_the_originals_words,
);

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Kind and target of all jobs.
async fn jobs(service: &Service) -> Result<Vec<(String, String)>> {
    let statement = Statement::new("SELECT kind, target FROM jobs ORDER BY id", Vec::new());
    let rows = service.database.query(statement).await?;
    rows.iter()
        .map(|row| Ok((row.text("kind")?, row.text("target")?)))
        .collect()
}

async fn tasks_are_listed_and_become_jobs(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    assert_eq!(
        service.json("/github/tasks/").await?,
        json!([
            {"id": 1, "name": "full_profile_sync", "username": "required", "repo_name": "n/a"},
            {"id": 2, "name": "full_repository_sync", "username": "required", "repo_name": "required"},
            {"id": 3, "name": "discovery_scraper", "username": "n/a", "repo_name": "n/a"},
        ])
    );
    for (kind, body) in [
        (
            FORM,
            "name=full_repository_sync&username=h3nnn4n&repo_name=garapa",
        ),
        (
            JSON,
            r#"{"name": "full_profile_sync", "username": "h3nnn4n"}"#,
        ),
        (FORM, "name=discovery_scraper&username=&repo_name="),
        // The same once more is the same job.
        (FORM, "name=full_profile_sync&username=h3nnn4n"),
    ] {
        let answer = service.post(kind, body).await?;
        assert_eq!(answer.status, 200, "{body}: {answer:?}");
        assert_eq!(answer.json()?, json!({"success": "yes"}));
    }
    let expected = [
        ("repository-sync", "h3nnn4n/garapa"),
        ("profile-sync", "h3nnn4n"),
        ("discovery-scraper", ""),
    ];
    let expected = expected.map(|(kind, target)| (kind.to_owned(), target.to_owned()));
    assert_eq!(jobs(&service).await?, expected);
    // A key that may only read adds nothing.
    let reader = service.key("read").await?;
    let body = (FORM, "name=discovery_scraper");
    let answer = service
        .send("POST", "/github/tasks/", &reader, body)
        .await?;
    assert_eq!(answer.status, 403);
    let answer = service.send("POST", "/github/tasks/", "", body).await?;
    assert_eq!(answer.status, 401);
    assert_eq!(jobs(&service).await?.len(), 3);
    Ok(())
}

async fn what_is_missing_is_refused_in_the_originals_words(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let username = "Missing username. Provide a valid github username";
    let repository = "Missing repo_name. Provide a valid repository name";
    for (kind, body, error) in [
        (FORM, "name=full_profile_sync&username=", username),
        (FORM, "name=full_profile_sync", username),
        (JSON, r#"{"name": "full_profile_sync"}"#, username),
        (
            JSON,
            r#"{"name": "full_profile_sync", "username": null}"#,
            username,
        ),
        (FORM, "name=full_profile_sync&username=a%2Fb", username),
        (FORM, "name=full_profile_sync&username=%00", username),
        (
            FORM,
            "name=full_repository_sync&username=a&repo_name=",
            repository,
        ),
        (FORM, "name=full_repository_sync&username=a", repository),
        (
            FORM,
            "name=full_repository_sync&username=a&repo_name=..",
            repository,
        ),
        (FORM, "name=full_repository_sync&repo_name=b", username),
        (
            FORM,
            "name=format_disk",
            "task name format_disk not recognized",
        ),
        (FORM, "", "task name  not recognized"),
    ] {
        let answer = service.post(kind, body).await?;
        assert_eq!(answer.status, 406, "{body}: {answer:?}");
        assert_eq!(
            answer.json()?,
            json!({"success": "no", "error": error}),
            "{body}"
        );
    }
    for (kind, body, status) in [
        (JSON, "{", 400),
        (JSON, "[1]", 400),
        ("text/plain", "name=discovery_scraper", 415),
    ] {
        assert_eq!(service.post(kind, body).await?.status, status, "{body}");
    }
    let long = format!("name={}", "x".repeat(70_000));
    assert_eq!(service.post(FORM, &long).await?.status, 413);
    assert_eq!(jobs(&service).await?, []);
    Ok(())
}
