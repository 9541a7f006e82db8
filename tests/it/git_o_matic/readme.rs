//! What the README of Git-o-matic 9k promises, point by point.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use pyfa::config::SETTINGS;
use pyfa::jobs::JobKind;
use serde_json::{Value as Json, json};

use super::{Service, insert, owner_id, populate, uuid};
use crate::database::{Place, on_both};

on_both!(
    every_field_of_the_examples_is_there,
    the_rate_limit_is_one_record_or_none,
);

/// The fields of the README's examples, and two that the program itself has more.
const DEVELOPER: [&str; 19] = [
    "id",
    "url",
    "github_id",
    "login",
    "name",
    "location",
    "bio",
    "company",
    "email",
    "created_at",
    "updated_at",
    "followers_count",
    "following_count",
    "public_gists",
    "public_repos",
    "followers",
    "following",
    "starred_repositories",
    "repositories",
];
const REPOSITORY: [&str; 25] = [
    "id",
    "url",
    "owner",
    "github_id",
    "owner_github_id",
    "name",
    "full_name",
    "description",
    "homepage",
    "language",
    "created_at",
    "updated_at",
    "has_downloads",
    "has_issues",
    "has_pages",
    "has_projects",
    "has_wiki",
    "private",
    "archived",
    "disabled",
    "stargazers",
    "stargazers_count",
    "subscribers_count",
    "watchers_count",
    "open_issues_count",
];

fn check_fields(row: &Json, expected: &[&str]) -> Result<()> {
    let fields = row.as_object().context("an object")?;
    let fields: BTreeSet<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(fields, expected.iter().copied().collect());
    Ok(())
}

async fn every_field_of_the_examples_is_there(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let empty = service.json("/github/developers/").await?;
    let nothing = json!({"count": 0, "next": null, "previous": null, "results": []});
    assert_eq!(empty, nothing);
    populate(&service.database).await?;
    for (kind, expected, id) in [
        (
            "developers",
            &DEVELOPER[..],
            uuid("8000", owner_id("h3nnn4n")),
        ),
        ("repositories", &REPOSITORY[..], uuid("9000", 111)),
    ] {
        let page = service.json(&format!("/github/{kind}/")).await?;
        check_fields(&page, &["count", "next", "previous", "results"])?;
        for row in page["results"].as_array().context("results")? {
            check_fields(row, expected)?;
        }
        check_fields(
            &service.json(&format!("/github/{kind}/{id}/")).await?,
            expected,
        )?;
    }
    let id = uuid("8000", owner_id("h3nnn4n"));
    let renan = service.json(&format!("/github/developers/{id}/")).await?;
    assert_eq!(renan["github_id"], "10");
    assert_eq!(renan["created_at"], "2014-05-23T16:53:20Z");
    assert_eq!(renan["followers_count"], 100);
    let garapa = service
        .json(&format!("/github/repositories/{}/", uuid("9000", 111)))
        .await?;
    assert_eq!(garapa["owner_github_id"], "10");
    assert_eq!(garapa["owner"], renan["url"]);
    assert_eq!(garapa["has_downloads"], true);
    let root = service.json("/github/").await?;
    check_fields(
        &root,
        &["developers", "repositories", "rate_limit", "tasks"],
    )
}

async fn the_rate_limit_is_one_record_or_none(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    let nothing = json!({"count": 0, "next": null, "previous": null, "results": []});
    assert_eq!(service.json("/github/rate_limit/").await?, nothing);
    let quotas = place.settings.for_quotas();
    let quotas = pyfa::database::Database::open(&quotas).await?;
    for (token, resource, remaining, updated) in [
        ("github old", "core", 17_i64, 1_i64),
        ("github new", "core", 1_749, 2),
        ("github new", "graphql", 3, 3),
        ("github new", "*", 0, 4),
    ] {
        insert(
            &quotas,
            "pyfa_quotas",
            vec![
                ("token", token.into()),
                ("resource", resource.into()),
                ("window_reset", 1_601_853_380.into()),
                ("reset_at", 0.into()),
                (
                    "quota_limit",
                    if resource == "*" { 0 } else { 5_000 }.into(),
                ),
                ("remaining", remaining.into()),
                ("reserved", 0.into()),
                ("probe_until", 0.into()),
                ("paused_until", 0.into()),
                ("updated_at", updated.into()),
            ],
        )
        .await?;
    }
    // A file that was not there is looked for again after a while; another service sees it at once.
    let database = service.database.clone();
    let door = pyfa::web::door::DoorSettings::new(place.settings.clone());
    let router = pyfa::web::github::routes(std::sync::Arc::new(pyfa::web::door::Door::new(door)));
    let service = Service {
        router,
        database,
        key: service.key,
    };
    let record = json!({
        "url": "http://localhost/github/rate_limit/1/",
        "rate_limit": 5000,
        "rate_remaining": 1749,
        "rate_reset_raw": 1_601_853_380,
        "rate_reset": "2020-10-04T23:16:20Z",
    });
    let page = service.json("/github/rate_limit/").await?;
    assert_eq!(page["results"], json!([record]));
    assert_eq!(service.json("/github/rate_limit/1/").await?, record);
    for (filter, count) in [
        ("rate_limit=5000", 1),
        ("rate_remaining__lte=1748", 0),
        ("rate_remaining__gte=1749", 1),
        ("rate_reset__gte=2020-10-04T23:16:20Z", 1),
        ("rate_reset_raw__lte=1601853379", 0),
    ] {
        let page = service
            .json(&format!("/github/rate_limit/?{filter}"))
            .await?;
        assert_eq!(page["count"], count, "{filter}");
    }
    Ok(())
}

/// The scraper runs every hour; that the clock itself runs is seen by the workers.
#[test]
fn the_scraper_is_due_every_hour() -> Result<()> {
    let schedule = SETTINGS
        .iter()
        .find(|setting| setting.name == "PYFA_SCHEDULE_DISCOVERY_SCRAPER");
    let hour = schedule
        .and_then(|schedule| schedule.default)
        .context("a schedule")?;
    let fields: Vec<&str> = hour.split(' ').collect();
    assert_eq!(fields[1..], ["*", "*", "*", "*"], "{hour}");
    assert!(fields[0].parse::<u8>().is_ok(), "{hour}");
    for name in ["discovery-scraper", "profile-sync", "repository-sync"] {
        assert!(JobKind::from_name(name).is_some(), "{name}");
    }
    Ok(())
}
