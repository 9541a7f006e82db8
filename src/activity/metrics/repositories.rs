//! The repositories of the database: what they are called, and whether their issues are known.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::database::{Database, DatabaseError, Row, Statement};
use crate::model::RepositorySlug;

/// A repository of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRepository {
    pub id: i64,
    /// `owner/name`
    pub name: String,
    /// Whether the list of all its issues was read: what is not in the database does not exist.
    pub is_complete: bool,
    /// When GitHub last showed it.
    pub checked_at: Option<Timestamp>,
}

const ALL: &str = "
SELECT repositories.id, org, repo, checked_at, walk.done_until AS walked_at
FROM repositories LEFT JOIN sync_marks AS walk
    ON walk.scope = 'repository:' || repositories.id AND walk.kind = 'walk'
ORDER BY org, repo, repositories.id";

const FORMER_NAMES: &str = "
SELECT org, repo, repository_id FROM repository_names ORDER BY until, repository_id";

/// Reads all repositories, in the order of their names.
pub async fn fetch_repositories(
    database: &Database,
) -> Result<Vec<KnownRepository>, DatabaseError> {
    let rows = database.query(Statement::new(ALL, Vec::new())).await?;
    rows.iter().map(repository_of).collect()
}

/// The repositories that have, or else had, these names; in the order of the names.
pub async fn find_repositories(
    database: &Database,
    names: &[RepositorySlug],
) -> Result<Vec<Option<KnownRepository>>, DatabaseError> {
    let known = fetch_repositories(database).await?;
    let former = Statement::new(FORMER_NAMES, Vec::new());
    let former = database.query(former).await?;
    let by_id: HashMap<i64, &KnownRepository> = known.iter().map(|one| (one.id, one)).collect();
    let mut by_name: HashMap<String, &KnownRepository> = HashMap::new();
    for row in &former {
        if let Some(repository) = by_id.get(&row.integer("repository_id")?) {
            by_name.insert(name_of(row)?.to_lowercase(), repository);
        }
    }
    for repository in &known {
        let name = repository.name.to_lowercase();
        // A repository that is gone may have had the name of one that is there.
        let newer = by_name.get(&name).filter(|other| {
            other.name.to_lowercase() == name && other.checked_at > repository.checked_at
        });
        if newer.is_none() {
            by_name.insert(name, repository);
        }
    }
    let found = names
        .iter()
        .map(|name| by_name.get(&name.to_string().to_lowercase()));
    Ok(found.map(|found| found.map(|one| (*one).clone())).collect())
}

fn name_of(row: &Row) -> Result<String, DatabaseError> {
    Ok(format!("{}/{}", row.text("org")?, row.text("repo")?))
}

fn repository_of(row: &Row) -> Result<KnownRepository, DatabaseError> {
    Ok(KnownRepository {
        id: row.integer("id")?,
        name: name_of(row)?,
        is_complete: row.optional_time("walked_at")?.is_some(),
        checked_at: row.optional_time("checked_at")?,
    })
}
