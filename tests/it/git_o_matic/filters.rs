//! Every filter that the original documents, compared with what the rows themselves say.

use anyhow::{Context, Result};
use serde_json::Value as Json;
use url::form_urlencoded::byte_serialize;

use super::{Service, populate};
use crate::database::{Place, on_both};

on_both!(every_filter_of_the_original_finds_what_it_says);

const EXACT: &[&str] = &["exact"];
const RANGE: &[&str] = &["exact", "lte", "gte"];
const RANGE_OR_NULL: &[&str] = &["exact", "lte", "gte", "isnull"];
const WORDS: &[&str] = &["exact", "lte", "gte", "isnull", "contains"];

const DEVELOPERS: [(&str, &[&str]); 12] = [
    ("login", RANGE),
    ("name", WORDS),
    ("location", RANGE_OR_NULL),
    ("bio", WORDS),
    ("company", RANGE_OR_NULL),
    ("email", RANGE_OR_NULL),
    ("followers_count", RANGE),
    ("following_count", RANGE),
    ("public_gists", RANGE),
    ("public_repos", RANGE),
    ("created_at", RANGE),
    ("updated_at", RANGE),
];

const REPOSITORIES: [(&str, &[&str]); 20] = [
    ("owner_github_id", EXACT),
    ("name", EXACT),
    ("full_name", EXACT),
    ("description", &["exact", "isnull", "contains"]),
    ("homepage", &["exact", "isnull"]),
    ("language", &["exact", "isnull"]),
    ("created_at", RANGE),
    ("updated_at", RANGE),
    ("has_downloads", EXACT),
    ("has_issues", EXACT),
    ("has_pages", EXACT),
    ("has_projects", EXACT),
    ("has_wiki", EXACT),
    ("private", EXACT),
    ("archived", EXACT),
    ("disabled", EXACT),
    ("stargazers_count", RANGE),
    ("subscribers_count", RANGE),
    ("watchers_count", RANGE),
    ("open_issues_count", RANGE),
];

/// Whether a value passes a filter, as Django has it.
fn passes(value: &Json, lookup: &str, wanted: &Json) -> bool {
    let order = match (value, wanted) {
        (Json::Null, _) => None,
        (Json::Number(one), Json::Number(other)) => one.as_i64().partial_cmp(&other.as_i64()),
        (one, other) => one.as_str().partial_cmp(&other.as_str()),
    };
    match lookup {
        "exact" => value == wanted,
        "lte" => order.is_some_and(std::cmp::Ordering::is_le),
        "gte" => order.is_some_and(std::cmp::Ordering::is_ge),
        "isnull" => value.is_null() == (*wanted == Json::Bool(true)),
        _ => {
            let part = wanted.as_str().unwrap_or_default();
            value.as_str().is_some_and(|value| value.contains(part))
        }
    }
}

async fn check(service: &Service, kind: &str, documented: &[(&str, &[&str])]) -> Result<()> {
    let rows = service.all(&format!("/github/{kind}/")).await?;
    for (field, lookups) in documented {
        let known = rows.iter().map(|row| &row[*field]);
        let known = known.filter(|value| !value.is_null()).nth(1);
        let known = known.with_context(|| format!("no {field}"))?.clone();
        for lookup in *lookups {
            let wanted: Vec<Json> = match *lookup {
                "isnull" => vec![true.into(), false.into()],
                "contains" => {
                    let text = known.as_str().unwrap_or_default();
                    vec![text.chars().skip(2).take(4).collect::<String>().into()]
                }
                _ => vec![known.clone()],
            };
            for wanted in wanted {
                let text = match &wanted {
                    Json::String(text) => text.clone(),
                    // As Django's client writes it.
                    Json::Bool(true) => "True".to_owned(),
                    Json::Bool(false) => "False".to_owned(),
                    other => other.to_string(),
                };
                let text: String = byte_serialize(text.as_bytes()).collect();
                let name = match *lookup {
                    "exact" => (*field).to_owned(),
                    other => format!("{field}__{other}"),
                };
                let path = format!("/github/{kind}/?{name}={text}");
                let found = service.all(&path).await?;
                let expected: Vec<&Json> = rows
                    .iter()
                    .filter(|row| passes(&row[*field], lookup, &wanted))
                    .collect();
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{path}");
            }
        }
    }
    Ok(())
}

async fn every_filter_of_the_original_finds_what_it_says(place: &Place) -> Result<()> {
    let service = Service::open(place).await?;
    populate(&service.database).await?;
    check(&service, "developers", &DEVELOPERS).await?;
    check(&service, "repositories", &REPOSITORIES).await
}
