//! Rows in the shapes of the original: every field of its answers, ids of GitHub as texts, relations
//! as links. No I/O.

use serde_json::{Map, Value as Json, json};

use super::relations::{Relation, Relations};
use crate::database::{DatabaseError, Row, Value};

/// A developer.
pub(super) fn developer(
    row: &Row,
    relations: &Relations,
    base: &str,
) -> Result<Json, DatabaseError> {
    let id = row.text("id")?;
    let github_id = row.integer("github_id")?;
    let mut shape = Map::new();
    shape.insert("id".to_owned(), json!(id));
    shape.insert("url".to_owned(), json!(developer_link(base, &id)));
    shape.insert("github_id".to_owned(), json!(github_id.to_string()));
    for name in [
        "login",
        "name",
        "location",
        "bio",
        "company",
        // Not among the columns of those who may not see it.
        "email",
        "created_at",
        "updated_at",
        "followers_count",
        "following_count",
        "public_gists",
        "public_repos",
    ] {
        shape.insert(name.to_owned(), json_of(row.value(name)));
    }
    for (relation, link) in [
        (
            Relation::Followers,
            developer_link as fn(&str, &str) -> String,
        ),
        (Relation::Following, developer_link),
        (Relation::Starred, repository_link),
        (Relation::Owned, repository_link),
    ] {
        let links = relations.of(relation, github_id);
        let links: Vec<String> = links.map(|id| link(base, id)).collect();
        shape.insert(relation.name().to_owned(), json!(links));
    }
    Ok(Json::Object(shape))
}

/// A repository.
pub(super) fn repository(
    row: &Row,
    relations: &Relations,
    base: &str,
) -> Result<Json, DatabaseError> {
    let id = row.text("id")?;
    let github_id = row.integer("github_id")?;
    let owner_github_id = row.integer("owner_github_id")?;
    let owner = relations.of(Relation::Owner, owner_github_id).next();
    let mut shape = Map::new();
    shape.insert("id".to_owned(), json!(id));
    shape.insert("url".to_owned(), json!(repository_link(base, &id)));
    shape.insert(
        "owner".to_owned(),
        json!(owner.map(|owner| developer_link(base, owner))),
    );
    shape.insert("github_id".to_owned(), json!(github_id.to_string()));
    shape.insert(
        "owner_github_id".to_owned(),
        json!(owner_github_id.to_string()),
    );
    for name in [
        "name",
        "full_name",
        "description",
        "homepage",
        "language",
        "created_at",
        "updated_at",
    ] {
        shape.insert(name.to_owned(), json_of(row.value(name)));
    }
    // The original has no third value.
    for name in [
        "has_downloads",
        "has_issues",
        "has_pages",
        "has_projects",
        "has_wiki",
        "private",
        "archived",
        "disabled",
    ] {
        let is_set = row.optional_boolean(name)?.unwrap_or_default();
        shape.insert(name.to_owned(), json!(is_set));
    }
    for name in [
        "stargazers_count",
        "subscribers_count",
        "watchers_count",
        "open_issues_count",
    ] {
        let number = row.optional_integer(name)?.unwrap_or_default();
        shape.insert(name.to_owned(), json!(number));
    }
    let stargazers = relations.of(Relation::Stargazers, github_id);
    let stargazers: Vec<String> = stargazers.map(|id| developer_link(base, id)).collect();
    shape.insert("stargazers".to_owned(), json!(stargazers));
    Ok(Json::Object(shape))
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!(text),
        Value::Integer(number) => json!(number),
        Value::Boolean(value) => json!(value),
        Value::Time(time) => json!(time.to_string()),
        _ => Json::Null,
    }
}

fn developer_link(base: &str, id: &str) -> String {
    format!("{base}/github/developers/{id}/")
}

fn repository_link(base: &str, id: &str) -> String {
    format!("{base}/github/repositories/{id}/")
}
