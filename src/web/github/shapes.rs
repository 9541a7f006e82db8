//! Rows in the shapes of the original: every field of its answers but relations, ids of GitHub as texts,
//! others as links. No I/O.

use serde_json::{Map, Value as Json, json};

use super::address::Address;
use super::relations::Related;
use super::resources::Kind;
use crate::database::{DatabaseError, Row, Value};

/// The fields of a developer.
pub(super) fn developer(row: &Row, base: &str) -> Result<Map<String, Json>, DatabaseError> {
    let id = row.text("id")?;
    let github_id = row.integer("github_id")?;
    let mut shape = Map::new();
    shape.insert("id".to_owned(), json!(id));
    shape.insert("url".to_owned(), json!(link(Kind::Developers, base, &id)));
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
    Ok(shape)
}

/// The fields of a repository.
pub(super) fn repository(
    row: &Row,
    related: &Related,
    base: &str,
) -> Result<Map<String, Json>, DatabaseError> {
    let id = row.text("id")?;
    let github_id = row.integer("github_id")?;
    let owner_github_id = row.integer("owner_github_id")?;
    let owner = related.owner(owner_github_id);
    let mut shape = Map::new();
    shape.insert("id".to_owned(), json!(id));
    shape.insert("url".to_owned(), json!(link(Kind::Repositories, base, &id)));
    shape.insert(
        "owner".to_owned(),
        json!(owner.map(|owner| link(Kind::Developers, base, owner))),
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
    Ok(shape)
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

/// The address of a row.
pub(super) fn link(kind: Kind, base: &str, id: &str) -> String {
    let address = match kind {
        Kind::Developers => Address::Developer(id.to_owned()),
        Kind::Repositories => Address::Repository(id.to_owned()),
    };
    format!("{base}{address}")
}
