//! What the database knows of a person or an organisation: public facts of the account, and what was
//! done in repositories.

use jiff::Timestamp;

use super::People;
use super::connection::Unreadable;
use crate::activity::metrics::{
    MetricsPeriod, PersonActivity, fetch_person_activity, fetch_repositories,
};
use crate::database::{DatabaseError, Row, Statement};
use crate::model::RepositorySlug;

/// Days that the activity of a person is about.
pub const ACTIVITY_DAYS: u32 = 365;

const BY_LOGIN: &str = "SELECT github_id, login, type, name, followers_count, public_repos, read_at
    FROM developers WHERE login = $1 AND state = 'present'
    ORDER BY read_at DESC, github_id LIMIT 1";

const CONTRIBUTIONS: &str = "SELECT discovered_repositories.full_name,
        repository_contributors.contributions
    FROM repository_contributors
    JOIN discovered_repositories
        ON discovered_repositories.github_id = repository_contributors.repository_id
    WHERE repository_contributors.developer_id = $1
        AND discovered_repositories.state = 'present'
        AND NOT COALESCE(discovered_repositories.private, FALSE)
    ORDER BY repository_contributors.contributions DESC, discovered_repositories.full_name
    LIMIT 1000";

const PERSON_ID: &str = "SELECT id FROM people WHERE login = $1 ORDER BY last_seen DESC LIMIT 1";

/// An account on GitHub, as far as anybody may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    pub github_id: i64,
    pub login: String,
    pub is_organization: bool,
    pub name: Option<String>,
    /// Followers and public repositories, and when they were counted.
    pub counts: Option<(i64, i64, Timestamp)>,
}

/// Commits in a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// `owner/name`
    pub repository: String,
    pub commits: i64,
}

impl People {
    /// The account with a login, in GitHub's spelling.
    pub async fn fetch_person(&self, login: &str) -> Result<Option<PersonRecord>, Unreadable> {
        let statement = Statement::new(BY_LOGIN, vec![login.into()]);
        let rows = self.map.query(statement, self.patience).await?;
        match rows.first().map(person_of) {
            Some(read) => read.map(Some).map_err(|_| Unreadable),
            None => Ok(None),
        }
    }

    /// The public repositories that a person has committed to, most first.
    pub async fn fetch_contributions(&self, id: i64) -> Result<Vec<Contribution>, Unreadable> {
        let statement = Statement::new(CONTRIBUTIONS, vec![id.into()]);
        let rows = self.map.query(statement, self.patience).await?;
        let read = rows.iter().map(|row| {
            Ok(Contribution {
                repository: row.text("full_name")?,
                commits: row.integer("contributions")?,
            })
        });
        read.collect::<Result<_, DatabaseError>>()
            .map_err(|_| Unreadable)
    }

    /// What a person did in issues and pull requests of the repositories that pass, in the last year.
    pub async fn fetch_activity_of(
        &self,
        login: &str,
        is_meant: impl Fn(&RepositorySlug) -> bool,
        now: Timestamp,
    ) -> Result<Option<PersonActivity>, Unreadable> {
        let login = login.to_owned();
        let asked = self.metrics.within(self.patience, async |database| {
            let person = Statement::new(PERSON_ID, vec![login.into()]);
            let person = database.query(person).await?;
            let Some(person) = person.first().map(|row| row.integer("id")).transpose()? else {
                return Ok(None);
            };
            let mut repositories = fetch_repositories(&database).await?;
            repositories.retain(|one| one.name.parse().is_ok_and(|slug| is_meant(&slug)));
            let period = MetricsPeriod::days_before(now, ACTIVITY_DAYS);
            fetch_person_activity(&database, person, &repositories, period).await
        });
        asked.await.map(Option::flatten)
    }
}

fn person_of(row: &Row) -> Result<PersonRecord, DatabaseError> {
    let counts = match row.optional_time("read_at")? {
        Some(at) => Some((
            row.integer("followers_count")?,
            row.integer("public_repos")?,
            at,
        )),
        // What is known from a list has no numbers.
        None => None,
    };
    Ok(PersonRecord {
        github_id: row.integer("github_id")?,
        login: row.text("login")?,
        is_organization: row.optional_text("type")?.as_deref() == Some("Organization"),
        name: row
            .optional_text("name")?
            .filter(|name| !name.trim().is_empty()),
        counts,
    })
}
