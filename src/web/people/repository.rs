//! What the database knows of a repository: the map's numbers, who has committed, and the metrics.

use jiff::Timestamp;

use super::People;
use super::connection::Unreadable;
use crate::activity::metrics::{RepositoryFacts, fetch_facts, find_repositories};
use crate::database::{DatabaseError, Row, Statement};
use crate::model::RepositorySlug;

const BY_NAME: &str = "SELECT github_id, owner_github_id, description, language, archived,
        stargazers_count, subscribers_count, forks_count, open_issues_count, pushed_at, read_at
    FROM discovered_repositories
    WHERE full_name = $1 AND state = 'present' AND NOT COALESCE(private, FALSE)
    ORDER BY read_at DESC, github_id LIMIT 1";

const CONTRIBUTORS: &str = "SELECT developers.github_id, developers.login,
        repository_contributors.contributions
    FROM repository_contributors
    JOIN developers ON developers.github_id = repository_contributors.developer_id
    WHERE repository_contributors.repository_id = $1
        AND developers.state = 'present' AND developers.login IS NOT NULL
    ORDER BY repository_contributors.contributions DESC, developers.login
    LIMIT 200";

/// A public repository on GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryRecord {
    pub github_id: i64,
    pub owner_github_id: i64,
    pub description: Option<String>,
    pub language: Option<String>,
    pub is_archived: bool,
    pub stars: i64,
    pub watchers: Option<i64>,
    pub forks: i64,
    /// Issues and pull requests.
    pub open_issues: i64,
    pub pushed: Option<Timestamp>,
    /// When GitHub was last asked.
    pub read: Option<Timestamp>,
}

/// Somebody who has committed to a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryContributor {
    pub github_id: i64,
    pub login: String,
    pub commits: i64,
}

impl People {
    /// The repository with this name.
    pub async fn fetch_repository(
        &self,
        slug: &RepositorySlug,
    ) -> Result<Option<RepositoryRecord>, Unreadable> {
        let statement = Statement::new(BY_NAME, vec![slug.to_string().into()]);
        let rows = self.map.query(statement, self.patience).await?;
        match rows.first().map(repository_of) {
            Some(read) => read.map(Some).map_err(|_| Unreadable),
            None => Ok(None),
        }
    }

    /// Who has committed to a repository, most first. Holds those who asked to be forgotten.
    pub async fn fetch_contributors(
        &self,
        id: i64,
    ) -> Result<Vec<RepositoryContributor>, Unreadable> {
        let statement = Statement::new(CONTRIBUTORS, vec![id.into()]);
        let rows = self.map.query(statement, self.patience).await?;
        let read = rows.iter().map(|row| {
            Ok(RepositoryContributor {
                github_id: row.integer("github_id")?,
                login: row.text("login")?,
                commits: row.integer("contributions")?,
            })
        });
        read.collect::<Result<_, DatabaseError>>()
            .map_err(|_| Unreadable)
    }

    /// How a repository is looked after, if it is followed.
    pub async fn fetch_facts(
        &self,
        slug: &RepositorySlug,
        now: Timestamp,
    ) -> Result<Option<RepositoryFacts>, Unreadable> {
        let slugs = [slug.clone()];
        let asked = self.metrics.within(self.patience, async |database| {
            let known = find_repositories(&database, &slugs).await?;
            let known: Vec<_> = known.into_iter().flatten().collect();
            Ok(fetch_facts(&database, &known, now)
                .await?
                .into_values()
                .next())
        });
        asked.await.map(Option::flatten)
    }
}

fn repository_of(row: &Row) -> Result<RepositoryRecord, DatabaseError> {
    Ok(RepositoryRecord {
        github_id: row.integer("github_id")?,
        owner_github_id: row.integer("owner_github_id")?,
        description: row.optional_text("description")?,
        language: row.optional_text("language")?,
        is_archived: row.optional_boolean("archived")?.unwrap_or_default(),
        stars: row.integer("stargazers_count")?,
        watchers: row.optional_integer("subscribers_count")?,
        forks: row.integer("forks_count")?,
        open_issues: row.integer("open_issues_count")?,
        pushed: row.optional_time("pushed_at")?,
        read: row.optional_time("read_at")?,
    })
}
